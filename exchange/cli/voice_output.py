"""Prints the voice check of a bulletin: words and digits to read by telephone."""

from typing import TYPE_CHECKING

from exchange.cli import options
from exchange.words import say

if TYPE_CHECKING:
    from exchange.desk.mailbox import Message


def show(message: "Message", *, json: bool) -> None:
    """Print it, in words and in digits; the bulletin is not marked as read."""
    from exchange.trust.voice_check import voice_check

    check, row = voice_check(message.entry), message.row
    if json:
        options.emit(
            {
                "name": row.name.hex(),
                "author": row.author,
                "kid": check.kid.hex(),
                "words": list(check.words),
                "digits": check.digits,
            }
        )
        return
    said = say(
        "{name}, signed by {officer}", name=row.name.hex()[:16], officer=row.author
    )
    print(said, " ".join(check.words), check.digits, sep="\n")
