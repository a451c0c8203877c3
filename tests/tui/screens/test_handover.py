"""Hand-over: open actions, on a screen of its own and in the top row."""

import pytest

from exchange.desk.status_records import DutyItem, DutySection, MissingBulletins
from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE, changed, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, lines, says, seen, terminal, text, until
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.handover import Duty
from tui.widgets.bar import Bar
from tui.widgets.page import Text


def desk(**more: object) -> FakeDesk:
    """One FLASH escalated, one movement overdue, one to translate."""
    made = three(**more)
    raised = DutyItem(
        ("ESCALATED",),
        made.row(3),
        late=True,
        role="DUTY-2, Deputy",
        notes=("late by 11 minutes", "call: DUTY-2, Deputy"),
    )
    moving = DutyItem(("OVERDUE_MOVEMENT",), made.row(1), late=True)
    wanted = DutyItem(("TO_TRANSLATE",), made.row(2), notes=("into: English",))
    made.sections = (
        DutySection("escalated", "Escalated: 1 bulletin", (raised,)),
        DutySection("due", "Overdue: 1 bulletin", (moving,)),
        DutySection("recalled", "Recalls not acknowledged: none"),
        DutySection("to_translate", "To be translated: 1 bulletin", (wanted,)),
    )
    return made


async def test_the_top_row_says_what_is_late_and_to_whom_a_flash_goes() -> None:
    """And follows what is done."""
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, seen(pilot, "overdue", 0))
            assert "‼ 1 escalated to DUTY-2, Deputy" in lines(app)[0]
            assert "! 2 overdue" in lines(app)[0]
        made.sections = made.sections[1:2]
        made.tell()
        await until(pilot, seen(pilot, "! 1 overdue", 0))
        made.sections = ()
        made.tell()
        await until(pilot, lambda: "overdue" not in lines(app)[0])
        assert "escalated" not in lines(app)[0]


async def test_in_chinese_the_role_follows_its_verb_and_one_is_counted() -> None:
    made = desk(settings={"language": "zh-Hans"})
    async with terminal(made, WIDE) as (app, pilot):
        await until(pilot, lambda: "‼ 1 份已逐级上报DUTY-2" in lines(app)[0])
        made.sections = made.sections[1:2]
        made.tell()
        await until(pilot, seen(pilot, "! 1 份已过时限", 0))


def drilled(**more: object) -> FakeDesk:
    """The same FLASH in an exercise, and a real one behind it, or none."""
    made = desk()
    (raised,) = made.sections[0].items
    row = changed(raised.row, mode="EXERCISE")
    drill = raised._replace(row=row, role="DUTY-9, Duty director")
    real = (raised,) if more.pop("real", False) else ()
    section = made.sections[0]._replace(items=(drill, *real))
    made.sections = (section, *made.sections[2:])
    made.settings = {"language": str(more.pop("language", "en"))}
    made.state = status(drilled={"EXERCISE": 2})
    return made


@pytest.mark.parametrize(
    ("language", "said", "flash"),
    [
        (
            "en",
            "Exercise: 1 escalated to DUTY-9, Duty director",
            "Exercise: FLASH 2",
        ),
        ("zh-Hans", "演习：1 份已逐级上报DUTY-9, Duty director", "演习：特急 2"),
    ],
)
async def test_a_drill_is_no_alarm_and_says_what_it_is(
    language: str, said: str, flash: str
) -> None:
    async with terminal(drilled(language=language), NARROW) as (app, pilot):
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, lambda: said in lines(app)[0])
            assert "‼" not in lines(app)[0]
            bar = app.screen.query_one("#link", Bar)
            assert "alarm" not in {part.style for part in bar.rows[0] if part.text}
            assert (flash in lines(app)[0]) == (size == WIDE)


async def test_beside_a_drill_the_role_is_that_of_the_real_one() -> None:
    """Nor is the drill drawn as a real alarm."""
    async with terminal(drilled(real=True), NARROW) as (app, pilot):
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, seen(pilot, "‼ 1 escalated to DUTY-2, Deputy", 0))
            told = "Exercise: 1 escalated │" in lines(app)[0]
            assert told == (size == WIDE)
            assert "DUTY-9" not in lines(app)[0]
        await pilot.press("d", then="EX")
        heads = [
            one.items[0] for one in pilot.front(Duty).choices.entries if one.number
        ]
        styles = [item.style for item in heads if isinstance(item, Text)]
        assert styles[:2] == ["drill", "loud"]


