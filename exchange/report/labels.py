"""Room for texts in a drawing, none upon another, on a screen as on a phone.

A drawing is shown at half its size on a phone, with letters twice as large (style.css).
"""

from typing import NamedTuple

from msgspec import Struct, field

from exchange.report.canvas import WIDTH, Anchor, Box, Canvas
from exchange.words.text_width import cells

_CELL = 0.6  # widths of a letter that a cell takes at most
_HEIGHTS = (0.9, 0.35)  # of the letters' size, above and below the line of a text
_ARABIC_HEIGHTS = (1.05, 0.6)


class Medium(NamedTuple):
    style: str
    """The class of texts that only this medium shows."""
    size: float
    """Of letters, in px of the drawing."""


MEDIA = (Medium("less", 12), Medium("phone", 22))


class Labels(Struct):
    """The texts of a drawing in one medium, in the order of their weight."""

    canvas: Canvas
    medium: Medium
    _taken: list[Box] = field(default_factory=list)

    def keep_free(self, x: float, y: float, radius: float) -> None:
        self._taken.append(Box(x - radius, y - radius, 2 * radius, 2 * radius))

    def write(self, x: float, y: float, text: str, anchor: Anchor = "start") -> bool:
        """Write a text; return whether there was room."""
        size, width = self.medium.size, cells(text) * self.medium.size * _CELL
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        above, below = _ARABIC_HEIGHTS if self.canvas.words.rtl else _HEIGHTS
        box = Box(left, y - size * above, width, size * (above + below))
        inside = left >= 0 and left + width <= WIDTH
        if not inside or any(_overlap(box, other) for other in self._taken):
            return False
        self._taken.append(box)
        self.canvas.text(x, y, text, anchor, self.medium.style)
        return True


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
