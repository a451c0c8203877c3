"""The hand-over of a shift at a real desk: signed by both, kept, verified again."""

import re

import pytest
from msgspec.structs import replace

from exchange import words
from exchange.bulletin.values import iso
from exchange.desk import shift_handover
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_words import minute
from exchange.desk.handover_words import counts, sections
from exchange.desk.officer import Officer
from exchange.desk.state_words import STATES
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE, SHIFT_DEFAULT
from exchange.trust.shift_handover import HandoverRecord, OpenMatter
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client
from tests.expecting import refusing

HOUR = 60 * MINUTE


@pytest.fixture
def comer(staff: list[Desk]) -> Officer:
    """A second officer of the desk at Beijing."""
    return staff[0].officer


def hand_over(bench: Bench, comer: Officer) -> HandoverRecord:
    """Let Beijing's first officer hand the shift over; both sign."""
    record = shift_handover.prepare(bench.cn, comer.name)
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    return record


def read(desk: Desk, record: HandoverRecord) -> list[str]:
    """A hand-over as it is read, line by line."""
    return [
        line
        for section in sections(desk, record)
        for line in (
            section.title,
            *(f"  {x.words}  {x.subject}" for x in section.lines),
        )
    ]


def test_it_names_what_is_open_and_who_answered_what(
    bench: Bench, comer: Officer
) -> None:
    one, two = (bench.send(precedence="FLASH") for _ in range(2))
    bench.meet()
    bench.now += MINUTE
    bench.cn.acknowledge(one, pb.RELATION_ACKNOWLEDGED, "")
    bench.now += MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert record.began == bench.now - SHIFT_DEFAULT
    assert [x.name for x in record.done] == [one.hex()]
    assert record.done[0].officer == bench.cn.officer.name
    assert two.hex() in {x.name for x in record.open}
    number = shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    stored = shift_handover.verified(bench.cn, number)
    assert (number, stored.record, stored.fault) == (1, record, None)
    assert b"Convoy" not in stored.signed.record, "no prose"
    assert any("Convoy" in line for line in read(bench.cn, record))
    assert "act" in counts(record)
    words.use("zh-Hans")
    told = [counts(record), *read(bench.cn, record)]
    assert re.fullmatch(r"\d+ 项待办；本班完成 \d+ 项", told[0])
    assert not any(re.search("[;,]|: ", line) for line in told), told
    bench.now += MINUTE
    again = shift_handover.prepare(bench.cn, comer.name)
    assert again.began == record.at, "the shift began at the last hand-over"
    assert not again.done


def test_nobody_signs_for_both_and_nothing_is_kept(
    bench: Bench, comer: Officer
) -> None:
    own = bench.cn.officer
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


def test_what_was_changed_or_taken_out_is_found(bench: Bench, comer: Officer) -> None:
    database = bench.cn.mailbox.database
    for _ in range(3):
        hand_over(bench, comer)
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
    bench: Bench, comer: Officer
) -> None:
    bench.now += 20 * MINUTE  # from when the keys count
    record = hand_over(bench, comer)
    bench.now -= 10 * MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert record.began <= record.at
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    assert all(one.record for one in shift_handover.every(bench.cn))


def test_what_is_done_after_a_clock_that_was_ahead_is_handed_over(
    bench: Bench, comer: Officer
) -> None:
    bench.now += 20 * MINUTE  # from when the keys count
    right = bench.now
    bench.now = right + 60 * MINUTE
    record = hand_over(bench, comer)
    bench.now = right
    name = bench.send_back()
    bench.now += MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert name.hex() in {one.name for one in record.done}


def test_each_bulletin_is_read_once_with_place_state_and_age(
    bench: Bench, comer: Officer
) -> None:
    """One is overdue, one is to be done in time, one has not left this desk."""
    began = bench.now
    for hours in (1, 4):
        by = iso(began + hours * HOUR)
        asks = {"acknowledge": "ACTION", "acknowledge_by": by}
        bench.cn.acknowledge(
            bench.deliver(f"In {hours}", mode="ACTUAL", request=asks),
            pb.RELATION_ACKNOWLEDGED,
        )
    bench.now = began + 3 * HOUR
    client(bench.cn).down = True
    asks = {"acknowledge": "NONE"}
    queued = bench.send_back("Queued", mode="EXERCISE", request=asks)
    record = shift_handover.prepare(bench.cn, comer.name)
    shown = [line for line in read(bench.cn, record) if "translated" not in line]
    until = minute(began + 4 * HOUR)
    assert shown[: shown.index("3 acts of this shift")] == [
        "Overdue: 1 bulletin",
        "  islamabad.pk#3, not done in time, late by 2 hours; 3 hours old  In 1",
        "Not sent: none (Exercise: 1)",
        f"  {queued.hex()[:16]}, Exercise: queued; 1 minute old  Queued",
        "Under way: 1 bulletin",
        f"  islamabad.pk#4, under way, by {until}; 3 hours old  In 4",
    ]
    assert shown[-1].endswith(f"{bench.cn.officer.name}: wrote; queued  Queued")
    shown_in_terminal = [
        line.words
        for section in TerminalDesk(bench.cn).prepare_handover("duty-2").sections
        for line in section.lines
    ]
    assert "Exercise: queued; 1 minute old" in shown_in_terminal
    assert not any(queued.hex()[:8] in words for words in shown_in_terminal)
    assert re.search(r"Exercise: \d{4}-\d\d-\d\d \d\d:\d\dZ ", shown[-1])


