"""One log: its entries in windows, and its heads with the lines under them."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.browsed_logs import BrowsedEntry, BrowsedHead, BrowsedLog, LogShelf
from exchange.limits import BROWSED_ENTRIES, BROWSED_HEADS, SECOND
from exchange.words import word
from tui.keys import bind
from tui.screens.audit_entry import ACCEPTED, entry_screen, kind_word, verdict_words
from tui.screens.base import PageScreen
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Ask
from tui.screens.verify import reason_text
from tui.times import stamp
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import BETWEEN, Choices, Entry
from tui.widgets.page import Item, Pair, Text
from tui.words import join_words, lang, say, say_n
from tui.workers import ask_desk

ROLES = {
    "log": word("the log itself"),
    "mirror": word("mirror"),
    "cosigner": word("cosigner of the policy"),
    "unknown": word("unknown key"),
}
DIGITS_MAX = 19  # of a place


def head_items(head: BrowsedHead) -> Sequence[Item]:
    here = lang()
    size = say_n("{n} entry", "{n} entries", head.size)
    when = stamp(head.at_s * SECOND) or say("not signed by the log")
    style = "bad" if head.reason else "heading"
    items: list[Item] = [Text(f"{size}{BETWEEN}{when}", here, style)]
    if head.reason:
        items.append(Text(reason_text(head.reason), here, "bad"))
    items.append(Pair(say("Root"), head.root.hex(), "en", "", here))
    for line in head.lines:
        at = stamp(line.at_s * SECOND)
        told = BETWEEN.join(filter(None, (line.name, at)))
        items.append(Pair(say(ROLES.get(line.role, line.role)), told, "en", "", here))
    return items


def entry_items(entry: BrowsedEntry) -> Entry:
    when = stamp(entry.filed)
    words = (f"#{entry.index}", kind_word(entry), when, entry.author)
    style = "" if entry.verdict in ("", ACCEPTED) else "unsure"
    told = BETWEEN.join(filter(None, (*words, verdict_words(entry))))
    name = entry.name.hex() or say_n("{n} byte", "{n} bytes", entry.size)
    lines = [Text(told, lang(), style, cut=True), Text(name, "en", "dim", cut=True)]
    return Entry(entry.index + 1, lines)


class AuditLog(ChoiceScreen[None]):
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("↵", word("verify")),
        ("n", word("later")),
        ("p", word("earlier")),
        ("o", word("go to")),
        ("h", word("heads")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("n", "window(1)", "Later entries", "n"),
        bind("p", "window(-1)", "Earlier entries", "p"),
        bind("o", "place", "Go to an entry by its place", "o"),
        bind("h", "heads", "Heads, with their cosigners", "h"),
    ]

    def __init__(self, shelf: LogShelf, log: BrowsedLog) -> None:
        super().__init__()
        self.shelf, self.of = shelf, log
        self.start = max(0, log.size - BROWSED_ENTRIES)
        self.found: Sequence[BrowsedEntry] = ()

    def on_mount(self) -> None:
        self._load(self.of.size)

    def _load(self, chosen: int = 0) -> None:
        origin, start = self.of.origin, self.start

        def show(found: Sequence[BrowsedEntry]) -> None:
            self.found = found
            last = found[-1].index if found else start
            span = f"#{start}-{last} / {self.of.size}"
            self.query_one("#head", Bar).put(
                [BarPart(join_words(origin), "key"), BarPart(span, "dim", 8)]
            )
            rows = [entry_items(one) for one in found]
            none = [Entry(0, [Text(say("No entry is here."), lang(), "dim")])]
            self.choices.choose_from(rows or none, chosen)

        ask = self.shelf.entries
        ask_desk(
            self, lambda: ask(origin, start, BROWSED_ENTRIES), show, newest_of="window"
        )

    def action_window(self, by: int) -> None:
        last = max(0, self.of.size - BROWSED_ENTRIES)
        at = min(max(0, self.start + by * BROWSED_ENTRIES), last)
        if at == self.start:
            self.app.bell()
            return
        self.start = at
        self._load(at + 1 if by > 0 else at + BROWSED_ENTRIES)

    def action_place(self) -> None:
        def typed(text: str | None) -> None:
            digits = (text or "").strip().lstrip("#")
            if not text:
                return
            if not (digits.isascii() and digits.isdigit()) or len(digits) > DIGITS_MAX:
                self.notify(
                    say("Not the place of an entry: type its number, such as 412."),
                    markup=False,
                )
                return
            index = min(int(digits), max(0, self.of.size - 1))
            self.start = max(0, index - BROWSED_ENTRIES // 2)
            self._load(index + 1)

        self.app.push_screen(Ask(word("Go to entry"), "", word("its number")), typed)

    def action_heads(self) -> None:
        self.app.push_screen(AuditHeads(self.shelf, self.of))

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        index = event.entry.number - 1
        for entry in self.found:
            if entry.index == index:
                screen = entry_screen(self.shelf, self.of.origin, entry)
                self.app.push_screen(screen, lambda _: self._load(index + 1))


class AuditHeads(PageScreen):
    HEAD = "Heads"
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("p", word("earlier")),
        ("n", word("later")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "back", "Back", "Esc"),
        bind("p", "earlier", "Earlier heads", "p"),
        bind("n", "later", "Later heads", "n"),
    ]

    def __init__(self, shelf: LogShelf, log: BrowsedLog) -> None:
        super().__init__()
        self.shelf, self.of = shelf, log
        self._below = [log.size + 1]  # of each page up to this one
        self._next = 0  # size below which the next page begins; 0: none

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    def _load(self) -> None:
        origin, below = self.of.origin, self._below[-1]

        def show(heads: Sequence[BrowsedHead]) -> None:
            self._next = heads[-1].size if len(heads) == BROWSED_HEADS else 0
            told = list(self._items(heads))
            self.page.put(told or [Text(say("No head is here."), lang(), "dim")])

        ask = self.shelf.heads
        ask_desk(self, lambda: ask(origin, below, BROWSED_HEADS), show, self.fail)

    def _items(self, heads: Sequence[BrowsedHead]) -> Iterator[Item]:
        yield Text(self.of.origin, "en", "subject")
        for head in heads:
            yield Text("", "")
            yield from head_items(head)

    def action_earlier(self) -> None:
        if self._next:
            self._below.append(self._next)
            self._load()
        else:
            self.app.bell()

    def action_later(self) -> None:
        if len(self._below) > 1:
            self._below.pop()
            self._load()
        else:
            self.app.bell()


def log_items(log: BrowsedLog) -> Sequence[Item]:
    here = lang()
    whose = say("this node's own log") if log.own else say("replica")
    size = say_n("{n} entry", "{n} entries", log.size)
    items: list[Item] = [
        Text(log.origin, "en", "subject"),
        Text(BETWEEN.join((whose, size)), here),
    ]
    if log.forked:
        items.append(Text(f"✘ {say('forked: two histories are proven')}", here, "bad"))
    if log.head is None:
        items.append(Text(say("no head covers it yet"), here, "unsure"))
        return items
    return [*items, *head_items(log.head)]
