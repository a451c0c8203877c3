"""Two officers at their terminals, over real desks: late, declined, recalled."""

from exchange.bulletin.values import iso
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.terminal.desk import TerminalDesk
from exchange.limits import MINUTE
from tests.desk.bench import Bench, said
from tests.node.world import CN, FILED
from tests.tui.looking import READER, lines, text, until
from tui.app import Terminal

ASKS = {"acknowledge": "ACTION", "acknowledge_by": iso(FILED + 2 * MINUTE)}


async def test_a_flash_is_late_declined_and_recalled(bench: Bench) -> None:
    nation = bench.world.nations[CN]
    bench.pk.send(said(nation, "Bridge closed", precedence="FLASH", request=ASKS))
    bench.meet()
    bench.now = FILED + 4 * MINUTE
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with cn.run_test(size=READER, notifications=True) as pilot:
        await until(pilot, lambda: "escalated: Security" in lines(cn)[0], 9.0)
        await pilot.press("d")
        await until(pilot, lambda: "late by 2 minutes" in text(cn))
        await pilot.press("enter")
        await until(pilot, lambda: "Bridge closed, in full." in text(cn))
        await pilot.press("a", "down", "down", "down", "enter")
        await until(pilot, lambda: "WEATHER" in text(cn))
        await pilot.press("enter", "y")
        await until(pilot, lambda: "✘ Cannot comply" in text(cn))
        await until(pilot, lambda: "escalated" not in lines(cn)[0], 9.0)
    bench.meet()
    pk = Terminal(TerminalDesk(bench.pk), lambda: bench.now)
    async with pk.run_test(size=READER, notifications=True) as pilot:
        await until(pilot, lambda: "✘ Cannot comply" in text(pk))
        assert "Weather" in text(pk)
        await pilot.press("R", "down", "enter")
        await until(pilot, lambda: "WRONG_CONTENT" in text(pk))
        await pilot.press("enter", "down", "down", "y")
        await until(pilot, lambda: "✘ RECALLED │" in text(pk))
    bench.meet()
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with cn.run_test(size=READER, notifications=True) as pilot:
        await until(pilot, lambda: "✘ RECALLED ▸3" in text(cn))
        await pilot.press("x")
        await until(pilot, lambda: "Recalls islamabad.pk#3" in text(cn))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Why it is recalled" in text(cn))
        await until(pilot, lambda: "> Recalls" in text(cn))


async def test_a_remark_that_was_confirmed_says_so_to_its_readers(
    bench: Bench,
) -> None:
    bench.pk.send(said(bench.world.nations[CN], "Bridge closed"))
    bench.meet()
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with cn.run_test(size=READER, notifications=True) as pilot:
        await until(pilot, lambda: "Bridge closed, in full." in text(cn))
        await pilot.press("a", "tab", *"0300-1234567", "enter", "down", "y")
        await until(pilot, lambda: "telephone number" in text(cn))
        await pilot.press("x", "y")
        await until(pilot, lambda: "✔ acknowledged" in text(cn))
    bench.meet()
    (given,) = [r for r in bench.pk.mailbox.messages.read(1).receipts if r.remark]
    assert decode_remark(given.remark or b"").confirmed == ["remark PHONE"]


async def test_only_what_was_opened_is_told_its_author(bench: Bench) -> None:
    nation = bench.world.nations[CN]
    for words in ("One", "Two"):
        bench.pk.send(said(nation, words))
    bench.meet()
    cn = Terminal(TerminalDesk(bench.cn), lambda: bench.now)
    async with cn.run_test(size=READER, notifications=True) as pilot:
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
