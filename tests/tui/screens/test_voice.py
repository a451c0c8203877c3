"""The voice check on a screen."""

import pytest
from msgspec.structs import replace

from tests.tui.examples import HOSTILE, changed
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, lines, terminal, until
from tui.screens.voice import Voice

WORDS = ("stopwatch adviser ahead alkali", "absurd almighty acme amulet")


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_words_and_digits_are_seen_whole(language: str) -> None:
    async with terminal(three(settings={"language": language}), NARROW) as (_, pilot):
        await pilot.press("v", then="812")
        await pilot.press("V", then=Voice)
        for size in ((200, 60), NARROW, (60, 20)):
            await pilot.resize(size)
            for row in (*WORDS, "01234 56789 01234 56789"):
                await until(pilot, row)
        await pilot.press("escape", then="812")


async def test_a_hostile_author_is_shown_as_text() -> None:
    desk = three()
    one = desk.read(3)
    desk.changed[3] = replace(one, row=changed(one.row, author=HOSTILE))
    async with terminal(desk) as (app, pilot):
        await pilot.press("v", then="812")
        await pilot.press("V", then=WORDS[0])
        assert all(line.isprintable() for line in lines(app))
