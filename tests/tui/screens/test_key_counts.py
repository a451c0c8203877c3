"""How many keys an officer presses for what is urgent or daily.

Counted from the list on, with the desk's defaults of label and addressees in force.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, Looking, terminal, text, until
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.form import Form
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Pick
from tui.screens.paragraph_editor import Write
from tui.screens.review import Sending
from tui.templates import DEFAULTS, defaults_text
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.form_view import FormView


class Officer:
    """Presses keys, waits for what they do, and counts them."""

    def __init__(self, desk: FakeDesk, app: Terminal, pilot: Looking) -> None:
        self.desk, self.app, self.pilot, self.keys = desk, app, pilot, 0
        self.rows = app.screen.query_one(BulletinList)

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def begin(self, letters: str) -> Form:
        await self.press("c")
        await until(self.pilot, lambda: isinstance(self.app.screen, Pick))
        await self.press(*letters, "enter")
        await until(self.pilot, lambda: self._screen().form)
        form = self._screen().form
        assert form is not None
        return form

    def _screen(self) -> Compose:
        assert isinstance(self.app.screen, Compose)
        return self.app.screen

    @property
    def row(self) -> str:
        view = self.app.screen.query_one(FormView)
        return view.rows[view.cursor].path

    async def fill(self, path: str, *keys: str) -> None:
        """Fill in the field on which the cursor stands already."""
        assert self.row == path
        await self.press("enter")
        await until(self.pilot, lambda: not isinstance(self.app.screen, Compose))
        await self.press(*keys, "enter")
        await until(self.pilot, lambda: isinstance(self.app.screen, Compose))
        await until(self.pilot, lambda: self.row != path)


@asynccontextmanager
async def on_duty() -> AsyncIterator[Officer]:
    kept = {DEFAULTS: defaults_text(filled())}
    desk = three(kept_templates=kept, present=("duty-2",))
    async with terminal(desk, NARROW, Bulletins) as (app, pilot):
        yield Officer(desk, app, pilot)


async def lines_1_to_5(officer: Officer) -> Form:
    form = await officer.begin("med")
    await officer.fill("details.pickup_grid", *"43SDU1234056780")
    await officer.fill("details.call_sign", *"MEDIC-1")
    await officer.fill("details.frequency_khz", *"38650")
    await officer.fill("details.urgent", "2")
    await officer.fill("details.priority", "0")
    await officer.fill("details.routine", "0")
    await officer.fill("details.equipment", "space")
    await officer.fill("details.litter", "2")
    await officer.fill("details.walking", "0")
    return form


async def test_lines_1_to_5_of_a_medevac_take_60_keys_at_most() -> None:
    async with on_duty() as officer:
        form = await lines_1_to_5(officer)
        assert officer.row == "subject"
        wanted = {row.path for row in form.rows() if row.required} - {"subject"}
        assert wanted <= set(form.values)
        assert officer.keys <= 60


async def test_a_medevac_is_signed_and_sent_with_100_keys_at_most() -> None:
    async with on_duty() as officer:
        await lines_1_to_5(officer)
        await officer.press("enter", *"Two wounded, Dasu", "ctrl+s")
        await until(officer.pilot, lambda: "signed and sent" in text(officer.app))
        await officer.press("1")
        await until(officer.pilot, "type these digits")
        digits = re.search(r"digits to sign: (\d{4})", text(officer.app))
        assert digits is not None
        await officer.press(*digits[1], "enter")
        await until(officer.pilot, lambda: officer.desk.submitted)
        assert officer.desk.submitted[0].kind.code == "MEDEVAC"
        assert officer.keys <= 100


async def test_a_movement_is_complete_and_reviewed_with_80_keys_at_most() -> None:
    async with on_duty() as officer:
        form = await officer.begin("mov")
        await officer.fill("details.call_sign", *"ROUND-4")
        await officer.fill("details.vehicles", "3")
        await officer.fill("details.armoured", "down")
        await officer.fill("details.persons", *"12")
        await officer.fill("details.escort", "down", "down")
        await officer.fill("details.routes", *"A,B")
        await officer.fill("when.from", *"26 Nov 0100")
        await officer.press("enter", *"Staff convoy ROUND-4", "escape", "ctrl+s")
        await until(officer.pilot, lambda: isinstance(officer.app.screen, Sending))
        await until(officer.pilot, lambda: "signed and sent" in text(officer.app))
        assert form.values["details.routes"] == ["A", "B"]
        assert form.values["when.from"] == ["2026-11-26T01:00:00Z"]
        assert officer.keys <= 80


@pytest.mark.parametrize("kind", ["med", "mov"])
async def test_the_first_field_that_is_needed_waits_under_the_cursor(kind: str) -> None:
    async with on_duty() as officer:
        form = await officer.begin(kind)
        assert officer.row == next(row.path for row in form.rows() if row.required)
        assert officer.keys <= 5


async def test_the_next_urgent_one_takes_1_key() -> None:
    async with on_duty() as officer:
        first = officer.desk.urgent()[0]
        await officer.press("tab")
        await until(officer.pilot, lambda: officer.rows.number == first)
        assert officer.keys == 1


async def test_acknowledging_takes_2_keys() -> None:
    async with on_duty() as officer:
        number = officer.rows.number
        await officer.press("a", "1")
        await until(officer.pilot, lambda: officer.desk.acknowledged)
        assert officer.desk.acknowledged == [(number, "ACKNOWLEDGED", "")]
        assert officer.keys == 2


async def test_what_is_marked_is_acknowledged_with_2_keys() -> None:
    async with on_duty() as officer:
        await officer.press("f", "*")
        await until(officer.pilot, lambda: officer.rows.marked)
        marked = set(officer.rows.marked)
        officer.keys = 0
        await officer.press("a", "2")
        await until(officer.pilot, lambda: not officer.rows.marked)
        assert {one[:2] for one in officer.desk.acknowledged} == {
            (number, "COMPLETED") for number in marked
        }
        assert officer.keys == 2


async def test_a_reply_takes_4_keys_and_its_text() -> None:
    text_of = "Crossing closed until noon"
    async with on_duty() as officer:
        await officer.press("enter")  # reading it is not replying
        await until(officer.pilot, lambda: "VERIFIED" in text(officer.app))
        officer.keys = 0
        await officer.press("r")
        await until(officer.pilot, lambda: isinstance(officer.app.screen, Pick))
        await officer.press("enter")
        await until(officer.pilot, lambda: isinstance(officer.app.screen, Write))
        await officer.press(*text_of, "ctrl+s")
        await until(officer.pilot, lambda: "signed and sent" in text(officer.app))
        await officer.press("1")
        await until(officer.pilot, lambda: officer.desk.submitted)
        assert officer.keys == 4 + len(text_of)
        assert officer.desk.submitted[0].content.subject.text == text_of


async def test_finding_takes_1_key_and_the_words() -> None:
    async with on_duty() as officer:
        await officer.press("/", *"crossing")
        await until(officer.pilot, lambda: officer.rows.window.total == 1)
        assert officer.keys == 1 + len("crossing")


async def test_a_shift_is_handed_over_with_2_keys() -> None:
    async with on_duty() as officer:
        await officer.press("d", "s")
        await until(officer.pilot, lambda: isinstance(officer.app.screen, Pick))
        assert officer.keys == 2
