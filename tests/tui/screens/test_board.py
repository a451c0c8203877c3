"""The board: where what goes on, what is behind a sign, real and drill apart."""

import time

import pytest
from msgspec.structs import replace

from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.values import milliseconds
from exchange.desk.board.corridor import segments
from exchange.desk.board.records import Board, WeekCounts
from exchange.errors import Reason, Refusal
from tests.tui.boards import BOARD, DRILL, SIGNS, desk, sign
from tests.tui.examples import HOSTILE, NOW
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import WIDE, Looking, lines, says, terminal, text, until
from tui.app import Terminal
from tui.screens.board import SETTLE, BoardScreen
from tui.screens.board_bulletins import Behind
from tui.screens.bulletins import Bulletins
from tui.widgets.board_plots import BoardPlots, week_name
from tui.widgets.board_signs import time_of
from tui.widgets.choices import Choices
from tui.widgets.corridor_map import CorridorMap, stops
from tui.words import join_words, label, say

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


async def opened(app: Terminal, pilot: Looking) -> CorridorMap:
    """Open the board and wait until its signs are there."""
    await pilot.press("B", then=BoardScreen)
    shown = app.screen.query_one("#map", CorridorMap)
    await until(pilot, lambda: shown.board is not None)
    await pilot.pause()
    return shown


async def test_its_top_row_covers_what_the_plots_count() -> None:
    made = desk("en")
    made.counted, made.counts_cut = "RED", True
    async with terminal(made, SIZES[0]) as (app, pilot):
        await opened(app, pilot)
        await until(pilot, lambda: "TLP:RED" in lines(app)[0])
        assert label("the newest only") in lines(app)[0]
        await pilot.press("e", then=lambda: "TLP:RED" not in lines(app)[0])
        await until(pilot, lambda: "the newest" not in lines(app)[0])


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_it_fits_every_terminal_and_says_that_there_is_more(lang: str) -> None:
    made = desk(lang)
    async with terminal(made, WIDE) as (app, pilot):
        shown = await opened(app, pilot)
        for size in SIZES:
            await pilot.resize(size)
            rows = lines(app)
            assert label("Board") in rows[0]
            assert "TLP:AMBER+STRICT" in rows[0]
            road = [line for line in rows if "─·" in line or "·─" in line]
            assert len(road) >= len(segments())
            for mark in "▲✶»!":
                assert any(mark in line for line in road), mark
            assert label("keys") in rows[-1]
        made.boards["ACTUAL"] = replace(BOARD, cut=True)
        made.tell()
        await until(pilot, lambda: shown.board and shown.board.cut)
        for size in SIZES:
            await pilot.resize(size)
            assert label("the newest only") in lines(app)[0], size


async def test_all_parts_stand_together_where_there_is_room_and_one_else() -> None:
    async with terminal(desk(), WIDE) as (app, pilot):
        await opened(app, pilot)
        await until(pilot, "Bulletins per week: this week 117")
        assert "INDUS-7" in text(app)
        assert "median: this week 16" in text(app)
        gwadar = next(line for line in lines(app) if "Gwadar city" in line)
        assert gwadar.rstrip().endswith("1■"), "a number of signs is no level"
        assert "1–5 level of a site │ ! overdue" in text(app)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "Bulletins per week" not in text(app))
        assert "INDUS-7" not in text(app)
        await pilot.press("tab", then="INDUS-7")
        await pilot.press("tab", then="Bulletins per week: this week 117")
        await pilot.press("shift+tab", "shift+tab", then="Khunjerab Pass")


