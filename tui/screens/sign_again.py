"""The review of a bulletin to sign again: the node refused its header."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from exchange.bulletin.check import CheckedDraft
from exchange.desk.records import OpenedBulletin
from exchange.words import word
from tui.desk import Desk
from tui.drafts import Slot
from tui.keys import bind
from tui.screens.review import CONFIRM, Sending, review_of
from tui.screens.review_page import ReviewPreview
from tui.screens.signature import NOTHING_SIGNED, make_cancel
from tui.widgets.sign_list import Choice
from tui.workers import ask_to_open

KEYS = (("y", "sign and send"), ("Esc", word("back")), ("[ ]", word("language")))


class SignAgain(Sending):
    """The review; nothing of the bulletin can be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,e,p,q", "leave('edit')", "Back to the list", "Esc")
    ]

    def __init__(
        self, desk: Desk, draft: CheckedDraft, shown: ReviewPreview, number: int
    ) -> None:
        super().__init__(desk, draft, shown, Slot(desk))
        self.number = number

    def keys(self) -> Sequence[tuple[str, str]]:
        return (*CONFIRM, *KEYS) if self.open else KEYS

    def choices(self) -> Sequence[Choice]:
        return [make_cancel(NOTHING_SIGNED), *super().choices()[1:]]

    def submit(self, draft: CheckedDraft) -> bytes:  # noqa: ARG002 - its content stays
        return self.desk.sign_again(self.number)


def review(app: App[None], desk: Desk, opened: OpenedBulletin) -> None:
    number = opened.row.number

    def look() -> tuple[CheckedDraft, ReviewPreview]:
        draft = desk.begin_again(number)
        return draft, review_of(desk, draft)

    def show(checked: tuple[CheckedDraft, ReviewPreview]) -> None:
        app.push_screen(SignAgain(desk, *checked, number))

    ask_to_open(app, look, show)
