"""The step before signing: everything that would be signed, in each language."""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.content import encode
from exchange.bulletin.draft import Draft
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import Review
from exchange.errors import FusionError
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.desk import DeskProtocol
from tui.drafts import Slot
from tui.keys import bind
from tui.screens.dialogs import Ask
from tui.screens.previews import finding, previews, sealing
from tui.screens.signature import SignScreen, count_desks, describe, finish, make_cancel
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import Item, Text, TextPage
from tui.widgets.sign_list import Act, Choice, SignList
from tui.words import LANGUAGES as NAMES
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, notify_error

CONFIRM = (("x", word("no personal data")),)
KEYS = (
    ("y", "sign and send"),
    ("e", "edit"),
    ("[ ]", word("language")),
    ("q q", "discard"),
    ("p", "keep for later"),
)
STRICT = frozenset({"AMBER_STRICT", "RED"})


def challenge(draft: Draft) -> str:
    """Return the four digits to be typed before a FLASH: this draft's own."""
    number = int.from_bytes(hashlib.sha256(encode(draft.content)).digest()[:4])
    return f"{number % 10_000:04}"


def same_digits(typed: str, wanted: str) -> bool:
    """Compare digits as values: an Urdu keyboard types ۱۲۳۴."""
    digits = [unicodedata.digit(char, -1) for char in typed.strip()]
    return digits == [int(char) for char in wanted]


class ReviewPreview(NamedTuple):
    """A review, and what its readers will see in each language."""

    review: Review
    previews: Mapping[str, Sequence[Item]]


def review_of(desk: DeskProtocol, draft: CheckedDraft) -> ReviewPreview:
    """Return what would be signed. Loads Babel: in a worker."""
    found = desk.review(draft)
    return ReviewPreview(found, previews(found))


Done: TypeAlias = Literal["sent", "edit", "postpone", "discard"]
"""The end of a review."""


def handling(draft: Draft) -> list[BarPart]:
    """Return in one row how it is handled: label, urgency, who gets it."""
    tlp = env.Tlp.Name(draft.tlp).removeprefix("TLP_")
    precedence = env.Precedence.Name(draft.precedence).removeprefix("PRECEDENCE_")
    mode = env.Mode.Name(draft.mode).removeprefix("MODE_")
    real = draft.mode == env.MODE_ACTUAL
    flash = draft.precedence == env.PRECEDENCE_FLASH
    marks = " ".join((*draft.releasable_to, *draft.caveats))
    classes = {"ACTION": draft.to, "INFO": draft.info}
    return [
        BarPart("" if real else f" {_code('mode', mode)} ", "mode"),
        BarPart(_code("precedence", precedence), "alarm" if flash else ""),
        BarPart(f"TLP:{tlp} {marks}", "bad" if tlp in STRICT else "key"),
        *(
            BarPart(join_words(_said("recipient_class", code), f"{len(desks)}"))
            for code, desks in classes.items()
            if desks
        ),
    ]


def _said(codes: str, code: str) -> str:
    return code_label(codes, code, lang())


def _code(codes: str, code: str) -> str:
    return label(_said(codes, code))


BACK = word("Back to the form: nothing is signed")


