"""Who sent how much when, how fast it was answered, what waits."""

import pytest

from exchange.limits import FLASH_GOAL, REPORT_ROWS_MAX
from exchange.report.build import ExportReport
from exchange.report.statistics import OTHERS, Figures, Spread, spread
from exchange.v1 import envelope_pb2 as pb
from tests.report.conftest import Compile
from tests.report.exports import (
    ALI,
    CN,
    CN_OPS,
    DAY,
    HOUR,
    LI,
    MINUTE,
    PK,
    PK_OPS,
    Log,
)
from tests.trust.nation import NOW

FLASH = {"precedence": pb.PRECEDENCE_FLASH}
DRILL = {"mode": pb.MODE_EXERCISE}
OPENED, ACKNOWLEDGED = pb.RELATION_OPENED, pb.RELATION_ACKNOWLEDGED
COMPLETED, CANNOT = pb.RELATION_COMPLETED, pb.RELATION_CANNOT_COMPLY


def actual(report: ExportReport) -> Figures:
    found = report.figures[pb.MODE_ACTUAL]
    assert found is not None
    return found


def test_what_each_desk_sent_of_each_kind(compile_: Compile, pk: Log, cn: Log) -> None:
    name = pk.send(ALI, NOW, [CN_OPS])
    pk.send(ALI, NOW + DAY, [CN_OPS], kind=pb.KIND_TRANSLATION)
    cn.answer(LI, NOW + MINUTE, name, OPENED)
    found = actual(compile_(NOW + 2 * DAY, pk, cn))
    assert found.totals == (1, 1, 0, 1)
    assert found.senders.rows == [
        (PK_OPS, 1, 1, 0, 0, NOW, NOW + DAY),
        (CN_OPS, 0, 0, 0, 1, NOW + MINUTE, NOW + MINUTE),
    ]
    assert [row.node for row in found.urgency.rows] == [PK]
    assert found.urgency.rows[0].counts == (0, 0, 1, 0)


def test_a_signer_is_known_by_the_log_alone(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    pk.send(ALI, NOW)
    cn.kids[ALI] = pk.kids[ALI]
    cn.send(ALI, NOW)
    found = actual(compile_(NOW + DAY, pk, cn))
    assert [row.desk for row in found.senders.rows] == ["", PK_OPS]


def test_statements_are_no_traffic(compile_: Compile, pk: Log) -> None:
    assert compile_(NOW + DAY, pk).figures[pb.MODE_ACTUAL] is None


def test_what_was_sent_when(compile_: Compile, pk: Log, cn: Log) -> None:
    for hour in (0, 1, 30):
        pk.send(ALI, NOW + hour * HOUR)
    cn.send(LI, NOW + 30 * HOUR)
    cn.answer(LI, NOW + 60 * HOUR, bytes(32), OPENED)
    days = actual(compile_(NOW + 5 * DAY, pk, cn)).days
    assert days.nodes == (CN, PK)
    assert [[day[node] for node in days.nodes] for day in days.sent] == [
        [0, 2],
        [1, 1],
        [0, 0],
    ]
    assert days.receipts == [0, 0, 1]
    assert days.undrawn == 0


@pytest.mark.parametrize("after", [[0, 400], [400]], ids=["some", "all"])
def test_what_is_dated_after_the_export_is_not_drawn(
    compile_: Compile, pk: Log, after: list[int]
) -> None:
    for days_later in after:
        pk.send(ALI, NOW + days_later * DAY)
    days = actual(compile_(NOW + DAY, pk)).days
    assert (days.calendar.unit, len(days.sent), days.undrawn) == ("day", 1, 1)


def test_a_thousand_years_are_drawn_as_the_last_ones(
    compile_: Compile, pk: Log
) -> None:
    pk.send(ALI, 1)
    pk.send(ALI, NOW + 900 * 365 * DAY)
    days = actual(compile_(NOW + 900 * 365 * DAY, pk)).days
    assert days.calendar.unit == "year"
    assert sum(day.total() for day in days.sent) == 1
    assert days.undrawn == 1


def test_many_nodes_are_drawn_as_one(compile_: Compile) -> None:
    logs = [Log(f"n{i}.pk") for i in range(9)]
    for i, log in enumerate(logs):
        for _ in range(i + 1):
            log.send("", NOW)
    days = actual(compile_(NOW + DAY, *logs)).days
    assert days.nodes == ("n4.pk", "n5.pk", "n6.pk", "n7.pk", "n8.pk", OTHERS)
    assert days.sent[0][OTHERS] == 1 + 2 + 3 + 4


def test_modes_never_mix(compile_: Compile, pk: Log, cn: Log) -> None:
    real = pk.send(ALI, NOW, [CN_OPS])
    drill = pk.send(ALI, NOW, [CN_OPS], **DRILL)
    cn.answer(LI, NOW + HOUR, drill, ACKNOWLEDGED, **DRILL)
    cn.answer(LI, NOW + HOUR, real, ACKNOWLEDGED, **DRILL)  # which answers nothing
    report = compile_(NOW + 9 * DAY, pk, cn)
    exercise = report.figures[pb.MODE_EXERCISE]
    assert exercise is not None
    assert report.figures[pb.MODE_TEST] is None
    assert (actual(report).totals[0], exercise.totals[0]) == (1, 1)
    assert (actual(report).totals[3], exercise.totals[3]) == (0, 2)
    assert actual(report).overall == []
    assert [row.answers for row in exercise.overall] == [1]
    assert [row.idx for row in actual(report).waiting.rows] == [1]
    assert exercise.waiting.rows == []


def test_how_long_answers_took(compile_: Compile, pk: Log, cn: Log) -> None:
    for minutes in (1, 2, 3, 4, 10, 12, 13, 14, 15, 16):
        name = pk.send(ALI, NOW, [CN_OPS], **FLASH)
        cn.answer(LI, NOW + minutes * MINUTE, name, ACKNOWLEDGED, **FLASH)
    found = actual(compile_(NOW + DAY, pk, cn))
    taken = Spread(10 * 60, 15 * 60, 16 * 60)
    assert found.overall == [("", 1, ACKNOWLEDGED, 10, taken, 5)]
    assert found.by_desk.rows == [(CN_OPS, 1, ACKNOWLEDGED, 10, taken, 5)]
    assert FLASH_GOAL == 10 * MINUTE


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([7], (7, 7, 7)),
        ([1, 9], (1, 9, 9)),
        ([1, 2, 3], (2, 3, 3)),
        (list(range(1, 11)), (5, 9, 10)),
        (list(range(1, 101)), (50, 90, 100)),
    ],
)
def test_nearest_ranks(values: list[int], found: tuple[int, ...]) -> None:
    assert spread(len(values), values.__getitem__) == found


