"""The voice check on a screen."""

import pytest
from msgspec.structs import replace

from tests.tui.examples import HOSTILE, changed
from tests.tui.fake_desk import three
from tests.tui.looking import lines, terminal, until

SIZES = ((60, 20), (80, 24), (200, 60))
WORDS = ("stopwatch adviser ahead alkali", "absurd almighty acme amulet")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_words_and_digits_are_seen_whole(
    size: tuple[int, int], language: str
) -> None:
    desk = three(settings={"language": language})
    async with terminal(desk, size) as (_, pilot):
        await pilot.press("v", then="812")
        await pilot.press("V")
        for row in (*WORDS, "01234 56789 01234 56789"):
            await until(pilot, row)
        await pilot.resize_terminal(60, 20)
        await until(pilot, WORDS[0])
        await pilot.press("escape", then="812")


async def test_a_hostile_author_is_shown_as_text() -> None:
    desk = three()
    one = desk.read(3)
    desk.changed[3] = replace(one, row=changed(one.row, author=HOSTILE))
    async with terminal(desk) as (app, pilot):
        await pilot.press("v", then="812")
        await pilot.press("V", then=WORDS[0])
        assert all(line.isprintable() for line in lines(app))
