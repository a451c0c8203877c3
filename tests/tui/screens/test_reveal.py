"""Reveal the route of a movement: asked first, signed by a key of its own."""

import pytest

from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, says, terminal, text, until
from tui.screens.reveal import ask
from tui.screens.sign_box import SignBox
from tui.widgets.sign_list import SignList


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


@pytest.mark.parametrize("key", ["n", "escape", "enter"])
async def test_nothing_is_told_without_a_yes(key: str) -> None:
    one = desk()
    async with terminal(one, NARROW) as (app, pilot):
        ask(app, one, one.read(3))
        await until(pilot, SignBox)
        choices = app.screen.query_one(SignList)
        await until(pilot, lambda: choices.seen_entry is not None)
        await pilot.press(key, then=lambda: not isinstance(app.screen, SignBox))
    assert one.revealed == []


async def test_what_was_not_drawn_here_cannot_be_revealed() -> None:
    one = three()
    async with terminal(one, NARROW) as (app, pilot):
        ask(app, one, one.read(3))
        await until(pilot, "No route was drawn for it here")
        assert not isinstance(app.screen, SignBox)


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
