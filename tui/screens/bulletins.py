"""The first screen: the list, and beside or over it the reader."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from exchange.clock import elapsed_ms
from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.records import OpenedBulletin, SavedDraft
from exchange.desk.status_records import DeskStatus, DutySection, LedgerAlarm
from exchange.errors import FusionError
from tui import alarm
from tui.alarm import AlarmBell, Escalated, escalated
from tui.desk import Desk
from tui.keys import bind
from tui.screens.key_bars import BARS
from tui.screens.verbs import Verbs
from tui.text.order import Bidi, bidi
from tui.tour import Tour
from tui.widgets.alarm_line import hold_top_row
from tui.widgets.bar import Bar, KeyLine
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.draft_line import DraftLine
from tui.widgets.link_line import (
    REAL,
    LinkLine,
    Pressing,
    alarm_parts,
    pressing,
)
from tui.widgets.reader import Reader, Ready
from tui.widgets.text_editor import Edit
from tui.widgets.tour_line import TourLine
from tui.words import lang
from tui.workers import ask_desk, notify_error

WIDE = 100  # columns with room for list and reader side by side
BROAD = 160  # columns from which each gets half
REST = 0.2  # s from a move of the cursor until the reader follows
LOOK_AFTER = 5  # s at least between two looks for due actions, after a change
LOOK_AGAIN = 30  # s between two looks without a change: deadlines pass


class Bulletins(Verbs):
    """List and reader. Under 100 columns the reader covers the list."""

    AUTO_FOCUS = "#list"
    DEFAULT_CSS = """
    Bulletins #left { width: 3fr; }
    Bulletins #reader { width: 2fr; border-left: vkey $primary; }
    Bulletins.broad #left, Bulletins.broad #reader { width: 1fr; }
    Bulletins.narrow #reader { display: none; border-left: none; width: 1fr; }
    Bulletins.narrow.reading #left { display: none; }
    Bulletins.narrow.reading #reader { display: block; }
    Bulletins.han Toast { max-width: 36%; }
    Bulletins.narrow.reading #drafts { display: none; }
    Bulletins #find { display: none; }
    Bulletins.finding #find { display: block; }
    Bulletins > KeyLine { display: none; }
    Bulletins #wide-keys, Bulletins.narrow #list-keys { display: block; }
    Bulletins.narrow #wide-keys, Bulletins.finding #wide-keys { display: none; }
    Bulletins.finding #list-keys { display: none; }
    Bulletins.finding #finding-keys { display: block; }
    Bulletins.seeking #finding-keys { display: none; }
    Bulletins.seeking #seeking-keys { display: block; }
    Bulletins.narrow.reading #list-keys { display: none; }
    Bulletins.narrow.reading #finding-keys { display: none; }
    Bulletins.narrow.reading #reading-keys { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Back to the list; end the search"),
        bind("a,f6", "acknowledge", "Acknowledge the bulletin", "a"),
        bind("i", "note", "Note that a desk cannot comply with this one"),
        bind("v,f5", "verify", "Verify the bulletin in full", "v"),
        bind("]", "language(1)", "Next language of the bulletin", "[ ]"),
        bind("[", "language(-1)", "Previous language of the bulletin"),
        bind("t,f4", "translate", "Translate, or translate back", "t"),
        bind("y", "copy", "Copy the text"),
        bind("u", "raw", "Signed bytes and invisible characters"),
        bind("c,f3", "compose", "Compose a new bulletin", "c"),
        bind(
            "w,f8", "drafts", "Drafts: continue one, discard one, bring one back", "w"
        ),
        bind("r", "answer", "Answer, update, correct, confirm or dispute it", "r"),
        bind("x", "thread", "Related bulletins", "x"),
        bind("R", "recall", "Recall the bulletin, which this desk wrote"),
        bind("e", "reveal", "Reveal the route that was drawn for a movement"),
        bind(
            "S",
            "again",
            ("Sign again messages that your node refused for their time or key"),
        ),
        bind(".", "repeat", "The last verb again, on the bulletin under the cursor"),
        bind("M", "keep_letter", "Keep the bulletin under a letter"),
        bind("'", "letter", "Back to the bulletin that is kept under a letter"),
        bind("T", "translations", "Translations, by step", "T"),
        bind("B", "board", "Board of the corridor"),
        bind("m", "sent", "Sent: opened, done or late, by desk", "m"),
        bind("d,f7", "duty", "Hand-over: open actions", "d"),
        bind("comma,،,，", "settings", "Settings: language, colours, lock", ","),
        bind("L", "link", "Link: nodes, clocks, waiting messages", "L"),
        bind("P", "pair", "Pairing: bundles and the safety number", "P"),
        bind("Y", "keys", "Keys: ages, ends, renewal, safety number", "Y"),
        bind("D", "directory", "Directory: desks, duty roles, address groups", "D"),
        bind("A", "audit", "Audit: logs, heads, entries; fsck and export", "A"),
        bind("p,f9", "release", "Release by two: drafts to sign", "p"),
    ]

    def __init__(
        self,
        desk: Desk,
        now: Callable[[], int],
        setting: Callable[[str], str],
        tour: Tour | None = None,
    ) -> None:
        super().__init__(desk, now, setting)
        self._tour = tour
        self._alarm, self._escalated = AlarmBell(), Escalated()
        self._when = desk.setting(alarm.SETTING)
        self._hook: LedgerAlarm | None = None
        self._pressing: Mapping[str, Pressing] = {}
        self._looked = LOOK_AGAIN - 2  # ticks ago; the first look waits for the list
        self._looking = self._changed = False
        self._at_link = self._link_again = False
        self._rest: Timer | None = None
        self._opening = 0  # the bulletin to open once it is loaded; 0: none
        self._unreadable = 0  # the one under the cursor, if the desk refused to read it
        self._discarded: list[SavedDraft] = []

    def compose(self) -> ComposeResult:
        yield LinkLine(id="link")
        yield DraftLine(self.desk, id="drafts")
        with Horizontal():
            with Vertical(id="left"):
                yield Bar(id="title")
                yield Edit(longest=400, id="find")
                yield BulletinList(self.desk, self.now, id="list")
            yield Reader(self.desk.doubts, id="reader")
        if self._tour is not None and not self._tour.over:
            yield TourLine(self._tour)
        for bar in BARS:
            yield KeyLine(id=bar)

    def on_mount(self) -> None:
        self.take_settings()
        self.set_interval(1.0, self._each_second)
        self.relabel()
        self._tick()

    @property
    def in_reader(self) -> bool:
        """Whether the reader has the focus: its bulletin then counts as opened."""
        return self.focused is self.reader.text

    @property
    def discarded(self) -> list[SavedDraft]:
        """The drafts discarded in this session, latest last."""
        return self._discarded

    @property
    def number(self) -> int:
        """The bulletin for a verb: the open one, else the row's; 0: none."""
        if self.in_reader and self.reader.opened is not None:
            return self.reader.opened.row.number
        return self.rows.number

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)
        self._preview()

    def _arrange(self, width: int) -> None:
        """Show two panes if there are WIDE columns and the app orders bidi text."""
        self.set_class(width < WIDE or bidi() is not Bidi.APP, "narrow")
        self.set_class(width >= BROAD, "broad")
        # Textual cuts a notice at the edge of the reader below it, and a character of
        # two cells on that cut is lost: keep the notice within the reader.
        self.set_class(width >= WIDE and lang() == "zh-Hans", "han")

    # Updates from the desk.

    def renew(self) -> None:
        if self.which != "ALL" or self.sought:
            self.pick()
        elif self.by_urgency:
            self.renew_order()
        else:
            self.rows.renew(self.show_title)
        self._changed = True
        self._look_at_link()
        if self.reader.opened is not None:
            self._load(self._opening or self.reader.opened.row.number)
        else:
            self._preview()

    def relabel(self) -> None:
        self._arrange(self.size.width)
        for bar, (keys, more) in BARS.items():
            self.query_one(f"#{bar}", KeyLine).keys(keys, more)
        for line in self.query(DraftLine):  # gone while the screen is taken down
            line.look()
        self.show_title()
        self.rows.relabel()
        self._show_tour()
        if self.reader.opened is not None:
            self._load(self.reader.opened.row.number)

    def _each_second(self) -> None:
        """Update the clocks; if the reader is empty, preview the row under the cursor.

        A preview requested while the screen mounted may have come too early.
        """
        self._tick()
        reading = any(w.group == "read" and not w.is_finished for w in self.workers)
        missing = self.reader.opened is None and self.rows.number != self._unreadable
        if missing and not reading:
            self._preview()

    def _tick(self) -> None:
        self._show_link()
        self.rows.tick()
        self._looked += 1
        within = LOOK_AFTER if self._changed else LOOK_AGAIN
        if self._looked >= within and not self._looking:
            self._looked, self._looking, self._changed = 0, True, False
            self._look()

    def _look_at_link(self) -> None:
        if self._at_link:
            self._link_again = True
            return
        self._at_link, self._link_again = True, False
        ask_desk(self, self.desk.look, self._link_told, lambda _: self._link_told())

    def _link_told(self, _: DeskStatus | None = None) -> None:
        self._at_link = False
        if self._link_again:
            self._look_at_link()
        if self.query(LinkLine):  # not while the screen is taken down
            self._show_link()

    def rings(self) -> bool:
        """Return whether to ring the bell now; records that it rang."""
        link = self.desk.link()
        return self._alarm.rings(link, self._escalated, self._when, elapsed_ms())

    def _show_link(self) -> None:
        link = self.desk.link()
        self.rows.late = link.late
        if self._hook is not None:
            link = replace(link, alarms=(self._hook, *link.alarms))
        if self.rings():
            self.app.bell()
        self.query_one("#link", LinkLine).update(link, self._pressing, self.now())
        held = alarm_parts(link, self._pressing.get(REAL, Pressing()))
        stack = self.app.screen_stack
        if self in stack:  # else the terminal is about to end
            hold_top_row(stack[stack.index(self) + 1 :], held)

    def _look(self) -> None:
        ask_desk(
            self,
            self._due_now,
            self._looked_at,
            lambda _: self._looked_at(None),  # its own screen says why
        )

    def _due_now(self) -> tuple[Sequence[DutySection], str, LedgerAlarm | None]:
        desk = self.desk
        return desk.handover(), desk.setting(alarm.SETTING), desk.hook_alarm()

    def _looked_at(
        self, found: tuple[Sequence[DutySection], str, LedgerAlarm | None] | None
    ) -> None:
        self._looking = False
        if found is not None:
            sections, self._when, self._hook = found
            self._pressing = pressing(sections)
            self._escalated = escalated(sections)
        if self.query(LinkLine):  # not while the screen is taken down
            self._show_link()

    def on_screen_resume(self) -> None:
        for line in self.query(DraftLine):  # gone while the screen is taken down
            line.look()
        if self._tour is not None:
            self._tour.back_in_list()
            self._show_tour()

    def _show_tour(self) -> None:
        for line in self.query(TourLine):
            line.look()

    # The reader previews the row under the cursor. The officer opens it by Enter, two
    # clicks, or by going into the reader; only that is reported to its author.

    @on(BulletinList.Moved)
    def _follow(self, event: BulletinList.Moved) -> None:
        if self.sought:
            self.show_title()
        self._opening = self._unreadable = 0
        self._stop_resting()
        if event.number:
            self._rest = self.set_timer(REST, self._preview)

    def _stop_resting(self) -> None:
        if self._rest is not None:
            self._rest.stop()

    def _preview(self) -> None:
        number = self.rows.number
        if number and not self._opening and not self.has_class("narrow"):
            self._want(self.rows.answer)
            self._load(number)

    @on(BulletinList.OpenRequested)
    def _enter(self, event: BulletinList.OpenRequested) -> None:
        answer = event.answer
        if answer is not None and answer.is_receipt:
            self.show_receipt(event.number, answer.name)
        else:
            self._want(answer)
            self.way_back = event.back
            self._open(event.number)

    def _want(self, answer: FoldedAnswer | None) -> None:
        self.reader.want(answer.name if answer and answer.is_translation else b"")

    def _open(self, number: int) -> None:
        self._stop_resting()
        self._opening = number
        self.add_class("reading")
        self._load(number)

    def _load(self, number: int) -> None:
        def read() -> tuple[OpenedBulletin, Ready]:
            opened = self.desk.read(number)
            return opened, self.reader.prepare(opened)

        refused = partial(self._refused, number)
        ask_desk(self, read, self._loaded, refused, newest_of="read")

    def _refused(self, number: int, error: FusionError) -> None:
        if number == self._opening or number != self._unreadable:
            notify_error(self, error)
        self._unreadable = number

    def _loaded(self, found: tuple[OpenedBulletin, Ready]) -> None:
        if not self.query("#verdict"):  # while the screen is taken down
            return
        opened, ready = found
        number, shown = opened.row.number, self.reader.opened
        if number != self._opening:
            other = shown is not None and shown.row.number != number
            if not (self.in_reader and other):  # keep the open bulletin
                self.reader.show(opened, ready)
            return
        self._opening = 0
        self.reader.show(opened, ready)
        self.reader.text.focus()
        self._seen(number)

    def on_descendant_focus(self) -> None:
        """Show the search row's keys; mark the bulletin of a focused reader as read."""
        self.set_class(self.focused is self.query_one("#find"), "seeking")
        if self.in_reader and self.reader.opened is not None:
            self._seen(self.reader.opened.row.number)

    def _seen(self, number: int) -> None:
        ask_desk(self, lambda: self.desk.mark_read(number), lambda _: None)

    def action_back(self) -> None:
        """Leave the reader, the search, the filter, the marks, or the tour, in turn."""
        self._opening = 0
        way_back, self.way_back = self.way_back, None
        was_reading = self.has_class("reading") or self.in_reader
        if was_reading:
            self.remove_class("reading")
        elif self.sought or self.has_class("finding"):
            self.end_search()
        elif self.which != "ALL":
            self.choose("ALL")
        elif self._tour is None or self.rows.marked:
            self.put_marks(set())
        else:
            self._tour.leave()
            self._show_tour()
        self.set_focus(self.rows)
        self._preview()
        if was_reading and way_back is not None:
            way_back()

    def open(self, number: int | None, back: Callable[[], None] | None = None) -> None:
        """Open a bulletin, also one outside the current list; 0: none.

        It opens even if the list does not have it yet and the cursor cannot go there.
        """
        if not number:
            return
        self.show_number(number)
        self.rows.post_message(BulletinList.OpenRequested(number, None, back))
