"""Hand-over: the open actions, for the officer coming on duty."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.draft import Draft
from exchange.desk.status_records import DutyItem, DutySection, MissingBulletins
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.choice_screen import ChoiceScreen
from tui.text.safe_text import safe
from tui.widgets.bar import KeyLine
from tui.widgets.choices import BETWEEN, Choices, Entry, entry, heading
from tui.widgets.page import Text
from tui.words import lang, say
from tui.workers import ask_desk, ask_to_open

RENEW = 30.0  # s between two looks at the deadlines
OVERDUE = "OVERDUE_MOVEMENT"
MISSING = "MISSING"
VERDICTS = {
    "": word("Cancel"),
    "MISUSED": word("misused: that desk did not write it; ignore the number"),
    "GO_ON": word("go on from here: no number below this one is missing"),
}
JUDGE = ("m", word("judge number"))  # if bulletins are missing


def entries(sections: Sequence[DutySection]) -> Iterator[Entry]:
    for section in sections:
        yield heading(section.title, "heading" if section.items else "dim")
        yield from map(_entry, section.items)


def missing_entries(missing: Sequence[MissingBulletins]) -> Iterator[Entry]:
    """Yield the desks with missing bulletins.

    Their entries have negative numbers, by place, so that none equals a bulletin's.
    """
    if not missing:
        return
    yield heading(say("Bulletins that have not reached us"))
    for place, one in enumerate(missing):
        ask = (
            say("m: explain this number")
            if one.jumps
            else say("p: write the RFI to this desk")
        )
        words = Text(BETWEEN.join((one.text, ask)), lang(), "unsure")
        yield Entry(-1 - place, [words], MISSING)


def _entry(item: DutyItem) -> Entry:
    notes, style = list(item.notes), "unsure" if item.late else ""
    moving = OVERDUE in item.kinds
    if moving:
        notes.insert(0, say("no arrival reported (p: write the proposed bulletin)"))
    if "ESCALATED" in item.kinds:
        style = "drill" if item.row.mode in DRILLS else "loud"
    return entry(item.row, notes, OVERDUE if moving else "", style)


class Duty(ChoiceScreen[int]):
    HEAD = "Hand-over"
    KEYS: ClassVar = (
        ("↵", word("open")),
        ("p", word("write proposal")),
        ("s", word("sign hand-over")),
        ("h", word("earlier ones")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "p,f3",
            "propose",
            "Write the proposed bulletin for an overdue movement or a desk",
            "p",
        ),
        bind(
            "m,f6", "judge", "Say that a number was misused, or to go on from it", "m"
        ),
        bind("s,f2", "hand_over", "Hand the shift over, signed by both officers", "s"),
        bind("h,f4", "earlier", "Earlier hand-overs, verified again", "h"),
    ]

    def __init__(self, desk: Desk, at: int = 0) -> None:
        super().__init__()
        self.desk, self._begin_at = desk, at
        self._missing: Sequence[MissingBulletins] = ()

    def on_mount(self) -> None:
        self.set_interval(RENEW, self._look)

    def on_screen_resume(self) -> None:
        self._look()

    def _look(self) -> None:
        ask_desk(
            self,
            lambda: (self.desk.missing_bulletins(), self.desk.handover()),
            self._show,
        )

    def _show(
        self, found: tuple[Sequence[MissingBulletins], Sequence[DutySection]]
    ) -> None:
        self._missing, sections = found
        keys = (*self.KEYS[:1], JUDGE, *self.KEYS[1:]) if self._missing else self.KEYS
        self.query_one("#keys", KeyLine).keys(keys)
        shown = [*missing_entries(self._missing), *entries(sections)]
        at = self.choices.chosen
        self.choices.choose_from(shown, at.number if at else self._begin_at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        if event.entry.kind == MISSING:
            jumps = self._missing[-1 - event.entry.number].jumps
            self.action_judge() if jumps else self.action_propose()
        else:
            self.dismiss(event.entry.number)

    def action_propose(self) -> None:
        """Open the proposed bulletin, or the RFI to a desk."""
        chosen = self.choices.chosen
        if chosen is not None and chosen.kind == OVERDUE:
            number = chosen.number
            ask_to_open(self, lambda: self.desk.proposal(number), self._write)
        elif chosen is not None and chosen.kind == MISSING:
            sender = self._missing[-1 - chosen.number].desk
            ask_to_open(self, lambda: self.desk.request_missing(sender), self._write)
        else:
            told = say("Select an overdue movement, or a desk of missing bulletins.")
            self.notify(told, markup=False)

    def action_judge(self) -> None:
        from tui.screens.dialogs import SeenPick  # noqa: PLC0415 - only then

        chosen = self.choices.chosen
        if chosen is None or chosen.kind != MISSING:
            self.notify(say("Select a desk of missing bulletins."), markup=False)
            return
        one = self._missing[-1 - chosen.number]

        def judge(verdict: list[str] | None) -> None:
            if verdict and verdict[0]:
                ask_desk(
                    self,
                    lambda: self.desk.judge_number(one.desk, one.number, verdict[0]),
                    lambda _: self._look(),
                )

        title = say("Number {number} of {desk}").format(
            number=one.number, desk=safe(one.desk)
        )
        self.app.push_screen(SeenPick(title, VERDICTS, [], many=False), judge)

    def _write(self, draft: Draft) -> None:
        from tui.screens.compose import Compose  # noqa: PLC0415 - only then

        self.app.push_screen(Compose(self.desk, draft=draft))

    def action_hand_over(self) -> None:
        from tui.screens.shift_handover import hand_over  # noqa: PLC0415 - only then

        hand_over(self.app, self.desk)

    def action_earlier(self) -> None:
        from tui.screens.shift_handover import HandoversPage  # noqa: PLC0415 - only then

        self.app.push_screen(HandoversPage(self.desk))
