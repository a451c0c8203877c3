"""The application: one desk, its screens, the two doors for foreign text."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.events import Event, InputEvent, Key, Paste
from textual.message import Message

from exchange.clock import elapsed_ms
from exchange.desk.records import NONE, SavedDraft
from exchange.errors import FusionError
from exchange.words import word
from tui import settings, times, words
from tui.desk import Desk
from tui.drafts import keep_discarded
from tui.guarded_app import GuardedApp
from tui.keys import bind
from tui.outside_editor import Lend, is_allowed, room, sweep
from tui.screen_loop import run_in_turns
from tui.screens.base import LiveScreen
from tui.screens.bulletins import Bulletins
from tui.screens.editor import Editor
from tui.terminal_driver import KeyParser
from tui.text.order import Bidi, use_bidi
from tui.text.terminal import BidiOrder, Switch, as_in_a_shell, own_order
from tui.themes import theme_name, themes
from tui.tour import Tour
from tui.widgets.tour_line import TourLine
from tui.words import say
from tui.workers import ask_and_wait, ask_desk, notify_error

STDIN = 0
BELL = "\a"
WIPE = "wipe"  # typed in every language
SETTLE = 0.2  # s from a change to its repaint, together with later changes
AGAIN = 500  # ms from one such repaint to the next, however much arrives
LOOK_IDLE = 1.0  # s between checks for activity


class End(Enum):
    LEFT = "left"
    ERASE = "erase"
    """The officer asked to erase this home: the caller does it at once."""
    LOCKED = "locked"
    """No key was pressed for long: the caller releases all keys and texts."""


class DeskChanged(Message):
    """Rows or link of the desk changed."""


class Terminal(GuardedApp):
    """The officer's terminal over a desk.

    `now` gives the time in ms UTC; `lock_after` is in ms without a key, 0 for never.
    Everything slower than a page of the list runs in a worker thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+q", "leave", "Leave", "^Q", over_boxes=True),
        bind("f12", "wipe", "Erase this home, keys first", over_boxes=True),
    ]

    def __init__(
        self,
        desk: Desk,
        now: Callable[[], int] = times.now,
        lock_after: int = 0,
        switch: Switch | None = None,
        once: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.desk, self.now = desk, now
        self.tour: Tour | None = None
        """That of the demo; set before it runs."""
        self._switch = switch or Switch(None, BidiOrder.SILENT)
        self._configured_lock = self._lock_after = lock_after
        self._touched = elapsed_ms()
        self._pending, self._told_at = False, -AGAIN
        self._ends: list[Callable[[], None]] = []
        self._early: list[Event] | None = []
        """Keys that wait for the first screen; None once that is up."""
        self._editors: list[Editor] = []
        self._running_in: asyncio.AbstractEventLoop | None = None
        self.how = End.LEFT
        """How it ended, unless a signal or a fault ended it."""
        for theme in themes():
            self.register_theme(theme)
        self._once = once or {}
        self._held = self._read_settings()
        words.use(self._held.of[settings.LANGUAGE])
        # Changed once the screen is up, a theme costs a check of every style.
        self._use(settings.THEME, self._held.of[settings.THEME])

    async def on_mount(self) -> None:
        self.animation_level = "none"
        self._running_in = asyncio.get_running_loop()
        for key, value in self._held.of.items():
            self._use(key, value)
        # While an application mounts, Textual paints without showing it. The first
        # painting of this screen is complete: it is shown at once.
        self._end_batch()
        try:
            await self.push_screen(
                Bulletins(self.desk, self.now, self.setting, self.tour)
            )
        finally:
            self._begin_batch()
        self.call_after_refresh(self._take_early)
        self._ends.append(self.desk.on_change(self._told))
        self.set_interval(LOOK_IDLE, self._look_idle)
        for key in self._held.unreadable:
            told = say("The setting {name} cannot be read; its default holds.")
            self.notify(told.format(name=key), severity="warning", markup=False)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, InputEvent | Paste):
            self._touched = elapsed_ms()
        if self._early is not None and isinstance(event, Key | Paste):
            self._early.append(event)
            return
        await super().on_event(event)

    async def run_action(  # type: ignore[override]  # parsed ones are not ours
        self,
        action: str,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        if isinstance(default_namespace, Bulletins):
            default_namespace.keep_verb(action)
        if self.tour is not None and self.tour.ran(action):
            for line in self.screen.query(TourLine):
                line.look()
        return await super().run_action(action, default_namespace, namespaces)

    def _take_early(self) -> None:
        typed = self._switch.typed.decode(errors="ignore")
        events = [*KeyParser().feed(typed), *(self._early or ())]
        self._early = None
        for event in events:
            self.post_message(event)

    def _look_idle(self) -> None:
        """End after too long without activity, time asleep included.

        The drafts are saved by `save_rest`.
        """
        idle = elapsed_ms() - self._touched
        if self._lock_after and idle >= self._lock_after:
            self.how = End.LOCKED
            self.exit()

    def _told(self) -> None:
        """Handle a change of the desk, in any thread."""
        self.post_message(DeskChanged())

    def on_unmount(self) -> None:
        for end in self._ends:
            end()
        self._ends.clear()

    @on(DeskChanged)
    def _changed(self) -> None:
        if not self._pending:
            self._pending = True
            since = elapsed_ms() - self._told_at
            self.set_timer(max(SETTLE, (AGAIN - since) / 1_000), self._tell)

    def _tell(self) -> None:
        self._pending, self._told_at = False, elapsed_ms()
        for screen in self.screen_stack:
            if isinstance(screen, LiveScreen):
                screen.renew()

    # Leaving.

    @on(Editor.Opened)
    def _opened(self, event: Editor.Opened) -> None:
        open_ = [one for one in self._editors if not one.slot.over]
        self._editors = [*open_, event.editor]

    @on(Editor.Discarded)
    def _discarded(self, event: Editor.Discarded) -> None:
        stored = SavedDraft(NONE, self.now(), event.text.encode())
        for screen in self.screen_stack:
            if isinstance(screen, Bulletins):
                keep_discarded(screen.discarded, stored)

    @on(Editor.Covered)
    def _covered(self, event: Editor.Covered) -> None:
        self.take_away(event.notice)

    def unfinished_editors(self) -> list[Editor]:
        return [
            screen
            for screen in self.screen_stack
            if isinstance(screen, Editor) and screen.unfinished
        ]

    def action_leave(self) -> None:
        from tui.screens.exit_box import Leaving, ask, has_remark  # noqa: PLC0415 - start-up

        if isinstance(self.screen, Leaving):
            return
        open_, lose = self.unfinished_editors(), any(map(has_remark, self.screen_stack))
        if open_ or lose:
            ask(self, open_, lose=lose)
        else:
            self.exit()

    def action_wipe(self) -> None:
        """Have `wipe` typed, then end, so that this home can be erased at once."""
        from tui.screens.dialogs import Ask  # noqa: PLC0415 - start-up counts

        def typed(text: str | None) -> None:
            if (text or "").strip() == WIPE:
                self.how = End.ERASE
                self.exit()
            elif text is not None:
                self.notify(say("Not erased."), markup=False)

        hint = word("Type wipe, then ↵: all keys and bulletins here go for ever.")
        self.push_screen(Ask(word("Erase this home"), "", hint), typed)

    def end_by(self, number: int) -> None:
        """End for a signal, from its handler: the drafts are saved by `save_rest`."""
        self.ended_by = number
        if self._running_in is None:  # no draft can exist yet
            raise SystemExit(128 + number)
        self._running_in.call_soon_threadsafe(self.exit)

    def save_rest(self) -> None:
        """Save the unfinished texts of all editors, however the application ended.

        Raises the desk's errors.
        """
        refused: FusionError | None = None
        for editor in self._editors:
            editor.slot.put(editor.snapshot())
            try:
                editor.slot.save()
            except FusionError as error:
                refused = error
        if refused is not None:
            raise refused

    # Settings.

    def _read_settings(self) -> settings.Values:
        def kept(key: str) -> str:
            return self._once.get(key) or self.desk.setting(key)

        return settings.read(kept)

    def setting(self, key: str) -> str:
        """`key` is one of `tui.settings.SETTINGS`."""
        return self._held.of[key]

    @on(settings.ChangeSetting)
    def _change_setting(self, event: settings.ChangeSetting) -> None:
        key, value = event.key, event.value
        ask_desk(
            self,
            lambda: self.desk.set_setting(key, value),
            lambda _: self._changed_setting(key, value),
        )

    def _changed_setting(self, key: str, value: str) -> None:
        self._once = {one: v for one, v in self._once.items() if one != key}
        self._held = self._read_settings()
        self._use(key, value)
        for screen in self.screen_stack:
            if isinstance(screen, LiveScreen):
                screen.relabel()

    def _use(self, key: str, value: str) -> None:
        if key == settings.LANGUAGE:
            words.use(value)
        elif key == settings.THEME:
            few = self.console.color_system == "standard" and not self.is_headless
            self.theme = theme_name(value, sixteen=few)
        elif key == settings.BIDI:
            use_bidi(Bidi(value))
            self._order(self._switch.follow(Bidi(value)))
        elif key == settings.LOCK_AFTER:
            self._lock_after = settings.lock_ms(self._configured_lock, value)
        elif key == settings.TIME_ZONE:
            times.use_zone(settings.zone(value))

    def _order(self, sequence: str) -> None:
        """Send the terminal the order of text, between two paintings."""
        if self._driver is not None and sequence:
            self._driver.write(sequence)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Lend the terminal, with its original order of text."""
        with super().suspend():
            self._switch.write(self._switch.give_back())
            try:
                yield
            finally:
                bidi = Bidi(self._held.of[settings.BIDI])
                self._switch.write(self._switch.follow(bidi))

    def _meanwhile(self) -> bool:
        """Ring for a FLASH while another program runs; say if that must end."""
        with suppress(FusionError):  # the next screen shows it
            ask_and_wait(self.desk.look)
            lists = (one for one in self.screen_stack if isinstance(one, Bulletins))
            if any(one.rings() for one in lists):
                self._switch.write(BELL)
        return bool(self.ended_by)

    @on(Lend)
    def _lend(self, event: Lend) -> None:
        self.desk.turns.leave()
        try:
            with self.suspend(), as_in_a_shell(STDIN):
                made = event.use(self._lock_after, self._meanwhile)
        except FusionError as error:
            notify_error(self, error)
            return
        if not made.idle:
            self._touched = elapsed_ms()
        event.then(made)


def run(
    desk: Desk,
    now: Callable[[], int] = times.now,
    lock_after: int = 0,
    tour: Tour | None = None,
) -> End:
    """Run until the officer leaves; the terminal's own order is off.

    It also ends after `lock_after` ms without a key, unless that is 0. Raises
    FusionError(INTERNAL), naming a line of the program, after a fault, and
    SystemExit(128 + its number) after SIGTERM or SIGHUP. A closed terminal counts as
    SIGHUP, even if it does not control the process.
    """
    bidi = Bidi(settings.read(desk.setting).of[settings.BIDI])
    with own_order(bidi) as switch:
        app = Terminal(desk, now, lock_after, switch)
        app.tour = tour
        if is_allowed(desk):
            sweep(room())
        with _ended_by_signals(app):
            try:
                run_in_turns(app, desk.turns)
            finally:
                if app.how is not End.ERASE:
                    app.save_rest()
    app.raise_end()
    return app.how


@contextmanager
def _ended_by_signals(app: Terminal) -> Iterator[None]:
    def end(number: int, _: object) -> None:
        app.end_by(number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    heard = [n for n in numbers if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
