"""The step before signing: everything that would be signed, on one page."""

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.content import encode
from exchange.bulletin.draft import Draft
from exchange.errors import FusionError
from exchange.v1.envelope_pb2 import PRECEDENCE_FLASH
from exchange.words import refusal
from tui.data import Desk, Review
from tui.keys import bind
from tui.screens.boxes import Ask
from tui.text import safe
from tui.times import stamp
from tui.widgets.bar import Bar, KeyLine, Part
from tui.widgets.page import Item, Page, Pair, Text
from tui.widgets.reader import prose, short
from tui.words import label, lang, say

KEYS = (
    ("y", "sign and send"),
    ("e", "edit"),
    ("p", "keep for later"),
    ("q q", "discard"),
)


def challenge(draft: Draft) -> str:
    """Return the four digits to be typed before a FLASH: this draft's own."""
    number = int.from_bytes(hashlib.sha256(encode(draft.content)).digest()[:4])
    return f"{number % 10_000:04}"


def same_digits(typed: str, wanted: str) -> bool:
    """Compare digits as values: an Urdu keyboard types ۱۲۳۴."""
    digits = [unicodedata.digit(char, -1) for char in typed.strip()]
    return digits == [int(char) for char in wanted]


def page(draft: Draft, review: Review) -> list[Item]:
    """Return what would be signed: to whom, how marked, which facts, which words."""
    from exchange.bulletin.render import parts  # noqa: PLC0415 - Babel

    here = lang()
    items: list[Item] = [
        Pair(fact.label, fact.value, here)
        for part in parts(draft.content, draft, here)
        for fact in part.facts
    ]
    items += [Text("", ""), *prose([draft.content.subject], "subject")]
    items += [*prose(draft.content.segments), *_sealed_for(review)]
    signer = f"{review.signer}  {short(review.kid)}"
    items.append(Pair(say("Signed by"), signer, "en", "", here))
    items.append(Pair(say("Sealed size"), f"{review.size:,} B", "en", "", here))
    return [*_warnings(review), *items]


def _sealed_for(review: Review) -> Sequence[Item]:
    here = lang()
    return [
        Pair(
            code_label("recipient_class", one.klass, here),
            f"{one.desk}  {short(one.kid)}  {say('key of')} {stamp(one.since)}",
            here,
        )
        for one in review.addressees
    ]


def _warnings(review: Review) -> Sequence[Item]:
    text = say("Looks like personal data; take it out if it is:")
    return [Text(f"! {text} {field}", lang(), "bad") for field in review.warnings]


class Sending(Screen[str]):
    """Nothing happens unless it is asked for by its own key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "sign", "Sign and send", "y"),
        bind("escape,e", "leave('edit')", "Back to the form", "e"),
        bind("p", "leave('postpone')", "Keep for later", "p"),
        bind("q", "discard", "Discard (twice)", "q"),
    ]

    def __init__(self, desk: Desk, draft: Draft, review: Review) -> None:
        super().__init__()
        self.desk, self.draft, self.review = desk, draft, review
        self._asked = False

    def compose(self) -> ComposeResult:
        """Show a title, the page, the keys."""
        yield Bar(id="head")
        yield Page(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Lay it all out."""
        title = label("Review: this will be signed and sent")
        self.query_one("#head", Bar).put([Part(title, "unsure")])
        keys = [(key, label(word)) for key, word in KEYS]
        self.query_one("#keys", KeyLine).keys(keys)
        shown = self.query_one("#page", Page)
        shown.put(page(self.draft, self.review))
        shown.focus()

    def action_leave(self, how: str) -> None:
        """Back, with nothing signed."""
        self.dismiss(how)

    def action_discard(self) -> None:
        """Throw the draft away, asked twice."""
        if self._asked:
            self._drop()
            return
        self._asked = True
        self.notify(say("Press q again to discard the draft."), markup=False)

    @work(thread=True)
    def _drop(self) -> None:
        self.desk.keep_draft("")
        self.app.call_from_thread(self.dismiss, "discard")

    def action_sign(self) -> None:
        """Sign, for a FLASH only after its digits were typed."""
        if self.draft.precedence != PRECEDENCE_FLASH:
            self._send()
            return
        wanted = challenge(self.draft)
        title = f"{say('FLASH: type these digits to sign')}: {wanted}"

        def typed(text: str | None) -> None:
            if text is None:
                return
            if same_digits(text, wanted):
                self._send()
            else:
                self.notify(say("Other digits; nothing was signed."), markup=False)

        self.app.push_screen(Ask(title, "", ""), typed)

    @work(thread=True, exclusive=True)
    def _send(self) -> None:
        try:
            self.desk.submit(self.draft)
            self.desk.keep_draft("")
        except FusionError as error:
            self.app.call_from_thread(self._failed, error)
            return
        self.app.call_from_thread(self.dismiss, "sent")

    def _failed(self, error: FusionError) -> None:
        self.notify(safe(refusal(error)), severity="error", markup=False)
