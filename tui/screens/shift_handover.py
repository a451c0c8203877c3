"""Hand the shift over: who comes, both passphrases, what both sign; earlier ones."""

from collections.abc import Iterator, Sequence
from typing import Any

from textual.app import App

from exchange.bulletin.punctuation import AMONG
from exchange.desk.status_records import HandoverReview
from exchange.words import word
from tui.desk import DeskProtocol
from tui.screens.base import PageScreen
from tui.screens.dialogs import Pick
from tui.screens.passphrase import Passphrase, TokenPin
from tui.screens.sign_box import SignBox
from tui.signed_words import About, Signing, describe
from tui.text.safe_text import safe
from tui.times import stamp
from tui.widgets.page import Item, Pair, Text
from tui.words import label, lang, say
from tui.workers import ask_desk, ask_to_open, notify_instead


def hand_over(app: App[Any], desk: DeskProtocol) -> None:
    """Ask who comes, then for both passphrases, then show what both sign."""
    ask_to_open(app, desk.other_officers, lambda others: _choose(app, desk, others))


def _choose(app: App[Any], desk: DeskProtocol, others: Sequence[str]) -> None:
    if not others:
        notify_instead(app, say("No other officer has keys at this desk."))
        return

    def chosen(choice: list[str] | None) -> None:
        if choice:
            _Secrets(app, desk, choice[0]).ask_own()

    here = {name: name for name in others}
    app.push_screen(Pick(word("Who comes on duty"), here, [], many=False), chosen)


class _Secrets:
    """Asks for both passphrases, and the PIN of a token; then shows what both sign."""

    def __init__(self, app: App[Any], desk: DeskProtocol, comes: str) -> None:
        self._app, self._desk, self._comes = app, desk, comes
        self._own = self._other = ""

    def ask_own(self) -> None:
        own = self._desk.link().officer.partition("@")[0]
        self._app.push_screen(Passphrase(own), self._typed_own)

    def _typed_own(self, typed: str | None) -> None:
        if typed:
            self._own = typed
            self._app.push_screen(Passphrase(self._comes), self._typed_other)

    def _typed_other(self, typed: str | None) -> None:
        if typed:
            self._other = typed
            ask_to_open(
                self._app, lambda: self._desk.needs_pin(self._comes), self._ask_pin
            )

    def _ask_pin(self, needed: bool) -> None:  # noqa: FBT001 - an answer
        if needed:
            self._app.push_screen(TokenPin(self._comes), self._prepare)
        else:
            self._prepare("")

    def _prepare(self, pin: str | None) -> None:
        def show(review: HandoverReview) -> None:
            made = box(self._desk, review, self._own, self._other, pin or "")
            self._app.push_screen(made)

        if pin is not None:
            ask_to_open(
                self._app, lambda: self._desk.prepare_handover(self._comes), show
            )


def box(
    desk: DeskProtocol, review: HandoverReview, own: str, other: str, pin: str = ""
) -> SignBox:
    """Return the box that signs a hand-over as it is shown, by both passphrases.

    `pin` opens the token of the officer who takes over, if the key is on one.
    """
    both = AMONG[lang()].join((safe(review.leaves), safe(review.comes)))
    title = word("Hand-over of the shift")
    signing = Signing(both, say(title), about=[About(review.counts)])
    return SignBox(
        label(title),
        review_items(review),
        describe(signing),
        lambda: desk.sign_handover(review.record, own, other, pin),
    )


def review_items(review: HandoverReview) -> list[Item]:
    """Return a hand-over as it is read: who, when, what is open, what was done."""
    here = lang()
    shift = f"{stamp(review.began)} - {stamp(review.at)}"
    return [
        Pair(say("Leaves"), safe(review.leaves), "en", "", here),
        Pair(say("Comes"), safe(review.comes), "en", "", here),
        Pair(say("Shift"), shift, "en", "", here),
        Text(review.counts, here, "heading"),
        *_lines(review),
    ]


def _lines(review: HandoverReview) -> Iterator[Item]:
    for one in review.lines:
        yield Text(safe(one.words), lang())
        if one.subject:
            yield Text(one.subject, one.lang, gutter=True, cut=True)


class Handovers(PageScreen):
    """The hand-overs that are kept, the newest first, each verified again."""

    HEAD = "Earlier hand-overs"

    def __init__(self, desk: DeskProtocol) -> None:
        super().__init__()
        self.desk = desk

    def on_mount(self) -> None:
        """Ask for them."""
        super().on_mount()
        self.put([Text(say("Verifying…"), lang(), "dim")])
        ask_desk(self, lambda: kept_items(self.desk.handovers()), self.put, self.fail)


def kept_items(reviews: Sequence[HandoverReview]) -> list[Item]:
    """Return the page of all that are kept."""
    here = lang()
    if not reviews:
        return [Text(say("No shift was handed over here yet."), here, "dim")]
    items: list[Item] = []
    for one in reviews:
        if one.reason:
            items.append(Text(f"✘ {one.number}  {one.reason}", here, "bad"))
        else:
            said = f"✔ {one.number}  {say('signed by both')}"
            items += [Text(said, here, "good"), *review_items(one)]
        items.append(Text("", ""))
    return items
