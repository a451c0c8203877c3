"""A partner's translation says REVIEWED and another grid: its readers see that."""

import pytest

from exchange.bulletin.attestations import attest
from exchange.bulletin.prose_view import Doubts
from exchange.bulletin.translations import translate
from exchange.desk.outgoing.enqueue import keep
from exchange.desk.outgoing.prepare import cite
from exchange.desk.terminal.desk import TerminalDesk
from exchange.v1 import bulletin_pb2
from tests.desk.bench import Bench, said
from tests.node.world import CN
from tests.tui.looking import NARROW, WIDE, text, until
from tui.app import Terminal
from tui.words import join_words

GRID, OTHER = "43SDU1234056780", "43SDU9934056780"
SEGMENT = {"id": "s1", "lang": "en", "text": f"Wait at {GRID}, 2 guards."}
SAID = {
    "ur": {"s0": "قافلہ رکا ہے", "s1": "{} پر انتظار کریں، 2 محافظ۔"},
    "zh-Hans": {"s0": "车队停止", "s1": "在{}等待，2名警卫。"},
}


def sent(bench: Bench, grid: str) -> int:
    """Send a bulletin to Beijing, and have its desk translate it with that grid.

    It is sealed by Beijing's own composer; the checks are asked by nobody there.
    """
    nation = bench.world.nations[CN]
    name = bench.deliver(said(nation, "Convoy held", segments=[SEGMENT]))
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
    assert opened.content is not None
    return [view.doubts(opened.content, one) for one in opened.translations]


def test_nothing_is_held_against_the_right_grid(bench: Bench) -> None:
    assert doubts(TerminalDesk(bench.pk), sent(bench, GRID)) == [{}, {}]


def test_another_grid_is_held_against_it_at_both_desks(bench: Bench) -> None:
    number = sent(bench, OTHER)
    here, there = (doubts(TerminalDesk(desk), number) for desk in (bench.pk, bench.cn))
    for found in (*here, *there):
        assert found.keys() == {"s1"}
        assert [line.sign for line in found["s1"]] == ["!", "!"]


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize(
    ("lang", "mark", "finding"),
    [
        ("en", "Fails the checks", "Must be in the translation exactly once: "),
        ("ur", "جانچ پر پورا نہیں اترتا", "ترجمے میں ٹھیک ایک بار ہونا ضروری ہے: "),
        ("zh-Hans", "未通过检查", "译文中必须恰好出现一次："),
    ],
)
async def test_its_reader_sees_what_is_held_against_it(
    bench: Bench, size: tuple[int, int], lang: str, mark: str, finding: str
) -> None:
    sent(bench, OTHER)
    pk = Terminal(TerminalDesk(bench.pk, lang), lambda: bench.now)
    async with pk.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: "▌" in text(pk))
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
