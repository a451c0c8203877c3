"""The last filter before the terminal: removes characters that act on it.

It covers every widget. Widths do not change: a character without a cell by Rich's count
is dropped, any other becomes U+FFFD. Text is cleaned for the reader on input
(safe_text.py); this is the second line of defence. `App.get_line_filters` must return
it last.
"""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text.order import Bidi, bidi
from tui.text.safe_text import REPLACEMENT, TABLE, pass_joiners


class _Drop(dict[int, str]):
    def __missing__(self, point: int) -> str:
        char = chr(point)
        same = TABLE[point] == char
        out = char if same else REPLACEMENT * get_character_cell_size(char)
        self[point] = out
        return out


_DROP = _Drop()


class Guard(LineFilter):
    def apply(
        self,
        segments: list[Segment],
        background: Color,  # noqa: ARG002 - the signature of LineFilter
    ) -> list[Segment]:
        return [self._pass(segment) for segment in segments]

    @staticmethod
    def _pass(segment: Segment) -> Segment:
        if segment.control or (segment.text.isascii() and segment.text.isprintable()):
            return segment
        if bidi() is Bidi.APP:  # the layout has used and dropped them
            return Segment(segment.text.translate(_DROP), segment.style)
        return Segment(pass_joiners(segment.text, _DROP), segment.style)
