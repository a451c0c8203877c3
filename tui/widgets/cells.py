"""Pieces of a row: text of any language in a column of its own.

A row begins at the edge from which the language of the interface is read. So do its
columns, whatever language their text has.
"""

from collections.abc import Iterable
from itertools import chain

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.text.layout import one_line
from tui.text.paint import pieces
from tui.text.safe_text import safe
from tui.words import mirrored

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
    line = one_line(safe(text), lang, columns, embeds=embeds)
    return pieces(line.at_edge(right=mirrored()), style)


def plain(text: str, style: Style) -> Piece:
    """Take signs, or words already laid out, with spaces before and after them."""
    if mirrored() and text.strip(" "):
        after = len(text) - len(text.rstrip(" "))
        before = len(text) - len(text.lstrip(" "))
        text = " " * after + text.strip(" ") + " " * before
    return [Segment(text, style)]


def cursor_bar() -> str:
    """Return the bar before the line under the cursor, at the edge of the widget."""
    return "▐" if mirrored() else "▌"


def spaced(piece: Piece, style: Style) -> Piece:
    """Return a piece with a space after it."""
    space = plain(" ", style)
    return [*space, *piece] if mirrored() else [*piece, *space]


def row(fields: Iterable[Piece], columns: int, style: Style) -> Strip:
    """Return a row of pieces, given in the order in which they are read."""
    ordered = reversed([*fields]) if mirrored() else fields
    strip = Strip(Segment.simplify(chain.from_iterable(ordered)))
    missing = columns - strip.cell_length
    if mirrored() and missing > 0:
        strip = Strip([Segment(" " * missing, style), *strip])
    return strip.adjust_cell_length(columns, style)
