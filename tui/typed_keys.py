"""Keys that were typed before what they are for was open: kept, then pressed in order.

A key may open a box, a screen or a field, at once or once the desk has answered. Until
that stands, with the focus where it belongs, what is typed next waits here, so that it
reaches what its typist meant; one key is pressed after the other.

Never what signs: a key that was typed before a screen of `SeenFirst` was painted is
dropped there, whenever it comes.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.events import Event, Idle
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

TYPED_MAX = 4096  # keys and pastes that wait; what is typed beyond is not taken
SOON = 64  # looks whether all stands, one right after the other
LOOK = 0.005  # s between later ones
OPENS_MOST = 1000  # later looks that keys wait for something that is to open
LOADS_MOST = 200  # the same for the first content of a screen that is open
SEEN_MOST = 200  # the same for what is to be seen, where nothing has the focus


class SeenFirst:
    """A screen on which only keys count that were typed once it was painted.

    Mixed into a screen of Textual.
    """

    call_after_refresh: Callable[..., bool]
    set_timer: Callable[..., Timer]
    _painted: float | None = None
    """When it was, by the clock of events."""

    def on_screen_resume(self) -> None:
        """Wait for it to be painted, also where a box over it was left."""
        self._painted = None
        self.call_after_refresh(self._note_painted, SEEN_MOST)

    def _note_painted(self, looks: int) -> None:
        if self.stands or not looks:
            self._painted = Idle().time
        else:
            self.set_timer(LOOK, lambda: self._note_painted(looks - 1))

    @property
    def stands(self) -> bool:
        """Whether what is to be seen before a key counts was drawn."""
        return True

    @property
    def painted(self) -> bool:
        """Whether it was, since it came to the front."""
        return self._painted is not None

    def heeds(self, event: Event) -> bool:
        """Whether something was typed when this could be seen."""
        return self._painted is not None and event.time > self._painted


class Hold:
    """A reason to wait: a box is to open, or an open screen has no content yet."""

    def __init__(self, *, opens: bool) -> None:
        self.opens = opens


class TypedKeys:
    """The keys of an application, which presses those that `let` passes."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Event] = deque()
        self._holds: set[Hold] = set()
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

    def hold(self, *, opens: bool) -> Callable[[], None]:
        """Let keys wait for an answer; call what is returned once that came.

        `opens`: a box or a screen will open; else it only fills one that is open.
        """
        held = Hold(opens=opens)
        self._holds.add(held)
        return lambda: self._holds.discard(held)

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
            self._app.bell()

    def let(self, event: Event) -> bool:
        """Whether a key or a paste is to be pressed now; else it waits, or is dropped.

        Whoever is let presses it, and then calls `pressed`.
        """
        if event is self._next:
            self._next = None
        elif self.at_work or self._holds:
            self.pressed()  # where it is no key that waits for an answer
            if len(self._waiting) < TYPED_MAX:
                self._waiting.append(event)
            else:
                self._app.bell()
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
        return not isinstance(front, SeenFirst) or front.heeds(event)

    async def _press_waiting(self) -> None:
        try:
            while await self._until_it_stands():
                while self._waiting and not self._heeded(self._waiting[0]):
                    self._waiting.popleft()
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
            opens = any(one.opens for one in self._holds)
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
        if (
            self._holds
            or self._next is not None
            or not (stack and stack[-1].is_mounted)
        ):
            return False
        return not any(one.message_queue_size for one in self._pumps())

    def _pumps(self) -> Iterator[MessagePump]:
        yield self._app
        yield from self._app.screen_stack
        yield from self._app.screen_stack[-1].walk_children()


def refuse(node: Widget | App[Any]) -> None:
    """Drop what waits for something that `node` asked for: it will not open now."""
    app: object = node if isinstance(node, App) else node.app
    if isinstance(app, KeyKeeper):
        app.typed.refused()


@runtime_checkable
class KeyKeeper(Protocol):
    """An application that keeps what is typed."""

    typed: TypedKeys


def hold(node: Widget | App[Any], *, opens: bool) -> Callable[[], None] | None:
    """Let keys wait for an answer that `node` asked for, as `TypedKeys.hold` does.

    Without `opens` only where `node` is a screen that a key is just opening; None where
    nothing waits.
    """
    app: object = node if isinstance(node, App) else node.app
    if not isinstance(app, KeyKeeper):
        return None
    if opens or app.typed.opening(node):
        return app.typed.hold(opens=opens)
    return None
