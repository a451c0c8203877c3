"""A box that signs one message: its text, Cancel, and the line that signs."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.errors import FusionError
from exchange.words import word
from tui.keys import bind
from tui.screens.dialogs import BOX
from tui.screens.signature import SignScreen, finish, make_cancel, tell_signed
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, TextPage
from tui.widgets.sign_list import Act, Choice, SignList
from tui.words import label
from tui.workers import ask_desk, notify_error

KEYS = (("↓", word("choose")), ("y", word("sign")), ("n", word("cancel")))


class SignBox(SignScreen, ModalScreen[bool]):
    """Ends with True if it was signed.

    `title` is translated and laid out already; `items` show the text to sign, `signs`
    are the lines of the choice that signs. `send` signs: it is called in a worker, and
    returns the `Row` of the signed message, or anything else without one.
    """

    DEFAULT_CSS = f"SignBox {{ {BOX} #what {{ height: 8; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("pagedown,space", "scroll(1)", "A page on"),
        bind("pageup", "scroll(-1)", "A page back"),
    ]

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        signs: Sequence[Item],
        send: Callable[[], object],
    ) -> None:
        super().__init__()
        self.heading, self.items, self.signs, self.send = title, items, signs, send

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="what")
            yield SignList(id="choices")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(self.heading, "key")])
        keys = "  ".join(f"{key} {label(words)}" for key, words in KEYS)
        self.query_one("#hint", Bar).put([BarPart(keys)])
        self.page.put(self.items)
        self.page.can_focus = False
        self.sign_list.offer([make_cancel(), Choice("sign", Act.SIGN, self.signs)])
        self.sign_list.focus()

    @property
    def page(self) -> TextPage:
        return self.query_one("#what", TextPage)

    @property
    def sign_list(self) -> SignList:
        return self.query_one("#choices", SignList)

    def action_scroll(self, by: int) -> None:
        turn = self.page.scroll_page_down if by > 0 else self.page.scroll_page_up
        turn(animate=False)

    def leave(self) -> None:
        self.dismiss(result=False)

    def action_cancel(self) -> None:
        if not self.sign_list.busy:
            self.leave()

    def sign(self, key: str) -> None:  # noqa: ARG002 - one choice signs
        ask_desk(self, self.send, self._signed, self._failed)

    def _signed(self, row: object) -> None:
        self.app.notify(tell_signed(row), markup=False)
        finish(self, result=True)

    def _failed(self, error: FusionError) -> None:
        self.sign_list.free()
        notify_error(self, error)
