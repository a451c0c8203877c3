"""The corridor as a drawing: a line for each segment, its stops and numbered signs."""

from collections.abc import Iterator, Mapping, Sequence

from exchange.desk.board.corridor import Segment
from exchange.desk.board.records import Board, Gravity, Sign, Sort
from exchange.report.canvas import WIDTH, Canvas
from exchange.report.labels import MEDIA, Labels
from exchange.report.words import Words, word

SHAPES: Mapping[Sort, str] = {
    "WARNING": "warning",
    "INCIDENT": "incident",
    "CONVOY": "convoy",
    "POSTURE": "level",
}
"""The mark of each sort of sign."""
SORT_NAMES: Mapping[Sort, str] = {
    "WARNING": word("Warning"),
    "INCIDENT": word("Incident"),
    "CONVOY": word("Convoy"),
    "POSTURE": word("Level of a site"),
}
GRAVITY_NAMES: Mapping[Gravity, str] = {
    "grave": word("serious"),
    "watch": word("caution"),
    "calm": word("normal"),
}
"""The colour of each gravity is the class of its name in board.css."""
_TITLE = 42  # px from the top of a segment to its road, without signs
_NAME = 24  # px from the road to the names of stops
_LIFT = 30  # px from one sign to the one above it
_EDGE = 12  # px
_APART = 52  # px at least between signs of two stops, with their numbers
_STACK = 2  # signs over one stop; the list has the rest


def numbered(board: Board) -> dict[Sign, int]:
    return {sign: number for number, sign in enumerate(board.signs, 1)}


def draw_segment(
    words: Words, board: Board, segment: Segment, ident: str, top: float = 0
) -> Canvas:
    """Draw a segment `top` px below the edge; the drawing ends where it does."""
    at = {stop.code: _at(segment, stop.km) for stop in segment.stops}
    signs = {stop: found[:_STACK] for stop in at if (found := board.at_stop(stop))}
    road = top + _TITLE + _LIFT * max(map(len, signs.values()), default=0)
    canvas = Canvas(words, ident, road + _NAME + 14)
    canvas.text(0, top + 24, words.code("corridor", segment.code))
    canvas.line("road", _EDGE, road, WIDTH - _EDGE, road)
    for x in at.values():
        canvas.mark("stop", x, road)
    for medium in MEDIA:
        _name_stops(Labels(canvas, medium), at, signs, road)
    moved = spread([at[stop] for stop in signs], _APART, _EDGE, WIDTH - 40)
    numbers = numbered(board)
    for (stop, found), x in zip(signs.items(), moved, strict=True):
        canvas.line("lead", at[stop], road, x, road - 12)
        draw_stack(canvas, numbers, board, found, (x, road - 12))
    return canvas


def draw_stack(
    canvas: Canvas,
    numbers: Mapping[Sign, int],
    board: Board,
    signs: Sequence[Sign],
    at: tuple[float, float],
) -> None:
    """Draw signs one above the other, each with its number."""
    x, y = at
    for level, sign in enumerate(signs):
        here = y - level * _LIFT
        canvas.mark(SHAPES[sign.sort], x, here, sign.gravity(board.at))
        canvas.text(x + 10, here + 6, canvas.words.number(numbers[sign]))


def spread(
    wanted: Sequence[float], apart: float, low: float, high: float
) -> list[float]:
    """Return places from `low` to `high` near the `wanted`, which are in order.

    They are `apart` at least, or as far as there is room.
    """
    step = min(apart, (high - low) / max(1, len(wanted) - 1))
    found = list[float]()
    for x in wanted:
        found.append(max(x, found[-1] + step if found else low))
    for place, x in reversed(list(enumerate(found))):
        found[place] = min(x, high - (len(found) - 1 - place) * step)
    return found


def _at(segment: Segment, km: float) -> float:
    return _EDGE + (WIDTH - 2 * _EDGE) * km / segment.length


def _name_stops(
    labels: Labels,
    at: Mapping[str, float],
    signs: Mapping[str, Sequence[Sign]],
    road: float,
) -> None:
    """Name the stops that have room: with signs, the ends, then the others."""
    for stop in dict.fromkeys((*signs, *_ends_first(list(at)))):
        x, name = at[stop], labels.canvas.words.code("site", stop)
        placed = labels.write(x, road + _NAME, name, "middle")
        if not placed and x < WIDTH / 2:
            labels.write(max(0, x - _EDGE), road + _NAME, name)
        elif not placed:
            labels.write(min(WIDTH, x + _EDGE), road + _NAME, name, "end")


def _ends_first(stops: Sequence[str]) -> Iterator[str]:
    yield from (stops[0], stops[-1])
    yield from stops[1:-1]
