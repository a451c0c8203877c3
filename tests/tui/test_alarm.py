"""The alarm: what rings, how often, what stills it, and the row that it holds."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.status_records import (
    DeskStatus,
    DutyItem,
    DutySection,
    LedgerAlarm,
)
from tests.tui.examples import changed, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, seen, terminal, text, until
from tui import alarm
from tui.alarm import AlarmBell, Cause, Escalated, again_after, escalated
from tui.text.terminal import BidiOrder, Switch

NONE = Escalated()


def waiting(*numbers: int) -> DeskStatus:
    return status(flash=len(numbers), ringing=frozenset(numbers))


def test_one_that_comes_while_another_is_acknowledged_rings() -> None:
    one = AlarmBell()
    assert one.rings(waiting(1, 2), NONE, alarm.ONCE, 0)
    assert not one.rings(waiting(1, 2), NONE, alarm.ONCE, 10**9)
    assert one.rings(waiting(2, 3), NONE, alarm.ONCE, 10**9), "as many as before"
    assert not one.rings(waiting(3), NONE, alarm.ONCE, 10**9), "a colleague's answer"


def test_it_rings_again_until_all_is_acknowledged() -> None:
    one = AlarmBell()
    assert one.rings(waiting(1), NONE, "30", 1_000)
    assert not one.rings(waiting(1), NONE, "30", 30_999)
    assert one.rings(waiting(1), NONE, "30", 31_000)
    assert not one.rings(waiting(), NONE, "30", 91_000)


def test_off_is_off_and_ring_again_begins_when_it_is_turned_on() -> None:
    one = AlarmBell()
    assert not one.rings(waiting(1), NONE, alarm.OFF, 0)
    assert not one.rings(waiting(1, 2), NONE, alarm.OFF, 10**9)
    assert one.rings(waiting(1, 2), NONE, "60", 10**9)


def test_a_drill_rings_once_whatever_the_setting() -> None:
    one = AlarmBell()
    drill = status(drilled={"TEST": 1}, drilling=frozenset({4}))
    assert one.rings(drill, NONE, "30", 0)
    assert not one.rings(drill, NONE, "30", 10**9)


def test_an_escalation_rings_at_each_role_and_is_stilled_by_an_acknowledgement() -> (
    None
):
    one = AlarmBell()
    assert one.rings(waiting(1), NONE, alarm.ONCE, 0)
    first = Escalated(received=frozenset({Cause(1, "DUTY-2")}))
    assert one.rings(waiting(1), first, alarm.ONCE, 1)
    assert not one.rings(waiting(1), first, alarm.ONCE, 2)
    second = Escalated(received=frozenset({Cause(1, "DUTY-3")}))
    assert one.rings(waiting(1), second, alarm.ONCE, 3)
    assert not one.rings(waiting(), second, "5", 10**9), "the list is older"
    sent = Escalated(sent=frozenset({Cause(9, "DUTY-2")}))
    assert one.rings(waiting(), sent, alarm.ONCE, 10**9), "nobody answers ours"


@given(st.text())
def test_no_setting_silences_a_flash_but_off(setting: str) -> None:
    after = again_after(setting)
    assert (after is None) == (setting == alarm.OFF)
    assert after in (None, 0) or 5_000 <= after <= 3_600_000


@pytest.mark.parametrize("setting", ["", "٣٠", "-5", "1e3", "9" * 5_000, "0"])
def test_an_unreadable_setting_rings_all_the_same(setting: str) -> None:
    assert again_after(setting)


def raised(desk: FakeDesk, **changes: object) -> DutySection:
    row = changed(desk.row(3), **changes)
    item = DutyItem(("ESCALATED",), row, late=True, role="DUTY-2")
    return DutySection("escalated", "Escalated: 1 bulletin", (item,))


def test_escalations_of_ours_and_of_theirs_are_told_apart_and_drills_left_out() -> None:
    desk = three()
    assert escalated([raised(desk)]).received == {Cause(3, "DUTY-2")}
    assert escalated([raised(desk, outgoing=True)]).sent == {Cause(3, "DUTY-2")}
    assert escalated([raised(desk, mode="EXERCISE")]) == NONE
    assert escalated([raised(desk)._replace(name="due")]) == NONE


async def test_a_flash_rings_also_under_another_screen_and_holds_its_top_row(
    rung: list[int],
) -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("d", then=seen(pilot, "Hand-over", 0))
        desk.state = waiting(3)
        desk.tell()
        for size in ((60, 20), (70, 22), NARROW, (200, 60)):
            await pilot.resize(size)
            await until(pilot, seen(pilot, "‼ FLASH 1", 0))
        assert rung == [1]
        desk.state = waiting()
        desk.tell()
        await until(pilot, seen(pilot, "Hand-over", 0))
        assert "‼ FLASH" not in text(app)
        assert rung == [1]


async def test_a_flash_rings_while_another_program_has_the_terminal() -> None:
    heard, bell = os.pipe()
    os.set_blocking(heard, False)
    desk = three()
    async with terminal(desk, WIDE) as (app, _):
        app._switch = Switch(bell, BidiOrder.SILENT)
        desk.state = waiting(3)
        assert not app._meanwhile()
        assert os.read(heard, 8) == b"\a"
        assert not app._meanwhile()
        with pytest.raises(BlockingIOError):
            os.read(heard, 8)
        app.ended_by = 15
        assert app._meanwhile()
    os.close(heard)
    os.close(bell)


async def test_the_setting_of_the_officer_holds_from_the_start(rung: list[int]) -> None:
    desk = three(state=waiting(3), settings={alarm.SETTING: alarm.OFF})
    async with terminal(desk, WIDE, "‼ FLASH 1") as (_, pilot):
        desk.state = waiting(2, 3)
        desk.tell()
        await until(pilot, "‼ FLASH 2")
        assert not rung


async def test_a_hook_that_fails_stands_in_the_top_row() -> None:
    desk = three(hook=LedgerAlarm("HOOK", "hook: exit code 9 \x1b[2J"))
    async with terminal(desk, WIDE) as (_, pilot):
        for size in ((60, 20), NARROW, (200, 60)):
            await pilot.resize(size)
            await until(pilot, seen(pilot, "ALARM NOTICES NOT SENT", 0))
