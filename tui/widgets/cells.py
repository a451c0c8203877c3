"""Pieces of a row: text of any language in a column of its own."""

from collections.abc import Iterable
from itertools import chain

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.text.layout import one_line
from tui.text.paint import pieces
from tui.text.safe_text import safe

Piece = list[Segment]
WIDE = 2  # cells of a wide character, which may be the first of any text


def field(
    text: str, lang: str, columns: int, style: Style, *, embeds: bool = False
) -> Piece:
    """Return `text` made safe, cut with … and padded to exactly `columns` cells.

    `embeds` as of `lay_out`.
    """
    if columns < WIDE:
        return plain(" " * columns, style)
    return pieces(one_line(safe(text), lang, columns, embeds=embeds), style)


def plain(text: str, style: Style) -> Piece:
    """Take signs, or words already laid out."""
    return [Segment(text, style)]


def row(fields: Iterable[Piece], columns: int, style: Style) -> Strip:
    strip = Strip(Segment.simplify(chain.from_iterable(fields)))
    return strip.adjust_cell_length(columns, style)
