"""The first screen: the list, and beside or over it the reader."""

from array import array
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import get_current_worker

from exchange.errors import FusionError
from tui.data import Desk, Filter, Opened
from tui.keys import bind
from tui.text import safe
from tui.widgets.bar import Bar, KeyLine, Part
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.edit import Edit
from tui.widgets.link_line import LinkLine
from tui.widgets.page import Item
from tui.widgets.reader import Reader
from tui.words import joined, label, say

WIDE = 100  # columns from which list and reader stand side by side
REST = 0.15  # s that the cursor stands before the reader follows
STAY = 2.0  # s until a bulletin beside the list counts as read
FOUND_MAX = 10_000
FILTERS: dict[Filter, str] = {
    "ALL": "",
    "UNREAD": "unread",
    "TO_ACKNOWLEDGE": "to acknowledge",
    "FLASH": "FLASH",
    "SENT": "sent",
    "REFUSED": "refused",
}
KEYS = (
    ("↵", "open"),
    ("a", "acknowledge"),
    ("[ ]", "language"),
    ("v", "verify"),
    ("t", "translate"),
    ("c", "compose"),
    ("/", "search"),
    ("?", "keys"),
    ("⇥", "next unread"),
    ("f", "filter"),
    ("^P", "commands"),
)


class Bulletins(Screen[None]):
    """List and reader. Under 100 columns the reader covers the list."""

    DEFAULT_CSS = """
    Bulletins #left { width: 9fr; }
    Bulletins #reader { width: 11fr; border-left: vkey $primary; }
    Bulletins.narrow #reader { display: none; border-left: none; width: 1fr; }
    Bulletins.narrow.reading #left { display: none; }
    Bulletins.narrow.reading #reader { display: block; }
    Bulletins #find { display: none; }
    Bulletins.finding #find { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Back to the list; end the search"),
        bind("a,f6", "acknowledge", "Acknowledge the bulletin", "a"),
        bind("v,f5", "verify", "Verify the bulletin in full", "v"),
        bind("]", "language(1)", "Next language of the bulletin", "[ ]"),
        bind("[", "language(-1)", "Previous language of the bulletin"),
        bind("t,f4", "translate", "Translate, or read a translation back", "t"),
        bind("y", "copy", "Copy the text"),
        bind("u", "raw", "Signed bytes and invisible characters"),
        bind("c,f3", "compose", "Compose a bulletin", "c"),
        bind("/", "find", "Search as you type", "/"),
        bind("n", "hit(1)", "Next hit"),
        bind("N", "hit(-1)", "Previous hit"),
        bind("f", "filter", "Next filter: unread, to acknowledge, FLASH, sent", "f"),
        bind("f2,1", "all", "All bulletins"),
    ]

    def __init__(self, desk: Desk, now: Callable[[], int]) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.which: Filter = "ALL"
        self.sought = ""
        self._flash = 0
        self._rest: Timer | None = None
        self._stay: Timer | None = None

    def compose(self) -> ComposeResult:
        """Rows from top to bottom."""
        yield LinkLine(id="link")
        with Horizontal():
            with Vertical(id="left"):
                yield Bar(id="title")
                yield Edit(longest=200, id="find")
                yield BulletinList(self.desk, id="list")
            yield Reader(id="reader")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Begin with the list."""
        self.rows.focus()
        self.set_interval(1.0, self._tick)
        self.relabel()
        self._tick()

    @property
    def rows(self) -> BulletinList:
        """The list."""
        return self.query_one("#list", BulletinList)

    @property
    def reader(self) -> Reader:
        """The reader."""
        return self.query_one("#reader", Reader)

    def on_resize(self, event: events.Resize) -> None:
        """Stand side by side where there is room."""
        narrow = event.size.width < WIDE
        self.set_class(narrow, "narrow")
        if not narrow and self.rows.number:
            self._load(self.rows.number)

    # What the desk tells.

    def renew(self) -> None:
        """Show what changed: rows, link, the bulletin that is open."""
        if self.which != "ALL" or self.sought:
            self._pick(self.which, self.sought)
        else:
            self.rows.renew()
            self._title()
        self._tick()
        if self.reader.opened is not None:
            self._load(self.reader.opened.row.number)
        elif self.rows.number and not self.has_class("narrow"):
            self._load(self.rows.number)

    def relabel(self) -> None:
        """Write our own words anew, in the language in use."""
        keys = [(key, label(word)) for key, word in KEYS]
        self.query_one("#keys", KeyLine).keys(keys)
        self._title()
        self.rows.refresh()
        if self.reader.opened is not None:
            self._load(self.reader.opened.row.number)

    def _tick(self) -> None:
        link = self.desk.link()
        if link.flash > self._flash:
            self.app.bell()
        self._flash = link.flash
        self.query_one("#link", LinkLine).update(link, self.now())

    def _title(self) -> None:
        rows = self.rows
        count = joined(say("Bulletins"), f"{rows.window.count:,}")
        parts = [Part(count)]
        if self.which != "ALL":
            which = joined(f"{say('filter')}:", say(FILTERS[self.which]))
            parts.append(Part(which))
        if self.sought:
            place = f"{min(rows.cursor + 1, rows.window.count)} / {rows.window.count:,}"
            parts.append(Part(f"/ {place}", "key"))
        self.query_one("#title", Bar).put(parts)

    # The reader follows the list.

    @on(BulletinList.Moved)
    def _follow(self, event: BulletinList.Moved) -> None:
        if self.sought:
            self._title()
        for timer in (self._rest, self._stay):
            if timer is not None:
                timer.stop()
        if not self.has_class("narrow") and event.number:
            self._rest = self.set_timer(REST, lambda: self._load(event.number))
            self._stay = self.set_timer(STAY, lambda: self._seen(event.number))

    @on(BulletinList.Opened)
    def _open(self, event: BulletinList.Opened) -> None:
        self.add_class("reading")
        self._load(event.number)
        self._seen(event.number)
        self.reader.query_one("#text").focus()

    @work(thread=True, exclusive=True, group="read")
    def _load(self, number: int) -> None:
        worker = get_current_worker()
        try:
            opened = self.desk.read(number)
            facts = self.reader.prepare(opened)
        except FusionError as error:
            self.app.call_from_thread(self.complain, error)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._loaded, opened, facts)

    def _loaded(self, opened: Opened, facts: Sequence[Item]) -> None:
        self.reader.show(opened, facts)

    @work(thread=True, group="seen")
    def _seen(self, number: int) -> None:
        try:
            self.desk.mark_read(number)
        except FusionError as error:
            self.app.call_from_thread(self.complain, error)

    def complain(self, error: FusionError) -> None:
        """Show an error; its text is ours but may name a field."""
        self.notify(safe(str(error)), severity="error", markup=False)

    # Filters and search.

    @work(thread=True, exclusive=True, group="pick")
    def _pick(self, which: Filter, sought: str) -> None:
        worker = get_current_worker()
        try:
            if sought:
                ids = self.desk.search(sought, FOUND_MAX)
            else:
                ids = self.desk.ids(which)
        except FusionError as error:
            self.app.call_from_thread(self.complain, error)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._picked, ids)

    def _picked(self, ids: "array[int]") -> None:
        self.rows.show(ids)
        self._title()

    def action_filter(self) -> None:
        """Go on to the next filter."""
        names = list(FILTERS)
        self.choose(names[(names.index(self.which) + 1) % len(names)])

    def choose(self, which: Filter) -> None:
        """Show the rows of one filter only."""
        self.which, self.sought = which, ""
        self.remove_class("finding")
        if which == "ALL":
            self.rows.show(None)
            self._title()
        else:
            self._pick(which, "")

    def action_all(self) -> None:
        """Show all, from the list."""
        self.remove_class("reading")
        self.choose("ALL")
        self.rows.focus()

    def action_find(self) -> None:
        """Open the search row."""
        self.remove_class("reading")
        self.add_class("finding")
        self.query_one("#find", Edit).focus()

    @on(Edit.Changed, "#find")
    def _typed(self, event: Edit.Changed) -> None:
        self.sought, self.which = event.text.strip(), "ALL"
        if self.sought:
            self._pick("ALL", self.sought)
        else:
            self.choose("ALL")
            self.add_class("finding")

    @on(Edit.Submitted, "#find")
    def _found(self, _: Edit.Submitted) -> None:
        self.rows.focus()

    def action_hit(self, by: int) -> None:
        """Go to the next hit, and show it where the reader stands in front."""
        self.rows.action_move(by)
        if self.has_class("reading") and self.rows.number:
            self._load(self.rows.number)

    def action_back(self) -> None:
        """Leave the reader, then the search, then the filter."""
        if self.has_class("reading"):
            self.remove_class("reading")
        elif self.sought or self.has_class("finding"):
            self.query_one("#find", Edit).load("")
            self.choose("ALL")
        elif self.which != "ALL":
            self.choose("ALL")
        self.rows.focus()

    # Verbs.

    def chosen(self) -> Opened | None:
        """Return the bulletin that a verb is about: the one that is shown."""
        opened = self.reader.opened
        if opened is None or opened.row.number != self.rows.number:
            self.notify(say("Open a bulletin first."), markup=False)
            return None
        return opened

    def action_acknowledge(self) -> None:
        """Ask what to say, then say it."""
        from tui.screens.acknowledge import Acknowledge  # noqa: PLC0415 - start-up

        if opened := self.chosen():
            self.app.push_screen(Acknowledge(self.desk, opened))

    def action_verify(self) -> None:
        """Show the chain of proofs."""
        from tui.screens.verify import Verify  # noqa: PLC0415 - start-up counts

        if self.rows.number:
            self.app.push_screen(Verify(self.desk, self.rows.number))

    def action_language(self, by: int) -> None:
        """Go through the original and its translations."""
        self.reader.language(by)

    def action_copy(self) -> None:
        """Copy the logical text of the shown language."""
        self.reader.copy()

    def action_translate(self) -> None:
        """Ask into which language, then open the translation."""
        from tui.screens.translating import choose  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            choose(self.app, self.desk, opened)

    def action_raw(self) -> None:
        """Show the signed bytes."""
        from tui.screens.raw import Raw  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            self.app.push_screen(Raw(self.desk, opened))

    def action_compose(self) -> None:
        """Write a bulletin."""
        from tui.screens.compose import Compose  # noqa: PLC0415 - start-up counts

        self.app.push_screen(Compose(self.desk))
