"""How many keys an officer presses for what is urgent or daily.

Counted from the list on, with the desk's defaults of label and addressees in force.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, Looking, terminal, text, until
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.form import Form
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Pick
from tui.screens.review import Sending
from tui.templates import DEFAULTS, defaults_text
from tui.widgets.form_view import FormView


class Officer:
    """Presses keys, waits for what they do, and counts them."""

    def __init__(self, app: Terminal, pilot: Looking) -> None:
        self.app, self.pilot, self.keys = app, pilot, 0

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
    desk = three(kept_templates={DEFAULTS: defaults_text(filled())})
    async with terminal(desk, NARROW, Bulletins) as (app, pilot):
        yield Officer(app, pilot)


async def test_lines_1_to_5_of_a_medevac_take_60_keys_at_most() -> None:
    async with on_duty() as officer:
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
        assert officer.row == "subject"
        wanted = {row.path for row in form.rows() if row.required} - {"subject"}
        assert wanted <= set(form.values)
        assert officer.keys <= 60


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
