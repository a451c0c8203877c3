"""The bulletins of a sign or a week of the board; opens one."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on

from exchange.desk.records import Row
from exchange.words import word
from tui.desk import Desk
from tui.screens.choice_screen import ChoiceScreen
from tui.times import day_clock
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import Choices, entry
from tui.words import join_words, label, say
from tui.workers import ask_desk


class Behind(ChoiceScreen[int]):
    KEYS: ClassVar = (("↵", word("open")), ("Esc", word("back")))

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

    def on_mount(self) -> None:
        title = self.title_said or say("Bulletins at this marker")
        parts = [BarPart(join_words(title), "key"), BarPart(f"{len(self.numbers):,}")]
        if self.known > len(self.numbers):
            parts.append(BarPart(label("the newest only"), "unsure"))
        self.query_one("#head", Bar).put(parts)
        self.renew()

    def renew(self) -> None:
        ask_desk(
            self, lambda: self.desk.rows(self.numbers), self._show, newest_of="rows"
        )

    def _show(self, rows: Sequence[Row]) -> None:
        choices = self.choices
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
