"""A bulletin of the queue, on the screen on which its author signed it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from exchange.bulletin.codes import label as code_label
from exchange.desk.release_records import SignedReview
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import DeskProtocol
from tui.keys import bind
from tui.screens.previews import previews
from tui.screens.review_page import ReviewPreview, ReviewScreen
from tui.screens.signature import (
    NOTHING_SIGNED,
    count_bulletins,
    describe,
    finish,
    make_cancel,
)
from tui.widgets.page import Item, Text
from tui.widgets.sign_list import Act, Choice
from tui.words import lang
from tui.workers import ask_desk

KEYS = (("y", word("sign")), ("Esc", word("back")), ("[ ]", word("language")))
COUNTERSIGN = "countersign"


def open_review(desk: DeskProtocol, name: bytes) -> tuple[SignedReview, ReviewPreview]:
    """Return one of the queue as its author reviewed it. Loads Babel: in a worker."""
    found = desk.open_release(name)
    return found, ReviewPreview(found.review, previews(found.review))


class Release(ReviewScreen[bool]):
    """What its author signed, and what this officer may do; ends with whether he did.

    The page is the one of the author's review: he signs what the author saw.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "leave", "Back to the queue", "Esc"),
    ]

    def __init__(
        self, desk: DeskProtocol, signed: SignedReview, shown: ReviewPreview
    ) -> None:
        super().__init__(shown)
        self.desk, self.item = desk, signed.item

    def heading(self) -> str:
        """Return whether this officer may sign."""
        if self.item.signable:
            return word("As its author signed it: for you to sign")
        return word("As its author signed it")

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return the keys that matter."""
        return KEYS if self.item.signable else KEYS[1:]

    def notes(self) -> Sequence[Item]:
        """Return how it stands."""
        state = code_label("release_state", self.item.state, lang())
        return [Text(f"! {state}", lang(), "unsure")]

    def choices(self) -> Sequence[Choice]:
        """Return the way back, and what this officer may sign."""
        if not self.item.signable:
            return [make_cancel(NOTHING_SIGNED)]
        flash = self.shown.review.draft.precedence == env.PRECEDENCE_FLASH
        act = Act.ASK if flash else Act.SIGN
        signs = Choice(COUNTERSIGN, act, self._signs())
        return [make_cancel(NOTHING_SIGNED), signs]

    def _signs(self) -> Sequence[Item]:
        """Return the line that signs: relation, count, kind, author."""
        draft, row = self.shown.review.draft, self.item.row
        act = code_label("relation", "COUNTERSIGNED", lang())
        words = (act, count_bulletins(1), draft.kind.labels[lang()], row.author)
        return describe(words, row.subject, row.lang)

    def action_leave(self) -> None:
        """Back, with nothing signed; what is being signed is signed."""
        if not self.sign_list.busy:
            self.leave()

    def leave(self) -> None:
        """Back to the queue."""
        finish(self, result=False)

    def ask(self, key: str) -> None:
        """Have the digits of a FLASH typed first."""
        self.ask_digits(self._signs(), lambda: self.sign(key))

    def sign(self, key: str) -> None:  # noqa: ARG002 - one choice signs
        """Sign and hand over."""
        name = self.item.row.name
        ask_desk(
            self,
            lambda: self.desk.countersign(name),
            lambda _: finish(self, result=True),
            self.failed,
        )
