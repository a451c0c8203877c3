"""A shift handed over at the terminal: both passphrases, what both sign and keep."""

import pytest

from tests.tui.fake_desk import FakeDesk, three
from tests.tui.fake_releases import PASSPHRASE
from tests.tui.looking import Looking, lines, terminal, text, until
from tui.screens.handover import Duty
from tui.screens.passphrase import Passphrase, TokenPin
from tui.screens.shift_handover import Handovers
from tui.screens.sign_box import SignBox

SIZES = ((60, 20), (80, 24), (200, 60))


async def to_box(pilot: Looking, first: str, second: str) -> None:
    await pilot.press("d", then=Duty)
    await pilot.press("s", then="duty-2")
    await pilot.press("enter")
    for words in (first, second):
        await until(pilot, Passphrase)
        await pilot.press(*words, "enter")
        await pilot.pause()
    await until(pilot, SignBox)


@pytest.mark.parametrize("size", SIZES)
async def test_both_sign_what_is_shown_and_it_is_kept(size: tuple[int, int]) -> None:
    desk = three(present=("duty-2",))
    async with terminal(desk, size) as (app, pilot):
        await to_box(pilot, PASSPHRASE, PASSPHRASE)
        await until(pilot, "1 matter is open; 1 act of this shift")
        assert all(line.isprintable() for line in lines(app))
        await pilot.press("enter", then=Duty)  # the first line signs nothing
        assert not desk.handed
    desk = three(present=("duty-2",))
    async with terminal(desk, size) as (app, pilot):
        await to_box(pilot, PASSPHRASE, PASSPHRASE)
        await pilot.press("down", "y")
        await until(pilot, lambda: isinstance(app.screen, Duty) and desk.handed)
        await pilot.press("h", then=Handovers)
        await until(pilot, "✔ 1")
        await pilot.resize_terminal(60, 20)
        await until(pilot, "✔ 1")
        await pilot.press("escape", then=Duty)


async def test_a_wrong_passphrase_signs_nothing_and_is_said() -> None:
    desk = three(present=("duty-2",))
    async with terminal(desk) as (app, pilot):
        await to_box(pilot, PASSPHRASE, "guess")
        await pilot.press("down", "y", then="passphrase")
        assert not desk.handed
        assert isinstance(app.screen, SignBox)


async def test_who_comes_with_a_token_types_its_pin_too() -> None:
    desk = three(present=("duty-2",), pin="2718")
    for typed, said in (("1234", "TOKEN"), ("2718", "")):
        async with terminal(desk) as (app, pilot):
            await pilot.press("d", then=Duty)
            await pilot.press("s", then="duty-2")
            await pilot.press("enter")
            for words in (PASSPHRASE, PASSPHRASE):
                await until(pilot, Passphrase)
                await pilot.press(*words, "enter")
                await pilot.pause()
            await until(pilot, TokenPin)
            assert "PIN of the token" in text(app)
            await pilot.press(*typed)
            assert typed not in text(app)
            await pilot.press("enter", then=SignBox)
            await pilot.press("down", "y")
            if said:
                await until(pilot, "token")
                assert not desk.handed
    assert desk.handed


async def test_alone_nobody_hands_over() -> None:
    desk = three()
    async with terminal(desk) as (app, pilot):
        await pilot.press("d", then=Duty)
        await pilot.press("s", then="No other officer")
        assert isinstance(app.screen, Duty)


async def test_one_that_does_not_verify_says_why() -> None:
    desk: FakeDesk = three()
    bad = desk.prepare_handover("duty-2")._replace(number=1, reason="does not verify")
    desk.handed = [bad]
    async with terminal(desk) as (_, pilot):
        await pilot.press("d", then=Duty)
        await pilot.press("h", then="✘ 1  does not verify")
