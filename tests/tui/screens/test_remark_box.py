"""A remark that looks like personal data: in both boxes, reworded or confirmed."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from exchange.v1 import envelope_pb2 as env
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, Looking, lines, terminal, text, until
from tui.app import Terminal
from tui.screens.acknowledge import Acknowledge
from tui.screens.dialogs import Pick
from tui.screens.previews import finding
from tui.screens.recall import Recall
from tui.screens.remark_box import Remarking
from tui.widgets.sign_list import SignList
from tui.widgets.text_editor import Edit
from tui.words import join_words, use

PHONE = "Ring 0300-1234567"
BOTH = f"{PHONE} someone@example.org"


async def acknowledging(pilot: Looking) -> None:
    await pilot.press("enter", then="✔")
    await pilot.press("a", then=Acknowledge)
    await pilot.press("down")


async def recalling(pilot: Looking) -> None:
    await pilot.press("end", "enter", then="✔")
    await pilot.press("R", then=Recall)
    await pilot.press("down", "enter", then=Pick)
    await pilot.press("enter", then=Recall)
    await pilot.press("down", "down")


Box = Callable[[Looking], Awaitable[None]]
BOXES = pytest.mark.parametrize("opening", [acknowledging, recalling])


def write(app: Terminal, remark: str) -> None:
    """As it is pasted; the cursor stays there."""
    edit = app.screen.query_one("#remark", Edit)
    edit.focus()
    edit.replace(remark)


def remarks(desk: FakeDesk) -> list[str]:
    given = [remark for _, _, remark in desk.acknowledged]
    return given + [remark for *_, remark in desk.recalled]


@BOXES
@pytest.mark.parametrize(
    ("lang", "said", "kind", "done"),
    [
        ("en", "Looks like personal data", "telephone number", "Confirmed to be no"),
        ("ur", "ذاتی معلومات لگتی ہیں", "ٹیلی فون نمبر", "تصدیق"),
        ("zh-Hans", "疑似个人信息", "电话号码", "已确认并非个人信息"),
    ],
)
async def test_it_is_shown_confirmed_and_recorded(
    opening: Box, lang: str, said: str, kind: str, done: str
) -> None:
    desk = three(settings={"language": lang})
    async with terminal(desk, NARROW) as (app, pilot):
        await opening(pilot)
        row = app.screen.query_one("#what").region.y
        await until(pilot, lambda: "┃" in lines(app)[row])  # what others wrote
        write(app, PHONE)
        await sign(app, pilot)
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, lambda: join_words(said) in text(app))
            assert join_words(kind) in text(app)
        await pilot.press("x", then=lambda: join_words(said) not in text(app))
        for size in (WIDE, NARROW):
            await pilot.resize(size)
            assert join_words(done) in text(app)
        assert remarks(desk) == [], "a key of its own signs"
        await pilot.press("y", then=lambda: remarks(desk) == [PHONE])
        assert desk.confirmed == [["remark PHONE"]]


@BOXES
async def test_another_text_is_asked_about_anew(opening: Box) -> None:
    """What was confirmed is that of one text, and no leave for the next number.

    Each finding is confirmed by itself.
    """
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await opening(pilot)
        write(app, PHONE)
        await sign(app, pilot)
        await until(pilot, "telephone number")
        await pilot.press("x", then="✔ Confirmed to be no")
        await pilot.press("tab", "end", "8")
        await until(pilot, lambda: "✔ Confirmed to be no" not in text(app))
        await sign(app, pilot)
        await until(pilot, "telephone number")
        assert remarks(desk) == []
        write(app, "Ring the desk")
        await until(pilot, lambda: "telephone number" not in text(app))
        write(app, BOTH)
        await sign(app, pilot)
        await until(pilot, "e-mail address")
        await pilot.press("x", then="telephone number")
        await pilot.press("y")
        await pilot.pause(0.2)
        assert remarks(desk) == []
        assert "telephone number" in text(app)
        await pilot.press("f9", "x", "y", then=lambda: remarks(desk) == [BOTH])
        assert desk.confirmed == [["remark EMAIL", "remark PHONE"]]


@BOXES
async def test_of_a_text_without_findings_nothing_is_confirmed(opening: Box) -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await opening(pilot)
        write(app, PHONE)
        await sign(app, pilot)
        await pilot.press("x", then="✔ Confirmed to be no")
        write(app, "Ring the desk")
        await until(pilot, lambda: "✔ Confirmed to be no" not in text(app))
        await sign(app, pilot)
        await until(pilot, lambda: remarks(desk) == ["Ring the desk"])
        assert desk.confirmed == [[]]


async def test_a_remark_that_waits_for_a_releaser_says_so() -> None:
    """The key that confirms is a letter in it, and does nothing before."""
    desk, says = three(), "It goes once a second officer has released it."
    waits: list[tuple[list[env.Kind.ValueType], int]] = [
        ([env.KIND_RECEIPT], 2),
        ([env.KIND_TRANSLATION], 0),
        ([], 0),
    ]
    async with terminal(desk, NARROW) as (app, pilot):
        for waiting, times in waits:
            desk.changed[3] = replace(desk.read(3), waiting_answers=waiting)
            await pilot.show(Acknowledge(desk, desk.read(3)), Acknowledge)
            await pilot.press("down", "x", "tab", "x")
            screen = pilot.front(Remarking)
            assert (screen.remark, screen.confirmed) == ("x", [])
            write(app, "")
            await until(pilot, lambda: says not in text(app))  # it goes at once
            write(app, "Road closed")
            await pilot.pause()
            await until(pilot, lambda: text(app).count(says) == times)  # noqa: B023 - awaited here
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, Acknowledge))


async def sign(app: Terminal, pilot: Looking) -> None:
    """Press the key that signs, once what it signs is drawn: a key before is none."""
    choices = app.screen.query_one(SignList)
    choices.focus()
    await until(pilot, lambda: choices.seen_entry is not None)
    await pilot.press("y")


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "Text 1: telephone number"), ("zh-Hans", "正文 1：电话号码")],
)
def test_a_finding_says_where_it_stands(lang: str, said: str) -> None:
    use(lang)
    assert finding("segments.0.text PHONE") == said
