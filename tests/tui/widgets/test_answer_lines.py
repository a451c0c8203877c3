"""Translations and receipts as lines of an unfolded thread, and what keys do there."""

import threading
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from exchange.desk.fold_records import MORE, FoldedAnswer, ThreadLine
from exchange.desk.records import Receipt
from tests.tui.examples import EN, HOSTILE, NOW, opened, remark, rendition
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_threads import FakeThreads
from tests.tui.looking import (
    NARROW,
    READER,
    WIDE,
    Looking,
    lines,
    listed,
    terminal,
    text,
    until,
)
from tui.screens.acknowledge import Acknowledge
from tui.screens.bulletins import Bulletins
from tui.screens.receipt import ReceiptPage
from tui.widgets.bulletin_list import BulletinList

WAH, KASHGAR = "duty-2@ops.wah.pk", "duty-3@ops.kashgar.cn"
DRAFT = FoldedAnswer(b"t1", "TRANSLATES", (KASHGAR,), NOW, "ur", "TRANSLATED")
REVIEWED = FoldedAnswer(b"t2", "TRANSLATES", (KASHGAR, WAH), NOW, "ur", "REVIEWED")
OPENED = FoldedAnswer(b"r1", "OPENED", (WAH,), NOW - 3_600_000)
DECLINED = FoldedAnswer(b"r2", "CANNOT_COMPLY", (WAH,), NOW, reason="NO_ASSET")


def desk(**settings: str) -> FakeDesk:
    """Four bulletins: 4 is about 2, which two translations and a receipt answer.

    A receipt of 4, and one of 1, which is in no thread.
    """
    made = tuple(opened(n, EN, subject=f"Subject {n}", read=NOW) for n in range(1, 5))
    texts = {one.id: f"Urdu {one.id}" for one in (EN.subject, *EN.segments)}
    translations = [
        replace(rendition("ur", texts, one.state), name=one.name)
        for one in (REVIEWED, DRAFT)
    ]
    receipts = [
        Receipt(
            name=one.name,
            about=b"",
            relation=one.relation,
            author=one.officers[0],
            filed=one.filed,
            reason=one.reason,
            remark=remark("No escort before 14:00Z.").SerializeToString(),
        )
        for one in (OPENED, DECLINED)
    ]
    made = tuple(
        replace(one, translations=translations, receipts=receipts) for one in made
    )
    answers = {2: [DRAFT, REVIEWED, OPENED], 4: [DECLINED], 1: [OPENED]}
    threads = FakeThreads({2: 2, 4: 2}, answers=answers)
    return FakeDesk(made, folded_threads=threads, settings=settings)


async def test_each_has_a_line_under_its_bulletin() -> None:
    async with terminal(desk(), WIDE) as (app, pilot):
        assert "▸5 Sub" in lines(app)[2]
        await pilot.press("z", then=lambda: "▾5 Sub" in lines(app)[2])
        for size in (WIDE, NARROW, (60, 20), (200, 60)):
            await pilot.resize(size)
            assert lines(app)[1].startswith(" Bulletins 4 "), "no line counts as one"
            shown = [line[1:] for line in lines(app)[2:10]]  # without the bar
            for line, said in zip(
                shown[1:],
                (
                    f"  └ ⇄ Urdu · Translated · {KASHGAR}",
                    f"  └ ⇄ Urdu · Reviewed · {KASHGAR}",
                    f"  └ · Opened · {WAH}",
                    " · read",
                    "    └ ✘ Cannot comply · ",
                    " · read",
                    " · read",
                ),
                strict=True,
            ):
                assert line.startswith(said[: size[0] // 2 - 2]), line
            assert listed(app) == [2, 4, 3, 1]
            assert "└ Sub" in shown[4]
            assert {cell_len(line) for line in lines(app)} == {size[0]}


async def test_a_bulletin_alone_unfolds_what_answers_it() -> None:
    async with terminal(desk(), NARROW) as (app, pilot):
        await pilot.press("end", then=lambda: "▸1 Sub" in lines(app)[4])
        await pilot.press("z", then=lambda: f"└ · Opened · {WAH}" in lines(app)[5])
        assert "60 min" in lines(app)[5], "its time"
        await pilot.press("down", "z", then=lambda: "Opened" not in text(app))
        assert lines(app)[4].startswith("▌"), "the cursor is on its bulletin"


@pytest.mark.parametrize("language", ["ur", "zh-Hans"])
async def test_in_other_languages_they_keep_their_cells(language: str) -> None:
    async with terminal(desk(language=language), NARROW) as (app, pilot):
        await pilot.press("z", then=lambda: text(app).count("└") == 5)
        assert {cell_len(line) for line in lines(app)} == {80}
        assert "TRANSLATED" not in text(app)


async def at_line(pilot: Looking, line: int) -> BulletinList:
    """Unfold the first thread, and put the cursor on a line of it; the head is 0."""
    rows = pilot.app.screen.query_one(BulletinList)
    await pilot.press("z", then=lambda: rows.window.count == 8)
    await pilot.press(*["down"] * line)
    await until(pilot, lambda: lines(pilot.app)[2 + line].startswith("▌"))
    return rows


@pytest.mark.parametrize("size", [NARROW, READER])
async def test_enter_on_a_translation_opens_the_bulletin_in_it(
    size: tuple[int, int],
) -> None:
    """Each of two into the same language, by its line."""
    made = desk()
    made._change(2, read=0)
    async with terminal(made, size) as (_, pilot):
        await at_line(pilot, 1)
        await pilot.press("enter")
        screen = pilot.front(Bulletins)
        await until(pilot, lambda: screen.in_reader)
        assert (screen.reader.shown, screen.number) == (2, 2)
        await until(pilot, lambda: made.row(2).read)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: screen.in_reader and screen.reader.shown == 1)
        await pilot.press("escape", "up", "up", "enter")
        await until(pilot, lambda: screen.in_reader and screen.reader.shown == 0)


async def test_beside_the_list_a_translation_is_shown_as_the_cursor_comes() -> None:
    made = desk()
    made._change(2, read=0)
    async with terminal(made, READER) as (_, pilot):
        await at_line(pilot, 2)
        screen = pilot.front(Bulletins)
        await until(pilot, lambda: screen.reader.shown == 1)
        assert not made.row(2).read, "to look is not to open"
        await pilot.press("down", then=lambda: screen.reader.shown == 0)


async def test_enter_on_a_receipt_shows_what_it_says_and_opens_nothing() -> None:
    made = desk()
    made._change(4, read=0)
    async with terminal(made, NARROW) as (app, pilot):
        rows = await at_line(pilot, 5)
        await pilot.press("enter", then="No escort before 14:00Z.")
        assert isinstance(app.screen, ReceiptPage)
        assert "beijing.cn#4" in lines(app)[1]
        assert lines(app)[2].startswith(" ┃ Subject 4")
        assert f"2026-11-24 14:31Z {WAH}" in text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ReceiptPage))
        assert rows.key == (4, b"r2"), "the cursor is where it was"
        assert not made.row(4).read


