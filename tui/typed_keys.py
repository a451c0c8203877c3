"""Type-ahead: keys wait until their target is open, then are pressed in order.

Keys typed before a box, screen or field is open and has the focus wait here, so that
they reach it.

No key signs unseen: one typed before a `SeenFirst` screen was painted is dropped there,
even if it comes later. The officer gets a notice of dropped keys
(docs/decisions/typed_keys.md).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.app import App
from textual.driver import Driver
from textual.events import AppBlur, AppFocus, Event, Idle, Key, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from exchange.words import word

TYPED_MAX = 4096  # keys and pastes that wait; later ones are dropped
SOON = 64  # immediate looks whether all is painted
LOOK = 0.005  # s between later ones
OPENS_MOST = 1000  # later looks that keys wait for something that is to open
LOADS_MOST = 200  # the same for the first content of a screen that is open
LOST = word("Not taken: typed before this was shown. Look, then press again.")


class SeenFirst:
    """A screen that heeds only keys typed after it was painted.

    Mixed into a screen of Textual.
    """

    call_after_refresh: Callable[..., bool]
    set_timer: Callable[..., Timer]
    painted = False
    """Whether all of it was painted since it came to the front."""
    _shown: float | None = None
    """The time it was last shown before all was painted, by the clock of events."""

    def on_screen_suspend(self) -> None:
        """Require a new painting: another screen covered it."""
        self.painted, self._shown = False, None

    def note_shown(self) -> None:
        if not self.painted:
            self._shown = Idle().time
            self.call_after_refresh(self._settle, self._shown)

    def _settle(self, shown: float) -> None:
        """Mark it painted if it was not shown again and no message is queued."""
        if shown != self._shown or not isinstance(self, Screen):
            return
        if any(one.message_queue_size for one in (self, *self.walk_children())):
            self.set_timer(LOOK, partial(self._settle, shown))
        else:
            self.painted = True

    def heeds(self, event: Event) -> bool:
        return self._shown is not None and event.time > self._shown


class Hold(NamedTuple):
    """A reason to wait: a box is to open, or an open screen has no content yet."""

    opens: bool
    over: Callable[[], bool]


class TypedKeys:
    """The keys of an application, which presses those that `let` passes."""

    def __init__(self, app: App[Any], lost: Callable[[], object]) -> None:
        """`lost` is called after keys are dropped."""
        self._app, self.lost = app, lost
        self._waiting: deque[Event] = deque()
        self._holds: list[Hold] = []
        self._next: Event | None = None
        """The next key to press, until it is pressed."""
        self._pressing: asyncio.Task[None] | None = None
        self._pressed_on: Screen[Any] | None = None
        self._open: list[Screen[Any]] = []
        """The open screens when the last key was pressed."""

    @property
    def at_work(self) -> bool:
        return self._pressing is not None

    def opening(self, node: Widget | App[Any]) -> bool:
        brought = isinstance(node, Screen) and node is not self._pressed_on
        return self.at_work and brought

    def hold(self, over: Callable[[], bool], *, opens: bool) -> None:
        """Make keys wait until `over`.

        `opens`: a box or a screen will open; else an open one gets its content.
        """
        self._holds.append(Hold(opens, over))

    def refused(self) -> None:
        """Drop the waiting keys: their target will not open.

        Keeps them if a new box is in front already.
        """
        if next(reversed(self._app.screen_stack), None) in self._open:
            self._drop()

    def _drop(self) -> None:
        """Drop them: elsewhere they would have another meaning."""
        if self._waiting:
            self._waiting.clear()
            self.lost()

    def let(self, event: Event) -> bool:
        """Return whether to press a key or a paste now; else it waits, or is dropped.

        The caller presses it, and then calls `pressed`.
        """
        if event is self._next:
            self._next = None
        elif self.at_work or self._held() or not self._painted():
            self.pressed()  # to press it later
            if len(self._waiting) < TYPED_MAX:
                self._waiting.append(event)
            else:
                self.lost()
            return False
        return self._heeded(event)

    def pressed(self) -> None:
        """Make later keys wait until the effects of this one are complete."""
        if self._pressing is None:
            self._pressing = asyncio.create_task(self._press_waiting())

    def _heeded(self, event: Event) -> bool:
        self._open = list(self._app.screen_stack)
        front = next(reversed(self._open), None)
        self._pressed_on = front
        if front is None:  # the application ends
            return False
        seen_first = isinstance(front, SeenFirst) and isinstance(event, Key | Paste)
        return not seen_first or front.heeds(event)

    async def _press_waiting(self) -> None:
        try:
            while await self._until_it_stands():
                before = len(self._waiting)
                while self._waiting and not self._heeded(self._waiting[0]):
                    self._waiting.popleft()
                if len(self._waiting) < before:
                    self.lost()
                if not self._waiting:
                    return
                self._next = self._waiting.popleft()
                self._app.post_message(self._next)
        finally:
            self._pressing = None

    async def _until_it_stands(self) -> bool:
        """Wait for the effects of the last key; False if the application ended.

        Looks are counted, not time: on a slow machine each takes longer. After too many
        looks, keys are pressed anyway, or dropped if their target has not opened; but
        never before the application has taken the last key, which else would come after
        them.
        """
        looks = 0
        await asyncio.sleep(0)
        while self._app.is_running and not self._stands():
            looks += 1
            await asyncio.sleep(0 if looks < SOON else LOOK)
            opens = any(one.opens for one in self._held())
            most = OPENS_MOST if opens else LOADS_MOST
            if looks - SOON > most and self._next is None:
                self._give_up(opens=opens)
                break
        return self._app.is_running

    def _give_up(self, *, opens: bool) -> None:
        """Stop waiting; drop the keys for a target that has not opened."""
        self._holds.clear()
        if opens:
            self._drop()

    def _stands(self) -> bool:
        """Whether no effect is pending, and the screen in front is mounted."""
        stack = self._app.screen_stack
        if self._held() or self._next is not None or not self._painted():
            return False
        if not (stack and stack[-1].is_mounted):
            return False
        return not any(one.message_queue_size for one in self._pumps())

    def _held(self) -> list[Hold]:
        self._holds = [one for one in self._holds if not one.over()]
        return self._holds

    def _painted(self) -> bool:
        """Whether the screen in front is painted; only `SeenFirst` can answer no."""
        front = next(reversed(self._app.screen_stack), None)
        return not isinstance(front, SeenFirst) or front.painted

    def _pumps(self) -> Iterator[MessagePump]:
        yield self._app
        yield from self._app.screen_stack
        yield from self._app.screen_stack[-1].walk_children()


def refuse(node: Widget | App[Any]) -> None:
    """Drop the keys that wait for something `node` asked for: it will not open."""
    if app := _keeper(node):
        app.typed.refused()


def lose(node: Widget | App[Any]) -> None:
    """Report a key as dropped: its target was not visible."""
    if app := _keeper(node):
        app.typed.lost()


class TypedApp(App[None]):
    """An application whose keys wait for their target."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.typed = TypedKeys(self, self.tell_lost)
        """The queue of typed keys."""

    def tell_lost(self) -> None:
        """Tell the officer that keys were dropped."""
        self.bell()

    async def on_event(self, event: Event) -> None:
        """Press keys one by one, each after the effect of the last is complete.

        Focus of the terminal's window is handled in the same order: without it, no key
        finds its widget.
        """
        in_order = isinstance(event, Key | Paste | AppBlur | AppFocus)
        typed = in_order and not event.is_forwarded
        if typed and not self.typed.let(event):
            return
        await super().on_event(event)
        if typed:
            self.typed.pressed()

    def post_display_hook(self) -> None:
        front = next(reversed(self.screen_stack), None)
        if isinstance(front, SeenFirst) and not self._batch_count:
            front.note_shown()


def _keeper(node: Widget | App[Any]) -> TypedApp | None:
    app: object = node if isinstance(node, App) else node.app
    return app if isinstance(app, TypedApp) else None


def hold(node: Widget | App[Any], asks: Worker[Any], *, opens: bool) -> None:
    """Make keys wait while `asks` works for `node`, as `TypedKeys.hold` does.

    Also if it is cancelled before it begins. Without `opens`, only if `node` is a
    screen that a key is just opening.
    """
    app = _keeper(node)
    if app and (opens or app.typed.opening(node)):
        app.typed.hold(lambda: asks.is_finished, opens=opens)
