"""fusion search: bulletins that hold some words, in any of their languages."""

from typing import Annotated

import typer

from exchange.cli import desks, options
from exchange.errors import Reason, Refusal


def command(
    words: Annotated[list[str], typer.Argument(metavar="WORD...")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    limit: desks.Limit = desks.LIMIT,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Find bulletins with all the words, the newest first.

    In subject, text, translations and the labels of codes.
    """
    if not any(character.isalnum() for character in "".join(words)):
        raise Refusal(Reason.INPUT, "WORD")
    with desks.opened(home, officer, passphrase_fd) as desk:
        desks.refresh(desk)
        found = desk.mailbox.search(" ".join(words), limit)
        rows = [desk.mailbox.row(number) for number in found]
        desks.print_rows(desk.mailbox, rows, json=json)
