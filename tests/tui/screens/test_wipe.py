"""F12: everything here is erased once `wipe` is typed, and not by a key alone."""

from tests.tui.fake_desk import three
from tests.tui.looking import terminal
from tui.app import End


async def test_it_ends_so_that_all_can_be_erased_once_it_was_typed() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("f12", then="Erase this home")
        await pilot.press(*"wipe", "enter", then=lambda: not app.is_running)

    assert app.how is End.ERASE


async def test_another_word_erases_nothing() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("f12", then="Erase this home")
        await pilot.press(*"yes", "enter", then="Not erased.")

        assert app.how is End.LEFT
        assert app.is_running


async def test_leaving_the_box_erases_nothing() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("f12", then="Erase this home")
        await pilot.press("escape")
        await pilot.pause()

        assert app.how is End.LEFT
        assert app.is_running
