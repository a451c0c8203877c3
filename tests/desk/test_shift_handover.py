"""The hand-over of a shift at a real desk: signed by both, kept, verified again."""

import re

import pytest

from exchange import words
from exchange.desk import shift_handover
from exchange.desk.client import Desk
from exchange.desk.handover_words import counts, matter_lines
from exchange.errors import Reason, Refusal
from exchange.limits import MINUTE, SHIFT_DEFAULT
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN, PK


def colleague(staff: list[Desk]) -> Desk:
    """A second officer of the desk at Beijing."""
    return staff[0]


def test_it_names_what_is_open_and_who_answered_what(
    bench: Bench, staff: list[Desk]
) -> None:
    one = bench.pk.send(said(bench.world.nations[CN], precedence="FLASH"))
    two = bench.pk.send(said(bench.world.nations[CN], precedence="FLASH"))
    bench.meet()
    bench.now += MINUTE
    bench.cn.acknowledge(one.name, pb.RELATION_ACKNOWLEDGED, "")
    comer = colleague(staff).officer
    bench.now += MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert record.began == bench.now - SHIFT_DEFAULT
    assert [x.name for x in record.done] == [one.name.hex()]
    assert record.done[0].officer == bench.cn.officer.name
    assert two.name.hex() in {x.name for x in record.open}
    number = shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    stored = shift_handover.verified(bench.cn, number)
    assert (number, stored.record, stored.fault) == (1, record, None)
    assert b"Convoy" not in stored.signed.record, "no prose"
    shown = [line.words + line.subject for line in matter_lines(bench.cn, record)]
    assert any("Convoy" in line for line in shown)
    assert "act" in counts(record)
    words.use("zh-Hans")
    told = [
        counts(record),
        *(line.words for line in matter_lines(bench.cn, record)),
    ]
    assert re.fullmatch(r"\d+ 项待办；本班完成 \d+ 项", told[0])
    assert not any(re.search("[;,]|: ", line) for line in told), told
    bench.now += MINUTE
    again = shift_handover.prepare(bench.cn, comer.name)
    assert again.began == record.at, "the shift began at the last hand-over"
    assert not again.done


def test_nobody_signs_for_both_and_nothing_is_kept(
    bench: Bench, staff: list[Desk]
) -> None:
    own, comer = bench.cn.officer, colleague(staff).officer
    alone = shift_handover.prepare(bench.cn, own.name)
    with refusing(Reason.SIGNERS):
        shift_handover.sign(bench.cn, alone, own, own)
    other = shift_handover.prepare(bench.cn, comer.name)
    with refusing(Reason.SIGNER_UNKNOWN):
        shift_handover.sign(bench.cn, other, own, own)
    foreign = shift_handover.prepare(bench.cn, bench.pk.officer.name)
    with pytest.raises(Refusal):
        shift_handover.sign(bench.cn, foreign, own, bench.pk.officer)
    assert not len(bench.cn.mailbox.handovers)


def test_what_was_changed_or_taken_out_is_found(
    bench: Bench, staff: list[Desk]
) -> None:
    comer, database = colleague(staff).officer, bench.cn.mailbox.database
    for _ in range(3):
        record = shift_handover.prepare(bench.cn, comer.name)
        shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
        bench.now += MINUTE
    assert all(one.record for one in shift_handover.every(bench.cn))
    with database.transaction():
        database.write("DELETE FROM handover WHERE number = 2", ())
        database.write("UPDATE handover SET number = 2 WHERE number = 3", ())
    second, first = shift_handover.every(bench.cn)
    assert first.record
    assert second.record is None
    with database.transaction():
        database.write("UPDATE handover SET comes_signature = leaves_signature", ())
    assert not any(one.record for one in shift_handover.every(bench.cn))


def test_a_clock_set_back_begins_no_shift_in_the_future(
    bench: Bench, staff: list[Desk]
) -> None:
    comer = colleague(staff).officer
    bench.now += 20 * MINUTE  # from when the keys count
    record = shift_handover.prepare(bench.cn, comer.name)
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    bench.now -= 10 * MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert record.began <= record.at
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    assert all(one.record for one in shift_handover.every(bench.cn))


def test_what_is_done_after_a_clock_that_was_ahead_is_handed_over(
    bench: Bench, staff: list[Desk]
) -> None:
    comer = colleague(staff).officer
    bench.now += 20 * MINUTE  # from when the keys count
    right = bench.now
    bench.now = right + 60 * MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    bench.now = right
    sent = bench.cn.send(said(bench.world.nations[PK]))
    bench.now += MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert sent.name.hex() in {one.name for one in record.done}