async def test_the_arrows_go_along_the_road_and_the_stop_says_what_is_there() -> None:
    async with terminal(desk(), (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        assert shown.stop == "KHUNJERAB"
        assert "No reports here." in text(app)
        await pilot.press("right")
        assert shown.stop == "SOST"
        await pilot.press("left", "left")
        assert shown.stop == "KHUNJERAB"
        await pilot.press("down", "down")
        assert shown.stop in {stop.code for stop in segments()[2].stops}
        await pilot.press("left")
        assert shown.stop == "DASU-HPP"
        await until(pilot, "▲ warning · Severe · until 11-24 17:31Z")
        assert "Two vehicles without plates" in text(app)
        await pilot.press("end", "down")
        assert shown.stop == stops()[-1] == ""
        await until(pilot, "▲ warning · Moderate")


def moment(text: str) -> int:
    return milliseconds(text, "")


@pytest.mark.parametrize(
    ("happened", "to", "shown"),
    [
        ("", "", "filed 11-24 14:21Z"),
        ("2026-11-23T02:00:00Z", "", "11-23 02:00Z"),
        ("2024-03-26T02:00:00Z", "", "2024-03-26 02:00Z"),
        ("2026-11-25T06:00:00Z", "2026-11-25T12:00:00Z", "11-25 06:00Z - 12:00Z"),
        ("2026-11-25T06:00:00Z", "2027-11-25T12:00:00Z", None),
        ("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z", "11-25"),
        ("2026-11-25T00:00:00Z", "2026-11-26T23:59:00Z", "11-25 - 11-26"),
        ("2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z", "2021-01-01 - 2021-12-31"),
    ],
    ids=str,
)
def test_a_sign_is_of_the_time_that_its_author_wrote(
    happened: str, to: str, shown: str | None
) -> None:
    begins, ends = (moment(at) if at else 0 for at in (happened, to))
    made = sign("INCIDENT", "", "IED", happened=begins, to=ends)
    assert time_of(made, NOW) == (shown or "11-25 06:00Z - 2027-11-25 12:00Z")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_time_of_filing_is_never_taken_for_that_of_the_event(lang: str) -> None:
    made = desk(lang)
    one, other = sign("WARNING", "DASU-HPP", "SEVERE"), sign("INCIDENT", "KAROT", "IED")
    made.boards["ACTUAL"] = Board("ACTUAL", NOW, [one._replace(happened=0), other])
    async with terminal(made, (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        for stop, at, filed in (
            ("DASU-HPP", "14:21Z", True),
            ("KAROT", "13:51Z", False),
        ):
            shown.go(stop)
            await until(pilot, at)
            (line,) = [line for line in lines(app) if at in line]
            word = join_words(say("filed {time}").replace("{time}", "").strip())
            assert (word in line) is filed
        await pilot.press("tab", then="14:21Z")


async def test_an_urdu_road_begins_on_the_right() -> None:
    async with terminal(desk("ur"), (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        await until(pilot, f"0 {label('km {n}').split()[-1]}")
        assert "km" not in text(app)
        await pilot.press("left")
        assert shown.stop == "SOST"
        await pilot.press("right", "right")
        assert shown.stop == "KHUNJERAB"


async def test_enter_lists_what_is_behind_a_sign_and_escape_leads_back_to_it() -> None:
    """To open one of them is another act."""
    made = desk()
    async with terminal(made, (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        shown.go("KARACHI-PORT")
        await pilot.press("enter")
        listed = await behind(pilot)
        assert [entry.number for entry in listed.entries] == [3, 2]
        assert not made.read(3).row.read
        other = made.read(2)
        await pilot.press("enter", then=Bulletins)
        bulletins = pilot.front(Bulletins)
        await until(pilot, lambda: bulletins.in_reader and made.read(3).row.read)
        assert made.read(2) == other
        for keys in (["escape"], ["down", "enter", "escape"]):
            await pilot.press(*keys)
            listed = await behind(pilot)
        assert listed.chosen == listed.entries[1]
        await pilot.press("escape", then=BoardScreen)
        assert app.screen.query_one("#map", CorridorMap).stop == "KARACHI-PORT"
        await pilot.press("escape", then=lambda: app.screen is bulletins)


async def behind(pilot: Looking) -> Choices:
    """Wait for the list of bulletins behind a sign; return it."""
    await until(pilot, Behind)
    listed = pilot.app.screen.query_one("#page", Choices)
    await until(pilot, lambda: listed.seen_entry)
    return listed


async def test_the_mouse_chooses_a_stop_and_the_timeline_lists_what_is_behind() -> None:
    async with terminal(desk(), WIDE) as (app, pilot):
        shown = await opened(app, pilot)
        row = lines(app)[3]
        await pilot.click(CorridorMap, offset=(row.index("▲"), 2))
        assert shown.stop == "DASU-HPP"
        await pilot.click(CorridorMap, offset=(3, len(segments())))
        assert shown.stop == ""
        await pilot.press("tab")
        times = app.screen.query_one("#times", Choices)
        await until(pilot, lambda: times.has_focus and times.seen_entry)
        await pilot.press("down")
        await until(pilot, lambda: (e := times.seen_entry) and e.number == 3)
        await pilot.press("enter", then=Behind)
        assert pilot.front(Behind).numbers == [3, 2]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_enter_on_a_week_of_the_plots_lists_its_bulletins(lang: str) -> None:
    made = desk(lang)
    *_, before, _ = made.weeks
    made.of_weeks = {("ACTUAL", before.start): (3, 1)}
    async with terminal(made, WIDE) as (app, pilot):
        await opened(app, pilot)
        plots = app.screen.query_one("#plots", BoardPlots)
        await until(pilot, lambda: plots.week)
        await pilot.press("tab", "tab", "right" if lang == "ur" else "left")
        assert plots.week == before
        await until(pilot, f"{before.bulletins:,}")
        await pilot.press("enter")
        listed = await behind(pilot)
        assert [entry.number for entry in listed.entries] == [3, 1]
        assert week_name(before) in lines(app)[0]
        assert label("the newest only") in lines(app)[0]
        await pilot.press("escape")
        await pilot.press(*["right", "left"] * 20, *["left", "right"] * 20)
        assert plots.week in made.weeks


async def test_the_next_sign_is_one_key_away_and_no_key_lists_what_is_not_there() -> (
    None
):
    async with terminal(desk(), (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        await pilot.press("enter", then="No bulletin here.")
        assert isinstance(app.screen, BoardScreen)
        found = []
        for _ in range(6):
            await pilot.press("n")
            found.append(shown.stop)
        assert found[:2] == ["GILGIT", "DASU-HPP"]
        assert len(set(found)) == 6
        await pilot.press("N")
        assert shown.stop == found[-2]


async def test_an_exercise_stands_apart_and_says_so() -> None:
    async with terminal(desk(), (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        assert "Actual" in lines(app)[0]
        await pilot.press("e", then=lambda: shown.board == DRILL)
        assert "Exercise" in lines(app)[0]
        assert "✶" not in "".join(lines(app)[1:14])
        shown.go("GWADAR")
        await until(pilot, "Drill only")
        await pilot.press("e", then=lambda: shown.board and shown.board.mode == "TEST")
        assert "▲" not in "".join(lines(app)[1:14])
        await pilot.press("e", then=lambda: shown.board == BOARD)


async def test_what_was_recalled_disappears_while_it_is_open() -> None:
    made = desk()
    async with terminal(made, (80, 24)) as (app, pilot):
        shown = await opened(app, pilot)
        shown.go("DASU-HPP")
        await until(pilot, "▲ warning · Severe")
        made.boards["ACTUAL"] = replace(BOARD, signs=SIGNS[1:])
        made.tell()
        await until(pilot, "No reports here.")
        assert shown.stop == "DASU-HPP"


async def test_many_arrivals_are_one_look_at_the_mailbox() -> None:
    made = desk()
    async with terminal(made, (80, 24)) as (app, pilot):
        await opened(app, pilot)
        before, began = made.looks, time.monotonic()
        for _ in range(100):
            made.tell()
            await pilot.pause(0.005)
        assert made.looks - before <= 1 + (time.monotonic() - began) / SETTLE


async def test_hostile_text_stays_text() -> None:
    made = desk()
    bad = [
        sign("WARNING", "DASU-HPP", HOSTILE, 1, subject=HOSTILE),
        sign("CONVOY", "DASU-HPP", HOSTILE, 2, call_sign=HOSTILE, subject=HOSTILE),
        sign("POSTURE", "DASU-HPP", HOSTILE, 3, subject=HOSTILE, tlp="RED"),
    ]
    made.boards["ACTUAL"] = Board("ACTUAL", NOW, bad)
    async with terminal(made, WIDE) as (app, pilot):
        shown = await opened(app, pilot)
        shown.go("DASU-HPP")
        for size in SIZES:
            await pilot.resize(size)
            for _ in range(3):
                await pilot.press("tab")
                assert all(char.isprintable() for line in lines(app) for char in line)


class Failing(FakeDesk):
    """A desk of which the mailbox cannot be read."""

    def board(self, mode: str) -> Board:
        raise Refusal(Reason.DATABASE, f"mailbox.db {mode}")

    def board_weeks(self, mode: str) -> WeekCounts:
        raise Refusal(Reason.DATABASE, f"mailbox.db {mode}")


async def test_a_mailbox_that_cannot_be_read_is_said_in_a_line() -> None:
    made = Failing(desk().bulletins)
    async with terminal(made, (80, 24)) as (app, pilot):
        await pilot.press("B", then=BoardScreen)
        await until(pilot, lambda: says(app, Reason.DATABASE))
        await pilot.press("escape")
        assert isinstance(app.screen, Bulletins)


async def test_it_is_left_while_the_desk_still_reads() -> None:
    async with terminal(desk(), (80, 24)) as (app, pilot):
        for _ in range(5):
            await pilot.press("B", "tab", "e", "escape")
        await pilot.pause(0.2)
        assert isinstance(app.screen, Bulletins)
