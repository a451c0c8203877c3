"""Threads on the list: one line each, what must not be hidden, unfolded by a key."""

import pytest
from rich.cells import cell_len

from exchange.desk.fold_records import Fold
from tests.tui.examples import EN, NOW, opened
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_threads import FakeThreads
from tests.tui.looking import NARROW, WIDE, lines, listed, terminal, until
from tui.widgets.bulletin_list import BulletinList


def desk(fold: Fold | None = None, **settings: str) -> FakeDesk:
    """Six bulletins, of which 2, 4 and 5 are a thread under 2."""
    made = tuple(opened(n, EN, subject=f"Subject {n}", read=NOW) for n in range(1, 7))
    threads = FakeThreads({2: 2, 4: 2, 5: 2}, {2: fold} if fold else {})
    return FakeDesk(made, folded_threads=threads, settings=settings)


async def test_a_thread_is_one_line_and_z_unfolds_it() -> None:
    async with terminal(desk(), NARROW) as (app, pilot):
        assert listed(app) == [6, 2, 3, 1]
        assert "▸2 Subject 2" in lines(app)[3]
        await pilot.press("z", then="No related bulletins yet")
        await pilot.press("down", "z")
        await until(pilot, lambda: listed(app) == [6, 2, 4, 5, 3, 1])
        assert "▾2 Subject 2" in lines(app)[3]
        assert "└ Subject 4" in lines(app)[4]
        await pilot.press("down", "z", then=lambda: listed(app) == [6, 2, 3, 1])
        assert lines(app)[3].startswith("▌"), "the cursor is on the head"


@pytest.mark.parametrize(
    ("fold", "head"),
    [
        (Fold(2, flash=1, flash_waiting=1, waiting=1, unread=1), "‼ FLASH !"),
        (Fold(2, gone=1), "✘ RECALLED"),
        (Fold(2, refused=1), "✘ refused"),
        (Fold(2, declined=1), "✘ cannot"),
        (Fold(2, unread=2), "● new"),
        (Fold(2, translations=1, receipts=3), "▸6 Subject 2"),
    ],
)
async def test_the_worst_of_what_is_folded_is_said_on_the_head(
    fold: Fold, head: str
) -> None:
    """Translations and receipts are counted with the rest."""
    async with terminal(desk(fold), WIDE) as (app, pilot):
        for size in (WIDE, NARROW):
            await pilot.resize(size)
            assert head in lines(app)[3]
            assert {cell_len(line) for line in lines(app)} == {size[0]}
        await pilot.press("down", "z", then=lambda: "▾" in lines(app)[3])
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            assert head not in lines(app)[3]
            assert f"▾{fold.total} Sub" in lines(app)[3]
            assert {cell_len(line) for line in lines(app)} == {size[0]}


@pytest.mark.parametrize("language", ["ur", "zh-Hans"])
async def test_in_other_languages_it_keeps_its_cells(language: str) -> None:
    fold = Fold(2, flash=1, gone=1, waiting=1)
    async with terminal(desk(fold, language=language), NARROW) as (app, _):
        assert "▸2" in lines(app)[3]
        assert {cell_len(line) for line in lines(app)} == {80}


async def test_an_arrival_brings_its_thread_to_the_top() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("down", "down")
        assert rows.number == 3
        made.folded_threads.heads |= {7: 2}
        made.arrive(opened(1, EN))
        await until(pilot, lambda: listed(app) == [2, 6, 3, 1])
        assert "▸3" in lines(app)[2]
        assert rows.number == 3


async def test_to_go_to_what_is_folded_unfolds_its_thread() -> None:
    made = desk()
    made.changed[4] = opened(4, EN, ack_asked=True, precedence="FLASH")
    async with terminal(made, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("tab", then=lambda: rows.number == 4)
        assert listed(app) == [6, 2, 4, 5, 3, 1]


async def test_all_are_unfolded_by_a_key_and_that_is_kept() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("Z", then=lambda: listed(app) == [6, 5, 4, 3, 2, 1])
        await until(pilot, lambda: made.settings)
    async with terminal(made, NARROW) as (app, pilot):
        assert listed(app) == [6, 5, 4, 3, 2, 1]
        await pilot.press("z", then="arrival only")


async def test_a_setting_that_cannot_be_read_is_said() -> None:
    made = desk()
    made.settings["list:threads"] = "\x9b31m"
    async with terminal(made, NARROW, "Whether threads are folded") as (app, _pilot):
        assert listed(app) == [6, 2, 3, 1]
