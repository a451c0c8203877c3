"""The base of screens with one page: title, page, keys, Esc."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen, ScreenResultType

from exchange.errors import FusionError
from tui.keys import bind
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import Text, TextPage
from tui.words import label, lang
from tui.workers import error_line


class LiveScreen(Screen[ScreenResultType]):
    """A screen that the application keeps up to date while it is open."""

    def renew(self) -> None:
        """Show what changed at the desk."""

    def relabel(self) -> None:
        """Speak the language in use."""


class PageScreen(LiveScreen[None]):
    HEAD = ""
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("Esc", "back"),)
    MORE = "?"
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,q", "back", "Back", "Esc")]

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield TextPage(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(label(self.HEAD), "key")])
        self.query_one("#keys", KeyLine).keys(self.shown_keys(), self.MORE)
        self.page.focus()

    def shown_keys(self) -> Sequence[tuple[str, str]]:
        """Return KEYS by default.

        Called by `on_mount`, which Textual runs once for each class of the hierarchy.
        """
        return self.KEYS

    @property
    def page(self) -> TextPage:
        return self.query_one("#page", TextPage)

    def fail(self, error: FusionError) -> None:
        self.page.put([Text(f"✘ {error_line(error)}", lang(), "bad")])

    def action_back(self) -> None:
        self.dismiss()
