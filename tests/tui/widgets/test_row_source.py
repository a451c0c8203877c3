"""Rows are read in another thread than the screen's, so that arrivals delay no key."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import pytest

from exchange.desk.records import Row
from exchange.desk.status_records import DeskStatus
from tests.tui.examples import EN, opened
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, drawn_at, listed, terminal, until
from tui.app import AGAIN, Terminal
from tui.widgets.bulletin_list import BulletinList


@dataclass
class WatchedDesk(FakeDesk):
    """A desk that notes in which thread its rows and its state are asked for."""

    asked: list[int] = field(default_factory=list)

    def count(self) -> int:
        self.asked.append(threading.get_ident())
        return super().count()

    def page(self, first: int, n: int) -> Sequence[Row]:
        self.asked.append(threading.get_ident())
        return super().page(first, n)

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        self.asked.append(threading.get_ident())
        return super().rows(numbers)

    def look(self) -> DeskStatus:
        self.asked.append(threading.get_ident())
        return super().look()


def at(app: Terminal, number: int) -> bool:
    """Whether the cursor is drawn at a row."""
    return drawn_at(app) == number


def watched(size: int) -> WatchedDesk:
    return WatchedDesk(three().bulletins, size=size)


async def test_what_arrives_is_read_beside_the_screen() -> None:
    desk = watched(9)
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: listed(app)[0] == 9)
        desk.asked.clear()
        desk.arrive(opened(1, EN))
        await until(pilot, lambda: listed(app)[0] == 10)
        assert len(desk.asked) >= 3
        assert threading.get_ident() not in desk.asked


async def test_the_rows_behind_the_screen_are_there_before_the_cursor() -> None:
    desk = watched(1_000)
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: listed(app)[0] == 1_000)
        desk.asked.clear()
        for number in range(999, 900, -1):
            await pilot.press("down", then=partial(at, app, number))
        assert desk.asked
        assert threading.get_ident() not in desk.asked


async def test_however_much_arrives_the_screen_is_renewed_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = watched(9)
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: listed(app)[0] == 9)
        times: list[int] = []
        monkeypatch.setattr(app.screen, "renew", lambda: times.append(app._told_at))

        def told_thrice() -> bool:
            desk.tell()
            return len(times) >= 3

        await until(pilot, told_thrice)
        assert min(later - one for one, later in pairwise(times)) >= AGAIN


async def test_what_changes_while_rows_are_read_is_read_after_them() -> None:
    desk = watched(9)
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: listed(app)[0] == 9)
        rows = app.screen.query_one(BulletinList)
        told: list[int] = []
        for number in range(10, 16):
            desk.arrive(opened(number, EN))
            rows.renew(lambda: told.append(rows.window.count))
        await until(pilot, lambda: told[-1:] == [15])
        assert len(told) <= 3


async def test_arrivals_move_nothing_where_one_looks_away_from_the_cursor() -> None:
    """By the mouse's wheel the list is scrolled, and the cursor stays where it is."""
    desk = watched(90)
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: at(app, 90))
        rows = app.screen.query_one(BulletinList)
        rows.scroll_to(y=50, animate=False, force=True)
        await until(pilot, lambda: listed(app)[0] == 40)
        desk.arrive(opened(1, EN))
        await until(pilot, lambda: rows.window.total == 91)
        await until(pilot, lambda: listed(app)[0] == 40)
        assert (rows.scroll_offset.y, rows.number) == (51, 90)
        await pilot.press("down", then=lambda: at(app, 89))
