"""The base of screens with one list: title, choices, keys, Esc."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.keys import bind
from tui.screens.base import LiveScreen
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import Choices
from tui.words import label

T = TypeVar("T")


class ChoiceScreen(LiveScreen[T | None]):
    """Ends with None by Esc; a subclass shows its choices."""

    HEAD = ""
    """The title, unless the subclass writes it."""
    KEYS: ClassVar[Sequence[tuple[str, str]]]
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,q", "back", "Back", "Esc")]

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Run after that of a subclass: Textual calls each of the hierarchy."""
        self.put_head()
        self.choices.focus()

    def put_head(self) -> None:
        if self.HEAD:
            self.query_one("#head", Bar).put([BarPart(label(self.HEAD), "key")])
        self.query_one("#keys", KeyLine).keys(self.KEYS)

    @property
    def choices(self) -> Choices:
        return self.query_one("#page", Choices)

    def action_back(self) -> None:
        self.dismiss(None)
