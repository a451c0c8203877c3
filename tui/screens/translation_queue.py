"""The queue of translations by pending step; Enter opens one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual import on

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import PRECEDENCES
from exchange.desk.status_records import TranslationItem
from exchange.words import word
from exchange.words.ages import ago
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.screens.choice_screen import ChoiceScreen
from tui.state_signs import MODE, precedence_of
from tui.text.safe_text import safe
from tui.widgets.choices import BETWEEN, Choices, Entry, heading
from tui.widgets.page import Item, Text
from tui.words import lang, say
from tui.workers import ask_desk

RENEW = 30.0  # s between two looks: bulletins expire
TITLES = {
    "TRANSLATE": word("To translate"),
    "READ_BACK": word("To translate back, without the original"),
    "COMPARE": word("To compare with the back-translation"),
    "REVIEW": word("To review"),
    "SEND": word("To sign and send"),
}
HOW = {"READ_BACK": "BACK", "COMPARE": "COMPARE"}
"""Step -> how it is opened, else as a translation (`translate_menu.HOW`)."""


def entries(items: Sequence[TranslationItem], now: int) -> Iterator[Entry]:
    """Yield the items by their step, each part under its title.

    The part with the most urgent item is first. Parts of the same urgency keep the
    order of the steps, and empty ones are last.
    """
    for step in sorted(TITLES, key=partial(_urgency, items)):
        title = TITLES[step]
        found = [(n, one) for n, one in enumerate(items, 1) if one.step == step]
        count = f"{say(title)}{COLON[lang()]}{len(found)}"
        yield heading(count, "heading" if found else "dim")
        yield from (_entry(n, one, now) for n, one in found)


def _urgency(items: Sequence[TranslationItem], step: str) -> tuple[bool, bool, int]:
    """Rank a step by its first item, the most urgent."""
    row = next((one.row for one in items if one.step == step), None)
    if row is None:
        return True, True, len(PRECEDENCES)
    known = row.precedence in PRECEDENCES
    rank = PRECEDENCES.index(row.precedence) if known else 0
    return False, row.mode in DRILLS, rank


def _entry(number: int, item: TranslationItem, now: int) -> Entry:
    """Return an entry: urgency, languages, age, holder, permitted officers; subject.

    No subject for a back-translation: its translator may not know the original.
    """
    row, precedence = item.row, precedence_of(item.row)
    urgency = f"{precedence.sign} {say(precedence.word)}".strip()
    what = " ".join(filter(None, (name_of(row), urgency, MODE.get(row.mode, "?"))))
    age = ago(max(now - item.since, 0))
    head = (
        what,
        f"{row.lang} → {item.lang}",
        age,
        safe(item.officer) if item.officer else say("not assigned"),
        say("of an older text") if item.stale else "",
        say("for another officer") if item.for_others else "",
    )
    style = "unsure" if row.precedence == "FLASH" else ""
    if item.for_others:
        style = "dim"
    lines: list[Item] = [Text(BETWEEN.join(filter(None, head)), lang(), style)]
    if item.step != "READ_BACK":
        lines.append(Text(row.subject, row.lang, gutter=True))
    return Entry(number, lines, f"{row.number} {item.lang}")


class TranslationQueue(ChoiceScreen[None]):
    HEAD = "Translations"
    KEYS: ClassVar = (("↵", word("open the step")), ("Esc", word("back")))

    def __init__(self, desk: Desk, now: Callable[[], int]) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.items: Sequence[TranslationItem] = ()

    def on_mount(self) -> None:
        self.set_interval(RENEW, self.renew)

    def on_screen_resume(self) -> None:
        self.renew()

    def renew(self) -> None:
        ask_desk(self, self.desk.translation_queue, self._show, newest_of="queue")

    def _show(self, items: Sequence[TranslationItem]) -> None:
        at = self.choices.chosen
        self.items = items
        shown = list(entries(items, self.now()))
        same = (one.number for one in shown if at and one.kind == at.kind and one.kind)
        self.choices.choose_from(shown, next(same, 0))

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        from tui.screens.translate_menu import open_step  # noqa: PLC0415 - only then

        item = self.items[event.entry.number - 1]
        how = HOW.get(item.step, "TO")
        open_step(self.app, self.desk, item.row.number, item.lang, how)
