"""Keys that are typed without waiting reach what they are for, and sign nothing.

Also those that are typed before the first screen stands.
"""

import asyncio
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from textual.command import Hits
from textual.events import AppBlur, AppFocus, Key, Paste
from textual.screen import Screen

from exchange.desk.status_records import DutyItem, DutySection
from exchange.errors import Reason, Refusal
from tests.tui.examples import EN, NOW, opened
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import (
    READER,
    WIDE,
    Looking,
    go_on,
    says,
    terminal,
    text,
    until,
)
from tests.tui.test_form import filled
from tui import typed_keys
from tui.app import Terminal
from tui.screens.acknowledge import Acknowledge
from tui.screens.bulletins import Bulletins
from tui.screens.commands import Commands
from tui.screens.compose import Compose
from tui.screens.dialogs import Pick
from tui.screens.drafts import DraftsScreen
from tui.screens.handover import Duty
from tui.screens.help import Help
from tui.screens.review import Sending
from tui.screens.review_page import Digits, challenge
from tui.screens.verify import Verify
from tui.screens.voice import Voice
from tui.typed_keys import SeenFirst
from tui.widgets.form_view import FormView
from tui.widgets.reader import Reader
from tui.widgets.sign_list import SignList
from tui.widgets.text_editor import Edit
from tui.workers import ask_to_open

NAMED = {"enter": "\r", "escape": "\x1b", "tab": "\t", " ": " "}


def type_at_once(app: Terminal, *keys: str) -> None:
    """Type keys, none of which waits for what the one before brings about."""
    for key in keys:
        letter = key if len(key) == 1 else NAMED.get(key)
        app.post_message(Key("space" if key == " " else key, letter))


