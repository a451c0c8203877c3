"""fusion list: the bulletins of a desk, in the order in which they arrived."""

from typing import Annotated

import typer

from exchange.cli import desks, options


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
    with desks.opened(home, officer, passphrase_fd) as desk:
        desks.refresh(desk)
        box = desk.mailbox
        if conditions:
            numbers = box.ids(" ".join(conditions))[:limit]
            rows = [box.row(number) for number in reversed(numbers)]
        else:
            count = box.count()
            rows = box.page(max(1, count - limit + 1), limit)
        desks.print_rows(rows, json=json)
