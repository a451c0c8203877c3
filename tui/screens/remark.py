"""A box with a remark, which is signed: what looks like personal data is asked about.

As in a bulletin, patterns only guess. What was found is shown; it is reworded, or
confirmed by a key of its own, which the signed remark then says.
"""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import OptionList

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.personal import found_in
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.refused import refusal
from exchange.errors import FusionError, Reason
from tui.keys import bind
from tui.later import answer
from tui.screens.previews import PERSONAL
from tui.text import safe
from tui.widgets.bar import Bar, Part
from tui.widgets.edit import Edit
from tui.words import joined, label, lang, say


class Remarking(ModalScreen[None]):
    """Has an Edit `#remark`, an OptionList, and a Bar `#found` of two rows."""

    DEFAULT_CSS = "Remarking #found { height: 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("x,f9", "confirm", "Confirm that a finding is no personal data", "x"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.confirmed: list[str] = []

    @property
    def remark(self) -> str:
        """What was written."""
        return self.query_one("#remark", Edit).text.strip()

    @on(Edit.Changed)
    def _reworded(self, _: Edit.Changed) -> None:
        """Forget what was found, and confirmed, of another text."""
        self.found, self.confirmed = [], []
        self._tell()

    @on(Edit.Submitted)
    def _remarked(self, _: Edit.Submitted) -> None:
        self.query_one(OptionList).focus()

    def action_confirm(self) -> None:
        """Confirm the next finding; nothing is signed by that."""
        if self.found:
            self.confirmed.append(self.found.pop(0))
            self._tell()

    def _tell(self) -> None:
        rows: list[list[Part]] = []
        if self.found:
            title = say("Looks like personal data")
            said = say(PERSONAL.get(self.found[0], self.found[0]))
            rows = [
                [Part(f"! {joined(COLON[lang()].join((title, said)))}", "bad")],
                [Part(f"x {label('no personal data')}")],
            ]
        elif self.confirmed:
            done = label(code_label("word", "CONFIRMED", lang()))
            rows = [[Part(f"✔ {done}", "good")]]
        self.query_one("#found", Bar).put(*rows)

    def keys(self) -> tuple[str, ...]:
        """Return what was confirmed, as the remark will say it."""
        return tuple(f"remark {kind}" for kind in self.confirmed)

    def refused(self, error: FusionError, remark: str) -> None:
        """Show, from a worker, why a remark was not signed."""
        personal = error.reason is Reason.PERSONAL_DATA
        answer(self, self._refused, error, found_in(remark) if personal else [])

    def _refused(self, error: FusionError, found: list[str]) -> None:
        self.found = [kind for kind in found if kind not in self.confirmed]
        if self.found:
            self._tell()
            self.query_one(OptionList).focus()  # where a key is no letter
        else:
            self.notify(safe(refusal(error)), severity="error", markup=False)
