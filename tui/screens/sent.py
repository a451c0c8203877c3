"""The sent bulletins of this desk, with each addressee's receipts and delays."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.bulletin.codes import label as code_label
from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.status_records import SentDesk, SentRow
from exchange.limits import SENT_SHOWN
from exchange.words import word
from tui.desk import Desk
from tui.keys import bind
from tui.screens.choice_screen import ChoiceScreen
from tui.times import day_clock
from tui.widgets.answer_words import RECEIPT_SIGNS, answer_words
from tui.widgets.bar import Bar, BarPart
from tui.widgets.bulletin_context import reason_of
from tui.widgets.choices import BETWEEN, Choices, Entry, entry, heading
from tui.widgets.page import Text
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk

RENEW = 30.0  # s between two looks at the deadlines


def entries(sent: Sequence[SentRow]) -> Iterator[Entry]:
    for one in sent:
        head = entry(one.row, [day_clock(one.row.filed)])
        desks = [_desk_line(desk) for desk in one.desks]
        made = [_translation_line(answer) for answer in one.translations]
        yield Entry(head.number, [*head.items, *desks, *made])


def _desk_line(one: SentDesk) -> Text:
    sign, style = RECEIPT_SIGNS.get(one.relation, ("…", "dim"))
    words = [one.desk, *_said(one)]
    if not one.delivered:
        sign, style = "✘", "unsure"
        words.append(say("not delivered"))
    if one.late_since:
        sign, style = "!", style if style == "bad" else "unsure"
        words.append(say("late since {when}").format(when=day_clock(one.late_since)))
    return Text(f"  {sign} {BETWEEN.join(words)}", lang(), style)


def _translation_line(answer: FoldedAnswer) -> Text:
    sign, words = answer_words(answer)
    said = BETWEEN.join((words, day_clock(answer.filed)))
    return Text(f"  {sign.sign} {said}", lang(), "dim")


def _said(one: SentDesk) -> Iterator[str]:
    if one.relation:
        yield f"{code_label('relation', one.relation, lang())} {day_clock(one.at)}"
    elif one.delivered:
        yield say("delivered, not opened")
    if one.reason:
        yield reason_of(one.relation, one.reason)


class SentScreen(ChoiceScreen[int]):
    KEYS: ClassVar = (("↵", word("open")), ("m", word("older")), ("Esc", word("back")))
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("m", "more", "Older ones too", "m"),
    ]

    def __init__(self, desk: Desk, at: int = 0, limit: int = 0) -> None:
        """Show at most `limit` (0: SENT_SHOWN); the cursor starts on bulletin `at`."""
        super().__init__()
        self.desk, self._begin_at = desk, at
        self.limit = limit or SENT_SHOWN

    def on_mount(self) -> None:
        self._head("")
        self.set_interval(RENEW, self.renew)

    def on_screen_resume(self) -> None:
        self.renew()

    def _head(self, count: str, more: str = "") -> None:
        parts = [BarPart(label("Sent"), "key"), BarPart(join_words(count))]
        parts.append(BarPart(join_words(more), "dim", keep=1))
        self.query_one("#head", Bar).put(parts)

    def renew(self) -> None:
        """Reload the list; the cursor stays on its bulletin."""
        limit = self.limit
        ask_desk(self, lambda: self.desk.sent(limit), self._show, newest_of="sent")

    def _show(self, sent: Sequence[SentRow]) -> None:
        late = sum(any(desk.late_since for desk in one.desks) for one in sent)
        count = f"{len(sent):,}"
        if late:
            count = BETWEEN.join((count, say("late: {n}").format(n=late)))
        more = len(sent) >= self.limit
        self._head(count, say("There are older ones: m shows them.") if more else "")
        at = self.choices.chosen
        shown = list(entries(sent))
        if not shown:
            shown = [heading(say("No bulletin sent from here yet."), "dim")]
        self.choices.choose_from(shown, at.number if at else self._begin_at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.entry.number)

    def action_more(self) -> None:
        self.limit += SENT_SHOWN
        self.renew()
