"""A bulletin or translation of the queue, on the page that its author signed."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.binding import BindingType

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import ASIDE, COLON
from exchange.desk.release_records import OVER, WAITS, SignedReview
from exchange.errors import FusionError
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.dialogs import Pick
from tui.screens.passphrase import Passphrase
from tui.screens.previews import previews
from tui.screens.review_page import ReviewPreview, ReviewScreen
from tui.screens.signature import (
    NOTHING_SIGNED,
    finish,
    make_cancel,
    make_question,
    tell_signed,
)
from tui.signed_words import About, describe, of_review, translation_words
from tui.widgets.page import Item, Text
from tui.widgets.sign_list import Act, Choice
from tui.words import lang, say
from tui.workers import ask_desk

KEYS = (("y", word("sign")), ("Esc", word("back")), ("[ ]", word("language")))
RELEASE, RETURN, COUNTERSIGN = "release", "return", "countersign"
OTHER, AGAIN = "other", "again"
WHY = word("Why it is returned")
Done: TypeAlias = Literal["signed", "again"]
"""The result: it was signed, or its author writes it again."""


def open_review(desk: Desk, name: bytes) -> tuple[SignedReview, ReviewPreview]:
    """Return an item as its author reviewed it; for a worker."""
    found = desk.open_release(name)
    return found, ReviewPreview(found.review, previews(found.review))


class Release(ReviewScreen[Done]):
    """The bulletin as its author signed it, and this officer's choices.

    The page equals the author's review: both officers sign the same view.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "leave", "Back to the queue", "Esc"),
    ]

    def __init__(self, desk: Desk, signed: SignedReview, shown: ReviewPreview) -> None:
        super().__init__(shown)
        self.desk, self.item, self._others = desk, signed.item, signed.others
        self.code = ""  # of the return
        self.other = ""  # another officer present, to release it
        self._passphrase = ""  # of that officer, until used

    @property
    def _may_release(self) -> bool:
        waits = self.item.state in WAITS
        return waits and (self.item.signable or bool(self.other))

    def heading(self) -> str:
        if self.item.signable:
            return word("As its author signed it: for you to sign")
        return word("As its author signed it")

    def keys(self) -> Sequence[tuple[str, str]]:
        return KEYS if self.item.signable or self.other else KEYS[1:]

    def notes(self) -> Sequence[Item]:
        state = code_label("release_state", self.item.state, lang())
        why = (
            code_label("return_code", self.item.code, lang()) if self.item.code else ""
        )
        said = COLON[lang()].join(filter(None, (state, why)))
        return [Text(_by(f"! {said}", self.item.by), lang(), "unsure")]

    def choices(self) -> Sequence[Choice]:
        offered = [make_cancel(NOTHING_SIGNED)]
        if self.item.state == "EMERGENCY" and self.item.signable:
            offered.append(self._sign(COUNTERSIGN))
        if self._may_release:
            offered.append(self._sign(RELEASE))
        if self.item.state in WAITS and self.item.signable:
            offered += self._returns()
        elif self.item.state in WAITS and not self.other and self._others:
            here = say("type the passphrase")
            second = say("Release with another officer present")
            offered.append(make_question(OTHER, second, here))
        if self.item.state in OVER and self.item.own:
            form = say("as a draft; it is signed again when you send it")
            offered.append(make_question(AGAIN, say("Write it again"), form))
        return offered

    def _sign(self, key: str) -> Choice:
        """For a FLASH, ask for the digits first."""
        flash = self.shown.review.draft.precedence == env.PRECEDENCE_FLASH
        return Choice(key, Act.ASK if flash else Act.SIGN, self._signs(key))

    def _returns(self) -> Sequence[Choice]:
        title = say("Return it to its author")
        if not self.code:
            return [make_question(RETURN, title, say("say why"))]
        return [Choice(RETURN, Act.SIGN, self._signs(RETURN))]

    def _signs(self, key: str) -> Sequence[Item]:
        """Name the step, and the text it is about.

        The signer is this officer, or the other one present.
        """
        review, row, here = self.shown.review, self.item.row, lang()
        officer = self.desk.link().officer
        by = f"{self.other}@{officer.partition('@')[2]}" if self.other else officer
        step = say("release")
        if key == COUNTERSIGN:
            step = code_label("relation", "COUNTERSIGNED", here)
        elif key == RETURN:
            why = code_label("return_code", self.code, here)
            step = f"{say('Return')}{ASIDE[here].format(why)}"
        act = COLON[here].join((step, self._kind()))
        about = About(row.place, row.subject, row.lang)
        return describe(of_review(review, about, act, by))

    def _kind(self) -> str:
        review = self.shown.review
        if review.translation is None:
            return review.draft.kind.labels[lang()]
        return translation_words(review.translation.lang, review.translation.state)

    def action_leave(self) -> None:
        if not self.sign_list.busy:
            self.leave()

    def leave(self) -> None:
        """Forget an unused passphrase."""
        self.other = self._passphrase = ""
        finish(self)

    def ask(self, key: str) -> None:
        if key == AGAIN:
            finish(self, "again")
        elif key == OTHER:
            self._ask_officer()
        elif key == RETURN:
            self._ask_code()
        else:
            self.ask_digits(self._signs(key), lambda: self.sign(key))

    def _ask_code(self) -> None:
        labels = {code: said[lang()] for code, said in CODES["return_code"].items()}

        def take(choice: list[str] | None) -> None:
            self.code = choice[0] if choice else self.code
            self._free()

        self.app.push_screen(Pick(WHY, labels, [], many=False), take)

    def _ask_officer(self) -> None:
        here = {name: name for name in self._others}

        def chosen(choice: list[str] | None) -> None:
            if choice:
                self.app.push_screen(Passphrase(choice[0]), typed(choice[0]))
            else:
                self._free()

        def typed(officer: str) -> Callable[[str | None], None]:
            def take(passphrase: str | None) -> None:
                if passphrase:
                    self.other, self._passphrase = officer, passphrase
                self._free()

            return take

        title = word("Releasing officer")
        self.app.push_screen(Pick(title, here, [], many=False), chosen)

    def _free(self) -> None:
        self.draw()
        self.sign_list.free()

    def sign(self, key: str) -> None:
        """Sign and hand over; a passphrase is used once, even if that fails."""
        name, code = self.item.row.name, self.code
        by, passphrase = self.other, self._passphrase
        self.other = self._passphrase = ""

        def work() -> str:
            if key == COUNTERSIGN:
                return self.desk.countersign(name)
            if key == RETURN:
                return self.desk.give_back(name, code)
            return self.desk.release(name, by, passphrase)

        ask_desk(self, work, self._signed, self._refused)

    def _signed(self, state: str) -> None:
        self.app.notify(tell_signed(state), markup=False)
        finish(self, "signed")

    def _refused(self, error: FusionError) -> None:
        """Show the error; another officer must be chosen again."""
        self.draw()
        self.failed(error)


def _by(state: str, officer: str) -> str:
    return f"{state} ({officer})" if officer else state
