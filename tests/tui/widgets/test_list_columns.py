"""The columns of the list: widths, ages, deadlines, and the lines that show them."""

from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from exchange.desk.fold_records import Fold, FoldedAnswer
from exchange.desk.status_records import LateClock
from exchange.limits import DAY
from tests.tui.examples import (
    EN,
    HOSTILE,
    MINUTE,
    NOW,
    UR,
    ZH,
    changed,
    opened,
    row,
    status,
)
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import drawn_at, lines, terminal, text, until
from tui.app import Terminal
from tui.screens.list_view import COLUMNS_KEPT
from tui.text.layout import one_line
from tui.widgets import list_columns
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.list_columns import (
    COLUMNS,
    TALL,
    kind_label,
    read_choice,
    write_choice,
)
from tui.widgets.list_line import HEAD_CELLS
from tui.words import join_words, label

HOUR = 60 * MINUTE
OPS = "ops.beijing.cn"
SEVERAL = ("liaison.gwadar.pk", OPS)
SIZES = [(80, 24), (120, 40), (200, 60)]


@given(
    st.integers(-30, 300),
    st.frozensets(st.sampled_from(sorted(COLUMNS))),
    st.sampled_from(["", "ops.beijing.cn"]),
)
def test_columns_take_no_more_than_is_left_and_nothing_unchosen_is_shown(
    room: int, chosen: frozenset[str], only: str
) -> None:
    found = list_columns.widths(room, chosen, only)
    cells = {
        code: getattr(found, code) for code in COLUMNS if code not in {"rendered", TALL}
    }
    used = sum(n + 1 for n in cells.values() if n)

    assert used <= max(room, 0)
    assert all(not n for code, n in cells.items() if code not in chosen)
    assert found.tagged <= ("due" in chosen)


@given(st.frozensets(st.sampled_from(sorted(COLUMNS))))
def test_a_choice_is_read_as_it_was_written(chosen: frozenset[str]) -> None:
    assert read_choice(write_choice(chosen)) == chosen


@pytest.mark.parametrize("kept", ["party,colour", "[1]", "party kind", ","])
def test_a_choice_that_cannot_be_read_is_refused(kept: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_choice(kept)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (7 * MINUTE, "in 7 min"),
        (1, "in 1 min"),
        (3 * HOUR, "in 3 h"),
        (9 * DAY, "in 9 d"),
        (0, "overdue 1 min"),
        (-12 * MINUTE - 5, "overdue 12 min"),
        (-5 * HOUR, "overdue 5 h"),
        (-400 * DAY, "overdue 400 d"),
    ],
)
def test_a_deadline_says_what_is_left(left: int, said: str) -> None:
    asked = row(1, acknowledge_by=NOW + left, open_here=True)
    assert list_columns.deadline(asked, NOW) == (said, left <= 0)


def test_what_is_done_here_or_has_no_time_has_no_deadline() -> None:
    for one in (
        row(1, acknowledge_by=NOW, open_at=("ops.cn",)),
        row(1, open_here=True),
        row(1, outgoing=True, acknowledge_by=NOW, open_here=True),
    ):
        assert list_columns.deadline(one, NOW) == ("", False)
    sent = row(1, outgoing=True, acknowledge_by=NOW, open_at=("ops.cn",))
    assert list_columns.deadline(sent, NOW)[1]


def desk(others: Sequence[str] = SEVERAL) -> FakeDesk:
    """What came in and is overdue, what was sent, what was translated."""
    made = (
        opened(
            1,
            EN,
            outgoing=True,
            desk="ops.islamabad.pk",
            addressees=("ops.beijing.cn", "liaison.gwadar.pk"),
            state="delivered",
        ),
        opened(2, ZH, rendered="Suspect vehicle near the port", read=NOW),
        opened(
            3,
            UR,
            precedence="FLASH",
            ack_asked=True,
            open_here=True,
            acknowledge_by=NOW - 12 * MINUTE,
        ),
    )
    return FakeDesk(made, others=others)


async def test_each_width_shows_party_time_deadline_and_translation() -> None:
    async with terminal(desk(), SIZES[0]) as (app, pilot):
        for size in SIZES:
            await pilot.resize(size)
            shown = lines(app)
            urdu, chinese, english = shown[2:5]
            assert "→ops.be" in english
            assert "+1 " in english
            assert "ops.beijing" in urdu
            assert "overdue 12 min" in urdu
            assert "⇄ Suspect" in chinese
            assert {cell_len(line) for line in shown} == {size[0]}


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_a_subject_has_half_of_the_list(language: str) -> None:
    asked = {"open_here": True, "acknowledge_by": NOW + 30 * MINUTE}
    long = opened(1, EN, subject="x" * 400, read=NOW, **asked)
    made = FakeDesk((long,), settings={"language": language})
    async with terminal(made, SIZES[0]) as (app, pilot):
        for size in SIZES:
            await pilot.resize(size)
            width = app.screen.query_one(BulletinList).size.width
            row = lines(app)[2].partition("▏")[0]
            assert 2 * (row.count("x") + 2) >= width


