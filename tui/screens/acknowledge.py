"""Say to the author what becomes of a bulletin: signed, so asked twice."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.codes import CODES
from exchange.errors import FusionError
from exchange.words import word
from tui.data import Desk, Opened, Relation
from tui.keys import bind
from tui.later import answer
from tui.screens.boxes import Pick
from tui.screens.remark import Remarking
from tui.text import safe
from tui.widgets.bar import Bar, Part
from tui.widgets.edit import Edit
from tui.widgets.marks import precedence_of
from tui.widgets.page import Page, Text
from tui.words import label, lang, say

CHOICES: dict[str, str] = {
    "": "Cancel",
    "ACKNOWLEDGED": "Acknowledge: read and understood",
    "COMPLETED": "Completed: what was asked is done",
    "CANNOT_COMPLY": "Cannot comply (say why)",
}
REMARK = "…"  # no code: the remark alone says why
RELATIONS: dict[str, Relation] = {
    "ACKNOWLEDGED": "ACKNOWLEDGED",
    "COMPLETED": "COMPLETED",
    "CANNOT_COMPLY": "CANNOT_COMPLY",
}


class Acknowledge(Remarking):
    """The review box; what is chosen at first is to do nothing."""

    DEFAULT_CSS = """
    Acknowledge > Vertical {
        width: 70; max-width: 95%; height: 18; border: round $primary;
        background: $surface;
    }
    Acknowledge Page { height: 3; }
    Acknowledge OptionList { height: 5; }
    Acknowledge OptionList, Acknowledge OptionList:focus { border: none; }
    Acknowledge Edit { height: 2; margin: 0 1; }
    Acknowledge #hint { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,n", "cancel", "Cancel", "n"),
        bind("y", "sign('ACKNOWLEDGED')", "Sign and send the acknowledgement", "y"),
    ]

    def __init__(self, desk: Desk, opened: Opened) -> None:
        super().__init__()
        self.desk, self.opened = desk, opened

    def compose(self) -> ComposeResult:
        """Show what it is about, the answers, a remark."""
        with Vertical():
            yield Bar(id="head")
            yield Page(id="what")
            yield OptionList(
                *(
                    Option(Content(label(w)), id=k or "none")
                    for k, w in CHOICES.items()
                ),
                markup=False,
            )
            yield Bar(id="remark-label")
            yield Edit(longest=400, id="remark")
            yield Bar(id="found")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        """Write our words; the list has the focus, Cancel the cursor."""
        row, mark = self.opened.row, precedence_of(self.opened.row)
        title = f"{label('Acknowledge')} #{row.number} {mark.sign} {row.precedence}"
        self.query_one("#head", Bar).put([Part(safe(title), "key")])
        self.query_one("#what", Page).put([Text(row.subject, row.lang, "subject")])
        remark = label("Remark (optional, sealed for all who have the bulletin)")
        self.query_one("#remark-label", Bar).put([Part(remark, "dim")])
        hint = label("It is signed with your key and cannot be taken back.")
        keys = f"y {label('sign')}  n {label('cancel')}  ⇥ {label('remark')}"
        self.query_one("#hint", Bar).put([Part(keys)], [Part(hint, "dim")])
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.action_sign(event.option_id or "none")

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss()

    def action_sign(self, choice: str) -> None:
        """Sign and send the chosen receipt."""
        relation = RELATIONS.get(choice)
        remark = self.remark
        if relation is None:
            self.dismiss()
        elif relation == "CANNOT_COMPLY":
            self._ask_why(remark)
        else:
            self._send(relation, remark, "")

    def _ask_why(self, remark: str) -> None:
        """Ask for a code, which every reader understands beside the remark."""
        reasons = CODES["decline_reason"]
        labels = {code: words[lang()] for code, words in reasons.items()}
        if remark:
            labels[REMARK] = say("As the remark says")

        def chosen(found: list[str] | None) -> None:
            if found:
                reason = "" if found[0] == REMARK else found[0]
                self._send("CANNOT_COMPLY", remark, reason)

        title = word("Why it cannot be done")
        self.app.push_screen(Pick(title, labels, [], many=False), chosen)

    @work(thread=True, exclusive=True)
    def _send(self, relation: Relation, remark: str, reason: str) -> None:
        number = self.opened.row.number
        try:
            self.desk.acknowledge(number, relation, remark, reason, self.keys())
        except FusionError as error:
            self.refused(error, remark)
            return
        answer(self, self.dismiss)
