"""How soon partners cosigned, and when they did not."""

import pytest

from exchange.audit.result import Fault
from exchange.errors import Reason
from exchange.report.anomaly_queries import Sort
from exchange.report.build import ExportReport
from exchange.report.cosigning import CosignerWaits
from exchange.report.header_table import LogVerification
from tests.report.conftest import Compile
from tests.report.exports import CN, DAY, HOUR, MINUTE, PK, Log, mirror
from tests.trust.nation import NOW

THEM = mirror(CN)


@pytest.fixture
def pk() -> Log:
    return Log(PK)


def grow(log: Log) -> None:
    log.send("", NOW)


def only(report: ExportReport) -> CosignerWaits:
    (found,) = report.cosigning.cosigners.rows
    return found


def odd(report: ExportReport, sort: Sort) -> list[tuple[object, ...]]:
    return [tuple(row) for row in report.oddities.of(sort)]


def test_a_larger_head_covers_what_waited(compile_: Compile, pk: Log) -> None:
    for minutes, signed in ((0, False), (10, False), (30, True)):
        grow(pk)
        at = NOW + minutes * MINUTE
        pk.sign(at, *([(THEM, at + 5 * MINUTE)] if signed else []))
    found = only(compile_(NOW + 40 * MINUTE, pk))
    assert (found.by, found.size, found.covered) == (THEM, 3, 3)
    assert found.spread == (25 * 60, 35 * 60, 35 * 60)
    assert (found.newest, found.age) == (NOW // 1_000 + 35 * 60, 5 * 60)


def test_an_idle_log_is_no_gap(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    grow(pk)
    pk.sign(NOW + 5 * DAY, (THEM, NOW + 5 * DAY + MINUTE))
    report = compile_(NOW + 5 * DAY + 2 * MINUTE, pk)
    assert odd(report, Sort.GAP) == []
    assert odd(report, Sort.STALE) == []


def test_newer_lines_make_a_log_fresh(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    pk.pulse = pk.sign(NOW + DAY, (THEM, NOW + DAY))
    pk.heads.pop()
    found = only(compile_(NOW + DAY + MINUTE, pk))
    assert (found.age, found.spread.worst) == (60, 60)


def test_what_is_not_cosigned_to_the_end(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    grow(pk)
    pk.sign(NOW + 2 * HOUR)
    report = compile_(NOW + 5 * HOUR, pk)
    found = only(report)
    assert found.covered == 1
    ((origin, _, by, *_, at, span, entries),) = odd(report, Sort.STALE)
    assert (origin, by, at) == (pk.origin, THEM, NOW + MINUTE)
    assert (span, entries) == (5 * 3_600 - 60, 1)
    ((_, _, by, *_, at, span, _),) = odd(report, Sort.GAP)
    assert (by, at, span) == (THEM, NOW + 2 * HOUR, 3 * 3_600)


def test_an_old_line_under_all_of_it_is_stale(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW))
    assert odd(compile_(NOW + HOUR, pk), Sort.STALE) == []
    ((*_, entries),) = odd(compile_(NOW + HOUR + 1_000, pk), Sort.STALE)
    assert entries == 0


def test_gaps_that_overlap_are_one(compile_: Compile, pk: Log) -> None:
    for hours, waited in ((0, 0), (1, 3), (2, 3), (9, 0), (20, 2)):
        grow(pk)
        at = NOW + hours * HOUR
        pk.sign(at, (THEM, at + waited * HOUR))
    rows = compile_(NOW + DAY, pk).oddities.of(Sort.GAP)
    assert [(row.at - NOW, row.span) for row in rows] == [
        (HOUR, 4 * 3_600),
        (20 * HOUR, 2 * 3_600),
    ]


def test_a_cosigner_whose_clock_is_behind_waits_for_nothing(
    compile_: Compile, pk: Log
) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW - HOUR))
    assert only(compile_(NOW + MINUTE, pk)).spread == (0, 0, 0)


def test_a_log_that_nobody_cosigned(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW)
    report = compile_(NOW + MINUTE, pk)
    assert only(report).by == ""
    ((origin, _, by, *_, entries),) = odd(report, Sort.STALE)
    assert (origin, by, entries) == (pk.origin, "", 1)


def test_the_worst_of_each_span(compile_: Compile, pk: Log) -> None:
    for day, minutes in ((0, 1), (0, 7), (2, 3)):
        grow(pk)
        at = NOW + day * DAY
        pk.sign(at, (THEM, at + minutes * MINUTE))
    report = compile_(NOW + 3 * DAY, pk)
    assert only(report).worst_in == (7 * 60, None, 3 * 60, None)
    assert len(report.cosigning.calendar.starts) == 4


# What is believed.


def judged(log: Log, **changes: object) -> dict[str, LogVerification]:
    fields = {"verified": True, "keys": frozenset(log.line_keys())} | changes
    return {log.origin: LogVerification(**fields)}  # type: ignore[arg-type]


def test_only_lines_of_known_keys_are(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    known = judged(pk)
    pk.heads = []
    pk.sign(NOW, (THEM, NOW + MINUTE), ("evil.example/mirror", NOW))
    assert only(compile_(NOW + HOUR, pk, judged=known)).by == THEM
    assert len(compile_(NOW + HOUR, pk).cosigning.cosigners.rows) == 2


@pytest.mark.parametrize(
    ("wrong", "reason", "what"),
    [(1, Reason.COSIGNATURE, "head 1"), (2, Reason.ROOT, "entry")],
)
def test_lines_under_a_bad_head_or_where_faults_are_too_many_to_tell_are_not(
    compile_: Compile, pk: Log, wrong: int, reason: Reason, what: str
) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    known = judged(pk, wrong=wrong, faults=[Fault(pk.origin, 0, reason, what)])
    assert only(compile_(NOW + HOUR, pk, judged=known)).by == ""


def test_heads_beyond_or_out_of_order_are_not(compile_: Compile, pk: Log) -> None:
    grow(pk)
    grow(pk)
    pk.sign(NOW, (THEM, NOW + MINUTE))
    pk.entries.pop()
    pk.sign(NOW, (THEM, NOW + 2 * MINUTE))
    pk.heads.append(pk.heads[-1])
    assert only(compile_(NOW + HOUR, pk)).by == ""


def test_what_is_no_note_says_nothing(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.heads = [b"", b"x\n1\n", b"x\n1\n\n\xff\n"]
    pk.pulse = b"\n\n"
    assert only(compile_(NOW + HOUR, pk)).by == ""


def test_a_time_that_no_calendar_has_says_nothing(compile_: Compile, pk: Log) -> None:
    grow(pk)
    pk.sign(NOW, (THEM, 2**62))
    assert only(compile_(NOW + HOUR, pk)).by == ""
