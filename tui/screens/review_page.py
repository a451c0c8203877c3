"""The page to be signed, in each language, and the choices below it."""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.content import encode
from exchange.bulletin.draft import Draft
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import Review
from exchange.errors import FusionError
from exchange.v1 import envelope_pb2 as env
from tui.keys import bind
from tui.screens.dialogs import Ask
from tui.screens.previews import sealing
from tui.screens.signature import SignScreen
from tui.signed_words import mode_word
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.sign_list import Choice, SignList
from tui.words import LANGUAGES as NAMES
from tui.words import join_words, label, lang, say
from tui.workers import notify_error

STRICT = frozenset({"AMBER_STRICT", "RED"})
T = TypeVar("T")


def challenge(draft: Draft) -> str:
    """Return four digits derived from the draft."""
    number = int.from_bytes(hashlib.sha256(encode(draft.content)).digest()[:4])
    return f"{number % 10_000:04}"


def same_digits(typed: str, wanted: str) -> bool:
    """Compare digits as values: an Urdu keyboard types ۱۲۳۴."""
    digits = [unicodedata.digit(char, -1) for char in typed.strip()]
    return digits == [int(char) for char in wanted]


class ReviewPreview(NamedTuple):
    """A review as readers see it in each language."""

    review: Review
    previews: Mapping[str, Sequence[Item]]


def handling(draft: Draft) -> list[BarPart]:
    tlp = env.Tlp.Name(draft.tlp).removeprefix("TLP_")
    precedence = env.Precedence.Name(draft.precedence).removeprefix("PRECEDENCE_")
    mode = env.Mode.Name(draft.mode).removeprefix("MODE_")
    real = draft.mode == env.MODE_ACTUAL
    shown = f" {join_words(mode_word(mode))} "
    flash = draft.precedence == env.PRECEDENCE_FLASH
    marks = " ".join((*draft.releasable_to, *draft.caveats))
    classes = {"ACTION": draft.to, "INFO": draft.info}
    return [
        BarPart(shown, "alarm" if real else "mode"),
        BarPart(_code("precedence", precedence), "alarm" if flash else ""),
        BarPart(f"TLP:{tlp} {marks}", "bad" if tlp in STRICT else "key"),
        *(
            BarPart(join_words(_said("recipient_class", code), *desks), keep=5)
            for code, desks in classes.items()
            if desks
        ),
    ]


def _said(codes: str, code: str) -> str:
    return code_label(codes, code, lang())


def _code(codes: str, code: str) -> str:
    return label(_said(codes, code))


class Digits(SeenFirst, Ask):
    """The box for the digits of a FLASH; typing them signs."""


class ReviewScreen(SignScreen, Screen[T]):
    """A bulletin on one page, as read in each language, with choices below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("]", "language(1)", "As read in the next language", "[ ]"),
        bind("[", "language(-1)", "As read in the previous language"),
        bind("pagedown,space", "page('page_down')", "A page on"),
        bind("pageup", "page('page_up')", "A page back"),
        bind("home,g", "page('home')", "Top"),
        bind("end,G", "page('end')", "End"),
    ]

    def __init__(self, shown: ReviewPreview) -> None:
        super().__init__()
        self.shown = shown
        self.reader = lang()

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Bar(id="handling")
        yield TextPage(id="page")
        yield SignList(id="choices")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.page.can_focus = False
        self.draw()
        self.sign_list.focus()

    @property
    def page(self) -> TextPage:
        return self.query_one("#page", TextPage)

    @property
    def sign_list(self) -> SignList:
        return self.query_one("#choices", SignList)

    def heading(self) -> str:
        raise NotImplementedError

    def keys(self) -> Sequence[tuple[str, str]]:
        raise NotImplementedError

    def notes(self) -> Sequence[Item]:
        raise NotImplementedError

    def choices(self) -> Sequence[Choice]:
        raise NotImplementedError

    def draw(self) -> None:
        self.query_one("#keys", KeyLine).keys(self.keys())
        tongues = [
            BarPart(label(name), "chosen")
            if one == self.reader  # stays if not all of them fit
            else BarPart(label(name), "dim", keep=1)
            for one, name in NAMES.items()
        ]
        self.query_one("#head", Bar).put(
            [BarPart(label(self.heading()), "unsure"), *tongues]
        )
        self.query_one("#handling", Bar).put(handling(self.shown.review.draft))
        items = [
            *self.notes(),
            *sealing(self.shown.review),
            Text("", ""),
            *self.shown.previews[self.reader],
        ]
        self.page.put(items)
        self.sign_list.offer(self.choices())

    def action_language(self, by: int) -> None:
        at = LANGUAGES.index(self.reader)
        self.reader = LANGUAGES[(at + by) % len(LANGUAGES)]
        self.draw()

    def action_page(self, to: str) -> None:
        turn = {
            "page_down": self.page.scroll_page_down,
            "page_up": self.page.scroll_page_up,
            "home": self.page.scroll_home,
            "end": self.page.scroll_end,
        }
        turn[to](animate=False)

    def ask_digits(self, signs: Sequence[Item], then: Callable[[], object]) -> None:
        """Ask for a FLASH's digits, then call `then`; `signs` are shown above."""
        wanted = challenge(self.shown.review.draft)
        title = f"{say('FLASH: type these digits to sign')}{COLON[lang()]}{wanted}"

        def typed(text: str | None) -> None:
            if text is not None and same_digits(text, wanted):
                self.tell_signing()
                then()
                return
            self.sign_list.free()
            if text is not None:
                self.notify(say("Wrong digits; not signed."), markup=False)

        self.app.push_screen(Digits(title, "", "", signs), typed)

    def failed(self, error: FusionError) -> None:
        self.sign_list.free()
        notify_error(self, error)
