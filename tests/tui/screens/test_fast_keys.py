"""Keys of those who live in the list: mark all, again, letters, places, digits."""

import pytest

from tests.tui.examples import EN, ZH, opened
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, Looking, notes, terminal, text, until
from tui.app import Terminal
from tui.screens import list_view
from tui.screens.acknowledge import Acknowledge
from tui.screens.bulletins import Bulletins
from tui.screens.letter_box import LetterBox
from tui.screens.verify import Verify
from tui.widgets.bulletin_list import BulletinList
from tui.words import say


def rows(app: Terminal) -> BulletinList:
    return app.screen.query_one(BulletinList)


def alternating(size: int) -> FakeDesk:
    """Return a desk of which every second bulletin is its own."""
    return FakeDesk((opened(1, EN), opened(2, ZH, outgoing=True)), size=size)


async def test_all_that_a_search_shows_is_marked_and_again_none() -> None:
    async with terminal(alternating(6), NARROW, Bulletins) as (app, pilot):
        await pilot.press("*")
        await until(pilot, lambda: notes(app, "Search or filter first"))
        await pilot.press("f", "*")
        await until(pilot, lambda: rows(app).marked == {1, 3, 5})
        await pilot.press("*")
        await until(pilot, lambda: not rows(app).marked)


async def test_more_than_one_review_holds_is_not_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_view, "MARKED_MAX", 2)
    async with terminal(alternating(6), NARROW, Bulletins) as (app, pilot):
        await pilot.press("f", "*")
        await until(pilot, lambda: notes(app, "No more than 2"))
        assert not rows(app).marked


async def test_own_bulletins_are_not_marked() -> None:
    desk = FakeDesk((opened(1, EN, outgoing=True),), size=3)
    async with terminal(desk, NARROW, Bulletins) as (app, pilot):
        await pilot.press("f", "*")
        await until(pilot, lambda: notes(app, "No bulletin here can be acknowledged"))


async def test_the_last_verb_comes_again_on_another_bulletin() -> None:
    async with terminal(three(), NARROW, Bulletins) as (app, pilot):
        await pilot.press(".")
        await until(pilot, lambda: notes(app, "No verb yet"))
        await pilot.press("v", then=Verify)
        await pilot.press("escape", then=Bulletins)
        await pilot.press("down", "/", "escape")  # moves are no verbs
        await pilot.press(".", then=Verify)
        assert isinstance(app.screen, Verify)
        assert app.screen.number == 2


@pytest.mark.parametrize("letter", ["b", "ب", "\uff42"], ids=["en", "ur", "zh"])
async def test_a_letter_leads_back_to_its_bulletin(letter: str) -> None:
    async with terminal(three(), NARROW, Bulletins) as (app, pilot):
        await pilot.press("'")
        await until(pilot, lambda: notes(app, "No letter is kept yet"))
        await pilot.press("M", then=LetterBox)
        await pilot.press("b", then=Bulletins)
        await pilot.press("end")
        await until(pilot, lambda: rows(app).number == 1)
        await pilot.press("'", then=LetterBox)
        await until(pilot, "b  beijing.cn#3")
        await pilot.press("1", letter, then=Bulletins)
        await until(pilot, lambda: rows(app).number == 3)


@pytest.mark.parametrize("typed", ["2", "cn#2", "beijing.cn#2"])
async def test_a_place_leads_to_its_bulletin(typed: str) -> None:
    async with terminal(three(), NARROW, Bulletins) as (app, pilot):
        await pilot.press(":")
        await pilot.press(*typed.replace("cn#", "beij#", typed.startswith("cn")))
        await until(pilot, f"{say('Go to')} beijing.cn#2")
        await pilot.press("enter", then=Bulletins)
        await until(pilot, lambda: rows(app).number == 2)


async def test_a_place_without_a_bulletin_is_no_command() -> None:
    async with terminal(three(), NARROW, Bulletins) as (_, pilot):
        await pilot.press(":", *f"{10**17}")
        await until(pilot, "No command has these words.")


async def acknowledging(app: Terminal, pilot: Looking) -> Acknowledge:
    await pilot.press("a", then=Acknowledge)
    assert isinstance(app.screen, Acknowledge)
    return app.screen


async def test_a_digit_signs_the_line_beside_it_and_no_other_digit_does() -> None:
    desk = three()
    async with terminal(desk, NARROW, Bulletins) as (app, pilot):
        await acknowledging(app, pilot)
        assert {"1", "2", "3"} <= {one[:1] for one in text(app).split()}
        await pilot.press("9", "0")
        await pilot.pause()
        assert not desk.acknowledged
        await pilot.press("2", then=Bulletins)
        assert desk.acknowledged == [(3, "COMPLETED", "")]


async def test_a_digit_of_a_line_out_of_sight_leads_to_it_and_signs_nothing() -> None:
    desk = three()
    async with terminal(desk, (60, 20), Bulletins) as (app, pilot):
        box = await acknowledging(app, pilot)
        box.sign_list.styles.max_height = 2
        await pilot.pause()
        await until(pilot, lambda: box.sign_list.size.height == 2)
        await pilot.press("2")
        await pilot.pause()
        assert app.screen is box
        assert not desk.acknowledged
        await pilot.press("2", then=Bulletins)
        assert desk.acknowledged == [(3, "COMPLETED", "")]