@contextmanager
def slow(desk: FakeDesk, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Let a question of the desk wait until the event that is yielded is set."""
    goes_on, asked = Event(), getattr(desk, name)

    def ask(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as the desk is asked
        assert goes_on.wait(30)
        return asked(*args, **more)

    monkeypatch.setattr(desk, name, ask)
    try:
        yield goes_on
    finally:
        goes_on.set()


def with_draft(desk: FakeDesk) -> FakeDesk:
    desk.draft = filled().keep()
    return desk


def form_of(app: Terminal) -> Any:  # noqa: ANN401 - a form, once it is there
    screen = app.screen
    return screen.form if isinstance(screen, Compose) else None


def subject(app: Terminal) -> str:
    form = form_of(app)
    return form.prose[0].text if form else ""


def mode(app: Terminal) -> list[str]:
    form = form_of(app)
    return list(form.values["mode"]) if form else []


def is_calm(app: Terminal) -> bool:
    return not app.typed.at_work


def first_due(app: Terminal) -> object:
    screen = app.screen
    return isinstance(screen, Duty) and screen.choices.seen_entry


def is_waiting(app: Terminal, keys: int) -> bool:
    return len(app.typed._waiting) == keys


def go(app: Terminal, path: str) -> None:
    view = app.screen.query_one(FormView)
    view.go(path)


async def test_a_kind_is_chosen_before_its_list_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The letters went to the list of bulletins, and Enter took the first kind."""
    desk = three()
    with slow(desk, "templates", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            type_at_once(app, *"cmedev", "enter")
            await until(pilot, Pick)
            await pilot.pause(0.05)
            goes_on.set()
            await until(pilot, lambda: form_of(app) is not None)
            await until(pilot, lambda: is_calm(app))
            assert form_of(app).kind.code == "MEDEVAC"


async def test_a_command_is_typed_before_the_palette_has_found_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Enter did nothing, or ran the first of all commands."""
    search = Commands.search

    async def later(self: Commands, query: str) -> Hits:
        await asyncio.sleep(0.05)
        async for hit in search(self, query):
            yield hit

    monkeypatch.setattr(Commands, "search", later)
    async with terminal(three(), WIDE) as (app, pilot):
        type_at_once(app, "ctrl+p", *"verify", "enter")
        await until(pilot, Verify)
        await pilot.press("escape", "ctrl+p", then="Previous bulletin")
        type_at_once(app, *"verify", "enter", "V")
        await until(pilot, Voice)


async def test_values_are_typed_ahead_of_their_boxes_and_a_paste_among_them() -> None:
    desk = three(draft=filled().keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        go(app, "subject")
        type_at_once(app, "enter", *" now", "enter")
        await until(pilot, lambda: subject(app) == "Convoy at risk now")
        await until(pilot, lambda: is_calm(app))
        go(app, "mode")
        type_at_once(app, "enter", *"actual", "enter")
        await until(pilot, lambda: mode(app) == ["ACTUAL"] and is_calm(app))
        go(app, "subject")
        type_at_once(app, "enter", " ")
        app.post_message(Paste("in the"))
        type_at_once(app, *" north", "enter")
        await until(pilot, lambda: subject(app) == "Convoy at risk now in the north")


async def test_desks_are_typed_while_the_desk_still_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = filled()
    form.values["to"] = []
    desk = three(draft=form.keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        go(app, "to")
        with slow(desk, "desks", monkeypatch) as goes_on:
            type_at_once(app, "enter", *"beijing", "enter", "enter")
            await pilot.pause(0.05)
            assert isinstance(app.screen, Compose)
            goes_on.set()
            await until(pilot, lambda: form_of(app) and form_of(app).values.get("to"))
            assert form_of(app).values["to"] == ["ops.beijing.cn"]


async def test_the_list_of_a_screen_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key on a screen is for comes once the desk has answered."""
    desk = three(draft=filled().keep())
    desk.kept[2, 1] = filled().keep()
    with slow(desk, "drafts", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            type_at_once(app, "w", "down")
            await until(pilot, DraftsScreen)
            await pilot.pause(0.05)
            goes_on.set()
            await until(pilot, lambda: is_calm(app))
            chosen = pilot.front(DraftsScreen).choices.chosen
            assert chosen is not None
            assert chosen.number == 2


def acknowledged(desk: FakeDesk) -> list[object]:
    return list(desk.acknowledged)


def box(app: Terminal, kind: type[SeenFirst]) -> Callable[[], object]:
    return lambda: isinstance(app.screen, kind) and app.screen.painted


def tells_lost(app: Terminal) -> bool:
    """Whether the screen says, once, that keys were not taken."""
    shown = " ".join(text(app).split())
    return shown.count("Not taken: typed") == 1


def stands_on(app: Terminal, at: int) -> object:
    """Whether the screen shows a highlighted line that signs."""
    choices = app.screen.query_one(SignList)
    return choices.cursor == at and choices.seen_entry


async def test_no_key_signs_that_was_typed_before_its_box_was_painted() -> None:
    desk = three()
    async with terminal(desk, READER) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: is_calm(app) and app.screen.query("#reader"))
        before = acknowledged(desk)
        type_at_once(app, "a", "down", "y", "enter", "j", "y", "tab", "x", "escape")
        await until(pilot, box(app, Acknowledge))
        await until(pilot, lambda: is_calm(app))
        assert isinstance(app.screen, Acknowledge)
        assert app.screen.sign_list.cursor == 0
        assert not app.screen.remark
        await until(pilot, lambda: tells_lost(app))
        assert acknowledged(desk) == before
        await pilot.press("down", "y", then=Bulletins)
        assert len(acknowledged(desk)) == len(before) + 1
        await until(pilot, lambda: not app._pending)  # what changed was shown


async def test_a_key_after_that_to_what_is_urgent_is_for_no_row_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The box opened for the row that the cursor was just about to leave."""
    desk = three()
    monkeypatch.setattr(desk, "urgent", lambda: array("q", [1]))
    with slow(desk, "urgent", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            shown = pilot.front(Bulletins)
            await until(pilot, lambda: shown.reader.opened and is_calm(app))
            assert shown.number == 3
            type_at_once(app, "tab", "a")
            await until(pilot, lambda: is_waiting(app, 1))
            goes_on.set()
            await until(pilot, lambda: shown.number == 1 and is_calm(app))
            if isinstance(app.screen, Acknowledge):
                assert app.screen.opened.row.number == 1
            else:
                await until(pilot, lambda: tells_lost(app))


async def test_a_remark_goes_on_once_its_box_is_painted_again() -> None:
    """Keys were lost for a second behind another box: no choice was highlighted."""
    desk = three()
    async with terminal(desk, READER) as (app, pilot):
        await pilot.press("enter", "a", then=box(app, Acknowledge))
        await pilot.press("tab", "N", "ctrl+q", "escape", "o")
        assert pilot.front(Acknowledge).remark == "No"


async def test_no_bulletin_is_sent_by_keys_from_before_its_review(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = three(draft=filled().keep())
    with slow(desk, "review", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            await go_on(pilot)
            type_at_once(app, "ctrl+s", "down", "y", "y", "enter")
            await pilot.pause(0.05)
            type_at_once(app, "down", "y")
            goes_on.set()
            await until(pilot, box(app, Sending))
            await until(pilot, lambda: is_calm(app))
            assert pilot.front(Sending).sign_list.cursor == 0
            assert not desk.submitted
            await pilot.press("down", "y", then=lambda: desk.submitted)


def with_flash() -> FakeDesk:
    form = filled()
    form.values["precedence"] = ["FLASH"]
    return three(draft=form.keep())


async def review(app: Terminal, pilot: Looking) -> str:
    """Open the review of a FLASH, its last line chosen; return the digits."""
    await go_on(pilot)
    await pilot.press("ctrl+s", then=box(app, Sending))
    await pilot.press("down", then=lambda: stands_on(app, 1))
    return challenge(pilot.front(Sending).draft)


async def test_digits_from_before_their_box_are_not_taken_which_is_said() -> None:
    """They were lost without a word, and the officer waited for what he had sent."""
    desk = with_flash()
    async with terminal(desk, WIDE) as (app, pilot):
        digits = await review(app, pilot)
        type_at_once(app, "y", *digits, "enter")
        await until(pilot, box(app, Digits))
        await until(pilot, lambda: is_calm(app) and tells_lost(app))
        assert typed_digits(app) == ""
        await pilot.press(*digits, "enter", then=lambda: desk.submitted)


def typed_digits(app: Terminal) -> str:
    return app.screen.query_one(Edit).text if isinstance(app.screen, Digits) else ""


async def test_a_key_counts_from_the_moment_in_which_all_of_a_box_was_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It counted some time later, and what was typed in between was lost."""
    note, shown = SeenFirst.note_shown, list[str]()

    def type_a_digit(self: SeenFirst) -> None:
        note(self)
        if isinstance(self, Digits) and not self.painted:
            shown.append(text(self.app))
            self.app.post_message(Key(str(len(shown) % 10), str(len(shown) % 10)))

    monkeypatch.setattr(SeenFirst, "note_shown", type_a_digit)
    async with terminal(with_flash(), WIDE) as (app, pilot):
        await review(app, pilot)
        await pilot.press("y", then=box(app, Digits))
        await until(pilot, lambda: is_calm(app))
        assert typed_digits(app) == f"{len(shown) % 10}"
        assert "Sign: duty-1@ops" in shown[-1].split("type these digits")[1]


async def happen(comes: str, app: Terminal, pilot: Looking, desk: FakeDesk) -> None:
    """Let something come that has nothing to do with what is typed."""
    if comes == "size":
        await pilot.resize_terminal(*(WIDE if app.size == READER else READER))
    elif comes == "message":
        app.notify("A FLASH has come", markup=False)
    elif comes == "help":
        app.action_help()
    elif comes == "flash":
        desk.arrive(opened(1, EN, precedence="FLASH"))
    else:
        app.post_message(AppBlur())


@pytest.mark.parametrize("comes", ["size", "message", "help", "flash", "blur"])
async def test_the_box_of_digits_is_shown_whatever_comes_while_it_opens(
    comes: str,
) -> None:
    """At any step of its opening."""
    desk = with_flash()
    async with terminal(desk, WIDE) as (app, pilot):
        digits = await review(app, pilot)
        choices = pilot.front(Sending).sign_list
        for steps in range(0, 24, 4):
            type_at_once(app, "y")
            while comes != "blur" and not choices.busy:  # noqa: ASYNC110  told by no event
                await asyncio.sleep(0)
            for _ in range(steps):
                await asyncio.sleep(0)
            await happen(comes, app, pilot, desk)
            await until(
                pilot, lambda: is_calm(app) and Digits in map(type, app.screen_stack)
            )
            if comes == "help" and isinstance(app.screen, Help):  # else it is below
                await pilot.press("escape")
            if comes == "blur":
                app.post_message(AppFocus())
            await until(pilot, box(app, Digits))
            assert digits in text(app)
            await pilot.press(*digits, then=lambda: typed_digits(app) == digits)
            assert isinstance(app.focused, Edit)
            if steps < 20:
                while not isinstance(app.screen, Sending):
                    await pilot.press("escape")
                await until(pilot, lambda: stands_on(app, 1))
        await pilot.press("enter", then=lambda: desk.submitted)


async def test_keys_do_not_wait_for_a_question_that_was_never_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A screen was left before its worker had a thread: keys waited for its answer."""
    monkeypatch.setattr(typed_keys, "OPENS_MOST", 1_000_000)
    goes_on, busy = Event(), ThreadPoolExecutor(1)
    async with terminal(three(), WIDE) as (app, pilot):
        asyncio.get_running_loop().set_default_executor(busy)
        busy.submit(goes_on.wait)
        try:
            asks: Screen[None] = Screen()
            await app.push_screen(asks)
            ask_to_open(asks, lambda: None, lambda _: None)
            asks.dismiss()
            type_at_once(app, "f1")
            await until(pilot, lambda: isinstance(app.screen, Help))
        finally:
            goes_on.set()


async def test_keys_for_what_never_opens_are_dropped_and_the_screen_goes_on(
    monkeypatch: pytest.MonkeyPatch, rung: list[int]
) -> None:
    monkeypatch.setattr(typed_keys, "OPENS_MOST", 3)
    desk = three()
    with slow(desk, "templates", monkeypatch):
        async with terminal(desk, WIDE) as (app, pilot):
            type_at_once(app, "c", *"med")
            await until(pilot, lambda: rung)
            await until(pilot, lambda: is_calm(app))
            await pilot.press("escape", then=Bulletins)


@pytest.mark.parametrize("refused", [True, False])
async def test_keys_for_a_box_that_does_not_open_do_nothing_below_it(
    monkeypatch: pytest.MonkeyPatch,
    rung: list[int],
    refused: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    """Letters of a passphrase left the screen, and Enter opened a bulletin of it."""
    desk = three()
    desk.sections = (
        DutySection("due", "Overdue", (DutyItem(("OVERDUE_MOVEMENT",), desk.row(1)),)),
    )

    def others() -> list[str]:
        if refused:
            raise Refusal(Reason.NOT_FOUND, "x")
        return []

    monkeypatch.setattr(desk, "other_officers", others)
    with slow(desk, "other_officers", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            await pilot.press("d", then=lambda: first_due(app))
            type_at_once(app, "s", "enter", "q")
            await until(pilot, lambda: is_waiting(app, 2))
            goes_on.set()
            await until(pilot, lambda: is_calm(app))
            assert isinstance(app.screen, Duty)
            assert says(app, Reason.NOT_FOUND) == refused
            assert rung
            await pilot.press("q")
            assert isinstance(app.screen, Bulletins)


@pytest.mark.parametrize("asks", ["drawn_route", "sources"])
async def test_keys_for_a_box_with_nothing_to_show_are_dropped(
    monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    """Its letters began a new bulletin, and Esc left the form."""
    desk = three(draft=filled().keep())
    desk.register, reveals = (), asks == "drawn_route"
    with slow(desk, asks, monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            if reveals:
                await pilot.press("end", "enter")
                await until(pilot, lambda: app.screen.query_one(Reader).opened)
            else:
                await go_on(pilot)
                go(app, "assessment.source")
            below = app.screen
            type_at_once(app, *(("e", "c") if reveals else ("enter", "escape")))
            await until(pilot, lambda: is_waiting(app, 1))
            goes_on.set()
            await until(pilot, lambda: is_calm(app))
            said = "No route was drawn" if reveals else "No source is registered"
            await until(pilot, said)
            assert app.screen is below


async def test_keys_keep_their_order_where_the_application_is_held_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each that waited too long came behind the one after it."""
    monkeypatch.setattr(typed_keys, "LOADS_MOST", -typed_keys.SOON)
    goes_on = asyncio.Event()
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Pick) and is_calm(app))
        over: list[bool] = []
        app.typed.hold(lambda: bool(over), opens=True)
        type_at_once(app, *"medevac")
        await until(pilot, lambda: is_waiting(app, 7))
        app.call_later(goes_on.wait)
        over.append(True)
        await asyncio.sleep(0.05)
        goes_on.set()
        find = app.screen.query_one("#find")
        await until(pilot, lambda: len(getattr(find, "text", "")) == 7)
        assert getattr(find, "text", "") == "medevac"


