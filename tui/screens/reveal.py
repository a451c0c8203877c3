"""Tell which route was drawn for a movement: signed, so asked first."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.bulletin.codes import label as code_label
from exchange.errors import FusionError
from exchange.words import word
from tui.data import Desk, Opened
from tui.keys import bind
from tui.later import answer
from tui.screens.boxes import BOX
from tui.screens.filling import said
from tui.widgets.bar import Bar, Part
from tui.widgets.page import Item, Page, Pair, Text
from tui.words import joined, label, lang, say

KEYS = (("y", word("sign and send")), ("n", word("cancel")))


def ask(app: App[Any], desk: Desk, opened: Opened) -> None:
    """Ask whether to reveal the route of a movement of this desk, then reveal it.

    Says so where none was drawn here, or it was revealed already.
    """

    def look() -> None:
        try:
            route = desk.drawn(opened.row.number)
        except FusionError as error:
            app.call_from_thread(_tell, app, said(error))
            return
        if route:
            app.call_from_thread(app.push_screen, Reveal(desk, opened, route))
        else:
            app.call_from_thread(_tell, app, say(NONE))

    app.run_worker(look, thread=True)


NONE = word("No route was drawn for it here, or it was revealed already.")


def _tell(app: App[Any], text: str) -> None:
    app.notify(text, markup=False)


def items(opened: Opened, route: str) -> Sequence[Item]:
    """Return what will be sent, of what, and to whom."""
    here, row = lang(), opened.row
    told = say("A bulletin that tells this route and the key of its draw will be sent.")
    shown: list[Item] = [
        Text(row.subject, row.lang, "subject", gutter=True),
        Pair(say("Route drawn"), route, "en", "good", here),
    ]
    shown += [
        Pair(code_label("recipient_class", class_, here), desk, "en", "", here)
        for desk, class_ in opened.recipients
        if class_ != "COPY"
    ]
    final = say("It is signed with your key and cannot be taken back.")
    return [*shown, Text("", ""), Text(told, here), Text(final, here, "dim")]


class Reveal(ModalScreen[None]):
    """What will be told and to whom; nothing happens but by `y`."""

    DEFAULT_CSS = f"Reveal {{ {BOX} Page {{ height: 10; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("y", "sign", "Sign and send the route", "y"),
    ]

    def __init__(self, desk: Desk, opened: Opened, route: str) -> None:
        super().__init__()
        self.desk, self.opened, self.route = desk, opened, route

    def compose(self) -> ComposeResult:
        """Show a title, what will be sent, the keys."""
        with Vertical():
            yield Bar(id="head")
            yield Page(id="what")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Write our words."""
        title = joined(say("Reveal the route"), f"#{self.opened.row.number}")
        self.query_one("#head", Bar).put([Part(title, "key")])
        keys = "  ".join(f"{key} {label(words)}" for key, words in KEYS)
        self.query_one("#hint", Bar).put([Part(keys)])
        page = self.query_one("#what", Page)
        page.put(items(self.opened, self.route))
        page.focus()

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss()

    def action_sign(self) -> None:
        """Sign and send it."""
        self._send()

    @work(thread=True, exclusive=True)
    def _send(self) -> None:
        try:
            self.desk.reveal(self.opened.row.number)
        except FusionError as error:
            answer(self, self._failed, error)
            return
        answer(self, self._sent)

    def _sent(self) -> None:
        self.app.notify(say("Signed and handed over."), markup=False)
        self.dismiss()

    def _failed(self, error: FusionError) -> None:
        self.notify(said(error), severity="error", markup=False)
