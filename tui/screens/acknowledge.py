"""Acknowledge a bulletin to its author, after a review: the receipt is signed."""

from collections.abc import Sequence

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import Answer
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.screens.dialogs import Pick
from tui.screens.remark_box import Remarking
from tui.screens.signature import make_cancel, make_question, tell_waiting
from tui.signed_words import about_bulletin, describe
from tui.widgets.sign_list import Act, Choice
from tui.words import label, lang, say

REMARK = "…"  # no code: the remark alone says why
WHY = "why"
TITLE = word("Why it cannot be done")
RELATIONS: dict[str, Answer] = {
    "ACKNOWLEDGED": "ACKNOWLEDGED",
    "COMPLETED": "COMPLETED",
    "CANNOT_COMPLY": "CANNOT_COMPLY",
}


class Acknowledge(Remarking):
    reason = ""  # why it cannot be done: a code, or REMARK

    def on_mount(self) -> None:
        self.describe(label("Acknowledge"))

    def choices(self) -> Sequence[Choice]:
        lines = [
            make_cancel(),
            self._receipt("ACKNOWLEDGED"),
            self._receipt("COMPLETED"),
        ]
        if not self.reason:
            declined = code_label("relation", "CANNOT_COMPLY", lang())
            return [*lines, make_question("CANNOT_COMPLY", declined, say("say why"))]
        why = make_question(WHY, say(TITLE), self._why())
        return [*lines, self._receipt("CANNOT_COMPLY", self._why()), why]

    def _receipt(self, relation: str, why: str = "") -> Choice:
        said = code_label("relation", relation, lang())
        act = COLON[lang()].join(filter(None, (said, why)))
        author = () if self.remark else (self.opened.row.desk,)
        signing = about_bulletin(self.desk, act, self.opened, author)
        waits = tell_waiting(self.opened, env.KIND_RECEIPT) if self.remark else ()
        return Choice(relation, Act.SIGN, [*describe(signing), *waits])

    def _why(self) -> str:
        if self.reason == REMARK:
            return say("As the remark says")
        return code_label("decline_reason", self.reason, lang())

    def follow_remark(self) -> None:
        if self.reason == REMARK and not self.remark:
            self.reason = ""
        self.offer()

    def ask(self, key: str) -> None:  # noqa: ARG002 - there is one thing to ask
        reasons = CODES["decline_reason"]
        labels = {code: words[lang()] for code, words in reasons.items()}
        if self.remark:
            labels[REMARK] = say("As the remark says")

        def chosen(choice: list[str] | None) -> None:
            self.reason = choice[0] if choice else self.reason
            self.offer()
            self.sign_list.free()

        box = Pick(TITLE, labels, [], many=False)
        self.app.push_screen(box, chosen)

    def sign(self, key: str) -> None:
        relation = RELATIONS[key]
        declines = relation == "CANNOT_COMPLY" and self.reason != REMARK
        reason = self.reason if declines else ""
        number, remark, keys = self.opened.row.number, self.remark, self.keys()
        self.send(lambda: self.desk.acknowledge(number, relation, remark, reason, keys))
