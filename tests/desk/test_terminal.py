"""Two officers at their terminals, over real desks: late, declined, recalled."""

import pytest

from exchange.bulletin.attestations import attest
from exchange.bulletin.prose_view import Doubts
from exchange.bulletin.translations import translate
from exchange.bulletin.values import iso
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.outgoing.enqueue import keep
from exchange.desk.outgoing.prepare import cite
from exchange.desk.terminal.desk import TerminalDesk
from exchange.limits import MINUTE
from exchange.v1 import bulletin_pb2
from tests.desk.bench import Bench
from tests.expecting import present
from tests.node.world import FILED
from tests.tui.looking import NARROW, READER, WIDE, lines, look, text, until
from tui.app import Terminal
from tui.widgets.cells import cursor_bar
from tui.words import join_words

ASKS = {"acknowledge": "ACTION", "acknowledge_by": iso(FILED + 2 * MINUTE)}


async def test_a_flash_is_late_declined_and_recalled(bench: Bench) -> None:
    bench.deliver("Bridge closed", precedence="FLASH", request=ASKS)
    bench.now = FILED + 4 * MINUTE
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with look(cn, READER) as pilot:
        await until(pilot, lambda: "escalated to Security" in lines(cn)[0])
        await pilot.press("d")
        await until(pilot, lambda: "late by 2 minutes" in text(cn))
        await pilot.press("enter")
        await until(pilot, lambda: "Bridge closed, in full." in text(cn))
        await pilot.press("a", "down", "down", "down", "enter")
        await until(pilot, lambda: "Weather" in text(cn))
        await pilot.press("enter", "y")
        await until(pilot, lambda: "✘ Cannot comply" in text(cn))
        await until(pilot, lambda: "escalated" not in lines(cn)[0])
    bench.meet()
    pk = Terminal(TerminalDesk(bench.pk), lambda: bench.now)
    async with look(pk, READER) as pilot:
        await until(pilot, lambda: "✘ Cannot comply" in text(pk))
        assert "Weather" in text(pk)
        await pilot.press("R", "down", "enter")
        await until(pilot, lambda: "The content is wrong" in text(pk))
        await pilot.press("enter", "down", "down", "y")
        await until(pilot, lambda: "✘ RECALLED │" in text(pk))
    bench.meet()
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with look(cn, READER) as pilot:
        await until(pilot, lambda: "✘ RECALLED ▸3" in text(cn))
        await pilot.press("x")
        await until(pilot, lambda: "Recalls islamabad.pk#3" in text(cn))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Why it is recalled" in text(cn))
        await until(pilot, lambda: "> Recalls" in text(cn))


async def test_a_remark_that_was_confirmed_says_so_to_its_readers(
    bench: Bench,
) -> None:
    bench.deliver("Bridge closed")
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with look(cn, READER) as pilot:
        await until(pilot, lambda: "Bridge closed, in full." in text(cn))
        await pilot.press("a", "tab", *"0300-1234567", "enter", "down", "y")
        await until(pilot, lambda: "telephone number" in text(cn))
        await pilot.press("x", "y")
        await until(pilot, lambda: "✔ acknowledged" in text(cn))
    bench.meet()
    (given,) = [r for r in bench.pk.mailbox.messages.read(1).receipts if r.remark]
    assert decode_remark(given.remark or b"").confirmed == ["remark PHONE"]


async def test_only_what_was_opened_is_told_its_author(bench: Bench) -> None:
    for words in ("One", "Two"):
        bench.send(words)
    bench.meet()
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with look(cn, READER) as pilot:
        await until(pilot, lambda: "Two, in full." in text(cn))
        await pilot.press("down")
        await until(pilot, lambda: "One, in full." in text(cn))
        await pilot.pause(2.3)
        assert [bench.cn.mailbox.messages.read(n).receipts for n in (1, 2)] == [(), ()]
        await pilot.press("enter")
        await until(pilot, lambda: bench.cn.mailbox.messages.read(1).receipts)
    bench.meet()
    given = [bench.pk.mailbox.messages.read(n).receipts for n in (1, 2)]
    assert [[r.relation for r in each] for each in given] == [["OPENED"], []]


