"""Parts of the commands below `fusion release`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from exchange.desk.incoming.examine_entry import ExaminedEntry

Draft = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a draft, or how it begins.")
]


def draft_lines(entry: "ExaminedEntry") -> Iterator[str]:
    """Yield all that the author of a draft signed, in every language, for a terminal.

    First the signed header: name, label, precedence, each desk. Then the text as it
    was written; the facts in the language in use.
    """
    from exchange.desk.release.summary import summary_lines, text_lines
    from tui.text.safe_text import safe

    for line in (*summary_lines(entry.entry), "", *text_lines(entry)):
        yield safe(line, lines=True).rstrip()
