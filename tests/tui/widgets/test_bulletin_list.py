"""The list on the screen."""

from functools import partial

import pytest
from msgspec.structs import replace
from textual.strip import Strip

from tests.tui.examples import EN, NOW, UR, ZH, changed, opened
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import (
    NARROW,
    WIDE,
    drawn_at,
    lines,
    listed,
    terminal,
    text,
    until,
)
from tui.screens.bulletins import Bulletins
from tui.widgets.bulletin_list import BulletinList


async def test_state_and_precedence_by_sign_and_word_in_all_scripts() -> None:
    async with terminal(three(), NARROW) as (app, _):
        shown = lines(app)
        urdu, chinese, english = shown[2:5]
    assert "! ack?" in urdu
    assert "‼ FLASH" in urdu
    assert "‼ FLASH      ur ﯼﮌﺎﮔ ﮎﻮﮑﺸﻣ ﺐﯾﺮﻗ ﮯﮐ ﮦﺎﮔﺭﺰﮔ ﯽﻟﺎﻤﺷ  " in urdu
    assert "! IMMED EX   zh 北部口岸附近发现可疑车辆  " in chinese
    assert (
        "» deliv.  › PRIO     → en Suspect vehicle seen near the northern c… 1 min"
        in english
    )
    assert urdu.startswith("▌")


async def test_a_million_rows_open_and_move_at_once() -> None:
    desk = three(size=1_000_000)
    async with terminal(desk, NARROW) as (app, pilot):
        assert drawn_at(app) == 1_000_000
        await pilot.press("end", then=lambda: drawn_at(app) == 1)
        await pilot.press(
            "home", "pagedown", then=lambda: 1 < drawn_at(app) < 1_000_000
        )
        assert desk.pages < 20, "few rows are asked for"


def spied(rows: BulletinList) -> list[int]:
    """The lines that are drawn from now on."""
    drawn: list[int] = []
    paint = rows.render_line

    def spy(y: int) -> Strip:
        drawn.append(y)
        return paint(y)

    rows.render_line = spy  # type: ignore[method-assign]
    return drawn