# A partner's translation says REVIEWED and another grid: its readers see that.


GRID, OTHER = "43SDU1234056780", "43SDU9934056780"
SEGMENT = {"id": "s1", "lang": "en", "text": f"Wait at {GRID}, 2 guards."}
SAID = {
    "ur": {"s0": "قافلہ رکا ہے", "s1": "{} پر انتظار کریں، 2 محافظ۔"},
    "zh-Hans": {"s0": "车队停止", "s1": "在{}等待，2名警卫。"},
}


TOLD = {
    "en": ("Fails the checks", "Must be in the translation exactly once: "),
    "ur": ("جانچ پر پورا نہیں اترتا", "ترجمے میں ٹھیک ایک بار ہونا ضروری ہے: "),
    "zh-Hans": ("未通过检查", "译文中必须恰好出现一次："),
}


def sent(bench: Bench, grid: str) -> int:
    """Send a bulletin to Beijing, and have its desk translate it with that grid.

    It is sealed by Beijing's own composer; the checks are asked by nobody there.
    """
    name = bench.deliver("Convoy held", segments=[SEGMENT])
    about = cite(bench.cn.mailbox, name)
    content = bulletin_pb2.Content.FromString(about.content or b"")
    for lang, texts in SAID.items():
        put = {i: one.format(grid) for i, one in texts.items()}
        made = translate(content, lang, "REVIEWED", "HUMAN", put)
        made.reviewer = bench.cn.officer.name
        begun = bulletin_pb2.Translation()
        attest(begun, made, made.reviewer, bench.cn.officer.signer)
        with bench.cn.mailbox.database.transaction():
            sealed = bench.cn.render(name, about, made)
            keep(bench.cn.mailbox, sealed, made.reviewer, bench.cn.clock())
    bench.cn.hand_over()
    bench.meet()
    return bench.pk.mailbox.messages.row(name).number


def doubts(view: TerminalDesk, number: int) -> list[Doubts]:
    opened = view.read(number)
    return [view.doubts(present(opened.content), one) for one in opened.translations]


def test_nothing_is_held_against_the_right_grid(bench: Bench) -> None:
    assert doubts(TerminalDesk(bench.pk), sent(bench, GRID)) == [{}, {}]


def test_another_grid_is_held_against_it_at_both_desks(bench: Bench) -> None:
    number = sent(bench, OTHER)
    here, there = (doubts(TerminalDesk(desk), number) for desk in (bench.pk, bench.cn))
    for found in (*here, *there):
        assert found.keys() == {"s1"}
        assert [line.sign for line in found["s1"]] == ["!", "!"]


@pytest.mark.parametrize(
    ("size", "lang"),
    [(NARROW, "en"), (WIDE, "en"), (NARROW, "ur"), (WIDE, "zh-Hans")],
)
async def test_its_reader_sees_what_is_held_against_it(
    bench: Bench, size: tuple[int, int], lang: str
) -> None:
    mark, finding = TOLD[lang]
    sent(bench, OTHER)
    pk = Terminal(TerminalDesk(bench.pk, lang), lambda: bench.now)
    async with look(pk, size) as pilot:
        await until(pilot, lambda: cursor_bar() in text(pk))
        await pilot.press("enter")
        await until(pilot, lambda: "✔" in text(pk))
        if lang == "en":
            assert "Fails" not in text(pk), "the original is shown"
            await pilot.press("]")
        await until(pilot, lambda: join_words(mark) in text(pk))
        await pilot.press("end")
        shown = text(pk)
        assert join_words(finding) in shown
        assert GRID in shown
        assert OTHER in shown, "it is marked, and not hidden"
        tags = SAID if lang == "en" else (lang,)
        assert any(f" ! {tag} " in shown for tag in tags), "in the bar below, too"
