"""Boxes that ask an officer present for a passphrase or PIN."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.bulletin.punctuation import COLON
from exchange.limits import NEW_PASSPHRASE_MIN
from exchange.words import word
from tui.keys import bind
from tui.screens.dialogs import BOX, name_keys
from tui.widgets.bar import Bar, BarPart
from tui.widgets.secret import Secret
from tui.words import join_words, label, lang, say

HINT = word("For one signature; it is not kept.")


class SecretBox(ModalScreen[str | None]):
    """A box with a line for a secret; ends with None if it is left.

    `whose` is translated already.
    """

    DEFAULT_CSS = f"""
    SecretBox {{ {BOX} Secret {{ margin: 0 1; }} #hint {{ height: 2; }} }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", "Leave")]
    TITLE_WORDS = word("Passphrase")
    FIRST_HINT = HINT

    def __init__(self, whose: str) -> None:
        super().__init__()
        self.whose = whose

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield Secret(id="secret")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        title = join_words(f"{say(self.TITLE_WORDS)}{COLON[lang()]}{self.whose}")
        self.query_one("#head", Bar).put([BarPart(title, "key")])
        self.hint(self.FIRST_HINT)
        self.query_one(Secret).focus()

    def hint(self, text: str, style: str = "dim") -> None:
        self._say(label(text), style)

    def _say(self, shown: str, style: str) -> None:
        self.query_one("#hint", Bar).put([name_keys()], [BarPart(shown, style)])

    def action_leave(self) -> None:
        self.dismiss(None)


class Passphrase(SecretBox):
    """Ends with the passphrase of an officer (duty-2), or None if it is left."""

    @on(Secret.Entered)
    def _entered(self, event: Secret.Entered) -> None:
        self.dismiss(event.text)


class TokenPin(Passphrase):
    """Ends with the PIN of an officer's token (duty-2), or None if it is left."""

    TITLE_WORDS = word("PIN of the token")


class NewPassphrase(SecretBox):
    """Ends with a new passphrase that was typed twice, or None if it is left.

    If it is too short, or the two differ, the box says so and asks again.
    """

    TITLE_WORDS = word("New passphrase")
    FIRST_HINT = word("Type it now, and then once more.")

    def __init__(self, whose: str) -> None:
        super().__init__(whose)
        self._first: str | None = None

    @on(Secret.Entered)
    def _entered(self, event: Secret.Entered) -> None:
        text = event.text
        if not text:
            self.hint(word("The passphrase is empty: type one."), "bad")
        elif len(text) < NEW_PASSPHRASE_MIN:
            self._first = None
            told = say("Too short: {n} characters at least, best several words.")
            said = join_words(told.format(n=NEW_PASSPHRASE_MIN))
            self._say(said, "bad")
        elif self._first is None:
            self._first = text
            self.hint(word("Type the same once more."), "key")
        elif self._first != text:
            self._first = None
            self.hint(word("The two differ. Begin again: type a new one."), "bad")
        else:
            self.dismiss(text)
