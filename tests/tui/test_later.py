"""Answers of workers, in time and late."""

import asyncio
from collections.abc import Callable

from textual.screen import Screen

from tests.tui.fake_data import three
from tests.tui.looking import terminal
from tui.later import answer


async def from_a_worker(screen: Screen[None], call: Callable[[], None]) -> None:
    await asyncio.to_thread(answer, screen, call)


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
    with app._context():  # as a worker of the app has it
        await asyncio.to_thread(answer, screen, lambda: told.append("late"))
    assert told == []
