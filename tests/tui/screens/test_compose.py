"""Compose: the form, its boxes, what is put off."""

import re

from textual.widgets import OptionList

from tests.tui.fake_data import FakeDesk, three
from tests.tui.looking import WIDE, terminal, text, until
from tests.tui.test_form import filled
from tui import drafts
from tui.form import Form, Prose
from tui.screens.boxes import Ask
from tui.widgets.form_view import FormView


def with_draft(precedence: str = "PRIORITY") -> FakeDesk:
    form = filled()
    form.values["precedence"] = [precedence]
    return three(draft=form.keep())


async def test_a_wrong_field_is_marked_and_nothing_reviewed() -> None:
    form = filled()
    del form.values["label.tlp"]
    desk = three(draft=form.keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✘ Handling" in text(app))
        assert "signed and sent" not in text(app)


async def test_escape_keeps_the_draft() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Kind of bulletin" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Compose:" in text(app))
        await pilot.press(*["down"] * 9, "enter")
        await until(pilot, lambda: "0 / 200" in text(app))
        await pilot.press("ctrl+l", *"گاڑی", "escape")
        await until(pilot, lambda: "0 / 200" not in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Bulletins" in text(app))
        [kept] = drafts.kept(desk).values()
        assert Form.load(kept, "en").prose[0] == Prose("ur", "گاڑی")


async def test_picking_one_and_many() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.query(OptionList))
        await pilot.press("home", "enter")
        await until(pilot, lambda: re.search(r"Mode +Actual", text(app)))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "[x]" in text(app))
        await pilot.press("home", "space", "enter")
        await until(pilot, lambda: re.search(r"Releasable to +China ", text(app)))


async def test_moves_and_emptying_in_the_form_do_what_they_say() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        view = app.screen.query_one(FormView)
        paths = [row.path for row in view.rows]
        await pilot.press(*["down"] * paths.index("when.from"), "enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("ctrl+u", *"2026-11-26 01:00", "enter", "down", "down")
        await pilot.pause()
        assert view.rows[view.cursor].path == paths[paths.index("when.from") + 2]
        await pilot.press("up", "up", "backspace", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert isinstance(app.screen, Ask)
        assert app.screen.heading == view.rows[paths.index("when.to")].label
        assert view.form is not None
        assert "when.from" not in view.form.values


async def test_what_a_field_does_not_take_is_said_at_once() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        view = app.screen.query_one(FormView)
        view.go("when.to")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"soon", "enter")
        await until(pilot, lambda: "✘ When: Until" in text(app))