def test_the_first_of_several_answers_counts(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    second = f"duty-2@{CN_OPS}"
    cn.enrol(second)
    name = pk.send(ALI, NOW, [CN_OPS])
    cn.answer(LI, NOW + HOUR, name, ACKNOWLEDGED)
    cn.answer(second, NOW + MINUTE, name, ACKNOWLEDGED)
    (row,) = actual(compile_(NOW + DAY, pk, cn)).overall
    assert (row.answers, row.spread.median) == (1, 60)


def test_only_who_is_to_act_is_waited_for_and_measured(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    informed = [
        pb.Recipient(desk=desk, recipient_class=class_, kid=bytes([i]) * 32)
        for i, (desk, class_) in enumerate(
            [(PK_OPS, pb.RECIPIENT_CLASS_COPY), (CN_OPS, pb.RECIPIENT_CLASS_INFO)]
        )
    ]
    name = pk.send(ALI, NOW, recipients=informed)
    pk.answer(ALI, NOW + MINUTE, name, OPENED)
    cn.answer(LI, NOW + MINUTE, name, ACKNOWLEDGED)
    found = actual(compile_(NOW + 9 * DAY, pk, cn))
    assert found.overall == []
    assert found.waiting.rows == []


@pytest.mark.parametrize("backwards", [False, True])
def test_a_desk_addressed_twice_is_waited_for_once(
    compile_: Compile, pk: Log, *, backwards: bool
) -> None:
    classes = [pb.RECIPIENT_CLASS_INFO, pb.RECIPIENT_CLASS_ACTION]
    twice = [
        pb.Recipient(desk=CN_OPS, recipient_class=class_, kid=bytes([i]) * 32)
        for i, class_ in enumerate(classes[:: -1 if backwards else 1])
    ]
    pk.send(ALI, NOW, recipients=twice)
    assert actual(compile_(NOW + DAY, pk)).waiting.total == 1


def test_what_waits_and_what_is_overdue(compile_: Compile, pk: Log, cn: Log) -> None:
    late = pk.send(ALI, NOW, [CN_OPS], **FLASH)
    cn.answer(LI, NOW + MINUTE, late, OPENED, **FLASH)
    pk.send(ALI, NOW + 50 * MINUTE, [CN_OPS], **FLASH)
    pk.send(ALI, NOW - 6 * HOUR, [CN_OPS, "grid.beijing.cn"])
    found = actual(compile_(NOW + 55 * MINUTE, pk, cn))
    assert found.backlog == [
        (pb.PRECEDENCE_FLASH, 2, 1),
        (pb.PRECEDENCE_PRIORITY, 2, 2),
    ]
    assert [(row.idx, row.desk, row.word) for row in found.waiting.rows] == [
        (1, CN_OPS, OPENED),
        (2, CN_OPS, None),
        (3, "grid.beijing.cn", None),
        (3, CN_OPS, None),
    ]
    assert found.waiting.rows[0].due == NOW + FLASH_GOAL
    assert found.waiting.rows[0].sender == PK_OPS


@pytest.mark.parametrize("relation", [ACKNOWLEDGED, COMPLETED, CANNOT])
@pytest.mark.parametrize("waits", [OPENED, pb.RELATION_UNOPENABLE])
def test_what_settles_and_what_does_not(
    compile_: Compile,
    pk: Log,
    cn: Log,
    relation: "pb.Relation.ValueType",
    waits: "pb.Relation.ValueType",
) -> None:
    cn.answer(LI, NOW + HOUR, pk.send(ALI, NOW, [CN_OPS]), relation)
    cn.answer(LI, NOW + HOUR, pk.send(ALI, NOW, [CN_OPS]), waits)
    (row,) = actual(compile_(NOW + 9 * DAY, pk, cn)).waiting.rows
    assert (row.idx, row.word) == (2, waits)


def test_a_desk_cannot_acknowledge_for_another(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    other = "duty-1@grid.beijing.cn"
    cn.enrol(other)
    cn.answer(other, NOW + HOUR, pk.send(ALI, NOW, [CN_OPS]), ACKNOWLEDGED)
    assert actual(compile_(NOW + 9 * DAY, pk, cn)).waiting.total == 1


def recall(log: Log, officer: str, name: bytes, to: str) -> None:
    speaks = [pb.Reference(relation=pb.RELATION_RECALLS, name=name)]
    log.send(officer, NOW + HOUR, [to], kind=pb.KIND_RECALL, references=speaks)


def test_a_recall_waits_in_place_of_what_it_recalls(compile_: Compile, pk: Log) -> None:
    recall(pk, ALI, pk.send(ALI, NOW, [CN_OPS]), CN_OPS)
    assert [row.idx for row in actual(compile_(NOW + 9 * DAY, pk)).waiting.rows] == [2]


def test_another_desk_recalls_nothing(compile_: Compile, pk: Log, cn: Log) -> None:
    recall(cn, LI, pk.send(ALI, NOW, [CN_OPS]), PK_OPS)
    assert actual(compile_(NOW + 9 * DAY, pk, cn)).waiting.total == 2


def test_rows_beyond_the_limit_are_counted(compile_: Compile, pk: Log) -> None:
    for _ in range(REPORT_ROWS_MAX + 7):
        pk.send(ALI, NOW, [CN_OPS])
    waiting = actual(compile_(NOW + DAY, pk)).waiting
    assert (len(waiting.rows), waiting.total) == (REPORT_ROWS_MAX, REPORT_ROWS_MAX + 7)


def test_that_it_came_is_not_that_it_is_done(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    sent = [pk.send(ALI, NOW + n, [CN_OPS]) for n in range(5)]
    done, came, declined, *_ = sent
    cn.answer(LI, NOW + MINUTE, done, pb.RELATION_ACKNOWLEDGED)
    cn.answer(LI, NOW + MINUTE, done, pb.RELATION_COMPLETED)
    cn.answer(LI, NOW + MINUTE, came, pb.RELATION_ACKNOWLEDGED)
    cn.answer(LI, NOW + MINUTE, declined, pb.RELATION_ACKNOWLEDGED)
    cn.answer(LI, NOW + MINUTE, declined, pb.RELATION_CANNOT_COMPLY)
    found = actual(compile_(NOW + DAY, pk, cn))
    (outcome,) = found.outcomes
    assert outcome[1:] == (5, 1, 1, 1, 2)
    assert found.backlog[0].waiting == outcome.waiting