async def test_the_only_other_desk_is_an_arrow_and_another_party_is_named() -> None:
    made = FakeDesk(
        (
            opened(1, EN, outgoing=True, addressees=("ops.beijing.cn",)),
            opened(2, EN, desk="ops.beijing.cn"),
            opened(3, EN, desk="liaison.gwadar.pk"),
        ),
        others=("ops.beijing.cn",),
    )
    async with terminal(made, SIZES[0]) as (app, _pilot):
        named, came, sent = lines(app)[2:5]
    assert "ops.beijing" not in came + sent
    assert " → en Suspect" in sent
    assert "→" not in came + named
    assert "en liaison.gwadar  Suspect" in named


@pytest.mark.parametrize(
    ("lang", "subject", "mode", "shown"),
    [
        ("en", "EXERCISE: staff convoy", "EXERCISE", "EX   en staff convoy"),
        ("en", "Exercise: staff convoy", "EXERCISE", "EX   en staff convoy"),
        ("en", "TEST: staff convoy", "TEST", "TE   en staff convoy"),
        ("zh-Hans", "演习：请求核实", "EXERCISE", "EX   zh 请求核实"),
        ("en", "EXERCISE: staff convoy", "ACTUAL", "     en EXERCISE: staff convoy"),
        ("xx", "EXERCISE", "EXERCISE", "EX   xx EXERCISE"),
    ],
)
async def test_a_drill_is_said_once(
    lang: str, subject: str, mode: str, shown: str
) -> None:
    one = opened(1, EN, subject=subject, mode=mode)
    one = replace(one, row=one.row._replace(lang=lang))
    async with terminal(FakeDesk((one,)), SIZES[0]) as (app, _pilot):
        assert shown in lines(app)[2]


def has(app: Terminal, mark: str) -> bool:
    return mark in lines(app)[3]


async def test_rows_titles_and_pages_begin_at_the_edge_of_the_language() -> None:
    """Whatever language a text has, it is not thrown to the other side."""
    shown = (opened(1, EN, read=NOW), opened(2, UR, read=NOW))
    edges = {"en": ("▌", "Suspect", "ﯼﮌﺎﮔ"), "ur": ("▐", "…htr", "ﯽﻟﺎﻤﺷ"[::-1])}
    for language, (bar, english, urdu) in edges.items():
        made = FakeDesk(shown, settings={"language": language})
        async with terminal(made, (120, 30)) as (app, pilot):
            await pilot.press("down")
            await until(pilot, lambda: "┃" in text(app))
            await until(pilot, partial(has, app, bar))
            every = [line.partition("▏") for line in lines(app)]
        if language == "ur":  # read from the right
            every = [(one[:-1][::-1], mid, page[::-1]) for one, mid, page in every]
        title, second, first = (one for one, *_ in every[1:4])
        assert title[1] != " "
        assert first[0] == bar
        assert first.index(english) == second.index(urdu)
        assert next(page for *_, page in every if "┃" in page).strip()[0] == "┃"


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_a_deadline_is_whole_on_the_narrowest_screen(language: str) -> None:
    """The last cells of it were cut where a thread is folded under a translation."""
    late = {"open_here": True, "acknowledge_by": NOW - 119 * MINUTE}
    made = FakeDesk(
        (opened(1, ZH, rendered="Suspect vehicle", mode="EXERCISE", **late),),
        settings={"language": language},
    )
    made.folded_threads.answers[1] = [FoldedAnswer(b"r1", "OPENED", (), NOW)]
    made.folded_threads.under[1] = Fold(1, flash=1, refused=1, receipts=2)
    async with terminal(made, (60, 20)) as (app, pilot):
        said, _ = list_columns.deadline(made.row(1), NOW)
        shown = one_line(said, language, cell_len(said)).shown
        await until(pilot, lambda: "✘" in lines(app)[2])
        row = lines(app)[2].strip()
        assert row.startswith(shown) if language == "ur" else row.endswith(shown)


