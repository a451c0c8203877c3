"""The bulletins of a sign or a week of the board; opens one."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from exchange.desk.records import Row
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.base import LiveScreen
from tui.times import day_clock
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import Choices, entry
from tui.words import join_words, label, say
from tui.workers import ask_desk

KEYS = (("↵", word("open")), ("Esc", word("back")))


class Behind(LiveScreen[int | None]):
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,q", "back", "Back", "Esc")]

    def __init__(
        self,
        desk: Desk,
        numbers: Sequence[int],
        title: str = "",
        known: int = 0,
        at: int = 0,
    ) -> None:
        """List bulletins under a translated title; "" is for those of a sign.

        `known` is their full number if these are only the newest. The cursor starts on
        bulletin `at`; 0: on the first.
        """
        super().__init__()
        self.desk, self._begin_at = desk, at
        self.title_said, self.known = title, known
        self.numbers = list(dict.fromkeys(numbers))

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        title = self.title_said or say("Bulletins at this marker")
        parts = [BarPart(join_words(title), "key"), BarPart(f"{len(self.numbers):,}")]
        if self.known > len(self.numbers):
            parts.append(BarPart(label("the newest only"), "unsure"))
        self.query_one("#head", Bar).put(parts)
        self.query_one("#keys", KeyLine).keys(KEYS)
        self.query_one("#page").focus()
        self.renew()

    def renew(self) -> None:
        ask_desk(
            self, lambda: self.desk.rows(self.numbers), self._show, newest_of="rows"
        )

    def _show(self, rows: Sequence[Row]) -> None:
        choices = self.query_one("#page", Choices)
        at = choices.chosen
        filed = say("filed {time}")
        found = [
            entry(row, [filed.format(time=day_clock(row.filed)), row.author])
            for row in rows
        ]
        choices.choose_from(found, at.number if at else self._begin_at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.entry.number)

    def action_back(self) -> None:
        self.dismiss(None)
