"""Recalling a bulletin of one's own, and beginning to write of any."""

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE, changed, remark
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, WIDE, says, terminal, text, until
from tui.screens.answer import HOW, OWN, choices
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.recall import Recall


@pytest.mark.parametrize("key", ["R", "Ｒ", "ڑ"])
async def test_enter_in_the_recall_box_does_nothing(key: str) -> None:
    desk = three()
    async with terminal(desk, NARROW) as (_, pilot):
        await pilot.press("end", "enter", then="✔ VERIFIED")
        await pilot.press(key, then=Recall)
        await pilot.press("enter", then=Bulletins)
        assert desk.recalled == []


async def test_a_recall_says_why_what_to_do_and_a_remark() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (_, pilot):
        await pilot.press("end", then="Wait, and report")
        await pilot.press("R", then="Why it is recalled: …")
        await pilot.press("down", "enter", then="Wrong handling label")
        await pilot.press("down", "enter", then="Why it is recalled: Wrong")
        await pilot.press("down", "enter", then="Destroy every copy")
        await pilot.press("down", "enter", "tab", *"غلط", "enter")
        assert desk.recalled == []
        await pilot.press("down", "y")
        said = (1, "WRONG_LABEL", "DESTROY", "غلط")
        await until(pilot, lambda: desk.recalled == [said])
        await until(pilot, "✘ RECALLED")


async def test_no_reason_no_recall() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (_, pilot):
        await pilot.press("end", "enter", then="✔ VERIFIED")
        await pilot.press("R", "down", "down", "down", then="Recalls: say why")
        await pilot.press("y", then="WRONG_LABEL")
        await pilot.press("escape", "n", then=Bulletins)
        assert desk.recalled == []


async def test_only_one_s_own_is_recalled() -> None:
    async with terminal(three(), WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("R", then="Only a bulletin of this desk")
        assert isinstance(app.screen, Bulletins)


async def test_a_refused_recall_is_said_and_the_box_stays() -> None:
    desk = three(refuse=Refusal(Reason.REFERENCES, "ab" * 8 + HOSTILE))
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("end", then="Wait, and report")
        await pilot.press("R", "down", "enter", "enter", "down", "down", "y")
        await until(pilot, lambda: says(app, Reason.REFERENCES))
        assert isinstance(app.screen, Recall)
        assert "\x1b" not in text(app)
        assert desk.recalled == []


@pytest.mark.parametrize(("number", "said"), [(1, set(HOW)), (2, set(HOW) - OWN)])
def test_what_may_be_said_of_one_s_own_and_of_another_s(
    number: int, said: set[str]
) -> None:
    assert choices(three().read(number)).keys() == said


def test_a_recall_can_only_be_answered() -> None:
    recall = replace(three().read(2), content=None, recall=remark(reason="OTHER"))
    assert choices(recall).keys() == {"ANSWERS"}


async def test_an_answer_is_begun_with_what_it_answers() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("enter", then="✔ VERIFIED")
        await pilot.press("r", then="Answer it")
        assert "Correct it" not in text(app)
        await pilot.press("enter", then=lambda: desk.begun == [(3, "ANSWERS")])
        await until(pilot, Compose)
        assert desk.submitted == []


async def test_one_s_own_is_corrected() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (_, pilot):
        await pilot.press("end", then="Wait, and report")
        await pilot.press("r", then="Correct it")
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: desk.begun == [(1, "CORRECTS")])


async def test_what_is_refused_at_once_is_said() -> None:
    desk = three(refuse=Refusal(Reason.CONTENT, HOSTILE))
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("r", "enter", then=lambda: says(app, Reason.CONTENT))
        assert isinstance(app.screen, Bulletins)


async def test_what_did_not_open_is_neither_answered_nor_recalled() -> None:
    desk = three()
    sealed = replace(desk.read(3), content=None)
    desk.changed[3] = replace(sealed, row=changed(sealed.row, outgoing=True))
    async with terminal(desk, WIDE, "✘ NOT OPENED") as (app, pilot):
        await pilot.press("r", then="This bulletin did not open")
        await pilot.press("R", then="Only a bulletin of this desk")
        assert isinstance(app.screen, Bulletins)
