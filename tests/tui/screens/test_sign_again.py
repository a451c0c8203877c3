"""Signing again in the terminal: through the review, and only what waits for it."""

from msgspec.structs import replace

from tests.tui.examples import changed, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import WIDE, terminal, text, until
from tests.tui.test_form import filled
from tui.screens.bulletins import Bulletins
from tui.screens.sign_again import SignAgain


def waiting() -> FakeDesk:
    """Bulletin 1, of this desk, waits to be signed again."""
    desk = three()
    row = changed(desk.bulletins[0].row, outgoing=True, state="resign")
    desk.bulletins = [replace(desk.bulletins[0], row=row), *desk.bulletins[1:]]
    desk.state = status(to_sign=1, unsent=2)
    desk.again = filled().draft()
    return desk


async def test_it_is_reviewed_and_signed_and_left_by_escape() -> None:
    desk = waiting()
    async with terminal(desk, WIDE, "1 to sign again") as (app, pilot):
        assert "2 not sent" in text(app)
        assert "sign!" in text(app)
        await pilot.press("down", "down", "enter")
        await pilot.pause(0.2)
        await pilot.press("S", then=SignAgain)
        assert "this will be signed and sent" in text(app)
        await pilot.press("y")  # on Cancel: signs nothing
        await pilot.press("q", "p", "escape", then=Bulletins)
        assert desk.signed_again == []

        await pilot.press("S", then=SignAgain)
        await pilot.press("down", "y", then=lambda: desk.signed_again == [1])
        await until(pilot, Bulletins)


async def test_nothing_else_is_signed_again() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause(0.2)
        await pilot.press("S", then="does not wait to be signed again")
        assert isinstance(app.screen, Bulletins)
