"""A box that signs a final act on one bulletin, with a remark.

As in a bulletin, patterns only guess: the officer rewords the remark, or confirms by a
separate key that it is none, which the signed remark records.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.personal_data import find_kinds
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin
from exchange.errors import FusionError, Reason
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.keys import bind
from tui.screens.previews import PERSONAL
from tui.screens.signature import SignScreen, finish, tell_signed
from tui.widgets.bar import Bar, BarPart, beside_key
from tui.widgets.page import Text, TextPage
from tui.widgets.sign_list import Choice, SignList
from tui.widgets.text_editor import Edit
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, notify_error

FINAL = word("Signed with your key; it cannot be taken back.")
KEYS = (
    ("↓", word("choose")),
    ("y", word("sign")),
    ("n", word("cancel")),
    ("⇥", word("remark")),
)


class Remarking(SignScreen, ModalScreen[None]):
    DEFAULT_CSS = """
    Remarking > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; background: $surface;
    }
    Remarking #what { height: 1; }
    Remarking Edit { height: 2; margin: 0 1; }
    Remarking #found, Remarking #hint { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("x,f9", "confirm", "Confirm that a finding is no personal data", "x"),
    ]

    def __init__(self, desk: Desk, opened: OpenedBulletin) -> None:
        super().__init__()
        self.desk, self.opened = desk, opened
        self.found: list[str] = []
        self.confirmed: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="what")
            yield SignList(id="choices")
            yield Bar(id="remark-label")
            yield Edit(longest=400, id="remark")
            yield Bar(id="found")
            yield Bar(id="hint")

    def describe(self, title: str, hint: str = FINAL) -> None:
        row = self.opened.row
        parts = [BarPart(title, "key"), BarPart(join_words(name_of(row)))]
        self.query_one("#head", Bar).put(parts)
        subject = Text(row.subject, row.lang, "subject", gutter=True, cut=True)
        self.query_one("#what", TextPage).put([subject])
        remark = label("Remark (optional, sealed for all recipients)")
        self.query_one("#remark-label", Bar).put([BarPart(remark, "dim")])
        keys = [BarPart(beside_key(key, words)) for key, words in KEYS]
        self.query_one("#hint", Bar).put(keys, [BarPart(label(hint), "dim")])
        self.query_one("#what").can_focus = False
        self.offer()
        self.sign_list.focus()

    def choices(self) -> Sequence[Choice]:
        raise NotImplementedError

    def offer(self) -> None:
        self.sign_list.offer(self.choices())

    @property
    def sign_list(self) -> SignList:
        return self.query_one("#choices", SignList)

    def leave(self) -> None:
        self.dismiss()

    def action_cancel(self) -> None:
        if not self.sign_list.busy:
            self.leave()

    @property
    def remark(self) -> str:
        return self.query_one("#remark", Edit).text.strip()

    @on(Edit.Changed)
    def _reworded(self, _: Edit.Changed) -> None:
        self.found, self.confirmed = [], []
        self._tell()
        self.follow_remark()

    def follow_remark(self) -> None:
        """React to a change of the remark."""

    @on(Edit.Submitted)
    def _remarked(self, _: Edit.Submitted) -> None:
        self.sign_list.focus()

    def action_confirm(self) -> None:
        """Confirm the next one; signs nothing."""
        if self.found:
            self.confirmed.append(self.found.pop(0))
            self._tell()

    def _tell(self) -> None:
        rows: list[list[BarPart]] = []
        if self.found:
            title = say("Looks like personal data")
            said = say(PERSONAL.get(self.found[0], self.found[0]))
            rows = [
                [BarPart(f"! {join_words(COLON[lang()].join((title, said)))}", "bad")],
                [BarPart(beside_key("x", "no personal data"))],
            ]
        elif self.confirmed:
            done = label(code_label("word", "CONFIRMED", lang()))
            rows = [[BarPart(f"✔ {done}", "good")]]
        self.query_one("#found", Bar).put(*rows)

    def keys(self) -> tuple[str, ...]:
        return tuple(f"remark {kind}" for kind in self.confirmed)

    def send(self, sign: Callable[[], str]) -> None:
        """Sign in a worker, then leave; show why a remark was not signed.

        `sign` returns the state of the new receipt or recall, for the notice.
        """
        remark = self.remark
        ask_desk(
            self,
            sign,
            self._signed,
            lambda error: self._refused(error, remark),
        )

    def _signed(self, state: str) -> None:
        self.app.notify(tell_signed(state), markup=False)
        finish(self)

    def _refused(self, error: FusionError, remark: str) -> None:
        self.sign_list.free()
        personal = error.reason is Reason.PERSONAL_DATA
        found = find_kinds(remark) if personal else []
        self.found = [kind for kind in found if kind not in self.confirmed]
        if self.found:
            self._tell()
            self.sign_list.focus()  # a key is no letter there
        else:
            notify_error(self, error)
