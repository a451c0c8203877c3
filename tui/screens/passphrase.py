"""A box that asks for the passphrase of an officer who is here, too."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.bulletin.punctuation import COLON
from exchange.words import word
from tui.keys import bind
from tui.screens.dialogs import BOX
from tui.widgets.bar import Bar, BarPart
from tui.widgets.secret import Secret
from tui.words import join_words, label, lang, say

HINT = word("For one signature; it is not kept.")


class Passphrase(ModalScreen[str | None]):
    """Ends with the passphrase of an officer (duty-2), None where it is left."""

    DEFAULT_CSS = f"Passphrase {{ {BOX} Secret {{ margin: 0 1; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]

    def __init__(self, officer: str) -> None:
        super().__init__()
        self.officer = officer

    def compose(self) -> ComposeResult:
        """Show whose, the line, a hint."""
        with Vertical():
            yield Bar(id="head")
            yield Secret(id="secret")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Begin to type."""
        title = join_words(f"{say('Passphrase')}{COLON[lang()]}{self.officer}")
        self.query_one("#head", Bar).put([BarPart(title, "key")])
        self.query_one("#hint", Bar).put([BarPart(label(HINT), "dim")])
        self.query_one(Secret).focus()

    @on(Secret.Submitted)
    def _done(self, event: Secret.Submitted) -> None:
        self.dismiss(event.text)

    def action_leave(self) -> None:
        """Sign nothing."""
        self.dismiss(None)
