"""Drive the terminal and look at its cells."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeVar, cast

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from exchange.errors import TEXTS, Reason
from tests.tui.examples import NOW
from tests.tui.fake_desk import FakeDesk
from tests.tui.screen_thread import ScreenThread
from tui.app import Terminal
from tui.guarded_app import GuardedApp
from tui.screens.compose import Compose
from tui.screens.drafts import DraftsScreen
from tui.typed_keys import SeenFirst
from tui.widgets.bulletin_list import BulletinList

S = TypeVar("S", bound=Screen[Any])
WIDE, NARROW = (120, 40), (80, 24)
READER = (160, 40)
"""Beside the list the reader has 80 cells."""


def lines(app: App[None]) -> list[str]:
    """What stands on the screen, row by row."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def text(app: App[None]) -> str:
    return "\n".join(lines(app))


def words(app: App[None]) -> str:
    """What stands on the screen, as words: wherever a line was cut, or boxed."""
    return " ".join(text(app).translate(dict.fromkeys(map(ord, "▌│▏"), " ")).split())


def listed(app: App[None]) -> list[int]:
    """The numbers of the bulletins that the list has drawn, from the top."""
    drawn = sorted(app.screen.query_one(BulletinList)._drawn.items())
    return [one.row.number for _, one in drawn if one.row and not one.answer]


def drawn_at(app: App[None]) -> int:
    """The number of the bulletin that is drawn under the cursor; 0 while none is."""
    row = app.screen.query_one(BulletinList).seen_row
    return row.number if row else 0


class Looking(Pilot[None]):
    """Types as who looks first: each key once what it is meant for was painted."""

    async def press(self, *keys: str, then: "Sight | None" = None) -> None:
        """Press keys, one after the other; then wait for what `until` waits for."""
        for key in keys:
            await until(self, self._stands)
            await super().press(key)
        if then is not None:
            await until(self, then)

    async def show(self, screen: Screen[Any], then: "Sight") -> None:
        """Put a screen in front, and wait for what `until` waits for."""
        self.app.push_screen(screen)
        await until(self, then)

    async def resize(self, size: tuple[int, int]) -> None:
        """Give the terminal another size, and wait until its screen has that."""
        await self.resize_terminal(*size)
        await until(self, lambda: len(lines(self.app)) == size[1])

    def front(self, kind: type[S]) -> S:
        """Return the screen in front, which is of a kind."""
        assert isinstance(self.app.screen, kind)
        return self.app.screen

    def _stands(self) -> bool:
        app = self.app
        assert isinstance(app, GuardedApp)
        front = app.screen
        return not app.typed.at_work and (
            not isinstance(front, SeenFirst) or front.painted
        )


@asynccontextmanager
async def terminal(
    desk: FakeDesk, size: tuple[int, int] = WIDE, shows: "Sight" = ""
) -> AsyncIterator[tuple[Terminal, Looking]]:
    """The terminal over a desk, with the list painted and what is asked for shown.

    Raises AskedWhilePainting at its end where a screen asked in its own thread.
    """
    guarded = ScreenThread(desk)
    app = Terminal(cast("FakeDesk", guarded), lambda: NOW)
    async with look(app, size) as pilot:
        await until(pilot, shows)
        yield app, pilot
    guarded.check()


@asynccontextmanager
async def look(app: GuardedApp, size: tuple[int, int]) -> AsyncIterator[Looking]:
    """Another application, once its first screen was drawn."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Looking(app)


Sight = str | type[Screen[Any]] | Callable[[], object]
"""A text on the screen, the class of the screen in front, or what must be true."""


async def until(pilot: Pilot[None], sight: Sight, seconds: float = 60.0) -> None:
    """Wait until something is seen, for workers and timers."""
    end = monotonic() + seconds
    while not _is_seen(pilot.app, sight):
        assert monotonic() < end, text(pilot.app)
        await pilot.pause(0.02)


def _is_seen(app: App[None], sight: Sight) -> object:
    if isinstance(sight, str):
        return sight in text(app)
    return isinstance(app.screen, sight) if isinstance(sight, type) else sight()


def seen(pilot: Pilot[None], said: str, row: int) -> Callable[[], bool]:
    """What `until` waits for within a loop: that something stands in a row."""
    return lambda: said in lines(pilot.app)[row]


def first_draft(app: App[None]) -> bool:
    """Whether the first draft stands under the cursor, and is seen there."""
    return isinstance(app.screen, DraftsScreen) and bool(app.screen.choices.seen_entry)


async def go_on(pilot: Looking) -> None:
    """Ask for the drafts, and go on with the first, until its form is drawn."""
    app = pilot.app
    await pilot.press("w", then=lambda: first_draft(app))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, Compose) and app.screen.form)
    await pilot.pause()


def notes(app: App[None], said: str) -> bool:
    """Whether the screen says this; a notice may break its lines."""
    shown = text(app)
    return all(word in shown for word in said.split())


def says(app: App[None], reason: Reason) -> bool:
    return notes(app, TEXTS[reason])
