"""The queue of translations at a real desk: each step leads to the next."""

from exchange.desk.client import Desk
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.translation.pending_translation import PendingTranslation
from exchange.limits import MINUTE
from tests.desk.bench import Bench, refers
from tests.desk.test_pending_translation import TEXTS, translated


def steps(desk: Desk) -> list[tuple[str, str, str]]:
    found = TerminalDesk(desk).translation_queue()
    return [(one.step, one.lang, one.officer.partition("@")[0]) for one in found]


def others(*desks: Desk) -> list[bool]:
    """Whether the one step that there is, is for others than each officer."""
    queues = [TerminalDesk(desk).translation_queue() for desk in desks]
    return [item.for_others for (item,) in queues]


def at(desk: Desk, name: bytes) -> PendingTranslation:
    return PendingTranslation(desk, name, "zh")


def test_an_ordinary_one_is_translated_reviewed_and_sent(
    bench: Bench, staff: list[Desk]
) -> None:
    name = bench.deliver()
    made = at(bench.cn, name)
    made.begin()
    assert steps(bench.cn) == [("TRANSLATE", "zh-Hans", "duty-1")]
    bench.now += MINUTE
    translated(bench.cn, name)
    (item,) = TerminalDesk(bench.cn).translation_queue()
    assert (item.step, item.since) == ("REVIEW", bench.now)
    bench.now += MINUTE
    at(staff[0], name).begin()
    assert TerminalDesk(bench.cn).translation_queue() == [item], "to look is no step"
    at(staff[0], name).advance("REVIEWED")
    assert steps(bench.cn) == [("SEND", "zh-Hans", "duty-2")]
    made.send()
    assert steps(bench.cn) == []


def test_a_flash_is_read_back_and_compared_between(
    bench: Bench, staff: list[Desk]
) -> None:
    name = bench.deliver(precedence="FLASH")
    translated(bench.cn, name)
    assert steps(bench.cn) == [("READ_BACK", "zh-Hans", "duty-1")]
    assert others(bench.cn, *staff[:2]) == [True, False, False]
    at(staff[0], name).put_back({"s0": "Convoy late", "s1": "Convoy late, in full."})
    assert steps(bench.cn) == [("COMPARE", "zh-Hans", "duty-2")]
    assert others(bench.cn, *staff[:2]) == [True, True, False]
    at(staff[1], name).judge(same=True)
    assert steps(bench.cn) == [("REVIEW", "zh-Hans", "duty-3")]
    assert others(bench.cn, *staff[:2]) == [True, False, False]
    at(staff[1], name).advance("REVIEWED")
    assert others(bench.cn, *staff[:2]) == [False, True, False]


def test_a_flash_that_went_out_translated_waits_to_be_read_back(
    bench: Bench, staff: list[Desk]
) -> None:
    name = bench.deliver(precedence="FLASH")
    made = translated(bench.cn, name)
    bench.now += MINUTE
    made.send()
    (item,) = TerminalDesk(bench.cn).translation_queue()
    assert (item.step, item.officer) == ("READ_BACK", "duty-1@ops.beijing.cn")
    assert item.since == bench.now
    bench.meet()
    assert steps(bench.pk) == [], "who wrote it has nothing to do about it"
    at(staff[0], name).put_back({"s0": "Convoy late", "s1": "Convoy late, in full."})
    assert steps(bench.cn) == [("COMPARE", "zh-Hans", "duty-2")]
    at(staff[1], name).judge(same=True)
    at(staff[1], name).advance("REVIEWED")
    made.send()
    assert steps(bench.cn) == []


def test_of_a_flash_that_was_corrected_no_translation_is_read_back(
    bench: Bench,
) -> None:
    name = bench.deliver(precedence="FLASH")
    translated(bench.cn, name).send()
    mended = refers("CORRECTS", name)
    bench.deliver("Stopped", references=mended)
    assert [one[0] for one in steps(bench.cn)] == ["TRANSLATE"]


def test_the_most_urgent_stands_first_and_a_drill_behind(bench: Bench) -> None:
    for precedence, mode in (
        ("ROUTINE", "ACTUAL"),
        ("FLASH", "EXERCISE"),
        ("FLASH", "ACTUAL"),
    ):
        bench.send(precedence=precedence, mode=mode)
    bench.meet()
    for number in (1, 2, 3):
        row = bench.cn.mailbox.messages.rows([number])[0]
        at(bench.cn, row.name).put(TEXTS)
    found = TerminalDesk(bench.cn).translation_queue()
    assert [(one.row.precedence, one.row.mode) for one in found] == [
        ("FLASH", "ACTUAL"),
        ("ROUTINE", "ACTUAL"),
        ("FLASH", "EXERCISE"),
    ]