async def test_the_deadline_goes_by_the_moment_of_the_top_row() -> None:
    made = desk()
    async with terminal(made, (120, 40)) as (app, pilot):
        for late in (LateClock(ahead=3 * DAY), LateClock(signed=NOW + 3 * DAY)):
            made.state = status()
            made.tell()
            await until(pilot, lambda: "overdue 12 min" in lines(app)[2])
            made.state = status(late=late)
            made.tell()
            await until(pilot, lambda: "overdue 3 d" in lines(app)[2])


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_columns_stand_under_each_other_in_every_script(language: str) -> None:
    """Whatever a subject is written in, what stands around it keeps its cells."""
    subjects = ((EN, "Short"), (UR, "شمالی"), (ZH, "北部口岸附近发现"), (UR, ""))
    made = FakeDesk(
        [
            opened(n, of, subject=text, read=NOW)
            for n, (of, text) in enumerate((*subjects, (EN, "x" * 400)), 1)
        ],
        settings={"language": language},
    )
    async with terminal(made, SIZES[0]) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        for size in SIZES:
            await pilot.resize(size)
            room, found = rows.scrollable_content_region.width, rows._moment().widths
            party_and_kind = sum(n + 1 for n in found[:2] if n)
            before = HEAD_CELLS + party_and_kind + bool(found.lang) * 3
            when = room - found.when
            drawn = [cells_of(line, 0, room) for line in lines(app)[2:7]]
            if language == "ur":
                drawn = [line[::-1] for line in drawn]
            for line in drawn:
                assert cells_of(line, 1, 9) == cells_of(drawn[0], 1, 9)
                assert cells_of(line, before - 1, before) == " ", line
                assert cells_of(line, when - 1, when) == " ", line
                assert cell_len(line) == room


def cells_of(line: str, start: int, end: int) -> str:
    """Return what stands in these cells of a line."""
    at, found = 0, ""
    for letter in line:
        found += letter if start <= at < end else ""
        at += cell_len(letter)
    return found


async def test_hostile_names_and_kinds_reach_no_cell() -> None:
    evil = opened(
        1, EN, desk=HOSTILE, rendered=HOSTILE, outgoing=True, addressees=(HOSTILE,)
    )
    late = {
        "addressees": (HOSTILE, "ops.cn"),
        "open_at": (HOSTILE,),
        "acknowledge_by": 1,
        "why": HOSTILE,
    }
    evil = replace(evil, row=changed(evil.row, kind=HOSTILE, **late))
    async with terminal(FakeDesk((evil,)), (200, 60)) as (app, _):
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x00"} & set(text(app))


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_a_bulletin_has_two_lines_if_chosen(
    language: str, size: tuple[int, int]
) -> None:
    subject = "A subject of fifty letters, as far as the last: end"
    made = FakeDesk(
        [opened(n, EN, subject=subject, read=NOW) for n in range(1, 61)],
        settings={"language": language, COLUMNS_KEPT: "party,kind,when,tall"},
    )
    async with terminal(made, size) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await until(pilot, lambda: "A subject" in lines(app)[3])
        first, second = lines(app)[2:4]
        assert join_words(kind_label("WARNING")) in first.partition("▏")[0]
        assert subject in second or size == (120, 40)
        assert {cell_len(line) for line in lines(app)} == {size[0]}
        await pilot.press("down", "down", then=lambda: drawn_at(app) == 58)
        assert rows.scroll_offset.y == 0
        await pilot.press("pagedown", then=lambda: drawn_at(app) == 59 - rows.page)
        await pilot.press("end", then=lambda: drawn_at(app) == 1)
        assert rows.scroll_offset.y == 2 * 60 - rows.size.height
        await pilot.press("home", then=lambda: drawn_at(app) == 60)
        await pilot.click(rows, offset=(5, 5))
        await until(pilot, lambda: drawn_at(app) == 58)
        await pilot.press("C", then=label("Columns of the list"))
        await pilot.press(*["down"] * 6, "space", "enter")
        await until(pilot, lambda: "A subject" in lines(app)[2])


async def test_columns_are_chosen_and_kept() -> None:
    made = desk([OPS])
    async with terminal(made, SIZES[2]) as (app, pilot):
        assert "Warning" in lines(app)[2]
        await pilot.press("C", then="Columns of the list")
        await pilot.press("down", "space", "enter")
        await until(pilot, lambda: "Warning" not in lines(app)[2].partition("▏")[0])
        await until(pilot, lambda: made.settings)
        assert "kind" not in made.settings[COLUMNS_KEPT].split(",")
        assert "party" in made.settings[COLUMNS_KEPT].split(",")
    async with terminal(made, SIZES[2]) as (app, _):
        assert "Warning" not in lines(app)[2].partition("▏")[0]
        assert "overdue" in lines(app)[2]


async def test_a_choice_that_cannot_be_read_is_said_once_and_all_are_shown() -> None:
    made = desk([OPS])
    made.settings[COLUMNS_KEPT] = "\x00party;"
    async with terminal(made, SIZES[2], "choice of columns") as (app, _pilot):
        assert "Warning" in lines(app)[2]
