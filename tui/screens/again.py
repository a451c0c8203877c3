"""Signing again what the own node refused for what was signed: the ordinary review."""

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import BindingType

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.refused import refusal
from exchange.desk.records import OpenedBulletin
from exchange.errors import FusionError
from exchange.words import word
from tui.desk import Desk
from tui.drafts import Slot
from tui.keys import bind
from tui.later import answer
from tui.screens.previews import previews
from tui.screens.review import CONFIRM, Done, Sending, Shown
from tui.screens.signature import NOTHING_SIGNED, finish, make_cancel
from tui.text import safe
from tui.widgets.bar import KeyLine
from tui.widgets.sign_list import Choice
from tui.words import say

KEYS = (
    ("y", "sign and send"),
    ("Esc", word("back")),
    ("[ ]", word("language")),
)


class SignAgain(Sending):
    """The review of a bulletin that is signed again; nothing of it can be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,e,p,q", "leave('edit')", "Back to the list", "Esc"),
    ]

    def __init__(
        self, desk: Desk, draft: CheckedDraft, shown: Shown, number: int
    ) -> None:
        """Show bulletin `number` as it would be signed; no draft of it is kept."""
        super().__init__(desk, draft, shown, Slot(desk))
        self.number = number

    def _draw(self) -> None:
        super()._draw()
        keys = (*CONFIRM, *KEYS) if self.open else KEYS
        self.query_one("#keys", KeyLine).keys(keys)

    def _choices(self) -> Sequence[Choice]:
        return [make_cancel(NOTHING_SIGNED), *super()._choices()[1:]]

    @work(thread=True, exclusive=True)
    def _send(self, draft: CheckedDraft) -> None:  # noqa: ARG002 - its content stays
        try:
            self.desk.sign_again(self.number)
        except FusionError as error:
            answer(self, self._not_sent, error)
            return
        answer(self, finish, self, "sent")


def review(app: App[None], desk: Desk, opened: OpenedBulletin) -> None:
    """Show what would be signed again, once it is checked; else say why not."""

    def failed(error: FusionError) -> None:
        app.notify(safe(refusal(error)), severity="error", markup=False)

    def said(how: Done | None) -> None:
        if how == "sent":
            app.notify(say("Signed and handed over."), markup=False)

    def push(draft: CheckedDraft, shown: Shown) -> None:
        app.push_screen(SignAgain(desk, draft, shown, opened.row.number), said)

    def look() -> None:
        try:
            draft = desk.begin_again(opened.row.number)
            found = desk.review(draft)
            shown = Shown(found, previews(found))
        except FusionError as error:
            app.call_from_thread(failed, error)
            return
        app.call_from_thread(push, draft, shown)

    app.run_worker(look, thread=True, exclusive=True, group="again")
