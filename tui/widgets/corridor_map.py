"""The corridor as strips: a row for each of its segments, a sign for each stop."""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment as Cells
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from exchange.bulletin.codes import label as code_label
from exchange.desk.board.corridor import Segment, segment_of, segments
from exchange.desk.board.records import ELSEWHERE, SORTS, Board, Sign
from tui.keys import bind
from tui.widgets.board_signs import NOTHING, SIGNS, sign_of, style_of
from tui.widgets.cells import Piece, field, plain, row
from tui.words import lang, mirrored, say

ROAD = "─"
NAME_MAX = 52  # cells of the name of a segment
COUNTS = 14  # cells of the counts at the end of a row
STYLES = ("dim", "good", "bad", "unsure", "road", "cursor", "name")


def stops() -> list[str]:
    """Return them in the order of the corridor, ELSEWHERE last."""
    return [*(stop.code for x in segments() for stop in x.stops), ELSEWHERE]


def cells_of(segment: Segment, columns: int) -> dict[str, int]:
    """Count from the side where the road begins."""
    room = max(0, columns - 1)
    return {stop.code: round(room * stop.km / segment.length) for stop in segment.stops}


def segment_name(code: str, columns: int) -> str:
    name = code_label("corridor", code, lang())
    if cell_len(name) <= columns:
        return name
    return re.split("[,،] ", name)[-1]


