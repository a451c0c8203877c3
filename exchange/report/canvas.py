"""A drawing in SVG, mirrored for a language written from right to left.

Why no library: docs/decisions/hand_written.md.

Colours differ for the colour-blind (after Okabe and Ito) and in grey, and are never the
only sign: series have patterns, marks have shapes. Lengths are CSS pixels.
"""

import math
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct, field

from exchange.report.html import SVG
from exchange.report.words import Words

WIDTH = 720
NAME_MAX = 72  # characters of a name in a drawing; the table has it in full
SWATCH = 14
GRID = 6  # px between the strokes of a pattern

Anchor = Literal["start", "middle", "end"]
_BACKWARDS: dict[Anchor, Anchor] = {"start": "end", "middle": "middle", "end": "start"}


class Box(NamedTuple):
    """A rectangle; x is from the left, in Urdu from the right."""

    x: float
    y: float
    width: float
    height: float


class Canvas(Struct):
    """A drawing as wide as the page.

    Palettes: n for nodes; u for precedences, most urgent first; w for waits, shortest
    first; none for missing values.
    """

    words: Words
    ident: str
    height: float
    parts: list[str] = field(default_factory=list)
    mirrored: bool = True
    """Whether x is from the right in Urdu; not on a map."""

    def _left(self, x: float, width: float = 0) -> float:
        return WIDTH - x - width if self.mirrored and self.words.rtl else x

    def fill(self, box: Box, palette: str, series: int) -> None:
        left = self._left(box.x, box.width)
        self.parts.extend(_filled(Box(left, *box[1:]), palette, series))

    def line(self, style: str, x1: float, y1: float, x2: float, y2: float) -> None:
        x1, x2 = self._left(x1), self._left(x2)
        self.parts.append(SVG.line(style, x1, y1, x2, y2))

    def mark(self, shape: str, x: float, y: float, style: str = "") -> None:
        self.parts.append(draw_mark(shape, self._left(x), y, style))

    def text(
        self, x: float, y: float, text: str, anchor: Anchor = "start", style: str = ""
    ) -> None:
        """Write text in the language; `anchor` start is where x counts from.

        A text with the style `less` is hidden on a phone; `phone` is shown only there.
        """
        direction = self.words.language.direction
        if self.words.rtl and not self.mirrored:
            anchor = _BACKWARDS[anchor]
        found = SVG.text(self._left(x), y, text, anchor, direction, style)
        self.parts.append(found)

    def name(self, x: float, y: float, name: str) -> None:
        """Begin at the left, in Urdu end at the right."""
        anchor: Anchor = "start"
        if self.words.rtl:
            anchor = _BACKWARDS[anchor]
        self.parts.append(SVG.text(self._left(x), y, short(name), anchor, "ltr"))

    def render(self, title: str, desc: str) -> str:
        """Return the SVG; `desc` describes it for a screen reader."""
        drawn: str = SVG.chart(
            self.ident, title, desc, self.parts, WIDTH, f"{self.height:g}"
        )
        return drawn


def _filled(box: Box, palette: str, series: int) -> list[str]:
    rect = SVG.rect(f"{palette}{series}", box)
    kind, pattern = PATTERNS[series]
    strokes = " ".join(pattern(box))
    return [rect, SVG.path(kind, strokes)] if strokes else [rect]


# Strokes are drawn one by one: browsers print an SVG pattern as a bitmap for each use,
# 20 MB for a page of them.


def _plain(_: Box) -> Iterator[str]:
    return iter(())


def _upright(box: Box) -> Iterator[str]:
    for x in _within(box.x, box.width):
        yield f"M{x:.1f} {box.y:.1f}v{box.height:.1f}"


def _level(box: Box) -> Iterator[str]:
    for y in _within(box.y, box.height):
        yield f"M{box.x:.1f} {y:.1f}h{box.width:.1f}"


def _cross(box: Box) -> Iterator[str]:
    yield from _upright(box)
    yield from _level(box)


def _rising(box: Box) -> Iterator[str]:
    """Yield 45-degree strokes, each cut off at the edges."""
    x, y, width, height = box
    for place in _within(-height, width + height):
        begin, end = max(0.0, -place), min(height, width - place)
        if end > begin:
            at = f"M{x + place + begin:.1f} {y + height - begin:.1f}"
            yield f"{at}l{end - begin:.1f} {begin - end:.1f}"


def _within(start: float, length: float) -> Iterator[float]:
    """Yield the strokes' places, the first half a step from the start."""
    for number in range(math.ceil((length - GRID / 2) / GRID)):
        yield start + GRID / 2 + number * GRID


PATTERNS: tuple[tuple[str, Callable[[Box], Iterator[str]]], ...] = (
    ("", _plain),
    ("strokes", _rising),
    ("dots", _level),
    ("strokes", _upright),
    ("strokes", _cross),
    ("strokes", _level),
)


# The signs of a board.
_ROUND = {"stop": 3.0, "level": 5.0}  # px
_CORNERS = {
    "warning": ((0, -7), (7, 6), (-7, 6)),
    "incident": (
        *((0, -8), (2, -2), (8, -2), (3, 2), (5, 8)),
        *((0, 4), (-5, 8), (-3, 2), (-8, -2), (-2, -2)),
    ),
    "convoy": ((-7, -4), (7, -4), (7, 4), (-7, 4)),
}


def draw_mark(shape: str, x: float, y: float, style: str = "") -> str:
    """Return a mark: one of a board, a circle, a diamond, else an upright bar.

    A mark of a board has a `style` more, which is its colour.
    """
    named = f"{shape} {style}".strip()
    figure: str
    if shape == "circle":
        figure = SVG.circle("median", x, y, 5)
    elif shape == "diamond":
        points = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f}"
        figure = SVG.polygon("ninety", f"{points} {x - 6:.1f},{y:.1f}")
    elif shape in _ROUND:
        figure = SVG.circle(named, x, y, _ROUND[shape])
    elif shape in _CORNERS:
        corners = (f"{x + right:.1f},{y + down:.1f}" for right, down in _CORNERS[shape])
        figure = SVG.polygon(named, " ".join(corners))
    else:
        figure = SVG.line(shape, x, y - 8, x, y + 8)
    return figure


def short(name: str) -> str:
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 1]}…"


def swatch(palette: str, series: int) -> str:
    return _key(_filled(Box(0, 0, SWATCH, SWATCH), palette, series))


def key(shape: str, style: str = "") -> str:
    return _key([draw_mark(shape, SWATCH / 2, SWATCH / 2, style)])


def _key(parts: list[str]) -> str:
    found: str = SVG.key(parts, SWATCH + 2)
    return found
