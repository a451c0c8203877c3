"""The reader: how a bulletin stands, how far each desk is, what belongs to it."""

import threading
from collections.abc import Sequence
from functools import partial

import pytest
from msgspec.structs import replace

from exchange.bulletin.prose_view import Doubt, Doubts, Rendition
from exchange.desk.records import (
    DrawNote,
    MessageLink,
    Neighbour,
    OpenedBulletin,
    Rung,
    Thread,
    ThreadPart,
)
from exchange.v1.bulletin_pb2 import Content, TranslatedSegment, Translation
from tests.tui.examples import (
    EN,
    HOSTILE,
    MINUTE,
    NOW,
    UR,
    changed,
    name_of,
    neighbour,
    opened,
    receipt,
    remark,
    rendition,
    segment,
)
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, READER, WIDE, lines, terminal, text, until
from tests.tui.screens.test_sent import reading
from tui.app import Terminal
from tui.screens.bulletins import Bulletins
from tui.screens.thread import ThreadScreen
from tui.state_signs import state_of
from tui.widgets.bulletin_context import items_below
from tui.widgets.choices import Choices
from tui.widgets.page import Pair


def first(**changes: object) -> OpenedBulletin:
    """A bulletin with fields replaced."""
    return replace(opened(1, EN), **changes)


async def test_in_urdu_a_number_stays_with_its_latin_word() -> None:
    pieces = ("AK 47", "Mi 17", "islamabad.pk#412")
    said = "{} برآمد، {} روانہ، بلیٹن {} دیکھیں".format(*pieces)
    content = Content(
        kind="WARNING",
        subject=segment("ur", "مشتبہ افراد سے AK 47 برآمد"),
        segments=[segment("ur", said, "s1")],
    )
    desk = FakeDesk([opened(1, content)], settings={"language": "ur"})
    async with terminal(desk, NARROW, "▐") as (app, pilot):
        await pilot.press("enter", then="Mi 17")
        for size in (NARROW, READER):
            await pilot.resize(size)
            for piece in pieces:
                assert piece in text(app)
            assert "47 AK" not in text(app)


def standing(word: str, by: str = "beijing.cn#2") -> OpenedBulletin:
    one = opened(1, EN, standing=word)
    return replace(one, marked_by=by)


STANDINGS = {
    "RECALLED": ("✘ RECALLED", 0),
    "SUPERSEDED": ("✘ REPLACED", 0),
    "CORRECTED": ("! CORRECTED", 1),
    "NARROWED": ("! NARROWED", 1),
    "WITHDRAWN\x1b[2J": ("? WITHDRAWN", 1),
    "": ("› Priority", 1),
}
"""Code -> the word in bar and list, and whether it is still to be acknowledged."""


async def test_how_it_stands_is_in_the_bar_and_a_word_in_the_list() -> None:
    """A code of a newer release as it is; what is gone is not to be acknowledged."""
    made = []
    for code in STANDINGS:
        one = standing(code, "beijing.cn#2" if code else "")
        asked_row = changed(one.row, ack_asked=True, read=True)
        made.append(replace(one, row=asked_row, acknowledge="READ"))
    async with terminal(FakeDesk(made[::-1]), (200, 40)) as (app, pilot):
        for at, (code, (word, asked)) in enumerate(STANDINGS.items()):
            await until(pilot, partial(in_row, app, f"#{len(STANDINGS) - at} ", 1))
            await until(pilot, partial(in_row, app, word, 2))
            [row] = [line for line in lines(app) if line.startswith("▌")]
            assert (word in row) == bool(code)
            assert ("beijing.cn#2" in lines(app)[2]) == bool(code)
            assert row.count("! ack?") == asked
            assert lines(app)[2].count("! acknowledge") == asked
            assert "\x1b" not in text(app)
            await pilot.press("down")


def in_row(app: Terminal, said: str, row: int) -> bool:
    return said in lines(app)[row]


async def test_a_recalled_one_says_why_and_what_to_do() -> None:
    said = remark("Wrong bridge.", "WRONG_CONTENT", "DESTROY")
    one = replace(standing("RECALLED"), receipts=(receipt("RECALLS", said=said),))
    async with terminal(FakeDesk((one,)), WIDE, "The content is wrong") as (app, pilot):
        assert "Destroy every copy made of it" in text(app)
        assert text(app).count("Wrong bridge.") == 1
        assert "duty-1@ops.beijing.cn" in text(app).partition("Recalls")[2]
        await pilot.resize(NARROW)
        await until(pilot, "✘ RECALLED")
        await pilot.press("enter", then=partial(in_row, app, "✘ RECALLED beijing", 2))
        assert "RECALLED by its author: do not use it (beijing.cn#2)" in text(app)


