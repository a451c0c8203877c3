"""Hand the shift over: incoming officer, review, both passphrases; earlier ones."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.timer import Timer

from exchange.desk.status_records import HandoverReview
from exchange.errors import FusionError
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.base import PageScreen
from tui.screens.dialogs import Pick
from tui.screens.passphrase import Passphrase, TokenPin
from tui.screens.signature import finish
from tui.text.safe_text import safe
from tui.times import stamp
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import Item, Pair, Text
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, ask_to_open, notify_error, notify_instead

SETTLE = 1.0  # s between two looks for newer matters, however much arrives


def hand_over(app: App[Any], desk: Desk) -> None:
    ask_to_open(app, desk.other_officers, lambda others: _choose(app, desk, others))


def _choose(app: App[Any], desk: Desk, others: Sequence[str]) -> None:
    if not others:
        notify_instead(app, say("No other officer has keys at this desk."))
        return

    def chosen(choice: list[str] | None) -> None:
        if choice:
            ask_to_open(
                app,
                lambda: (desk.prepare_handover(choice[0]), desk.needs_pin(choice[0])),
                lambda found: app.push_screen(HandoverPage(desk, *found)),
            )

    here = {name: name for name in others}
    app.push_screen(Pick(word("Incoming officer"), here, [], many=False), chosen)


class HandoverPage(SeenFirst, PageScreen):
    """Shows it as both officers sign it; a key asks for both passphrases."""

    HEAD = "Hand-over of the shift"
    KEYS = (("␣", word("page on")), ("s", word("sign")), ("Esc", word("back")))
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("s,f2", "sign", "Hand the shift over, signed by both officers", "s"),
    ]

    def __init__(
        self,
        desk: Desk,
        review: HandoverReview,
        by_token: bool,  # noqa: FBT001 - an answer of the desk
    ) -> None:
        """`by_token`: the incoming officer's key is on a token."""
        super().__init__()
        self.desk, self.review, self.by_token = desk, review, by_token
        self._leaves, self._comes = (
            name.partition("@")[0] for name in (review.leaves, review.comes)
        )
        self._signing = False
        self._looking: Timer | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self.page.put(review_items(self.review))

    def renew(self) -> None:
        """Show soon how much is newer; the record is signed as shown."""
        if self._looking is None:
            self._looking = self.set_timer(SETTLE, self._look)

    def _look(self) -> None:
        self._looking, record = None, self.review.record
        ask_desk(
            self,
            lambda: self.desk.newer_matters(record),
            self._tell_newer,
            newest_of="newer",
        )

    def _tell_newer(self, newer: str) -> None:
        head = [BarPart(label(self.HEAD), "key"), BarPart(join_words(newer), "unsure")]
        self.query_one("#head", Bar).put(head)

    def action_sign(self) -> None:
        """Ask for both passphrases, and a token's PIN; then sign the shown record.

        Only the callbacks of the boxes hold the secrets, until all are answered.
        """
        if self._signing:
            return

        def typed_own(own: str | None) -> None:
            if own:
                self.app.push_screen(
                    Passphrase(self._comes), lambda other: typed_other(own, other)
                )

        def typed_other(own: str, other: str | None) -> None:
            if other and self.by_token:
                self.app.push_screen(
                    TokenPin(self._comes), lambda pin: self._sign(own, other, pin)
                )
            elif other:
                self._sign(own, other, "")

        self.app.push_screen(Passphrase(self._leaves), typed_own)

    def _sign(self, own: str, other: str, pin: str | None) -> None:
        if pin is None:
            return
        self._signing = True
        desk, record = self.desk, self.review.record

        def sign() -> tuple[int, str]:
            newer = desk.newer_matters(record)  # first: no failure after signing
            return desk.sign_handover(record, own, other, pin), newer

        ask_desk(self, sign, self._signed, self._failed)

    def _signed(self, found: tuple[int, str]) -> None:
        number, newer = found
        told = say("hand-over {n} is signed by both and kept").format(n=number)
        for line in filter(None, (told, newer)):
            self.app.notify(line, markup=False)
        finish(self)

    def _failed(self, error: FusionError) -> None:
        self._signing = False
        notify_error(self, error)

    def action_back(self) -> None:
        if not self._signing:
            self.dismiss()


def review_items(review: HandoverReview) -> list[Item]:
    here = lang()
    shift = f"{stamp(review.began)} - {stamp(review.at)}"
    return [
        Pair(say("Leaves"), safe(review.leaves), "en", "", here),
        Pair(say("Comes"), safe(review.comes), "en", "", here),
        Pair(say("Shift"), shift, "en", "", here),
        Text(review.counts, here, "subject"),
        *_sections(review),
    ]


def _sections(review: HandoverReview) -> Iterator[Item]:
    for section in review.sections:
        yield Text("", "")
        yield Text(section.title, lang(), "heading")
        for one in section.lines:
            yield Text(safe(one.words), lang())
            if one.subject:
                yield Text(one.subject, one.lang, gutter=True)


class HandoversPage(PageScreen):
    HEAD = "Earlier hand-overs"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def on_mount(self) -> None:
        super().on_mount()
        self.page.put([Text(say("Verifying…"), lang(), "dim")])
        ask_desk(
            self, lambda: kept_items(self.desk.handovers()), self.page.put, self.fail
        )


def kept_items(reviews: Sequence[HandoverReview]) -> list[Item]:
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
