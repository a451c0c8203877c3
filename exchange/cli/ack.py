"""fusion ack: acknowledge a bulletin, or say that it is done or cannot be done."""

from enum import StrEnum
from typing import Annotated

import typer

from exchange.cli import desks, options


class Relation(StrEnum):
    """What an officer may say."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    COMPLETED = "COMPLETED"
    CANNOT_COMPLY = "CANNOT_COMPLY"


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Or islamabad.pk#412.")],
    home: options.Home = options.HOME_DEFAULT,
    relation: Annotated[
        Relation, typer.Option("--relation", help="What to say.", case_sensitive=False)
    ] = Relation.ACKNOWLEDGED,
    remark: Annotated[
        str, typer.Option("--remark", help="Sealed, for all who have the bulletin.")
    ] = "",
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Sign a receipt; with the node stopped it waits in the outbox."""
    with desks.opened(home, officer, passphrase_fd) as desk:
        from exchange.desk.relations import relation_of

        desks.refresh(desk)
        about = desk.mailbox.resolve(name)
        receipt = desk.acknowledge(about, relation_of(relation), remark)
        state = "queued" if desk.waits(receipt) else "local"
    if json:
        found = {"about": about.hex(), "relation": relation, "state": state}
        options.emit({"name": receipt.hex(), **found})
    else:
        print(f"{relation} {about.hex()[:16]} {state}")