async def test_a_move_repaints_two_rows_and_a_step_over_the_edge_half_a_screen() -> (
    None
):
    async with terminal(three(size=1_000), NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        drawn = spied(rows)
        await pilot.press("down")
        await pilot.pause()
        assert set(drawn) == {0, 1}
        height = rows.scrollable_content_region.height
        half = height // 2
        rows.go(height - 1)
        assert rows.scroll_offset.y == 0
        await pilot.press("down")
        assert (rows.scroll_offset.y, rows.cursor) == (1 + half, height)
        rows.go(1 + half)
        assert rows.scroll_offset.y == 1 + half
        await pilot.press("up")
        assert (rows.scroll_offset.y, rows.cursor) == (0, half)


async def test_a_change_repaints_the_rows_that_show_it() -> None:
    """A node that comes or goes changes no row; a bulletin that was read, its own."""
    desk = three(size=1_000)
    async with terminal(desk, NARROW) as (app, pilot):
        drawn = spied(app.screen.query_one(BulletinList))
        desk.tell()
        await pilot.pause(0.5)
        assert drawn == []
        desk.changed[998] = opened(998, EN, acknowledged=NOW, subject="Other")
        desk.tell()
        await until(pilot, lambda: drawn)
        assert set(drawn) == {2}


async def test_letters_of_three_keyboards_move_and_enter_alone_reads() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        keys = (("j", 1), ("ج", 2), ("k", 1), ("ک", 0), ("ｊ", 1), ("up", 0))
        for key, place in keys:
            await pilot.press(key)
            assert rows.cursor == place, key
        await pilot.pause(0.3)
        assert not desk.row(3).read
        await pilot.press("enter", then=lambda: desk.row(3).read)


async def test_an_arrival_leaves_the_cursor_on_its_bulletin() -> None:
    desk = three(size=100)
    async with terminal(desk, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("down")
        number = rows.number
        desk.arrive(opened(1, EN))
        await until(pilot, lambda: rows.window.count == 101)
        assert rows.number == number
        assert rows.cursor == 2
        await until(pilot, lambda: listed(app)[0] == 101)


async def test_an_arrival_does_not_move_what_is_read_further_down() -> None:
    desk = three(size=1_000)
    async with terminal(desk, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("pagedown", "pagedown", "pagedown", "up", "up", "up")
        await pilot.pause()
        before, drawn = lines(app)[2:22], spied(rows)
        desk.arrive(opened(1, EN))
        await until(pilot, lambda: rows.window.count == 1_001)
        await pilot.pause()
        assert lines(app)[2:22] == before
        assert drawn == [], "nor is any of it painted again"


def is_at(rows: BulletinList, number: int) -> bool:
    return rows.number == number


async def test_tab_goes_to_the_most_urgent_and_on_and_back() -> None:
    """From anywhere: the FLASH at the other end of a long list is one key away."""
    desk = three(size=90)
    desk.changed[5] = opened(5, EN, precedence="FLASH", ack_asked=True)
    for number in range(3, 91, 3):
        desk.changed[number] = opened(number, EN, read=NOW)
    desk.changed[6] = opened(6, EN)
    async with terminal(desk, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        for key, number in (("tab", 5), ("tab", 6), ("tab", 5), ("shift+tab", 6)):
            await pilot.press(key, then=partial(is_at, rows, number))
        pilot.front(Bulletins).choose("SENT")
        await until(pilot, lambda: rows.number != 6)
        await pilot.press("tab", then=lambda: rows.number == 5)
        assert rows.window.count == 90, "the filter that does not hold it ends"


async def test_tab_goes_to_a_flash_from_a_row_that_is_less_urgent() -> None:
    """A walk begun by ⇥ goes on; but not past a FLASH that has arrived meanwhile."""
    desk = three(size=90)
    for number in range(3, 91, 3):
        desk.changed[number] = opened(number, EN, read=NOW)
    desk.changed[5] = opened(5, EN, precedence="FLASH", ack_asked=True)
    desk.changed[6] = opened(6, EN)
    desk.changed[88] = opened(88, EN)
    async with terminal(desk, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("down", "down", then=partial(is_at, rows, 88))
        for key, number in (("tab", 5), ("tab", 88)):
            await pilot.press(key, then=partial(is_at, rows, number))
        desk.arrive(opened(91, EN, precedence="FLASH", ack_asked=True))
        await until(pilot, lambda: rows.window.count == 91)
        await pilot.press("tab", then=partial(is_at, rows, 91))


async def test_nothing_urgent_is_said_and_where_what_is_still_open_stands() -> None:
    """An action that is open in the list beside it is not called done."""
    row = {"read": NOW, "ack_asked": True, "acknowledged": NOW, "open_here": True}
    desk = FakeDesk((opened(1, EN, **row),))
    async with terminal(desk, WIDE, "to do") as (_, pilot):
        await pilot.press("tab", then="No unread or overdue bulletins")
        await until(pilot, "d lists open actions")


async def test_the_order_by_urgency_is_kept_and_follows_arrivals() -> None:
    desk = three(size=9)
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("o", then=lambda: "most urgent first" in lines(app)[1])
        assert listed(app) == [9, 6, 3, 8, 7, 5, 4, 2, 1]
        await until(pilot, lambda: desk.settings)
        desk.arrive(opened(1, UR, precedence="FLASH", ack_asked=True))
        await until(pilot, lambda: listed(app)[0] == 10)
        assert lines(app)[3].startswith("▌"), "the cursor stays on its bulletin"
    async with terminal(desk, NARROW) as (app, pilot):
        await until(pilot, lambda: "most urgent first" in lines(app)[1])
        await pilot.press("o", then=lambda: "most urgent first" not in lines(app)[1])
        assert listed(app)[:3] == [10, 9, 8]


async def test_the_order_by_urgency_holds_with_a_filter() -> None:
    desk = three(size=9)
    desk.arrive(opened(1, ZH))
    async with terminal(desk, NARROW) as (app, pilot):
        pilot.front(Bulletins).choose("UNREAD")
        await until(pilot, lambda: listed(app) == [10, 9, 6, 3])
        assert "filter: unread" in lines(app)[1]
        await pilot.press("o", then=lambda: listed(app) == [9, 6, 3, 10])
        assert "most urgent first" in lines(app)[1]
        desk.arrive(opened(1, UR, precedence="FLASH", ack_asked=True))
        await until(pilot, lambda: listed(app) == [11, 9, 6, 3, 10])
        await pilot.press("o", then=lambda: listed(app) == [11, 10, 9, 6, 3])
        await pilot.press("escape", then=lambda: len(listed(app)) == 11)


async def test_an_order_that_cannot_be_read_is_said() -> None:
    desk = three(settings={"list:order": "\x1b[2J"})
    async with terminal(desk, NARROW) as (app, pilot):
        words = ["order", "list", "cannot", "read:", "arrival", "change"]
        await until(pilot, lambda: all(word in text(app) for word in words))


async def test_an_empty_list_says_so() -> None:
    async with terminal(FakeDesk(()), NARROW) as (app, pilot):
        assert "No bulletin here." in text(app)
        await pilot.press("down", "enter", "tab", "end", "a", "v")
        assert "No bulletin here." in text(app)


async def test_refused_is_said_by_sign_and_word_and_what_was_erased_is_no_refusal() -> (
    None
):
    desk = FakeDesk([opened(1, EN, verdict=said) for said in ("ERASED", "SIGNATURE")])
    async with terminal(desk, NARROW) as (app, _):
        refused, erased = lines(app)[2:4]
        assert "✘ refused" in refused
        assert "· erased" in erased
        assert "✘" not in erased


async def test_every_width_is_filled_exactly() -> None:
    async with terminal(three(), (40, 12)) as (app, pilot):
        for columns in (40, 77, 99, WIDE[0]):
            await pilot.resize_terminal(columns, 12)
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {columns}


@pytest.mark.parametrize(
    ("language", "said"), [("en", "! Recall"), ("zh-Hans", "! 撤回")]
)
async def test_a_recall_says_that_it_is_one(language: str, said: str) -> None:
    desk = three(settings={"language": language})
    row = changed(desk.row(3), kind="RECALL", subject="Wrong content", lang="en")
    desk.changed[3] = replace(desk.bulletins[2], row=row)
    async with terminal(desk, WIDE, said) as (_, pilot):
        await pilot.resize(NARROW)
        await until(pilot, said)
        await pilot.press("x", then="beijing.cn#3")
        await until(pilot, said)
