"""Say to the author what becomes of a bulletin: signed, so asked twice."""

from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.codes import CODES
from exchange.errors import FusionError
from exchange.words import word
from tui.data import Relation
from tui.keys import bind
from tui.later import answer
from tui.screens.boxes import Pick
from tui.screens.remark import Remarking
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

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "sign('ACKNOWLEDGED')", "Sign and send the acknowledgement", "y"),
    ]

    def on_mount(self) -> None:
        """Offer the answers, the cursor on Cancel."""
        options = self.query_one(OptionList)
        options.add_options(
            [Option(Content(label(w)), id=k or "none") for k, w in CHOICES.items()]
        )
        options.highlighted = 0
        hint = label("It is signed with your key and cannot be taken back.")
        self.describe(label("Acknowledge"), f"y {label('sign')}", hint)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.action_sign(event.option_id or "none")

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