async def test_more_keys_than_the_bound_are_not_taken(
    monkeypatch: pytest.MonkeyPatch, rung: list[int]
) -> None:
    monkeypatch.setattr(typed_keys, "TYPED_MAX", 3)
    desk = three()
    with slow(desk, "templates", monkeypatch) as goes_on:
        async with terminal(desk, WIDE) as (app, pilot):
            type_at_once(app, "c", *"medevac")
            await until(pilot, lambda: len(rung) == 4)
            goes_on.set()
            await until(pilot, lambda: is_calm(app))
            find = app.screen.query_one("#find")
            assert getattr(find, "text", "") == "med"


async def test_a_signature_that_takes_a_while_is_told_of_until_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = three()
    with slow(desk, "acknowledge", monkeypatch) as goes_on:
        async with terminal(desk, READER) as (app, pilot):
            await pilot.press("enter", "a", then=box(app, Acknowledge))
            await pilot.press("down", then=lambda: stands_on(app, 1))
            assert "Signing ..." not in text(app)
            app.post_message(Key("y", "y"))
            await until(pilot, "Signing ...")
            assert "Cancel" in text(app), "the choices stand as they were"
            await app.screen.run_action("cancel")
            assert isinstance(app.screen, Acknowledge), "what is signed is signed"
            goes_on.set()
            await until(pilot, Bulletins)
            assert "Signing ..." not in text(app)
            await until(pilot, lambda: not app._pending)  # what changed was shown