async def test_every_section_is_there_also_where_it_is_empty() -> None:
    made = desk()
    async with terminal(made, WIDE) as (app, pilot):
        for key in ("d", "f7", "د", "ｄ"):
            await pilot.press(key, then="Recalls not acknowledged: none")
            for section in made.sections:
                assert section.title in text(app)
            assert "late by 11 minutes · call: DUTY-2, Deputy" in text(app)
            assert "into: English" in text(app)
            await pilot.press("m", then="Select a desk of missing bulletins.")
            assert made.judged == []
            app.clear_notifications()
            await pilot.press("escape", then=Bulletins)


async def test_the_cursor_stays_on_its_bulletin_and_enter_opens_it() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("d", then="To be translated")
        await pilot.press("end")
        duty = pilot.front(Duty)
        for _ in range(2):
            assert duty.choices.chosen is not None
            assert duty.choices.chosen.number == 2
            made.sections = (made.sections[-1],)
            duty.on_screen_resume()
            await until(pilot, lambda: "Escalated" not in text(app))
        await pilot.press("enter", then=Bulletins)
        await until(pilot, "请核实")


async def test_an_overdue_movement_offers_what_is_proposed() -> None:
    made = desk()
    async with terminal(made, NARROW) as (_, pilot):
        await pilot.press("d", then="no arrival reported")
        await pilot.press("p", then="Select an overdue movement")
        assert made.begun == []
        await pilot.press("down", "p")
        await until(pilot, lambda: made.begun == [(1, "PROPOSAL")])
        await until(pilot, Compose)
        await until(pilot, "Suspect vehicle")
        assert made.submitted == []


async def test_an_rfi_to_a_desk_of_missing_bulletins_opens_in_the_form() -> None:
    """Enter does the same: there is no bulletin to open."""
    made = desk()
    made.missing = [
        MissingBulletins("ops.beijing.cn", "1 bulletin of ops.beijing.cn: 41"),
        MissingBulletins("ops.kashgar.cn", "2 bulletins of ops.kashgar.cn: 7-8"),
    ]
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("d")
        for key in ("p", "enter"):
            await until(pilot, "ops.kashgar.cn: 7-8")
            assert "p: write the RFI to this desk" in text(app)
            await pilot.press("home", "down")
            await until(pilot, lambda: pilot.front(Duty).choices.seen_entry)
            await pilot.press(key, then=Compose)
            await pilot.press("escape", then=Duty)
        assert made.requested == ["ops.kashgar.cn"] * 2


@pytest.mark.parametrize("key", ["m", "enter"])
async def test_a_number_far_above_the_others_is_judged(key: str) -> None:
    """Nothing is chosen at first, so that a key pressed twice says nothing."""
    made = desk()
    said = f"a bulletin of ops.beijing.cn has number {2**63 - 1}"
    made.missing = [MissingBulletins("ops.beijing.cn", said, 2**63 - 1, jumps=True)]
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("d", then="m: explain this number")
        await pilot.press("home")
        await until(pilot, lambda: pilot.front(Duty).choices.seen_entry)
        await pilot.press(key, then="that desk did not write it")
        assert made.judged == []
        await pilot.press("down", "enter")
        await until(pilot, lambda: "m: explain this number" not in text(app))
        assert made.judged == [("ops.beijing.cn", 2**63 - 1, "MISUSED")]


async def test_what_fails_is_said() -> None:
    class Broken(FakeDesk):
        def handover(self) -> tuple[DutySection, ...]:
            raise Refusal(Reason.DATABASE, "due")

    async with terminal(Broken(three().bulletins), WIDE) as (app, pilot):
        await pilot.press("d", then=lambda: says(app, Reason.DATABASE))
        await pilot.press("enter", "p", "escape", then=Bulletins)


async def test_a_thousand_matters_and_hostile_ones() -> None:
    made = three()
    row = changed(made.row(3), subject=HOSTILE, precedence=HOSTILE, mode=HOSTILE)
    evil = DutyItem((HOSTILE,), row, late=True, role=HOSTILE, notes=(HOSTILE,) * 3)
    many = DutySection("due", HOSTILE, (evil,) * 1_000)
    made.sections = (DutySection("escalated", HOSTILE, (evil,)), many)
    async with terminal(made, NARROW) as (app, pilot):
        await until(pilot, lambda: "! 1001 overdue" in lines(app)[0])
        await pilot.press("d", then="Evil")
        for key in ("end", "pageup", "home", "down", "enter"):
            await pilot.press(key)
            await pilot.pause(0.05)
            shown = text(app)
            assert all(c.isprintable() or c in "\n\xa0" for c in shown), key
            assert "\u202e" not in shown
        assert app.is_running