async def test_a_recall_itself_is_opened_and_read() -> None:
    recall = remark("Wrong bridge.", "WRONG_CONTENT", "STOP_USE")
    link = neighbour("RECALLS", opened(1, EN).row, forth=True)
    one = replace(
        opened(2, EN, kind="RECALL", ack_asked=True),
        content=None,
        recall=recall,
        acknowledge="ACTION",
        asked_by=NOW + 9 * MINUTE,
        links=(link,),
    )
    async with terminal(FakeDesk((one,)), READER) as (app, pilot):
        await until(pilot, "The content is wrong")
        shown = text(app)
        assert "✔ VERIFIED" in shown
        assert "Stop using it; keep it" in shown
        assert "Wrong bridge." in shown
        assert "! acknowledge action 14:40Z" in shown
        assert "> Recalls" in shown
        assert "could not be opened" not in shown


LADDER = (
    Rung("ops.islamabad.pk", "OPENED", NOW - 5 * MINUTE),
    Rung("ops.lahore.pk", "CANNOT_COMPLY", NOW, "WEATHER", done=True),
    Rung("nha.islamabad.pk", "COMPLETED", NOW, done=True),
    Rung("embassy.islamabad.cn", "UNOPENABLE", NOW, "KEY_GONE"),
    Rung("ops.quetta.pk"),
)


async def test_the_ladder_says_what_each_desk_has_done_and_what_is_missing() -> None:
    one = first(acknowledge="ACTION", asked_by=NOW + 9 * MINUTE, rungs=LADDER)
    async with terminal(FakeDesk((one,)), READER) as (app, pilot):
        title = "Acknowledgement · When acted upon · 2026-11-24 14:40Z"
        await until(pilot, title)
        said = {
            "ops.islamabad.pk": "! Opened · 2026-11-24 14:26Z · still",
            "ops.lahore.pk": "✘ Cannot comply · 2026-11-24 14:31Z ·",
            "nha.islamabad.pk": "✔ Completed · 2026-11-24 14:31Z",
            "embassy.islamabad.cn": "✘ Could not be opened · 2026-11-24 14:31Z",
            "ops.quetta.pk": "? no answer yet",
        }
        rows = lines(app)
        for desk, what in said.items():
            assert any(desk in row and what in row for row in rows), desk
        assert "Weather" in text(app)


async def test_receipts_have_their_reasons_in_words() -> None:
    """And what asks for nothing has no ladder."""
    receipts = (
        receipt("CANNOT_COMPLY", "duty-2@ops.lahore.pk", reason="NO_ASSET"),
        receipt("UNOPENABLE", "duty-1@ops.quetta.pk", reason="KEY_GONE"),
        receipt("CANNOT_COMPLY", "duty-3@ops.lahore.pk", reason="NO_SUCH_CODE"),
    )
    desk = FakeDesk((first(receipts=receipts, rungs=LADDER),))
    async with terminal(desk, (200, 40)) as (app, pilot):
        await until(pilot, "Could not be opened")
        shown = text(app)
        assert "Nothing available" in shown
        assert "no longer has the key" in shown
        assert "NO_SUCH_CODE" in shown, "a code of a newer release, as it is"
        assert "no answer yet" not in shown


def links(n: int) -> Sequence[Neighbour]:
    return [neighbour("UPDATES", opened(at, UR).row) for at in range(2, n + 2)]


async def test_what_it_refers_to_and_what_refers_to_it() -> None:
    """Of a thousand some are named, the others counted."""
    forth = neighbour("ANSWERS", opened(3, UR).row, forth=True)
    gone = neighbour("DISPUTES", None, name=bytes(range(32)))
    desk = FakeDesk((first(links=links(1_000)), first(links=(forth, gone))))
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, "Thread (x)")
        shown = text(app)
        assert "> Answers" in shown
        assert "beijing.cn#3" in shown
        assert "< Disputes" in shown
        assert "not here" in shown
        await pilot.press("down", then="992 more (x)")
        assert text(app).count("< Updates") == 8


async def test_one_report_that_goes_round_does_not_look_like_two() -> None:
    again = neighbour("CORROBORATES", opened(2, EN).row, repeated=True)
    words = "< Corroborates (the same source once more) beijing.cn#2"
    async with terminal(FakeDesk((first(links=(again,)),)), NARROW) as (app, pilot):
        await pilot.press("enter", then="Thread (x)")
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await pilot.press("end")
            await until(pilot, lambda: set(words.split()) <= set(text(app).split()))


def in_thread(app: Terminal) -> int:
    """The bulletin under the cursor of a thread; 0: none is shown."""
    if not isinstance(app.screen, ThreadScreen):
        return 0
    chosen = app.screen.query_one("#page", Choices).chosen
    return chosen.number if chosen else 0


