"""The rows that guide through the demo's tour."""

from exchange.words import word
from tui.tour import STEPS, Tour
from tui.widgets.bar import Bar, BarPart, beside_key
from tui.words import join_words, say, wrap_words

ROWS = 2  # for the longest sentence at 60 columns


class TourLine(Bar):
    """The step and what to do, in up to ROWS rows; no row once the tour is over."""

    DEFAULT_CSS = f"""
    TourLine {{ height: {ROWS + 1}; background: $surface; }}
    TourLine.over {{ display: none; }}
    """

    def __init__(self, tour: Tour) -> None:
        super().__init__(id="tour")
        self.tour = tour

    def on_resize(self) -> None:
        self.look()

    def look(self) -> None:
        done = self.tour.step
        self.set_class(self.tour.over, "over")
        count = say("Tour, step {n} of {all}").format(
            n=min(done + 1, len(STEPS)), all=len(STEPS)
        )
        leave = BarPart(beside_key("Esc", word("leave the tour")), "key")
        columns = max(self.size.width - 2, 1)
        lines = wrap_words(say(self.tour.text), columns).split("\n")[:ROWS]
        self.put(
            [BarPart(join_words(count), "unsure"), leave],
            *([BarPart(line)] for line in lines),
        )
