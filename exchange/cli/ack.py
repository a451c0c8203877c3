"""fusion ack: acknowledge a bulletin, or say that it is done or cannot be done."""

from enum import StrEnum
from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.errors import Reason, Refusal, Why


class Relation(StrEnum):
    """The answers of an officer, a step of the ladder each."""

    OPENED = "OPENED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    COMPLETED = "COMPLETED"
    CANNOT_COMPLY = "CANNOT_COMPLY"


Said = Annotated[
    Relation | None,
    typer.Option("--relation", help="The receipt to sign.", case_sensitive=False),
]
Received = Annotated[bool, typer.Option("--received", help="It was opened: OPENED.")]
Read = Annotated[
    bool, typer.Option("--read", help="It was read and understood: ACKNOWLEDGED.")
]
Done = Annotated[bool, typer.Option("--done", help="The action is done: COMPLETED.")]
CannotComply = Annotated[
    bool,
    typer.Option(
        "--cannot-comply", help=("It cannot be done: CANNOT_COMPLY; give --reason.")
    ),
]
Cause = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="CODE",
        help=("Reason for CANNOT_COMPLY: WEATHER, NO_ASSET, ..."),
    ),
]


def command(
    name: options.Name,
    home: options.Home = options.HOME_DEFAULT,
    relation: Said = None,
    received: Received = False,
    read: Read = False,
    done: Done = False,
    cannot_comply: CannotComply = False,
    reason: Cause = "",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Sign a receipt; if the node is stopped, it waits in the outbox.

    Without an option it reports that the bulletin was read and understood.
    """
    steps = dict(zip(Relation, (received, read, done, cannot_comply), strict=True))
    choice = _one(relation, [step for step, given in steps.items() if given])
    _check_reason(reason, needed=cannot_comply)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.incoming.relations import relation_of

        about = desk.mailbox.search.resolve(name)
        receipt = desk.acknowledge(
            about, relation_of(choice), remark, reason.upper(), confirm or ()
        )
        state = desk.state_of(receipt)
    if json:
        found = {"about": about.hex(), "relation": choice, "state": state}
        options.emit({"name": receipt.hex(), **found})
    else:
        told = desk_session.code("relation", choice)
        print(f"{told} {about.hex()[:16]} {desk_session.describe_state(state)}")


def _one(relation: Relation | None, steps: list[Relation]) -> Relation:
    """Return the one thing that is to be said; Refusal(INPUT) for several."""
    said = ([relation] if relation else []) + steps
    if len(said) > 1:
        raise Refusal(
            Reason.INPUT, "--read, --done, --cannot-comply", Why("give one of them")
        )
    return said[0] if said else Relation.ACKNOWLEDGED


def _check_reason(reason: str, *, needed: bool) -> None:
    """Refuse before a passphrase is asked for what `acknowledge` would refuse."""
    from exchange.desk.remarks import DECLINE, check_code

    if reason or needed:
        check_code(DECLINE, reason.upper(), "--reason")