async def test_the_keys_are_shown_again_where_a_signature_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = three()

    def refuse(*_: object) -> None:
        raise Refusal(Reason.TOKEN, "duty-1")

    monkeypatch.setattr(desk, "submit", refuse)
    with slow(desk, "submit", monkeypatch) as goes_on:
        async with terminal(with_draft(desk), WIDE) as (app, pilot):
            await go_on(pilot)
            await pilot.press("ctrl+s", then=box(app, Sending))
            keys = text(app).splitlines()[-1]
            await pilot.press("down", then=lambda: stands_on(app, 1))
            app.post_message(Key("y", "y"))
            await until(pilot, "Signing ...")
            goes_on.set()
            await until(pilot, lambda: says(app, Reason.TOKEN))
            assert text(app).splitlines()[-1] == keys


class Hasty(Terminal):
    """The terminal of an officer who types while its first screen is being made."""

    async def on_mount(self) -> None:
        """Get the keys, then go on."""
        for key, letter in (("slash", "/"), ("g", "g"), ("y", "y")):
            self.post_message(Key(key, letter))
        await super().on_mount()


async def test_keys_typed_while_the_first_screen_is_made_are_pressed_in_order() -> None:
    app = Hasty(three(), lambda: NOW)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query_one("#find", Edit).text == "gy")
