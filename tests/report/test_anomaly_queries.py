"""Every sort of anomaly is found where it is, and nowhere else."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from exchange.audit.result import Fault, Revoked
from exchange.audit.sources.export_file import Export
from exchange.errors import Reason, Refusal
from exchange.ledger import note
from exchange.ledger.note import Vkey
from exchange.report import header_table
from exchange.report.anomaly_queries import (
    AHEAD,
    BEFORE,
    NOT_ASKED,
    OF_MODE,
    OTHER_MODE,
    UNKNOWN,
    Oddity,
    Sort,
)
from exchange.report.build import ExportReport, build_report
from exchange.report.header_table import LogVerification
from exchange.v1 import envelope_pb2 as pb
from tests.expecting import refusing
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
    SECOND,
    Log,
    mirror,
    refusal,
    write,
)
from tests.trust.nation import NOW

DRILL = {"mode": pb.MODE_EXERCISE}
OPENED = pb.RELATION_OPENED


@pytest.fixture
def pk(pk: Log) -> Log:
    pk.enrol(SECOND)
    return pk


def found(report: ExportReport, sort: Sort, mode: int = pb.MODE_ACTUAL) -> list[Oddity]:
    return list(report.oddities.of(sort, mode if sort in OF_MODE else 0))


def sorts(report: ExportReport) -> set[Sort]:
    return {sort for sort in Sort if found(report, sort)}


def test_where_all_is_well_there_are_none(compile_: Compile, pk: Log, cn: Log) -> None:
    name = pk.send(ALI, NOW, [CN_OPS])
    cn.answer(LI, NOW + MINUTE, name, pb.RELATION_ACKNOWLEDGED)
    pk.sign(NOW + HOUR, (mirror(CN), NOW + HOUR))
    cn.sign(NOW + HOUR, (mirror(PK), NOW + HOUR))
    assert sorts(compile_(NOW + HOUR, pk, cn)) == set()


def test_the_story_has_one_of_each(told: ExportReport) -> None:
    assert sorts(told) == set(Sort)


def test_refused_by_all(compile_: Compile, pk: Log) -> None:
    pk.send(ALI, NOW, [CN_OPS])
    judged = {pk.origin: LogVerification(verified=True, refused={2: "LABEL"})}
    report = compile_(NOW + DAY, pk, judged=judged)
    assert found(report, Sort.REFUSED) == [Oddity(pk.origin, 2, reason="LABEL")]
    assert report.figures[pb.MODE_ACTUAL] is None


def test_what_cannot_be_read_is_refused_also_where_nobody_verified(
    compile_: Compile, pk: Log
) -> None:
    pk.entries += [b"", b"\xff" * 99, pk.entries[0] + b"\x00"]
    reasons = [row.reason for row in found(compile_(NOW + DAY, pk), Sort.REFUSED)]
    assert reasons == [Reason.NOT_CANONICAL] * 3


def test_a_statement_that_cannot_be_read_says_nothing(
    compile_: Compile, pk: Log
) -> None:
    pk.add(pk.core(ALI, NOW, kind=pb.KIND_DIRECTORY, clear=b"\x08\x09"))
    ((*_, reason, _, _, _, _),) = found(compile_(NOW + DAY, pk), Sort.REFUSED)
    assert reason == Reason.STATEMENT


def test_refused_by_a_partner(compile_: Compile, pk: Log) -> None:
    pk.refusals.append(refusal(1, CN, "KEY", NOW))
    assert found(compile_(NOW + DAY, pk), Sort.TOLD) == [
        Oddity(pk.origin, 1, CN, "KEY", at=NOW)
    ]


@pytest.mark.parametrize(("index", "at"), [(2**63, 1), (1, 2**64 - 1)])
def test_a_refusal_that_no_database_holds(
    compile_: Compile, pk: Log, index: int, at: int
) -> None:
    pk.refusals.append(refusal(index, CN, "KEY", at))
    with refusing(Reason.INPUT):
        compile_(NOW + DAY, pk)


@pytest.mark.parametrize("exported", [2**64 - 1, 253_402_300_800_000])
def test_an_export_of_no_time(compile_: Compile, pk: Log, exported: int) -> None:
    with refusing(Reason.INPUT):
        compile_(exported, pk)


def test_faults_are_told_and_those_beyond_counted(compile_: Compile, pk: Log) -> None:
    faults = [Fault(pk.origin, 1, Reason.ROOT, "entry")]
    judged = {pk.origin: LogVerification(verified=True, wrong=3, faults=faults)}
    report = compile_(NOW + DAY, pk, judged=judged)
    some = report.oddities.some(Sort.FAULT)
    assert some.rows == [Oddity(pk.origin, 1, reason="ROOT", detail="entry")]
    assert (some.total, report.wrong) == (3, 3)


def wrong(reason: Reason) -> LogVerification:
    faults = [Fault(None, None, reason, "fork")]
    return LogVerification(verified=True, wrong=1, faults=faults)


@pytest.mark.parametrize(
    ("judged", "forked"),
    [
        (LogVerification(), True),  # which is the file's claim
        (LogVerification(verified=True), False),
        (wrong(Reason.FORK), True),
        (wrong(Reason.PROOF), False),
    ],
)
def test_a_fork_is_one_if_its_proof_is(
    compile_: Compile, pk: Log, judged: LogVerification, *, forked: bool
) -> None:
    pk.fork = NOW.to_bytes(8) + b"proof"
    report = compile_(NOW + DAY, pk, judged={pk.origin: judged})
    assert found(report, Sort.FORK) == [Oddity(pk.origin, at=NOW)] * forked


def test_revocations_and_whose_entries_they_touch(compile_: Compile, pk: Log) -> None:
    pk.send(SECOND, NOW, [CN_OPS])
    pk.send(SECOND, NOW + HOUR, [CN_OPS])
    pk.send(ALI, NOW + HOUR, [CN_OPS])
    pk.revoke(SECOND, NOW + DAY, NOW + HOUR)
    pk.revoke(SECOND, NOW + DAY, NOW + MINUTE)
    report = compile_(NOW + DAY, pk)
    assert found(report, Sort.REVOKED) == [
        Oddity(pk.origin, 5, SECOND, at=NOW + HOUR),
        Oddity(pk.origin, 6, SECOND, at=NOW + MINUTE),
    ]
    assert found(report, Sort.SINCE_REVOKED) == [
        Oddity(pk.origin, 2, SECOND, at=NOW),
        Oddity(pk.origin, 3, SECOND, at=NOW + HOUR),
    ]


def test_what_is_proven_to_be_older_is_above_doubt(compile_: Compile, pk: Log) -> None:
    pk.send(SECOND, NOW, [CN_OPS])
    pk.send(SECOND, NOW + HOUR, [CN_OPS])
    pk.revoke(SECOND, NOW + DAY, NOW + HOUR)

    kid, place = pk.kids[SECOND], (NOW + HOUR, 4, "issuer@pk", NOW + DAY)
    revoked = Revoked(kid, SECOND, *place, proven_below=3)
    judged = {pk.origin: LogVerification(verified=True, revocations=[revoked])}
    report = compile_(NOW + DAY, pk, judged=judged)
    assert [row.idx for row in found(report, Sort.SINCE_REVOKED)] == [3]


def test_what_a_revoked_releaser_released(compile_: Compile, pk: Log) -> None:
    core = pk.core(ALI, NOW, release=pb.RELEASE_RELEASED)
    pk.add(core, releaser=pk.kids[SECOND])
    pk.revoke(SECOND, NOW + DAY, NOW)
    rows = found(compile_(NOW + DAY, pk), Sort.SINCE_REVOKED)
    assert [(row.idx, row.who) for row in rows] == [(2, SECOND)]


def test_a_revoked_certificate_signed_nothing(compile_: Compile, pk: Log) -> None:
    pk.kids["x@y.islamabad.pk"] = bytes(32)
    pk.revoke("x@y.islamabad.pk", NOW, NOW)
    pk.send("", NOW)
    report = compile_(NOW + DAY, pk)
    assert len(found(report, Sort.REVOKED)) == 1
    assert found(report, Sort.SINCE_REVOKED) == []


def countersign(log: Log, name: bytes, officer: str) -> None:
    log.answer(officer, NOW + HOUR, name, pb.RELATION_COUNTERSIGNED)


def test_an_emergency_wants_a_second_officer(
    compile_: Compile, pk: Log, cn: Log
) -> None:
    urgent = {"release": pb.RELEASE_EMERGENCY, "precedence": pb.PRECEDENCE_FLASH}
    one, two, three, four = (pk.send(ALI, NOW, [CN_OPS], **urgent) for _ in range(4))
    countersign(pk, two, SECOND)
    countersign(pk, three, ALI)  # the author's own officer is no second one
    countersign(cn, four, LI)  # nor is another node's
    rows = found(compile_(NOW + DAY, pk, cn), Sort.COUNTERSIGNATURE)
    assert [row.idx for row in rows] == [2, 4, 5]
    assert rows[0] == Oddity(pk.origin, 2, ALI, at=NOW, span=86_400)
    assert one


@pytest.mark.parametrize(
    ("relation", "sort"),
    [
        (pb.RELATION_CANNOT_COMPLY, Sort.CANNOT_COMPLY),
        (pb.RELATION_UNOPENABLE, Sort.UNOPENABLE),
    ],
)
def test_what_desks_say_that_they_cannot(
    compile_: Compile, pk: Log, cn: Log, relation: int, sort: Sort
) -> None:
    cn.answer(LI, NOW + HOUR, pk.send(ALI, NOW, [CN_OPS]), relation)
    report = compile_(NOW + DAY, pk, cn)
    expected = Oddity(pk.origin, 2, CN_OPS, at=NOW + HOUR, span=3_600)
    assert found(report, sort) == [expected]
    assert found(report, sort, pb.MODE_EXERCISE) == []


def test_receipts_that_count_for_nothing(compile_: Compile, pk: Log, cn: Log) -> None:
    name = pk.send(ALI, NOW, [CN_OPS])
    other = "duty-1@grid.beijing.cn"
    cn.enrol(other)
    cn.answer(LI, NOW, bytes(32), OPENED)
    cn.answer(other, NOW, name, OPENED)
    cn.answer(LI, NOW, name, OPENED, **DRILL)
    cn.answer(LI, NOW, name, OPENED)
    report = compile_(NOW + DAY, pk, cn)
    rows = found(report, Sort.RECEIPT)
    assert [(row.idx, row.who, row.detail) for row in rows] == [
        (2, CN_OPS, UNKNOWN),
        (3, "grid.beijing.cn", NOT_ASKED),
    ]
    (drill,) = found(report, Sort.RECEIPT, pb.MODE_EXERCISE)
    assert (drill.idx, drill.detail) == (4, OTHER_MODE)


def test_clocks_that_differ(compile_: Compile, pk: Log, cn: Log) -> None:
    name = pk.send(ALI, NOW + HOUR, [CN_OPS])
    cn.answer(LI, NOW, name, pb.RELATION_ACKNOWLEDGED)
    pk.send(ALI, NOW + DAY + 5 * MINUTE, [CN_OPS])
    pk.send(ALI, NOW + DAY + 6 * MINUTE, [CN_OPS])
    report = compile_(NOW + DAY, pk, cn)
    assert found(report, Sort.CLOCK) == [
        Oddity(pk.origin, 2, CN_OPS, "", BEFORE, NOW + HOUR, 3_600),
        Oddity(pk.origin, 4, PK_OPS, "", AHEAD, NOW + DAY + 6 * MINUTE, 360),
    ]
    actual = report.figures[pb.MODE_ACTUAL]
    assert actual is not None
    assert actual.overall == []  # a time below zero is none


def test_lines_of_a_witness_are_verified_first(compile_: Compile, pk: Log) -> None:
    pk.send(ALI, NOW)
    by = "witness.example/w"
    pk.sign(NOW, (by, NOW))
    (key,) = (key for key in pk.line_keys() if key[0] == by)
    keys = frozenset({key for key in pk.line_keys() if key[0] == pk.origin})
    vkey = Vkey(by, note.ML_DSA_44, bytes(1_312))
    judged = LogVerification(verified=True, keys=keys, witnesses={key: vkey})
    report = compile_(NOW + HOUR, pk, judged={pk.origin: judged})
    assert [row.by for row in report.cosigning.cosigners.rows] == [""]


def test_a_full_disk_is_said(
    compile_: Compile, pk: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = header_table.SCHEMA + "PRAGMA max_page_count = 24;"
    monkeypatch.setattr(header_table, "SCHEMA", full)
    for _ in range(500):
        pk.send(ALI, NOW, [CN_OPS])
    with refusing(Reason.DISK):
        compile_(NOW + DAY, pk)


def test_no_byte_of_an_export_breaks_it(tmp_path: Path, pk: Log, cn: Log) -> None:
    """Whatever is changed: a report, or a Refusal, nothing else."""
    cn.answer(LI, NOW, pk.send(ALI, NOW, [CN_OPS]), OPENED)
    pk.sign(NOW, (mirror(CN), NOW))
    path = write(tmp_path / "export", NOW + DAY, [pk, cn])
    whole = path.read_bytes()
    nobody: Mapping[str, LogVerification] = {}
    for place in range(0, len(whole), 19):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with (
            suppress(Refusal),
            Export.open(path) as export,
            build_report(export, nobody) as report,
        ):
            sorts(report)
