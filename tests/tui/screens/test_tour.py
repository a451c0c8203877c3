"""The demo's tour: each step ends with the officer's own key, and Esc leaves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.examples import NOW
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, WIDE, Looking, look, text, until
from tui.app import Terminal
from tui.screens.bulletins import Bulletins
from tui.tour import END, STEPS, Tour
from tui.widgets.tour_line import ROWS
from tui.words import LANGUAGES, say, use, wrap_words


class Demo:
    """What the tour did to the link, in turn."""

    def __init__(self) -> None:
        self.did = did = list[str]()
        self.tour = Tour(lambda: did.append("cut"), lambda: did.append("mend"))


@asynccontextmanager
async def on_tour(demo: Demo, size: tuple[int, int] = WIDE) -> AsyncIterator[Looking]:
    app = Terminal(three(), lambda: NOW)
    app.tour = demo.tour
    async with look(app, size) as pilot:
        yield pilot


def step(number: int) -> str:
    return f"step {number} of {len(STEPS)}"


async def take(pilot: Looking, key: str) -> None:
    """Press a key that opens a screen, then leave that."""
    await pilot.press(key)
    await until(pilot, lambda: not isinstance(pilot.app.screen, Bulletins))
    await pilot.press("escape")
    await until(pilot, Bulletins)


async def test_six_steps_cut_the_link_and_bring_it_back() -> None:
    demo = Demo()
    async with on_tour(demo) as pilot:
        await until(pilot, step(1))
        await pilot.press("enter")
        await until(pilot, step(2))
        for number, key in enumerate("arv", 3):
            await take(pilot, key)
            await until(pilot, step(number))
        assert demo.did == []
        await take(pilot, "d")
        await until(pilot, step(6))
        assert demo.did == ["cut"]
        await take(pilot, "L")
        await until(pilot, "The link is coming back")
        assert demo.did == ["cut", "mend"]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_esc_in_the_list_leaves_it_and_mends_the_link(
    size: tuple[int, int],
) -> None:
    demo = Demo()
    demo.tour.step = len(STEPS) - 1
    async with on_tour(demo, size) as pilot:
        await until(pilot, step(6))
        await pilot.press("enter", "escape")  # out of the reader
        assert not demo.tour.over
        await pilot.press("escape")
        await until(pilot, lambda: step(6) not in text(pilot.app))
        assert demo.did == ["mend"]


async def test_a_terminal_after_a_lock_goes_on_with_the_step() -> None:
    demo = Demo()
    demo.tour.step = 3
    async with on_tour(demo) as pilot:
        await until(pilot, step(4))
    demo.tour.leave()
    async with on_tour(demo) as pilot:
        assert "Tour" not in text(pilot.app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_step_fits_at_60_columns(lang: str) -> None:
    use(lang)
    for sentence in (*(one.text for one in STEPS), END):
        assert wrap_words(say(sentence), 58).count("\n") < ROWS
