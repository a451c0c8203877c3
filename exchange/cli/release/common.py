"""Parts of the commands below `fusion release`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from exchange.desk.incoming.examine_entry import ExaminedEntry
    from exchange.desk.mailbox import Message

Draft = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a draft, or how it begins.")
]


def draft_lines(entry: "ExaminedEntry") -> Iterator[str]:
    """Yield all that the author of a draft signed, fit for a terminal.

    Name, precedence, label and each desk, by the signed header; the facts in the
    language in use; the prose as it was written.
    """
    from exchange.desk.release.summary import name_line, text_lines
    from tui.text.safe_text import safe

    for line in (name_line(entry.name), *text_lines(entry)):
        yield safe(line, lines=True).rstrip()


def signed_lines(message: "Message") -> Iterator[str]:
    """Yield a message that its author alone signed, as `draft_lines` does a draft."""
    from exchange import envelope
    from exchange.desk.incoming.examine_entry import ExaminedEntry

    row, core = message.row, envelope.parse_core(message.core)
    yield from draft_lines(
        ExaminedEntry(
            row.name, message.entry, core, row.author, row.verdict, message.content
        )
    )