async def test_a_receipt_that_has_gone_is_said() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.show(ReceiptPage(made, 4, b"other"), "not here any more")
        app.pop_screen()
        await pilot.show(ReceiptPage(made, 99, b"other"), "✘")


async def test_keys_that_act_act_on_the_bulletin_of_the_line() -> None:
    made = desk()
    made._change(2, ack_asked=True)
    async with terminal(made, NARROW) as (app, pilot):
        rows = await at_line(pilot, 3)
        await pilot.press("a", then=Acknowledge)
        assert "Subject 2" in text(app) or "#2" in text(app)
        await pilot.press("escape", then=Bulletins)
        await pilot.press("space", then="mark the bulletin")
        assert rows.marked == set()
        await pilot.press("z", then=lambda: rows.window.count == 3)
        assert (rows.key, rows.cursor) == ((2, b""), 0)


async def test_an_arrival_leaves_the_cursor_on_its_line() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        rows = await at_line(pilot, 3)
        made.folded_threads.answers[2] = [REVIEWED, OPENED]
        made.arrive(opened(1, EN))
        await until(pilot, lambda: rows.window.total == 5)
        assert (rows.key, rows.cursor) == ((2, b"r1"), 3)
        made.folded_threads.answers[2] = [REVIEWED]
        made.tell()
        await until(pilot, lambda: rows.window.count == 7)
        assert (rows.key, rows.cursor) == ((2, b""), 1), "on its bulletin"
        assert listed(app)[0] == 5


@dataclass
class WatchedThreads(FakeThreads):
    """Threads that note where they are unfolded."""

    asked: list[int] = field(default_factory=list)

    def lines(self, head: int) -> list[ThreadLine]:
        self.asked.append(threading.get_ident())
        return super().lines(head)


async def test_a_thread_is_read_beside_the_screen_and_once() -> None:
    made = desk()
    threads = made.folded_threads
    made.folded_threads = WatchedThreads(threads.heads, answers=threads.answers)
    async with terminal(made, NARROW) as (_, pilot):
        await at_line(pilot, 5)
        await pilot.press("up", "up", "down", "pagedown", "pageup")
        asked = made.folded_threads.asked
        assert threading.get_ident() not in asked
        assert len(asked) == 1, "not for each line"


async def test_more_than_are_listed_are_said() -> None:
    made = desk()
    made.folded_threads.answers[4] = [DECLINED, MORE[1]]
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("z", then="└ There are more than are shown here.")
        (more,) = (line for line in lines(app) if "There are more" in line)
        assert not any(map(str.isdigit, more)), "it has no time"
        await pilot.press(*["down"] * 6, "enter")
        screen = pilot.front(Bulletins)
        await until(pilot, lambda: screen.in_reader and screen.number == 4)


async def test_hostile_text_stays_in_its_cells() -> None:
    made = desk()
    bad = FoldedAnswer(b"r9", f"X{HOSTILE}", (HOSTILE,), NOW, reason=HOSTILE)
    said = FoldedAnswer(b"t9", "TRANSLATES", (HOSTILE,), -(1 << 62), HOSTILE, HOSTILE)
    made.folded_threads.answers[2] = [bad, said]
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("z", then=lambda: text(app).count("└") == 4)
        for size in (WIDE, (60, 20)):
            await pilot.resize(size)
            assert {cell_len(line) for line in lines(app)} == {size[0]}
            assert not set("\x1b\x07\x9b\x00\u202e") & set(text(app))