class Sending(SignScreen, Screen[Done]):
    """The draft as it would be signed, and the choice to sign it, which is not first.

    The arrows choose, the other keys turn the pages.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("x,f9", "confirm", "Confirm that a finding is no personal data", "x"),
        bind("]", "language(1)", "As read in the next language", "[ ]"),
        bind("[", "language(-1)", "As read in the previous language"),
        bind("escape,e", "leave('edit')", "Back to the form", "e"),
        bind("p", "leave('postpone')", "Keep for later", "p"),
        bind("q", "discard", "Discard (twice)", "q"),
        bind("pagedown,space", "page('page_down')", "A page on"),
        bind("pageup", "page('page_up')", "A page back"),
        bind("home,g", "page('home')", "Top"),
        bind("end,G", "page('end')", "End"),
    ]

    def __init__(
        self,
        desk: DeskProtocol,
        draft: CheckedDraft,
        shown: ReviewPreview,
        slot: Slot,
        confirmed: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        """Show a draft, which is saved in `slot` until it was sent or discarded.

        `confirmed` is told of all that its writer has confirmed, at each change.
        """
        super().__init__()
        self.desk, self.draft, self.shown, self.slot = desk, draft, shown, slot
        self._tell = confirmed
        self.reader = lang()
        self._asked = False

    def compose(self) -> ComposeResult:
        """Show a title, the handling, the page, the choices, the keys."""
        yield Bar(id="head")
        yield Bar(id="handling")
        yield TextPage(id="page")
        yield SignList(id="choices")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Lay the review out."""
        self.page.can_focus = False
        self._draw()
        self.sign_list.focus()

    @property
    def page(self) -> TextPage:
        """The page of what would be signed."""
        return self.query_one("#page", TextPage)

    @property
    def sign_list(self) -> SignList:
        """The choices."""
        return self.query_one("#choices", SignList)

    @property
    def open(self) -> list[str]:
        """The findings of personal data that nobody has confirmed to be none."""
        said = set(self.draft.content.confirmed)
        return [key for key in self.shown.review.personal if key not in said]

    def _draw(self) -> None:
        keys = (*CONFIRM, *KEYS) if self.open else KEYS
        self.query_one("#keys", KeyLine).keys(keys)
        title = label("Review: this will be signed and sent")
        tongues = [
            BarPart(label(name), "chosen" if one == self.reader else "dim")
            for one, name in NAMES.items()
        ]
        self.query_one("#head", Bar).put([BarPart(title, "unsure"), *tongues])
        self.query_one("#handling", Bar).put(handling(self.shown.review.draft))
        items = [
            *self._findings(),
            *sealing(self.shown.review),
            Text("", ""),
            *self.shown.previews[self.reader],
        ]
        self.page.put(items)
        self.sign_list.offer(self._choices())

    def _choices(self) -> Sequence[Choice]:
        """Return the way back, and what signs: what is asked first is asked there."""
        flash = self.draft.precedence == env.PRECEDENCE_FLASH
        act = Act.ASK if flash or self.open else Act.SIGN
        return [make_cancel(BACK), Choice("send", act, self._signs())]

    def _signs(self) -> Sequence[Item]:
        """Return the line that signs: what is sent, to how many, by whom."""
        review, content = self.shown.review, self.draft.content
        copies = sum(
            one.recipient_class == env.RECIPIENT_CLASS_COPY for one in review.addressees
        )
        count = count_desks(len(review.addressees) - copies)
        words = (self.draft.kind.labels[lang()], count, review.signer)
        return describe(words, content.subject.text, content.subject.lang)

    def _findings(self) -> list[Item]:
        """Return the findings, that are to be confirmed, the next one marked."""
        found = self.open
        if not found:
            return []
        title = say("Looks like personal data: take it out (e), or confirm it (x).")
        items: list[Item] = [Text(f"! {title}", lang(), "bad")]
        for at, key in enumerate(found):
            mark = "▸" if at == 0 else " "
            items.append(Text(f"{mark} {finding(key)}", lang(), "unsure"))
        return items

    def action_language(self, by: int) -> None:
        """Show the draft as it is read in another language."""
        at = LANGUAGES.index(self.reader)
        self.reader = LANGUAGES[(at + by) % len(LANGUAGES)]
        self._draw()

    def action_confirm(self) -> None:
        """Confirm the next finding; it is recorded in what will be signed."""
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
            self._failed,
            newest_of="review",
        )

    def _reviewed(self, shown: ReviewPreview) -> None:
        self.shown = shown
        if self.query(TextPage):  # the screen was not left meanwhile
            self._draw()

    def action_leave(self, how: Done) -> None:
        """Back, with nothing signed; what is being signed is signed."""
        if not self.sign_list.busy:
            finish(self, how)

    def action_discard(self) -> None:
        """Throw the draft away, asked twice; not what is being signed."""
        if self.sign_list.busy:
            return
        if self._asked:
            ask_desk(
                self, self.slot.discard, lambda _: finish(self, "discard"), self._failed
            )
            return
        self._asked = True
        self.notify(say("Press q again to discard the draft."), markup=False)

    def action_page(self, to: str) -> None:
        """Turn the pages of what would be signed."""
        turn = {
            "page_down": self.page.scroll_page_down,
            "page_up": self.page.scroll_page_up,
            "home": self.page.scroll_home,
            "end": self.page.scroll_end,
        }
        turn[to](animate=False)

    def leave(self) -> None:
        """Go back to the form."""
        finish(self, "edit")

    def sign(self, key: str) -> None:  # noqa: ARG002 - one choice signs
        """Sign and send it."""
        self._send(self.draft)

    def ask(self, key: str) -> None:  # noqa: ARG002 - one choice asks
        """Say what is to be confirmed first; of a FLASH ask for its digits."""
        if self.open:
            text = say("Not signed: confirm first what looks like personal data.")
            self.notify(text, severity="error", markup=False)
        if self.open or self.draft.precedence != env.PRECEDENCE_FLASH:
            self.sign_list.free()
        else:
            self._ask_digits()

    def _ask_digits(self) -> None:
        draft, wanted = self.draft, challenge(self.draft)
        title = f"{say('FLASH: type these digits to sign')}{COLON[lang()]}{wanted}"

        def typed(text: str | None) -> None:
            if text is not None and same_digits(text, wanted):
                self._send(draft)
                return
            self.sign_list.free()
            if text is not None:
                self.notify(say("Wrong digits; nothing was signed."), markup=False)

        self.app.push_screen(Ask(title, "", "", self._signs()), typed)

    def _send(self, draft: CheckedDraft) -> None:
        ask_desk(
            self,
            lambda: self.submit(draft),
            lambda _: finish(self, "sent"),
            self._not_sent,
        )

    def submit(self, draft: CheckedDraft) -> None:
        """Sign a draft and hand it over, in a worker."""
        self.slot.end(lambda mark: self.desk.submit(draft, mark), for_good=True)

    def _not_sent(self, error: FusionError) -> None:
        """Have the draft saved again: the desk may have dropped it before."""
        self._tell(tuple(self.draft.content.confirmed))
        self._failed(error)

    def _failed(self, error: FusionError) -> None:
        self.sign_list.free()
        notify_error(self, error)
