"""The step before signing: everything that would be signed, in each language."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.binding import BindingType

from exchange.bulletin.check import CheckedDraft
from exchange.errors import FusionError
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import Desk
from tui.drafts import Slot
from tui.keys import bind
from tui.screens.previews import finding, previews
from tui.screens.review_page import ReviewPreview, ReviewScreen
from tui.screens.signature import (
    finish,
    make_cancel,
    sign_and_look,
    tell_release,
    tell_signed,
)
from tui.signed_words import About, describe, of_review
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.sign_list import Act, Choice
from tui.words import lang, say
from tui.workers import ask_desk

CONFIRM = (("x", word("no personal data")),)
KEYS = (
    ("y", "sign and send"),
    ("e", "edit"),
    ("[ ]", word("language")),
    ("q q", "discard"),
    ("p", "keep for later"),
)


def review_of(desk: Desk, draft: CheckedDraft) -> ReviewPreview:
    found = desk.review(draft)
    return ReviewPreview(found, previews(found))


Done: TypeAlias = Literal["sent", "edit", "postpone", "discard"]
"""The end of a review."""


BACK = word("Back to the form, without signing")


class Sending(ReviewScreen[Done]):
    """The draft as it would be signed; the choice that signs is not the first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("x,f9", "confirm", "Confirm that a finding is no personal data", "x"),
        bind("escape,e", "leave('edit')", "Back to the form", "e"),
        bind("p", "leave('postpone')", "Keep for later", "p"),
        bind("q", "discard", "Discard (twice)", "q"),
    ]

    def __init__(
        self,
        desk: Desk,
        draft: CheckedDraft,
        shown: ReviewPreview,
        slot: Slot,
        confirmed: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        """Show a draft, which stays in `slot` until it is sent or discarded.

        `confirmed` is called with all confirmed findings at each change.
        """
        super().__init__(shown)
        self.desk, self.draft, self.slot = desk, draft, slot
        self._tell = confirmed
        self._asked = False
        self.instead = b""
        """The name of a returned bulletin that this one replaces."""

    def heading(self) -> str:
        return word("Review: this will be signed and sent")

    def keys(self) -> Sequence[tuple[str, str]]:
        return (*CONFIRM, *KEYS) if self.open else KEYS

    @property
    def open(self) -> list[str]:
        """The findings not yet confirmed to be no personal data."""
        said = set(self.draft.content.confirmed)
        return [key for key in self.shown.review.personal if key not in said]

    def choices(self) -> Sequence[Choice]:
        flash = self.draft.precedence == env.PRECEDENCE_FLASH
        act = Act.ASK if flash or self.open else Act.SIGN
        return [make_cancel(BACK), Choice("send", act, self._signs())]

    def _signs(self) -> Sequence[Item]:
        subject = self.draft.content.subject
        own = About("", subject.text, subject.lang)
        return describe(of_review(self.shown.review, own))

    def notes(self) -> Sequence[Item]:
        found = self.open
        items = list[Item](tell_release(self.shown.review.draft.release))
        for place in self.shown.review.acknowledges:
            said = say("It also acknowledges {place}.").format(place=place)
            items.append(Text(said, lang()))
        if found:
            title = say("Looks like personal data: take it out (e), or confirm it (x).")
            items.append(Text(f"! {title}", lang(), "bad"))
        for at, key in enumerate(found):
            mark = "▸" if at == 0 else " "
            items.append(Text(f"{mark} {finding(key)}", lang(), "unsure"))
        return items

    def action_confirm(self) -> None:
        found = self.open
        if found and not self.sign_list.busy:
            self.draft = self.draft.confirm(found[0])
            self._tell(tuple(self.draft.content.confirmed))
            self._review(self.draft)

    def _review(self, draft: CheckedDraft) -> None:
        ask_desk(
            self,
            lambda: review_of(self.desk, draft),
            self._reviewed,
            self.failed,
            newest_of="review",
        )

    def _reviewed(self, shown: ReviewPreview) -> None:
        self.shown = shown
        if self.query(TextPage):  # the screen was not left meanwhile
            self.draw()

    def action_leave(self, how: Done) -> None:
        if not self.sign_list.busy:
            finish(self, how)

    def action_discard(self) -> None:
        """Discard it on the second press, unless a signature is under way."""
        if self.sign_list.busy:
            return
        if self._asked:
            ask_desk(
                self, self.slot.discard, lambda _: finish(self, "discard"), self.failed
            )
            return
        self._asked = True
        self.notify(say("Press q again to discard the draft."), markup=False)

    def leave(self) -> None:
        finish(self, "edit")

    def sign(self, key: str) -> None:  # noqa: ARG002 - one choice signs
        self._send(self.draft)

    def ask(self, key: str) -> None:  # noqa: ARG002 - one choice asks
        if self.open:
            text = say("Not signed: confirm possible personal data first.")
            self.notify(text, severity="error", markup=False)
        if self.open or self.draft.precedence != env.PRECEDENCE_FLASH:
            self.sign_list.free()
        else:
            draft = self.draft
            self.ask_digits(self._signs(), lambda: self._send(draft))

    def _send(self, draft: CheckedDraft) -> None:
        ask_desk(
            self,
            lambda: sign_and_look(self.desk, lambda: self.submit(draft)),
            self._signed,
            self._not_sent,
        )

    def _signed(self, row: object) -> None:
        self.app.notify(tell_signed(row), markup=False)
        finish(self, "sent")

    def submit(self, draft: CheckedDraft) -> bytes:
        instead = self.instead
        return self.slot.end(
            lambda mark: self.desk.submit(draft, mark, instead), for_good=True
        )

    def _not_sent(self, error: FusionError) -> None:
        """Save the draft again: the desk may have dropped it."""
        self._tell(tuple(self.draft.content.confirmed))
        self.failed(error)
