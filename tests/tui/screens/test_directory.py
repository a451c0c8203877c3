"""The Directory screen, address groups, and groups among the recipients of a form."""

from functools import partial

from exchange.errors import Reason, Refusal
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.fake_directory import OWN
from tests.tui.looking import (
    NARROW,
    WIDE,
    go_on,
    says,
    terminal,
    text,
    until,
    words,
)
from tests.tui.screens.test_compose import with_draft
from tests.tui.screens.test_sent import reading
from tui.app import Terminal
from tui.screens.bulletins import Bulletins
from tui.screens.dialogs import Pick
from tui.screens.directory import DirectoryScreen, GroupsScreen
from tui.screens.review import Sending
from tui.widgets.choices import Choices
from tui.widgets.form_view import FormView

OPS = "ops.beijing.cn"


async def test_a_desk_stands_there_with_who_answers_and_how_it_is_reached() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press("D", then="HOTLINE-7")
        said = text(app)
        for mark in (
            "ops.beijing.cn · Ministry of Public Security · last heard",
            "NIGHT-1 · Duty officer · Night · reach by: HOTLINE-7 · deputy: NIGHT-2",
            "Urdu (fluent)",
            f"{OWN} · this desk",
            "Pakistan",
            "duty roster of 2026-11-24 14:30Z",
            "No duty roster (LIAISON) that is valid.",
            "It cannot receive bulletins",
        ):
            assert mark in said
        await pilot.press("escape", then=Bulletins)


async def test_enter_opens_the_roster_and_nothing_is_opened_unasked() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("D", then=DirectoryScreen)
        await until(pilot, OPS)
        assert not desk.changed, "nothing was marked as read"
        await pilot.press("down")
        await pilot.press("enter", then="has no duty roster")
        await pilot.press("home", "enter", then=Bulletins)
        await until(pilot, lambda: 2 in desk.changed)
        await until(pilot, lambda: reading(app) == 2)
        await pilot.press("escape", then=DirectoryScreen)
        await until(pilot, OPS)
        chosen = app.screen.query_one("#page", Choices).chosen
        assert chosen is not None
        assert chosen.number == 1
        await pilot.press("escape", then=Bulletins)
        assert not reading(app)


async def test_a_group_is_made_changed_and_deleted_by_keyboard() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("D", "i", then="No address group is kept yet.")
        await pilot.press("+", then="Name of the group")
        await pilot.press(*"north", "enter")
        await until(pilot, lambda: "@north" in text(app) and "[ ]" in text(app))
        await pilot.press("space", "enter")
        await until(pilot, lambda: desk.saved_groups == {"north": (OPS,)})
        await until(pilot, GroupsScreen)
        await pilot.press("enter", then="[x]")
        await pilot.press("down", "space", "enter")
        await until(pilot, lambda: desk.saved_groups == {"north": (OPS, OWN)})
        await until(pilot, OWN)
        await pilot.press("delete", then=lambda: desk.saved_groups == {})


async def test_a_group_that_is_broken_and_a_name_that_is_refused_say_so() -> None:
    """So does a full disk."""
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("D", "i", then="No address group")
        await pilot.press("+", *"a@b", "enter", then="[ ]")
        await pilot.press("enter", then="no @")
        desk.refuse = Refusal(Reason.DISK, "mailbox.db")
        await pilot.press("+", *"ab", "enter", then="[ ]")
        await pilot.press("space", "enter", then=lambda: says(app, Reason.DISK))
        assert desk.saved_groups == {}
        desk.refuse = None
        desk.saved_groups = {"empty": (), "old": (OPS, "ops.left.cn")}
        await pilot.press("escape", "i", then="a bulletin cannot be sent to this group")
        assert "ops.left.cn is in no directory any more" in text(app)


# In a form.


def grouped(**groups: tuple[str, ...]) -> FakeDesk:
    desk = with_draft()
    desk.saved_groups = groups
    desk.draft = desk.draft.replace('"ops.beijing.cn"', '"@north"')
    return desk


async def test_a_group_stays_one_in_the_form_and_the_review_shows_its_desks() -> None:
    desk = grouped(north=(OPS, OWN))
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await until(pilot, "@north")
        await pilot.press("ctrl+s", then=Sending)
        await until(pilot, OPS)
        assert "@north" not in text(app)
        await pilot.press("down", "y", then=lambda: desk.submitted)
        assert desk.submitted[0].to == (OPS,)


async def test_a_group_that_is_chosen_keeps_its_name() -> None:
    desk = with_draft()
    desk.saved_groups = {"North-۲": (OPS, OWN)}
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        app.screen.query_one(FormView).go("to")
        await pilot.press("enter", then=Pick)
        await pilot.pause()
        await pilot.press("home", "space", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Pick))
        await pilot.press("ctrl+s", then=Sending)


async def test_a_broken_group_stops_at_the_form() -> None:
    desk = grouped()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await until(pilot, "@north")
        groups: list[tuple[dict[str, tuple[str, ...]], str]] = [
            ({}, "no such address group"),
            ({"north": ()}, "has no other desk"),
            ({"north": (OPS, "ops.left.cn")}, "ops.left.cn is in no directory"),
        ]
        for kept, told in groups:
            desk.saved_groups = kept
            await pilot.press("ctrl+s", then=partial(tells, app, told))
            assert not isinstance(app.screen, Sending)
        assert desk.submitted == []


def tells(app: Terminal, told: str) -> bool:
    return told in words(app)