async def test_a_thread_is_opened_and_one_of_it_read() -> None:
    links = [
        MessageLink(1, name_of(1), relation, name_of(other))
        for relation, other in (("ANSWERS", 2), ("DISPUTES", 99))
    ]
    parts = (
        ThreadPart(three().row(2)),
        ThreadPart(three().row(1), tuple(links), frozenset(links[1:])),
    )
    desk = three(threads=Thread(parts))
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("end", "x", then=lambda: in_thread(app) == 1)
        row = next(line for line in lines(app) if "▌" in line)
        assert "Answers beijing.cn#2" in row
        assert "Disputes (the same source" in text(app)
        await pilot.press("up", "enter", then=Bulletins)
        await until(pilot, "请核实")
        assert desk.row(2).read


async def test_escape_leads_back_to_the_thread_and_to_what_was_read_under_it() -> None:
    parts = (ThreadPart(three().row(2)), ThreadPart(three().row(1)))
    desk = three(threads=Thread(parts))
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("end", "enter", then=lambda: reading(app) == 1)
        for _ in range(2):
            await pilot.press("x", then=lambda: in_thread(app) == 1)
            await pilot.press("up", "enter", then=lambda: reading(app) == 2)
            await pilot.press("escape", then=lambda: in_thread(app) == 2)
            await pilot.press("escape", then=lambda: reading(app) == 1)
        await pilot.press("escape", "x", then=lambda: in_thread(app) == 1)
        await pilot.press("up", "enter", then=lambda: reading(app) == 2)
        await pilot.press("escape", "escape", then=Bulletins)
        assert not reading(app), "it was opened from the list"


async def test_a_bulletin_of_a_thread_is_found_behind_a_filter() -> None:
    desk = three(threads=Thread((ThreadPart(three().row(1)),)))
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("f", "f", "f", then="filter: open actions")
        await pilot.press("x", then=lambda: in_thread(app) == 1)
        await pilot.press("enter", then="Wait, and report by telephone.")
        assert "filter" not in lines(app)[1]


async def test_a_thread_of_a_thousand_scrolls_and_says_that_there_is_more() -> None:
    rows = [opened(n, UR if n % 2 else EN).row for n in range(1, 1_001)]
    desk = FakeDesk(
        (opened(1, EN),),
        threads=Thread(tuple(map(ThreadPart, rows)), more=True),
    )
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press(
            "x", then=lambda: "1,000" in text(app) and "beijing.cn#1 " in text(app)
        )
        await pilot.press("end", then="beijing.cn#1000")
        await pilot.press("down", "home", then="beijing.cn#1 ")


async def test_what_became_of_a_draw() -> None:
    signs = {True: "✔", False: "✘", None: "·"}
    draws = [DrawNote(held, f"Route {held}") for held in signs]
    async with terminal(FakeDesk((first(draws=draws),)), WIDE) as (app, pilot):
        await until(pilot, "Route None")
        assert all(f"{sign} Route {held}" in text(app) for held, sign in signs.items())


async def test_each_segment_says_how_far_it_is_where_they_differ() -> None:
    """One whose source changed since is marked."""
    texts = {"s0": "مشکوک گاڑی", "s1": "انتظار کریں"}
    made = [replace(opened(1, EN), translations=[stale(texts)])]
    for states in (("FINAL", "FINAL"), ("FINAL", "TRANSLATED")):
        segments = [
            TranslatedSegment(id=i, state=state, origin="HUMAN")
            for i, state in zip(texts, states, strict=True)
        ]
        said = Translation(lang="ur", segments=segments)
        given = rendition("ur", texts, "TRANSLATED", said=said)
        made.append(replace(opened(1, EN), translations=(given,)))
    async with terminal(FakeDesk(made), READER, "✔ VERIFIED") as (app, pilot):
        await pilot.press("]")
        for number, shown in ((3, True), (2, False)):
            await until(pilot, partial(in_row, app, f"#{number}", 1))
            await until(pilot, "Original: English")
            assert ("Final · Human" in text(app)) == shown
            await pilot.press("down")
        await until(pilot, "! The original changed after this was translated")


def stale(texts: dict[str, str]) -> Rendition:
    return rendition("ur", {"s0": texts["s0"]}, stale=frozenset({"s1"}))


