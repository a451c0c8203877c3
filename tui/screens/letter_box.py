"""A box that takes one letter: that of a bulletin kept under it, or to keep one."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.desk.records import Row
from tui.bulletin_names import name_of
from tui.keys import bind, latin
from tui.screens.dialogs import BOX
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, Text, TextPage
from tui.words import label


class LetterBox(ModalScreen[str | None]):
    """Ends with a letter, a to z, or with None; shows which letters are taken."""

    DEFAULT_CSS = f"LetterBox {{ {BOX} TextPage {{ height: auto; max-height: 60%; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]

    def __init__(self, title: str, taken: Mapping[str, Row]) -> None:
        """`title`: English, from the catalogue. `taken`: each letter's bulletin."""
        super().__init__()
        self.heading, self.taken = title, taken

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="page")

    def on_mount(self) -> None:
        self.query_one(Bar).put([BarPart(label(self.heading), "key")])
        items: list[Item] = []
        for letter, row in sorted(self.taken.items()):
            items.append(Text(f"{letter}  {name_of(row)}", "en"))
            items.append(Text(row.subject, row.lang, gutter=True, cut=True))
        self.query_one(TextPage).put(items)

    def on_key(self, event: events.Key) -> None:
        if letter := latin(event.character or ""):
            event.stop()
            self.dismiss(letter)

    def action_leave(self) -> None:
        self.dismiss(None)
