"""The plots of a board: bulletins per week, and how soon they are answered."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from exchange.bulletin.punctuation import COLON
from exchange.desk.board.records import Week
from exchange.limits import MINUTE
from exchange.words import word
from tui.text.layout import direction_of
from tui.times import day_clock
from tui.widgets.cells import field
from tui.words import lang, say

COUNTS = word("Bulletins per week")
ANSWERS = word("Minutes until a warning or an incident is answered, median of a week")


class Plot(NamedTuple):
    """A title, said already, and lines of cells."""

    title: str
    lines: Sequence[str]


def draw_plots(weeks: Sequence[Week], columns: int, rows: int) -> list[Plot]:
    """Return both plots, one over the other, in so many cells; for a worker.

    It loads plotext, which takes a tenth of a second.
    """
    from tui.plots import bars  # noqa: PLC0415 - only then

    names = [day_clock(week.start)[:5] for week in weeks]
    rtl, each = bool(direction_of(lang())), max(0, rows // 2 - 1)
    counts = [week.bulletins for week in weeks]
    waits = [-(-week.median // MINUTE) for week in weeks]
    return [
        Plot(_title(COUNTS, counts), bars(counts, names, columns, each, rtl=rtl)),
        Plot(_title(ANSWERS, waits), bars(waits, names, columns, each, rtl=rtl)),
    ]


def _title(text: str, values: Sequence[int]) -> str:
    """Return a title with the figure of this week, which no plot shows exactly."""
    said = say("this week {n}").format(n=f"{values[-1]:,}" if values else "0")
    return f"{say(text)}{COLON[lang()]}{said}"


class BoardPlots(Widget, can_focus=True):
    """Two plots, one over the other, of the size for which they were drawn."""

    DEFAULT_CSS = """
    BoardPlots { height: 1fr; padding: 0 1; }
    BoardPlots:focus { border-left: vkey $primary; }
    BoardPlots > .plots--title { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"plots--title"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.plots: Sequence[Plot] = ()

    def put(self, plots: Sequence[Plot]) -> None:
        """Show plots."""
        self.plots = plots
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        columns, base = self.size.width, self.rich_style
        style = base + self.get_component_rich_style("plots--title", partial=True)
        lines: list[list[Segment]] = []
        for plot in self.plots:
            lines.append(field(plot.title, lang(), columns, style))
            lines += [[Segment(line, base)] for line in plot.lines]
        found = lines[y] if y < len(lines) else []
        return Strip(found).adjust_cell_length(columns, base)
