"""The corridor as a drawing: a line for each segment, numbered signs on it."""

from collections.abc import Mapping, Sequence

from exchange.desk.board.corridor import Segment, segments
from exchange.desk.board.records import Board, Sign, Sort
from exchange.report.canvas import WIDTH, Canvas
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
_ROW = 92  # px of a segment
_ROAD = 70  # px from its top to the road
_LIFT = 22  # px from one sign to the one above it
_EDGE = 12  # px
_STACK = 2  # signs over one stop; the list has the rest


def numbered(board: Board) -> dict[Sign, int]:
    return {sign: number for number, sign in enumerate(board.signs, 1)}


def draw_corridor(words: Words, board: Board, ident: str) -> Canvas:
    canvas = Canvas(words, ident, len(segments()) * _ROW)
    numbers = numbered(board)
    for place, segment in enumerate(segments()):
        top = place * _ROW
        canvas.text(0, top + 26, words.code("corridor", segment.code))
        canvas.line("road", _EDGE, top + _ROAD, WIDTH - _EDGE, top + _ROAD)
        for stop in segment.stops:
            x = _at(segment, stop.km)
            canvas.mark("stop", x, top + _ROAD)
            _stack(canvas, numbers, board.at_stop(stop.code), x, top)
    return canvas


def _at(segment: Segment, km: float) -> float:
    return _EDGE + (WIDTH - 2 * _EDGE) * km / segment.length


def _stack(
    canvas: Canvas,
    numbers: Mapping[Sign, int],
    signs: Sequence[Sign],
    x: float,
    top: float,
) -> None:
    """Draw the gravest signs of a stop over it, each with its number."""
    for level, sign in enumerate(signs[:_STACK]):
        y = top + _ROAD - 4 - level * _LIFT
        canvas.mark(SHAPES[sign.sort], x, y - 6)
        text = canvas.words.number(numbers[sign])
        end = x > WIDTH - 40  # px; keeps the number inside the drawing
        canvas.text(x - 9 if end else x + 9, y, text, "end" if end else "start")
