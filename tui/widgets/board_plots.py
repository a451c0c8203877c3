"""The plots of a board: bulletins per week, and time to answer."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from exchange.bulletin.punctuation import COLON
from exchange.desk.board.records import Week
from exchange.limits import MINUTE
from exchange.words import word
from tui.keys import bind
from tui.text.layout import direction_of
from tui.times import day_clock
from tui.widgets.cells import field
from tui.words import lang, say

COUNTS = word("Bulletins per week")
ANSWERS = word("Minutes until a warning or an incident is answered, median of a week")
BRIEF = {ANSWERS: word("Minutes to an answer, median")}
"""Titles for where the whole one leaves no room for the figure behind it."""


class Plot(NamedTuple):
    """A plot: its title (a text of the catalogues), its figures, its lines of cells."""

    text: str
    values: Sequence[int]
    lines: Sequence[str]


def draw_plots(weeks: Sequence[Week], columns: int, rows: int) -> list[Plot]:
    """Return both plots, one above the other, in this size; for a worker."""
    from tui.plots import bars  # noqa: PLC0415 - only then

    names = [week_name(week) for week in weeks]
    rtl, each = bool(direction_of(lang())), max(0, rows // 2 - 1)
    counts = [week.bulletins for week in weeks]
    waits = [-(-week.median // MINUTE) for week in weeks]
    return [
        Plot(COUNTS, counts, bars(counts, names, columns, each, rtl=rtl)),
        Plot(ANSWERS, waits, bars(waits, names, columns, each, rtl=rtl)),
    ]


def week_name(week: Week) -> str:
    return day_clock(week.start)[:5]


class BoardPlots(Widget, can_focus=True):
    """Two plots, one above the other, in the size they were drawn for.

    The cursor is on a week. Its figures, which no plot shows exactly, are in the
    titles.
    """

    DEFAULT_CSS = """
    BoardPlots { height: 1fr; padding: 0 1; }
    BoardPlots:focus { border-left: vkey $primary; }
    BoardPlots > .plots--title { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"plots--title"}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("right,l", "along(1)", "To the week on the right", "← →"),
        bind("left,h", "along(-1)", "To the week on the left"),
        bind("enter", "choose", "Bulletins of the week", "↵"),
    ]

    class WeekChosen(Message):
        """Enter was pressed on a week."""

        def __init__(self, week: Week) -> None:
            super().__init__()
            self.week = week

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.plots: Sequence[Plot] = ()
        self.weeks: Sequence[Week] = ()
        self._back = 0  # weeks from the cursor to the last one

    def put(self, weeks: Sequence[Week], plots: Sequence[Plot]) -> None:
        self.weeks, self.plots = weeks, plots
        self.refresh()

    @property
    def week(self) -> Week | None:
        return self.weeks[-1 - self._at] if self.weeks else None

    @property
    def _at(self) -> int:
        return min(self._back, len(self.weeks) - 1)

    def render_line(self, y: int) -> Strip:
        columns, base = self.size.width, self.rich_style
        style = base + self.get_component_rich_style("plots--title", partial=True)
        lines: list[list[Segment]] = []
        for plot in self.plots:
            lines.append(field(self._title(plot, columns), lang(), columns, style))
            lines += [[Segment(line, base)] for line in plot.lines]
        found = lines[y] if y < len(lines) else []
        return Strip(found).adjust_cell_length(columns, base)

    def _title(self, plot: Plot, columns: int) -> str:
        n = f"{plot.values[-1 - self._at]:,}" if plot.values else "0"
        said = say("this week {n}").format(n=n)
        if self._at > 0:
            day = week_name(self.weeks[-1 - self._at])
            said = say("week from {day}: {n}").format(day=day, n=n)
        whole = f"{say(plot.text)}{COLON[lang()]}{said}"
        if cell_len(whole) <= columns:
            return whole
        return f"{say(BRIEF.get(plot.text, plot.text))}{COLON[lang()]}{said}"

    def action_along(self, by: int) -> None:
        """Go to the next week on one side; the first is where the language begins."""
        back = self._at + (by if direction_of(lang()) else -by)
        self._back = min(max(back, 0), max(len(self.weeks) - 1, 0))
        self.refresh()

    def action_choose(self) -> None:
        if self.week is not None:
            self.post_message(self.WeekChosen(self.week))
