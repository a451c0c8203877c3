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
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("end", "enter")
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, Recall))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Bulletins))
        assert desk.recalled == []


async def test_a_recall_says_why_what_to_do_and_a_remark() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("end")
        await until(pilot, lambda: "Wait, and report" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: "Why it is recalled: …" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Wrong handling label" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Why it is recalled: Wrong" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Destroy every copy" in text(app))
        await pilot.press("down", "enter", "tab", *"غلط", "enter")
        assert desk.recalled == []
        await pilot.press("down", "y")
        said = (1, "WRONG_LABEL", "DESTROY", "غلط")
        await until(pilot, lambda: desk.recalled == [said])
        await until(pilot, lambda: "✘ RECALLED" in text(app))


async def test_no_reason_no_recall() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("end", "enter")
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("R", "down", "down", "down")
        await until(pilot, lambda: "Recalls: say why" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "WRONG_LABEL" in text(app))
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(app.screen, Bulletins))
        assert desk.recalled == []


async def test_only_one_s_own_is_recalled() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: "Only a bulletin of this desk" in text(app))
        assert isinstance(app.screen, Bulletins)


async def test_a_refused_recall_is_said_and_the_box_stays() -> None:
    desk = three(refuse=Refusal(Reason.REFERENCES, "ab" * 8 + HOSTILE))
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("end")
        await until(pilot, lambda: "Wait, and report" in text(app))
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
        await pilot.press("enter")
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("r")
        await until(pilot, lambda: "Answer it" in text(app))
        assert "Correct it" not in text(app)
        await pilot.press("enter")
        await until(pilot, lambda: desk.begun == [(3, "ANSWERS")])
        await until(pilot, lambda: isinstance(app.screen, Compose))
        assert desk.submitted == []


async def test_one_s_own_is_corrected() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("end")
        await until(pilot, lambda: "Wait, and report" in text(app))
        await pilot.press("r")
        await until(pilot, lambda: "Correct it" in text(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: desk.begun == [(1, "CORRECTS")])


async def test_what_is_refused_at_once_is_said() -> None:
    desk = three(refuse=Refusal(Reason.CONTENT, HOSTILE))
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("r", "enter")
        await until(pilot, lambda: says(app, Reason.CONTENT))
        assert isinstance(app.screen, Bulletins)


async def test_what_did_not_open_is_neither_answered_nor_recalled() -> None:
    desk = three()
    sealed = replace(desk.read(3), content=None)
    desk.changed[3] = replace(sealed, row=changed(sealed.row, outgoing=True))
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✘ NOT OPENED" in text(app))
        await pilot.press("r")
        await until(pilot, lambda: "This bulletin did not open" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: "Only a bulletin of this desk" in text(app))
        assert isinstance(app.screen, Bulletins)
