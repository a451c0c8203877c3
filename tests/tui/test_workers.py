"""Answers of workers, in time and late."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from tests.tui.fake_desk import three
from tests.tui.looking import terminal
from tui.workers import call_if_open


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