async def test_what_the_checks_hold_against_it_comes_with_the_text() -> None:
    """Never the text before its mark, and nothing in the mark acts."""
    here, away = threading.Event(), {"s0": "مشکوک گاڑی", "s1": "انتظار کریں"}

    class Slow(FakeDesk):
        def doubts(self, *_: object) -> Doubts:
            assert threading.current_thread() is not threading.main_thread()
            assert here.wait(60)
            return {"s1": [Doubt(HOSTILE, wrong=True)], "s0": [Doubt("?", wrong=False)]}

    one = replace(opened(1, EN), translations=(rendition("ur", away),))
    async with terminal(Slow((one,)), WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("]")
        await pilot.pause(0.2)
        assert "Original: English" not in text(app)
        here.set()
        await until(pilot, "! Fails the checks; Translation")
        assert " ! ur " in text(app)
        assert "Original: English" in text(app)
        assert not {c for c in text(app) if c != "\n" and not c.isprintable()} - {
            "\xa0"
        }
        await pilot.press("]", then=lambda: "Fails the checks" not in text(app))
        assert " ! " not in text(app).partition("original en")[2]


async def test_the_urdu_reader_says_all_of_it() -> None:
    one = replace(
        standing("RECALLED"), acknowledge="READ", rungs=LADDER, links=links(2)
    )
    desk = FakeDesk((one,), settings={"language": "ur"})
    async with terminal(desk, WIDE, "ops.quetta.pk") as (app, _pilot):
        assert "no answer yet" not in text(app)
        assert "RECALLED" not in text(app)


async def test_hostile_texts_of_a_thread_do_nothing() -> None:
    """Remarks, names, subjects, codes: none is obeyed, none leaves its place."""
    evil = opened(1, EN, subject=HOSTILE, author=HOSTILE, standing=HOSTILE)
    evil_remark = remark(HOSTILE, HOSTILE, HOSTILE)
    one = replace(
        evil,
        acknowledge=HOSTILE,
        asked_by=1,
        rungs=(Rung(HOSTILE, HOSTILE, 1, HOSTILE),),
        links=(neighbour(HOSTILE, evil.row, name=HOSTILE.encode()),),
        receipts=(
            receipt(HOSTILE, HOSTILE, evil_remark),
            receipt("RECALLS", HOSTILE, evil_remark),
            receipt("UNOPENABLE", HOSTILE, evil_remark),
        ),
        draws=(DrawNote(matches=None, text=HOSTILE),),
    )
    recall = replace(one, content=None, recall=evil_remark)
    link = MessageLink(1, evil.row.name, HOSTILE, evil.row.name)
    parts = (ThreadPart(evil.row, (link,), frozenset({link})),)
    thread = Thread(parts, more=True)
    for bulletin in (one, recall):
        desk = FakeDesk((bulletin,), threads=thread)
        async with terminal(desk, WIDE, "Evil") as (app, pilot):
            for key in ("x", "enter", "end", "d", "escape"):
                await pilot.press(key)
                await pilot.pause(0.05)
                shown = text(app)
                odd = {c for c in shown if c != "\n" and not c.isprintable()}
                assert odd <= {"\xa0"}, key
                assert "\u202e" not in shown
            assert app.is_running


def acted_on(**row: object) -> OpenedBulletin:
    """A bulletin that asks to act, and that was acknowledged."""
    one = opened(1, EN, ack_asked=True, read=True, acknowledged=True, **row)
    given = receipt("ACKNOWLEDGED", "duty-1@ops.islamabad.pk")
    return replace(one, acknowledge="ACTION", receipts=(given,))


HERE = "ops.islamabad.pk"


async def test_what_is_acknowledged_says_what_is_open_and_for_whom() -> None:
    cases: list[tuple[dict[str, object], str, str]] = [
        (
            {"open_at": (HERE,), "open_here": True},
            "! to do",
            f"✔ acknowledged, action open: {HERE} │",
        ),
        (
            {"open_at": ("a.b.cn", "c.d.cn", "e.f.cn")},
            "… others",
            "✔ acknowledged, action open: a.b.cn, c.d.cn +1",
        ),
        ({}, "✔ acked", "✔ acknowledged │"),
    ]
    desk = FakeDesk([acted_on(**row) for row, _, _ in reversed(cases)])
    async with terminal(desk, (200, 40)) as (app, pilot):
        for at, (_, listed, said) in enumerate(cases):
            await until(pilot, partial(in_row, app, said, 2))
            assert listed in lines(app)[2 + at]
            await pilot.press("down")


@pytest.mark.parametrize("waits", [(HERE,), ()], ids=["open", "done"])
def test_nothing_is_green_while_something_is_open(waits: tuple[str, ...]) -> None:
    one = acted_on(open_at=waits, open_here=bool(waits))
    styles = {item.style for item in items_below(one) if isinstance(item, Pair)}
    assert ("good" in styles) == (not waits)
    assert state_of(one.row).style == ("asked" if waits else "done")
    sent = changed(one.row, outgoing=True)
    assert state_of(sent).style == ("unsure" if waits else "sent")
