"""A thread: a bulletin, those it answers, and its answers."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual import on

from exchange.bulletin.codes import relation_label
from exchange.desk.records import Thread, ThreadPart
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.screens.choice_screen import ChoiceScreen
from tui.times import day_clock
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import Choices, Entry, entry, heading
from tui.words import label, lang, say
from tui.workers import ask_desk


def entries(thread: Thread) -> Iterator[Entry]:
    """Yield the messages in order of arrival, each with its references."""
    named = {part.row.name: name_of(part.row) for part in thread.parts}
    for part in thread.parts:
        notes = [day_clock(part.row.filed), *_references(part, named)]
        yield entry(part.row, notes)
    if thread.more:
        yield heading(say("There are more than are shown here."), "unsure")


def _references(part: ThreadPart, named: Mapping[bytes, str]) -> Iterator[str]:
    for link in part.references:
        other = named.get(link.about) or say("missing text")
        repeated = link in part.repeated
        yield f"{relation_label(link.relation, lang(), repeated=repeated)} {other}"


class ThreadScreen(ChoiceScreen[int]):
    KEYS: ClassVar = (("↵", word("open")), ("Esc", word("back")))

    def __init__(self, desk: Desk, number: int, at: int) -> None:
        super().__init__()
        self.desk, self.number, self._begin_at = desk, number, at

    def on_mount(self) -> None:
        self._head("")
        ask_desk(self, lambda: self.desk.thread(self.number), self._show)

    def _head(self, count: str) -> None:
        self.query_one("#head", Bar).put(
            [BarPart(label("Thread"), "key"), BarPart(count)]
        )

    def _show(self, thread: Thread) -> None:
        self._head(f"{len(thread.parts):,}")
        found = list(entries(thread))
        self.choices.choose_from(found, self._begin_at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.entry.number)