class CorridorMap(Widget, can_focus=True):
    DEFAULT_CSS = """
    CorridorMap { padding: 0 1; }
    CorridorMap > .map--dim { color: $foreground 60%; }
    CorridorMap > .map--good { color: $success; text-style: bold; }
    CorridorMap > .map--bad { color: $error; text-style: bold; }
    CorridorMap > .map--unsure { color: $warning; text-style: bold; }
    CorridorMap > .map--road { color: $foreground 40%; }
    CorridorMap > .map--cursor { text-style: bold reverse; }
    CorridorMap > .map--name { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"map--{name}" for name in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("right,l", "along(1)", "To the stop on the right", "← →"),
        bind("left,h", "along(-1)", "To the stop on the left"),
        bind("down,j", "segment(1)", "Next segment"),
        bind("up,k", "segment(-1)", "Previous segment"),
        bind("n", "next(1)", "Next stop with a sign", "n N"),
        bind("N", "next(-1)", "Previous stop with a sign"),
        bind("home,g", "end(0)", "Khunjerab"),
        bind("end,G", "end(-1)", "The last"),
        bind("enter", "choose", "Bulletins at it", "↵"),
    ]

    class StopReached(Message):
        """The cursor moved to a stop."""

        def __init__(self, stop: str) -> None:
            super().__init__()
            self.at = stop

    class StopChosen(Message):
        """Enter was pressed on a stop."""

        def __init__(self, stop: str) -> None:
            super().__init__()
            self.at = stop

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.board: Board | None = None
        self.stops = stops()
        self.stop = self.stops[0]
        self._here: dict[str, list[Sign]] = {}
        self.styles.height = len(segments()) + 1  # one more for ELSEWHERE

    def show(self, board: Board) -> None:
        self.board = board
        self._here = {stop: board.at_stop(stop) for stop in self.stops}
        self.refresh()

    # Drawing.

    def render_line(self, y: int) -> Strip:
        columns, base = self.size.width, self.rich_style
        if y < len(segments()):
            pieces = self._segment(segments()[y], columns, base)
        else:
            pieces = self._elsewhere(columns, base)
        return row(pieces, columns, base)

    def _segment(self, segment: Segment, columns: int, base: Style) -> list[Piece]:
        wide = min(NAME_MAX, columns // 3)
        room = columns - wide - COUNTS - 2
        mine = segment_of(self.stop) is segment
        name = segment_name(segment.code, wide)
        signs = [sign for x in segment.stops for sign in self._here.get(x.code, ())]
        return [
            field(name, lang(), wide, self._style("name" if mine else "", base)),
            plain(" ", base),
            self._strip(segment, room, base),
            plain(" ", base),
            self._counts(signs, base),
        ]

    def _elsewhere(self, columns: int, base: Style) -> list[Piece]:
        signs = self._here.get(ELSEWHERE, [])
        style = self._style("dim", base)
        if self.stop == ELSEWHERE:
            style += self._style("cursor", base)
        said = say("no place on the corridor")
        return [
            field(said, lang(), columns - COUNTS - 1, style),
            plain(" ", base),
            self._counts(signs, base),
        ]

    def _strip(self, segment: Segment, columns: int, base: Style) -> Piece:
        road = self._style("road", base)
        cells = [Cells(ROAD, road)] * columns
        if columns <= 0:
            return []
        placed: dict[int, list[str]] = {}
        for stop, at in cells_of(segment, columns).items():
            placed.setdefault(at, []).append(stop)
        for at, here in placed.items():
            signs = [sign for stop in here for sign in self._here.get(stop, ())]
            text, style = NOTHING, self._style("dim", base)
            if signs and self.board:
                gravest = min(signs, key=self.board.urgency)
                text = sign_of(gravest, self.board.at)
                style = self._style(style_of(gravest, self.board.at), base)
            if self.stop in here:
                style += self._style("cursor", base)
            cells[at] = Cells(text, style)
        return cells[::-1] if mirrored() else cells

    def _counts(self, signs: Sequence[Sign], base: Style) -> Piece:
        """Return the number of signs of each sort, in COUNTS cells.

        The number comes first: after the sign of a posture it would read as a level.
        """
        pieces, left = Piece(), COUNTS
        for sort in SORTS:
            found = [sign for sign in signs if sign.sort == sort]
            text = f"{len(found)}{SIGNS[sort][0]} "
            if found and self.board and cell_len(text) <= left:
                gravest = min(found, key=self.board.urgency)
                style = self._style(style_of(gravest, self.board.at), base)
                pieces.append(Cells(text, style))
                left -= cell_len(text)
        pieces.append(Cells(" " * left, base))
        return pieces[::-1] if mirrored() else pieces

    def _style(self, name: str, base: Style) -> Style:
        if not name:
            return base
        return base + self.get_component_rich_style(f"map--{name}", partial=True)

    # Moving.

    def go(self, stop: str) -> None:
        self.stop = stop
        self.refresh()
        self.post_message(self.StopReached(stop))

    def action_along(self, by: int) -> None:
        """Go to the next stop on one side; the road begins where the language does."""
        step = -by if mirrored() else by
        self._step(self.stops, step)

    def action_next(self, by: int) -> None:
        at = self.stops.index(self.stop)
        order = [*self.stops[at + 1 :], *self.stops[:at]]
        found = next((x for x in order[::by] if self._here.get(x)), None)
        if found is None:
            self.app.bell()
        else:
            self.go(found)

    def action_segment(self, by: int) -> None:
        here = segment_of(self.stop)
        rows = [*segments(), None]
        to = rows[min(max(rows.index(here) + by, 0), len(rows) - 1)]
        if to is None or to is here:
            self.go(self.stop if to is here else ELSEWHERE)
            return
        share = 0.0
        if here is not None:
            km = next(x.km for x in here.stops if x.code == self.stop)
            share = km / here.length
        nearest = min(to.stops, key=lambda stop: abs(stop.km / to.length - share))
        self.go(nearest.code)

    def action_end(self, at: int) -> None:
        self.go(self.stops[at])

    def _step(self, order: Sequence[str], by: int) -> None:
        at = order.index(self.stop) + by
        self.go(order[min(max(at, 0), len(order) - 1)])

    def action_choose(self) -> None:
        self.post_message(self.StopChosen(self.stop))

    def on_click(self, event: events.Click) -> None:
        y = event.get_content_offset_capture(self).y
        if y == len(segments()):
            self.go(ELSEWHERE)
        elif 0 <= y < len(segments()):
            self.go(
                self._stop_at(segments()[y], event.get_content_offset_capture(self).x)
            )
        if event.chain > 1:
            self.action_choose()

    def _stop_at(self, segment: Segment, x: int) -> str:
        columns = self.size.width
        wide = min(NAME_MAX, columns // 3)
        room = columns - wide - COUNTS - 2
        if mirrored():
            x = columns - 1 - x
        cells = cells_of(segment, room)
        return min(cells, key=lambda stop: abs(cells[stop] - (x - wide - 1)))
