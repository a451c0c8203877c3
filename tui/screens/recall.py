"""Take a bulletin of this desk back: signed, so why and what to do are asked first."""

from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.errors import FusionError
from exchange.words import word
from tui.data import Desk, Opened
from tui.keys import bind
from tui.later import answer
from tui.screens.boxes import Pick
from tui.screens.remark import Remarking
from tui.words import joined, label, lang, say

CANCEL, REASON, INSTRUCTION, SIGN = "none", "reason", "instruction", "sign"
TITLES = {REASON: word("Why it is recalled"), INSTRUCTION: word("What readers must do")}
CODE_LISTS = {REASON: "recall_reason", INSTRUCTION: "recall_instruction"}


class Recall(Remarking):
    """The box; what is chosen at first is to do nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+s", "sign", "Sign and send the recall", "^S"),
    ]

    def __init__(self, desk: Desk, opened: Opened) -> None:
        super().__init__(desk, opened)
        self.codes = {REASON: "", INSTRUCTION: "STOP_USE"}

    def on_mount(self) -> None:
        """Offer what is to be said, the cursor on Cancel."""
        self._draw(0)
        hint = label("It is marked at every desk, deleted at none, and stays so.")
        self.describe(label("Recall"), f"^S {label('sign')}", hint)

    def _draw(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        texts = {CANCEL: label("Cancel")}
        for name, title in TITLES.items():
            texts[name] = joined(COLON[lang()].join((say(title), self._said(name))))
        texts[SIGN] = label("Sign and send the recall")
        options.add_options([Option(Content(t), id=name) for name, t in texts.items()])
        options.highlighted = at

    def _said(self, name: str) -> str:
        code = self.codes[name]
        return code_label(CODE_LISTS[name], code, lang()) if code else "…"

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        name = event.option_id or CANCEL
        if name == CANCEL:
            self.dismiss()
        elif name == SIGN:
            self.action_sign()
        else:
            self._pick(name)

    def _pick(self, name: str) -> None:
        codes = CODES[CODE_LISTS[name]]
        labels = {code: words[lang()] for code, words in codes.items()}
        chosen = [self.codes[name]] if self.codes[name] else []

        def take(found: list[str] | None) -> None:
            if found:
                self.codes[name] = found[0]
                self._draw(list(TITLES).index(name) + 1)

        self.app.push_screen(Pick(TITLES[name], labels, chosen, many=False), take)

    def action_sign(self) -> None:
        """Sign and send the recall, once it says why."""
        if not self.codes[REASON]:
            self.notify(say("Say why it is recalled."), markup=False)
            self._pick(REASON)
        else:
            self._send(self.remark)

    @work(thread=True, exclusive=True)
    def _send(self, remark: str) -> None:
        number, said = self.opened.row.number, self.codes
        reason, instruction = said[REASON], said[INSTRUCTION]
        try:
            self.desk.recall(number, reason, instruction, remark, self.keys())
        except FusionError as error:
            self.refused(error, remark)
            return
        answer(self, self.dismiss)
