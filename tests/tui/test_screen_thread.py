"""No desk is asked in the screen's own thread; answers of workers, in time and late."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.screen import Screen

from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import terminal, until
from tests.tui.screen_thread import ASKED, AT_ONCE, AskedWhilePainting, ScreenThread
from tui.screens.handover import Duty
from tui.workers import call_if_open


def test_all_that_may_be_asked_at_once_is_a_question() -> None:
    assert AT_ONCE < ASKED
    assert {"read", "find", "board", "handover", "submit"} <= ASKED - AT_ONCE


def test_what_is_asked_in_the_own_thread_is_named() -> None:
    guarded = ScreenThread(three())
    guarded.count()
    guarded.check()
    guarded.handover()
    with pytest.raises(AskedWhilePainting, match="handover"):
        guarded.check()


def test_what_a_worker_asks_is_fine() -> None:
    guarded = ScreenThread(three())
    worker = threading.Thread(target=guarded.handover)
    worker.start()
    worker.join()
    guarded.check()


async def test_a_screen_that_asks_while_it_is_painted_fails_its_test() -> None:
    def look(duty: Duty) -> None:
        duty.desk.handover()

    async def walk() -> None:
        async with terminal(three()) as (_, pilot):
            await pilot.press("d", then=Duty)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Duty, "_look", look)
        with pytest.raises(AskedWhilePainting):
            await walk()


async def test_the_desk_is_the_one_of_the_test() -> None:
    made: FakeDesk = three()
    async with terminal(made) as (_, pilot):
        await until(pilot, lambda: made.pages)


async def from_a_worker(screen: Screen[Any], call: Callable[[], None]) -> None:
    """As Textual runs one: in a thread without the context of the application."""
    await asyncio.get_running_loop().run_in_executor(None, call_if_open, screen, call)


async def test_an_answer_reaches_its_screen_until_that_is_left() -> None:
    told: list[str] = []
    async with terminal(three()) as (app, pilot):
        screen: Screen[None] = Screen()
        app.push_screen(screen)
        await pilot.pause()
        await from_a_worker(screen, lambda: told.append("in time"))
        screen.dismiss()
        await pilot.pause()
        await from_a_worker(screen, lambda: told.append("late"))
    assert told == ["in time"]


async def test_an_answer_after_the_terminal_was_closed_is_nobodys() -> None:
    told: list[str] = []
    async with terminal(three()) as (app, _):
        screen = app.screen
    await from_a_worker(screen, lambda: told.append("late"))
    with app._context():
        await asyncio.to_thread(call_if_open, screen, lambda: told.append("later"))
    assert told == []
