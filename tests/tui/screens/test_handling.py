"""Recalling a bulletin or revealing its route, and beginning to write of any."""

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE, changed, remark
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, says, terminal, text, until
from tui.screens.answer import HOW, OWN, choices
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.paragraph_editor import Write
from tui.screens.recall import Recall
from tui.screens.reveal import ask
from tui.screens.sign_box import SignBox
from tui.widgets.sign_list import SignList


async def test_enter_in_the_recall_box_does_nothing() -> None:
    """Whatever keyboard it was opened with; without a reason nothing is recalled."""
    desk = three()
    async with terminal(desk, NARROW) as (_, pilot):
        await pilot.press("end", "enter", then="✔ VERIFIED")
        for key in ("R", "Ｒ", "ڑ"):
            await pilot.press(key, then=Recall)
            await pilot.press("enter", then=Bulletins)
        await pilot.press("R", "down", "down", "down", then="Recalls: say why")
        await pilot.press("y", then="Wrong handling label")
        await pilot.press("escape", "n", then=Bulletins)
        assert desk.recalled == []


async def test_a_recall_says_why_what_to_do_and_a_remark() -> None:
    """One that is refused is said, and the box stays."""
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("end", then="Wait, and report")
        await pilot.press("R", then="Why it is recalled: …")
        await pilot.press("down", "enter", then="Wrong handling label")
        await pilot.press("down", "enter", then="Why it is recalled: Wrong")
        await pilot.press("down", "enter", then="Destroy every copy")
        await pilot.press("down", "enter", "tab", *"غلط", "enter")
        assert desk.recalled == []
        desk.refuse = Refusal(Reason.REFERENCES, "ab" * 8 + HOSTILE)
        await pilot.press("down", "y", then=lambda: says(app, Reason.REFERENCES))
        assert isinstance(app.screen, Recall)
        assert "\x1b" not in text(app)
        assert desk.recalled == []
        desk.refuse = None
        await pilot.press("y")
        said = (1, "WRONG_LABEL", "DESTROY", "غلط")
        await until(pilot, lambda: desk.recalled == [said])
        await until(pilot, "✘ RECALLED")


@pytest.mark.parametrize(("number", "said"), [(1, set(HOW)), (2, set(HOW) - OWN)])
def test_what_may_be_said_of_one_s_own_and_of_another_s(
    number: int, said: set[str]
) -> None:
    assert choices(three().read(number)).keys() == said


def test_a_recall_can_only_be_answered() -> None:
    recall = replace(three().read(2), content=None, recall=remark(reason="OTHER"))
    assert choices(recall).keys() == {"ANSWERS"}


async def test_an_answer_is_begun_with_what_it_answers_and_one_s_own_corrected() -> (
    None
):
    """What is refused at once is said."""
    desk = three()
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("R", then="Only a bulletin of this desk")
        assert isinstance(app.screen, Bulletins)
        desk.refuse = Refusal(Reason.CONTENT, HOSTILE)
        await pilot.press("r", "enter", then=lambda: says(app, Reason.CONTENT))
        assert isinstance(app.screen, Bulletins)
        desk.refuse = None
        await pilot.press("r", then="Answer it")
        assert "Correct it" not in text(app)
        await pilot.press("enter", then=lambda: desk.begun == [(3, "ANSWERS")])
        await until(pilot, Write)  # only the words of a reply are missing
        await pilot.press("escape", then=Compose)
        await pilot.press("escape", then=Bulletins)
        await pilot.press("end", then="Wait, and report")
        await pilot.press("r", then="Correct it")
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: desk.begun[1:] == [(1, "CORRECTS")])
        assert desk.submitted == []


async def test_what_did_not_open_is_neither_answered_nor_recalled() -> None:
    desk = three()
    sealed = replace(desk.read(3), content=None)
    desk.changed[3] = replace(sealed, row=changed(sealed.row, outgoing=True))
    async with terminal(desk, WIDE, "✘ NOT OPENED") as (app, pilot):
        await pilot.press("r", then="This bulletin did not open")
        await pilot.press("R", then="Only a bulletin of this desk")
        assert isinstance(app.screen, Bulletins)


def desk(route: str = "ROUTE-B") -> FakeDesk:
    return three(routes={3: route})


async def test_it_says_what_will_be_told_to_whom_and_tells_it_by_y() -> None:
    one = desk()
    async with terminal(one, NARROW) as (app, pilot):
        ask(app, one, one.read(3))
        await until(pilot, "Reveal the route")
        shown = text(app)
        assert "ROUTE-B" in shown
        assert "ops.islamabad.pk" in shown
        assert "cannot be taken back" in shown
        await pilot.press("space", "y", then="Not signed yet")
        assert one.revealed == []
        await pilot.press("down", "y", then=lambda: one.revealed == [3])
        await until(pilot, lambda: not isinstance(app.screen, SignBox))


async def test_a_key_asks_for_the_bulletin_that_is_open() -> None:
    one = desk()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("e", then=SignBox)
        assert "ROUTE-B" in text(app)
    assert one.revealed == []


async def test_nothing_is_told_without_a_yes() -> None:
    """Where no route was drawn here, none can be."""
    one = desk()
    async with terminal(one, NARROW) as (app, pilot):
        for key in ("n", "escape", "enter"):
            ask(app, one, one.read(3))
            await until(pilot, SignBox)
            choices = app.screen.query_one(SignList)
            await until(pilot, lambda: choices.seen_entry is not None)  # noqa: B023 - awaited here
            await pilot.press(key, then=Bulletins)
        one.routes.clear()
        ask(app, one, one.read(3))
        await until(pilot, "No route was drawn for it here")
        assert not isinstance(app.screen, SignBox)
    assert one.revealed == []


async def test_a_refusal_is_said_and_hostile_text_does_nothing() -> None:
    one = desk(HOSTILE)
    async with terminal(one, NARROW) as (app, pilot):
        ask(app, one, one.read(3))
        await until(pilot, SignBox)
        await until(pilot, "Evil")
        one.refuse = Refusal(Reason.REFERENCES, HOSTILE)
        await pilot.press("down", "y", then=lambda: says(app, Reason.REFERENCES))
        assert all(char.isprintable() or char == "\n" for char in text(app))
        assert isinstance(app.screen, SignBox)
