"""Keys that were typed before what they are for was open: kept, then pressed in order.

A key may open a box, a screen or a field, at once or once the desk has answered. Until
that stands, with the focus where it belongs, what is typed next waits here, so that it
reaches what its typist meant; one key is pressed after the other.

Never what signs: a key that was typed before a screen of `SeenFirst` was painted is
dropped there, whenever it comes. The officer reads of every key that is not taken.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

from textual.app import App
from textual.events import Event, Idle, Key, Paste
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
    """A screen on which only keys count that were typed once it was painted.

    Mixed into a screen of Textual.
    """

    call_after_refresh: Callable[..., bool]
    set_timer: Callable[..., Timer]
    painted = False
    """Whether all of it was, since it came to the front."""
    _shown: float | None = None
    """When it was shown last before all was painted, by the clock of events."""

    def on_screen_suspend(self) -> None:
        """Have it painted again before a key counts: something came over it."""
        self.painted, self._shown = False, None

    def note_shown(self) -> None:
        """Note that it has just been shown, whole or in part."""
        if not self.painted:
            self._shown = Idle().time
            self.call_after_refresh(self._settle, self._shown)

    def _settle(self, shown: float) -> None:
        """Call it painted if nothing was shown since, and nothing is on its way."""
        if shown != self._shown or not isinstance(self, Screen):
            return
        if any(one.message_queue_size for one in (self, *self.walk_children())):
            self.set_timer(LOOK, partial(self._settle, shown))
        else:
            self.painted = True

    def heeds(self, event: Event) -> bool:
        """Whether something was typed when this could be seen."""
        return self._shown is not None and event.time > self._shown


class Hold(NamedTuple):
    """A reason to wait: a box is to open, or an open screen has no content yet."""

    opens: bool
    over: Callable[[], bool]


class TypedKeys:
    """The keys of an application, which presses those that `let` passes."""

    def __init__(self, app: App[Any], lost: Callable[[], object]) -> None:
        """Press the keys of `app`; `lost` is called once some were not taken."""
        self._app, self.lost = app, lost
        self._waiting: deque[Event] = deque()
        self._holds: list[Hold] = []
        self._next: Event | None = None
        """The one whose turn has come, until it is pressed."""
        self._pressing: asyncio.Task[None] | None = None
        self._pressed_on: Screen[Any] | None = None
        self._open: list[Screen[Any]] = []
        """The screens that were open when the last key was pressed."""

    @property
    def at_work(self) -> bool:
        """Whether what a key began is not over yet, or another waits for it."""
        return self._pressing is not None

    def opening(self, node: Widget | App[Any]) -> bool:
        """Whether it is a screen that a key is bringing to the front just now."""
        brought = isinstance(node, Screen) and node is not self._pressed_on
        return self.at_work and brought

    def hold(self, over: Callable[[], bool], *, opens: bool) -> None:
        """Let keys wait for an answer until it is `over`.

        `opens`: a box or a screen will open; else it only fills one that is open.
        """
        self._holds.append(Hold(opens, over))

    def refused(self) -> None:
        """Drop what waits for something that will not open now.

        Unless a box opened already that had only waited for it.
        """
        if next(reversed(self._app.screen_stack), None) in self._open:
            self._drop()

    def _drop(self) -> None:
        """Forget the keys that wait: where they went they would mean another thing."""
        if self._waiting:
            self._waiting.clear()
            self.lost()

    def let(self, event: Event) -> bool:
        """Whether a key or a paste is to be pressed now; else it waits, or is dropped.

        Whoever is let presses it, and then calls `pressed`.
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
        """Have what is typed next wait until all that follows from a key stands."""
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
        """Wait for what the last key began; False where the application ended.

        Looks are counted, not time: on a slow machine each takes longer. After too many
        keys are pressed all the same, or, where nothing has opened, dropped; but none
        before the application has taken the last, which else would come after it.
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
        """Wait no longer; keys for what has not opened are dropped."""
        self._holds.clear()
        if opens:
            self._drop()

    def _stands(self) -> bool:
        """Whether nothing is on its way any more, and the screen in front is open."""
        stack = self._app.screen_stack
        if self._held() or self._next is not None or not self._painted():
            return False
        if not (stack and stack[-1].is_mounted):
            return False
        return not any(one.message_queue_size for one in self._pumps())

    def _held(self) -> list[Hold]:
        """Return the reasons to wait that are not over."""
        self._holds = [one for one in self._holds if not one.over()]
        return self._holds

    def _painted(self) -> bool:
        """Whether the screen in front was, if a key may sign there."""
        front = next(reversed(self._app.screen_stack), None)
        return not isinstance(front, SeenFirst) or front.painted

    def _pumps(self) -> Iterator[MessagePump]:
        yield self._app
        yield from self._app.screen_stack
        yield from self._app.screen_stack[-1].walk_children()


def refuse(node: Widget | App[Any]) -> None:
    """Drop what waits for something that `node` asked for: it will not open now."""
    if app := _keeper(node):
        app.typed.refused()


def lose(node: Widget | App[Any]) -> None:
    """Say of a key that it was not taken: what it is for was not seen under it."""
    if app := _keeper(node):
        app.typed.lost()


@runtime_checkable
class KeyKeeper(Protocol):
    """An application that keeps what is typed."""

    typed: TypedKeys


def _keeper(node: Widget | App[Any]) -> KeyKeeper | None:
    app: object = node if isinstance(node, App) else node.app
    return app if isinstance(app, KeyKeeper) else None


def hold(node: Widget | App[Any], asks: Worker[Any], *, opens: bool) -> None:
    """Let keys wait while `asks` works for `node`, as `TypedKeys.hold` does.

    Also where it is cancelled before it begins. Without `opens` only where `node` is a
    screen that a key is just opening.
    """
    app = _keeper(node)
    if app and (opens or app.typed.opening(node)):
        app.typed.hold(lambda: asks.is_finished, opens=opens)