def test_what_the_node_refused_and_what_waits_for_release_is_handed_over(
    bench: Bench, comer: Officer
) -> None:
    box = bench.cn.mailbox
    client(bench.cn).down = True
    asks = {"acknowledge": "NONE"}
    sent = bench.send_back("Refused", mode="ACTUAL", request=asks)
    for state in ("refused", "waiting", "returned", "resign", "expired"):
        with box.database.transaction():
            box.database.write(
                "UPDATE message SET state = ? WHERE name = ?", (state, sent)
            )
        shown = read(bench.cn, shift_handover.prepare(bench.cn, comer.name))
        at = shown.index("Not sent: 1 bulletin") + 1
        assert f", {STATES[state]}; " in shown[at]


def test_what_came_since_is_counted_and_no_more(bench: Bench, comer: Officer) -> None:
    record = shift_handover.prepare(bench.cn, comer.name)
    assert shift_handover.count_newer(bench.cn, record) == 0
    name = bench.deliver(precedence="FLASH")
    assert shift_handover.count_newer(bench.cn, record) == 1, "to be acknowledged"
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    assert shift_handover.count_newer(bench.cn, record) == 1, "acknowledged"
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    assert shift_handover.count_newer(bench.cn, record) == 1
    stored = shift_handover.verified(bench.cn, 1).record
    assert stored == record, "what was read is signed"


def test_of_two_that_were_read_at_one_time_one_is_kept(
    bench: Bench, comer: Officer
) -> None:
    one, two = (shift_handover.prepare(bench.cn, comer.name) for _ in range(2))
    shift_handover.sign(bench.cn, one, bench.cn.officer, comer)
    with refusing(Reason.INPUT, "previous"):
        shift_handover.sign(bench.cn, two, bench.cn.officer, comer)
    (stored,) = shift_handover.every(bench.cn)
    assert stored.record == one


def test_what_is_not_here_any_more_is_named(bench: Bench, comer: Officer) -> None:
    record = shift_handover.prepare(bench.cn, comer.name)
    gone = OpenMatter("ab" * 32, "LATER_KIND", record.at - HOUR)
    (title, line) = read(bench.cn, replace(record, open=(gone,)))
    assert title == "Overdue: 1 bulletin"
    assert line == f"  {'ab' * 8}, LATER_KIND, late by 60 minutes  "


def test_an_answer_is_done_once_the_log_has_it(bench: Bench, comer: Officer) -> None:
    """Also if that is shifts later; and it is told once."""
    asks = {"acknowledge": "NONE"}
    name = bench.deliver(mode="ACTUAL", request=asks)
    began = bench.now + MINUTE
    client(bench.cn).down = True
    for _ in range(2):
        bench.now += MINUTE
        bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
        record = shift_handover.prepare(bench.cn, comer.name)
        assert record.done == ()
        assert [(x.name, x.kind) for x in record.open if x.kind == "NOT_SENT"] == [
            (name.hex(), "NOT_SENT")
        ]
        shown = read(bench.cn, record)
        line = shown[shown.index("Not sent: 1 bulletin") + 1]
        assert "islamabad.pk#3, your answer is queued: Acknowledged; " in line
        bench.now += MINUTE
        shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    client(bench.cn).down = False
    bench.meet()
    bench.now += MINUTE
    record = shift_handover.prepare(bench.cn, comer.name)
    assert [(x.name, x.did, x.at) for x in record.done] == [
        (name.hex(), "ACKNOWLEDGED", began)
    ]
    assert not [x for x in record.open if x.kind == "NOT_SENT"]
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    bench.now += MINUTE
    assert shift_handover.prepare(bench.cn, comer.name).done == ()


def test_an_act_is_told_once(bench: Bench, comer: Officer) -> None:
    """In the millisecond of a hand-over, and by a clock that was set back since."""
    bench.now += 20 * MINUTE  # from when the keys count
    name = bench.send_back()
    record = shift_handover.prepare(bench.cn, comer.name)
    assert [one.name for one in record.done] == [name.hex()]
    shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    assert shift_handover.prepare(bench.cn, comer.name).done == ()
    bench.now -= 10 * MINUTE
    assert shift_handover.prepare(bench.cn, comer.name).done == ()


def test_a_recall_is_one_act_about_its_bulletin(bench: Bench, comer: Officer) -> None:
    """Also if the log has it shifts later."""
    sent = bench.send_back()
    bench.meet()
    bench.now += MINUTE
    record = hand_over(bench, comer)
    bench.now += MINUTE
    client(bench.cn).down = True
    recall = bench.cn.recall(sent, "WRONG_CONTENT", "").name
    for _ in range(2):
        bench.now += MINUTE
        record = shift_handover.prepare(bench.cn, comer.name)
        assert record.done == ()
        assert OpenMatter(recall.hex(), "NOT_SENT", 0) in record.open
        shift_handover.sign(bench.cn, record, bench.cn.officer, comer)
    client(bench.cn).down = False
    bench.meet()
    for acts in ([(sent.hex(), "RECALLS")], []):
        bench.now += MINUTE
        record = shift_handover.prepare(bench.cn, comer.name)
        assert [(one.name, one.did) for one in record.done] == acts
        shift_handover.sign(bench.cn, record, bench.cn.officer, comer)


def test_what_is_signed_again_is_one_act(bench: Bench, comer: Officer) -> None:
    right, bench.now = bench.now, bench.now + 3 * DAY
    client(bench.cn).down = True
    old = bench.send_back()
    client(bench.cn).down, bench.now = False, right
    bench.meet()
    new = bench.cn.sign_again(old).name

    record = shift_handover.prepare(bench.cn, comer.name)

    assert [one.name for one in record.done] == [new.hex()]
