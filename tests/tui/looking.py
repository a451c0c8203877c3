"""Drive the terminal and look at its cells."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from textual.app import App
from textual.pilot import Pilot

from exchange.errors import TEXTS, Reason
from tests.tui.examples import NOW
from tests.tui.fake_desk import FakeDesk
from tests.tui.screen_thread import ScreenThread
from tui.app import Terminal
from tui.guarded_app import GuardedApp
from tui.screens.compose import Compose
from tui.screens.drafts import Drafts
from tui.typed_keys import SeenFirst

WIDE, NARROW = (120, 40), (80, 24)
READER = (160, 40)
"""Beside the list the reader has 80 cells."""


def lines(app: App[None]) -> list[str]:
    """What stands on the screen, row by row."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def text(app: App[None]) -> str:
    return "\n".join(lines(app))


class Looking(Pilot[None]):
    """Types as who looks first: each key once what it is meant for was painted."""

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await until(self, self._stands)
            await super().press(key)

    def _stands(self) -> bool:
        app = self.app
        assert isinstance(app, GuardedApp)
        front = app.screen
        return not app.typed.at_work and (
            not isinstance(front, SeenFirst) or front.painted
        )


@asynccontextmanager
async def terminal(
    desk: FakeDesk, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Terminal, Pilot[None]]]:
    """The terminal over a desk, with the list painted.

    Raises AskedWhilePainting at its end where a screen asked in its own thread.
    """
    guarded = ScreenThread(desk)
    app = Terminal(guarded, lambda: NOW)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, Looking(app)
    guarded.check()


async def until(
    pilot: Pilot[None], holds: Callable[[], object], seconds: float = 60.0
) -> None:
    """Wait until something holds, for workers and timers."""
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, text(pilot.app)
        await pilot.pause(0.02)


def seen(pilot: Pilot[None], said: str, row: int | None = None) -> Callable[[], bool]:
    """What `until` waits for within a loop: that something stands there."""
    app = pilot.app
    return lambda: said in (text(app) if row is None else lines(app)[row])


def first_draft(app: App[None]) -> bool:
    """Whether the first draft stands under the cursor, and is seen there."""
    return isinstance(app.screen, Drafts) and bool(app.screen.choices.seen_entry)


async def go_on(pilot: Pilot[None]) -> None:
    """Ask for the drafts, and go on with the first."""
    app = pilot.app
    await pilot.press("w")
    await until(pilot, lambda: first_draft(app))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, Compose) and app.screen.form)


def says(app: App[None], reason: Reason) -> bool:
    """Whether the screen says what a reason means; a notice may break its lines."""
    shown = text(app)
    return all(word in shown for word in TEXTS[reason].split())
