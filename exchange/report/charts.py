"""The four charts of the page. A table beside each has the same numbers."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exchange.audit.result import shown
from exchange.report.calendar import Calendar
from exchange.report.canvas import WIDTH, Box, Canvas
from exchange.report.cosigning import STALE, CosignerWaits
from exchange.report.statistics import Spread
from exchange.report.words import Words

# Spans of time.
_LABELS_MAX = 8
_SKELETONS = {"day": "MMMd", "week": "yMMMd", "month": "yMMM", "year": "y"}
_AXIS = 44  # px from the start of the drawing to the first span
_PLOT = 200  # px
_STEP_MAX = 66  # px

# Lengths of time, on a logarithmic axis.
_FIRST, _LAST = 1, 30 * 86_400  # s
_TICKS = (1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, _LAST)
_ROW = 48  # px

# How long a head waited for a cosigner, s: the upper bounds of the levels.
LEVELS = (60, 15 * 60, STALE)
_CELL = 24  # px
_STRIP = _CELL + 32  # px for a cosigner


class StackedBar(NamedTuple):
    """One named bar, with parts in the order of the series."""

    name: str
    parts: tuple[int, ...]


class Range(NamedTuple):
    """`goal` is in s, or None."""

    name: str
    spread: Spread
    goal: int | None


class Drawing(NamedTuple):
    """The names of a chart, on the page and for a screen reader."""

    ident: str
    title: str
    desc: str


def columns(
    words: Words, drawing: Drawing, calendar: Calendar, values: Sequence[Sequence[int]]
) -> str:
    """Draw each span's parts in the order of the series."""
    canvas = Canvas(words, drawing.ident, _PLOT + 66)
    top = _nice(max(map(sum, values), default=0))
    base = _PLOT + 18
    for value in (0, top // 2, top) if top > 1 else (0, top):
        y = base - _PLOT * value / top
        canvas.line("grid", _AXIS, y, WIDTH, y)
        canvas.text(_AXIS - 6, y + 6, words.number(value), "end")
    step = _step(len(values))
    for place, parts in enumerate(values):
        y = float(base)
        for series, part in enumerate(parts):
            height = _PLOT * part / top
            y -= height
            if part:
                x, width = _AXIS + place * step + step * 0.1, step * 0.8
                canvas.fill(Box(x, y, width, height), "n", series)
    _spans(canvas, calendar, base + 36)
    return canvas.render(drawing.title, drawing.desc)


def _step(count: int) -> float:
    return min((WIDTH - _AXIS) / count, _STEP_MAX)


def _spans(canvas: Canvas, calendar: Calendar, y: float) -> None:
    count = len(calendar.starts)
    every = -(-count // _LABELS_MAX)
    step = _step(count)
    skeleton = _SKELETONS[calendar.unit]
    for place in range(0, count, every):
        x = _AXIS + (place + 0.5) * step
        text = canvas.words.skeleton(calendar.starts[place], skeleton)
        less = "less" if place // every % 2 else ""
        canvas.text(min(x, WIDTH - 34), y, text, "middle", less)


def _nice(most: int) -> int:
    """Return the smallest of 1, 2, 4, 6, 10, 20, 40, ... that is at least `most`."""
    scale = 1
    while True:
        for step in (1, 2, 4, 6):
            if step * scale >= most:
                return step * scale
        scale *= 10


def bars(words: Words, drawing: Drawing, rows: Sequence[StackedBar]) -> str:
    """Draw bars, each under its name."""
    canvas = Canvas(words, drawing.ident, len(rows) * _ROW)
    most = max((sum(row.parts) for row in rows), default=0) or 1
    room = WIDTH - 60
    for place, row in enumerate(rows):
        y = place * _ROW
        canvas.name(0, y + 20, shown(row.name))
        x = 0.0
        for series, part in enumerate(row.parts):
            width = room * part / most
            if part:
                canvas.fill(Box(x, y + 27, width, 16), "u", series)
            x += width
        canvas.text(x + 6, y + 41, words.number(sum(row.parts)))
    return canvas.render(drawing.title, drawing.desc)


def ranges(words: Words, drawing: Drawing, rows: Sequence[Range]) -> str:
    """Draw median, ninth decile and worst on an axis of time."""
    base = len(rows) * _ROW + 4
    canvas = Canvas(words, drawing.ident, base + 36)
    for tick in _TICKS:
        canvas.line("grid", _at(tick), 0, _at(tick), base)
        last = tick == _LAST
        anchor = "end" if last else "start" if tick == _FIRST else "middle"
        less = "less" if _TICKS.index(tick) % 2 else ""
        said = words.span(tick)
        canvas.text(_at(tick), base + 20, said, anchor, less)  # type: ignore[arg-type]
    for place, row in enumerate(rows):
        y = place * _ROW + 34
        canvas.text(0, y - 13, row.name)
        canvas.line("range", _at(row.spread.median), y, _at(row.spread.worst), y)
        if row.goal is not None:
            canvas.mark("goal", _at(row.goal), y)
        canvas.mark("worst", _at(row.spread.worst), y)
        canvas.mark("diamond", _at(row.spread.ninety), y)
        canvas.mark("circle", _at(row.spread.median), y)
    return canvas.render(drawing.title, drawing.desc)


def _at(seconds: int) -> float:
    """Return the place on an axis that ends at 30 days."""
    bounded = min(max(seconds, _FIRST), _LAST)
    return 8 + (WIDTH - 16) * math.log(bounded / _FIRST) / math.log(_LAST / _FIRST)


def strips(
    words: Words, drawing: Drawing, calendar: Calendar, rows: Sequence[CosignerWaits]
) -> str:
    """Draw how long a log's heads waited for each cosigner."""
    canvas = Canvas(words, drawing.ident, len(rows) * _STRIP + 36)
    step = _step(len(calendar.starts))
    for number, row in enumerate(rows):
        y = number * _STRIP
        canvas.name(0, y + 20, f"{shown(row.origin)} ← {shown(row.by)}")
        for place, worst in enumerate(row.worst_in):
            box = Box(_AXIS + place * step, y + 27, step - 1, _CELL)
            if worst is None:
                canvas.fill(box, "none", 0)
            else:
                canvas.fill(box, "w", level(worst))
    _spans(canvas, calendar, len(rows) * _STRIP + 20)
    return canvas.render(drawing.title, drawing.desc)


def level(waited: int) -> int:
    """Return 0 for the shortest; `waited` is in s."""
    return sum(waited > bound for bound in LEVELS)


def levels(words: Words) -> Iterator[tuple[int, str]]:
    for number, bound in enumerate(LEVELS):
        yield number, words.say("within {time}", time=words.span(bound))
    yield len(LEVELS), words.say("longer than {time}", time=words.span(STALE))
