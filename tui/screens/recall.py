"""Recall a bulletin of this desk: asks for reason and instruction before signing."""

from collections.abc import Sequence

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin
from exchange.words import word
from tui.desk import Desk
from tui.screens.dialogs import Pick
from tui.screens.remark_box import Remarking
from tui.screens.signature import make_cancel, make_question
from tui.signed_words import about_bulletin, describe
from tui.widgets.sign_list import Act, Choice
from tui.words import label, lang, say

REASON, INSTRUCTION, RECALL = "reason", "instruction", "recall"
TITLES = {
    REASON: word("Why it is recalled"),
    INSTRUCTION: word("Instruction to readers"),
}
CODE_LISTS = {REASON: "recall_reason", INSTRUCTION: "recall_instruction"}
HINT = word("Every desk marks it; it is not deleted. Cannot be undone.")


class Recall(Remarking):
    def __init__(self, desk: Desk, opened: OpenedBulletin) -> None:
        super().__init__(desk, opened)
        self.codes = {REASON: "", INSTRUCTION: "STOP_USE"}

    def on_mount(self) -> None:
        self.describe(label("Recall"), HINT)

    def choices(self) -> Sequence[Choice]:
        questions = [
            make_question(key, say(TITLES[key]), self._said(key)) for key in TITLES
        ]
        recalls = code_label("relation", "RECALLS", lang())
        if not self.codes[REASON]:
            first = make_question(RECALL, recalls, say("say why"))
            return [make_cancel(), *questions, first]
        act = COLON[lang()].join((recalls, self._said(REASON)))
        items = describe(about_bulletin(self.desk, act, self.opened))
        return [make_cancel(), *questions, Choice(RECALL, Act.SIGN, items)]

    def _said(self, key: str) -> str:
        code = self.codes[key]
        return code_label(CODE_LISTS[key], code, lang()) if code else "…"

    def ask(self, key: str) -> None:
        key = key if key in TITLES else REASON
        codes = CODES[CODE_LISTS[key]]
        labels = {code: words[lang()] for code, words in codes.items()}
        chosen = [self.codes[key]] if self.codes[key] else []

        def take(choice: list[str] | None) -> None:
            self.codes[key] = choice[0] if choice else self.codes[key]
            self.offer()
            self.sign_list.free()

        self.app.push_screen(Pick(TITLES[key], labels, chosen, many=False), take)

    def sign(self, key: str) -> None:  # noqa: ARG002 - one choice of it signs
        codes = self.codes[REASON], self.codes[INSTRUCTION]
        number, remark, keys = self.opened.row.number, self.remark, self.keys()
        self.send(lambda: self.desk.recall(number, *codes, remark, keys))
