"""The signs of two weeks as a drawing: a mark at the time of each event."""

from exchange.desk.board.records import Board, Sign
from exchange.limits import DAY
from exchange.report.board_drawing import draw_stack, numbered
from exchange.report.canvas import WIDTH, Canvas
from exchange.report.words import Words

DAYS = 14
_EDGE = 12  # px
_BIN = 52  # px for a mark and its number
_HIGH = 6  # signs one above the other; the list has the rest
_LIFT = 30  # px from one sign to the one above it
_TITLE = 40  # px


def draw_times(words: Words, board: Board, ident: str, title: str) -> Canvas:
    end = (board.at // DAY + 1) * DAY
    begin = end - DAYS * DAY
    stacks: dict[int, list[Sign]] = {}
    for sign in board.signs:
        if begin <= sign.at < end:
            stacks.setdefault(int(_at(sign.at, begin) // _BIN), []).append(sign)
    for place, found in stacks.items():
        stacks[place] = sorted(found, key=board.urgency)[:_HIGH]
    base = _TITLE + _LIFT * max((1, *map(len, stacks.values())))
    canvas = Canvas(words, ident, base + 40)
    canvas.text(0, 24, title)
    canvas.line("range", _EDGE, base, WIDTH - _EDGE, base)
    for day in range(DAYS):
        x = _at(begin + day * DAY, begin)
        canvas.line("range", x, base, x, base + 6)
        style = "less" if day % 4 else ""
        if not day % 2:
            said = words.skeleton(begin + day * DAY, "MMMd")
            canvas.text(x, base + 28, said, "start", style)
    numbers = numbered(board)
    for found in stacks.values():
        x = min(_at(found[0].at, begin), WIDTH - 40)
        draw_stack(canvas, numbers, board, found, (x, base - 14))
    return canvas


def _at(at: int, begin: int) -> float:
    return _EDGE + (WIDTH - 2 * _EDGE) * (at - begin) / (DAYS * DAY)
