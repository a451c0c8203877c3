"""The bulletins behind a sign of the board; one of them is opened from here."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.desk.records import Row
from exchange.words import word
from tui.desk import DeskProtocol
from tui.keys import bind
from tui.times import day_clock
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import Choices, entry
from tui.words import label
from tui.workers import ask_desk

KEYS = (("↵", word("open")), ("Esc", word("back")))


class Behind(Screen[int | None]):
    """Rows of some bulletins; ends with the one to open."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,q", "back", "Back", "Esc")]

    def __init__(self, desk: DeskProtocol, numbers: Sequence[int]) -> None:
        super().__init__()
        self.desk = desk
        self.numbers = list(dict.fromkeys(numbers))

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Read the rows."""
        count = f"{len(self.numbers):,}"
        self.query_one("#head", Bar).put(
            [BarPart(label("Bulletins behind this sign"), "key"), BarPart(count)]
        )
        self.query_one("#keys", KeyLine).keys(KEYS)
        self.query_one("#page").focus()
        self.renew()

    def renew(self) -> None:
        """Read the rows: one may have been recalled since."""
        ask_desk(
            self, lambda: self.desk.rows(self.numbers), self._show, newest_of="rows"
        )

    def _show(self, rows: Sequence[Row]) -> None:
        choices = self.query_one("#page", Choices)
        at = choices.chosen
        found = [entry(row, [f"{day_clock(row.filed)}Z", row.author]) for row in rows]
        choices.choose_from(found, at.number if at else 0)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.entry.number)

    def action_back(self) -> None:
        """Leave."""
        self.dismiss(None)
