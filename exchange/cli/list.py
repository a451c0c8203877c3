"""fusion list: the bulletins of a desk, in the order in which they arrived."""

from typing import Annotated

import typer

from exchange.cli import desks, options
from exchange.errors import Reason, Refusal

FLAGS = frozenset({"unread", "unacked", "in", "out"})


def command(
    conditions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONDITION]...",
            help="is:unread is:unacked is:in is:out kind:WARNING prec:FLASH words",
        ),
    ] = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    limit: desks.Limit = desks.LIMIT,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List bulletins, the newest last; a star marks what is unread."""
    for condition in conditions or ():
        _check(condition)
    with desks.opened(home, officer, passphrase_fd) as desk:
        desks.refresh(desk)
        box = desk.mailbox
        if conditions:
            numbers = box.ids(" ".join(conditions))[:limit]
            rows = [box.row(number) for number in reversed(numbers)]
        else:
            count = box.count()
            rows = box.page(max(1, count - limit + 1), limit)
        desks.print_rows(box, rows, json=json)


def _check(condition: str) -> None:
    """Raise CODE_UNKNOWN for a condition that nothing could ever meet.

    A list that is empty for a slip of the pen would read as "nothing came".
    """
    from exchange.bulletin.kinds import KINDS
    from exchange.desk.mailbox import STATES
    from exchange.v1 import envelope_pb2 as pb

    known = {
        "is": FLAGS,
        "kind": frozenset(KINDS),
        "prec": frozenset(name.split("_", 1)[1] for name in pb.Precedence.keys()[1:]),
        "mode": frozenset(name.split("_", 1)[1] for name in pb.Mode.keys()[1:]),
        "state": frozenset(STATES),
    }
    key, colon, value = condition.partition(":")
    if not colon or key not in known:
        return
    fold = str.lower if key in {"is", "state"} else str.upper
    for one in fold(value).split(","):
        if one not in known[key]:
            raise Refusal(Reason.CODE_UNKNOWN, f"{key}:")
