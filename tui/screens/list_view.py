"""The part of the list screen that says how rows are shown: their columns."""

from typing import ClassVar

from textual.binding import BindingType

from exchange.words import word
from tui.keys import bind
from tui.screens.list_search import Searching
from tui.widgets.list_columns import COLUMNS, read_choice, write_choice
from tui.words import say
from tui.workers import ask_desk

COLUMNS_KEPT = "list:columns"


class ListView(Searching):
    """The third of the first screen that shows rows as the officer chose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("C", "columns", "Columns of the list"),
    ]

    def take_settings(self) -> None:
        """Show the list as it was left; say what of that cannot be read."""
        try:
            self.rows.choose_columns(read_choice(self.desk.setting(COLUMNS_KEPT)))
        except ValueError:
            said = say("The choice of columns cannot be read: all are shown. C: choose")
            self.notify(said, severity="warning", markup=False)

    def action_columns(self) -> None:
        """Choose the columns of the list, and keep the choice."""
        from tui.screens.dialogs import Pick  # noqa: PLC0415 - start-up counts

        def chosen(codes: list[str] | None) -> None:
            if codes is not None:
                self.rows.choose_columns(frozenset(codes))
                kept = write_choice(codes)
                ask_desk(
                    self,
                    lambda: self.desk.set_setting(COLUMNS_KEPT, kept),
                    lambda _: None,
                )

        shown = [code for code in COLUMNS if code in self.rows.columns]
        title = word("Columns of the list")
        self.app.push_screen(Pick(title, COLUMNS, shown, many=True), chosen)
