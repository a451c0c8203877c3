"""A report as `--json` prints it: every list complete, to be written row by row.

Times are ms UTC, durations s, places as commands take them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from exchange.audit.text.audit_text import demands_as_json
from exchange.report.anomaly_queries import OF_LEDGER, OF_MODE, Oddity
from exchange.report.build import ExportReport
from exchange.report.cosigning import CosignerWaits
from exchange.report.derived_tables import GOALS
from exchange.report.statistics import (
    MODES,
    Backlog,
    Counted,
    Days,
    Figures,
    Response,
    Urgency,
    WaitingMessage,
)
from exchange.report.tables import place_text
from exchange.v1 import envelope_pb2 as pb

Json: TypeAlias = (
    "str | int | Mapping[str, Json] | Sequence[Json] | Iterator[Json] | None"
)


def as_json(report: ExportReport) -> Mapping[str, Json]:
    """Return lists that may be long as iterators."""
    return {
        "node": report.node,
        "exported": report.exported,
        "digest": report.digest.hex(),
        "entries": report.entries,
        "verified": bool(report.trusted),
        "trusted": dict(report.trusted),
        "signatures": report.signatures,
        "wrong": report.wrong,
        **_audited(report),
        "anomalies": {
            sort: map(_oddity, report.oddities.of(sort)) for sort in OF_LEDGER
        },
        "cosigners": [_cosigner(row) for row in report.cosigning.cosigners.rows],
        "modes": {pb.Mode.Name(mode)[5:]: _mode(report, mode) for mode in MODES},
    }


def _audited(report: ExportReport) -> Mapping[str, Json]:
    """Return why it is no evidence, and its unmet demands."""
    if report.audit is None:
        return {}
    demanded = cast("Mapping[str, Json]", demands_as_json(report.audit))
    return {"lacking": report.audit.lacking, **demanded}


def _mode(report: ExportReport, mode: int) -> Json:
    found = report.figures[mode]
    if found is None:
        return None
    return _figures(found, report.counted(mode)) | {
        "anomalies": {
            sort: map(_oddity, report.oddities.of(sort, mode)) for sort in OF_MODE
        }
    }


def _figures(figures: Figures, counted: Counted) -> dict[str, Json]:
    return {
        "messages": sum(figures.totals[:3]),
        **figures.totals._asdict(),
        "spans": _days(figures.days),
        "desks": (row._asdict() for row in counted.senders()),
        "precedence": map(_urgency, counted.urgency()),
        "responses": map(_response, counted.overall()),
        "responses_by_desk": map(_response, counted.by_desk()),
        "backlog": [_backlog(row) for row in figures.backlog],
        "waiting": map(_waiting, counted.waiting()),
    }


def _days(days: Days) -> Json:
    return {
        "unit": days.calendar.unit,
        "begin": days.calendar.starts,
        "sent": [dict(sorted(counts.items())) for counts in days.sent],
        "others": days.others,
        "receipts": days.receipts,
        "outside": days.undrawn,
    }


def _precedence(value: int) -> str:
    return pb.Precedence.Name(value).removeprefix("PRECEDENCE_")  # type: ignore[arg-type]


def _relation(value: int) -> str:
    return pb.Relation.Name(value).removeprefix("RELATION_")  # type: ignore[arg-type]


def _urgency(row: Urgency) -> Json:
    counts = zip(map(_precedence, GOALS), row.counts, strict=True)
    return {"node": row.node, **dict(counts)}


def _response(row: Response) -> Json:
    return {
        "desk": row.desk or None,
        "precedence": _precedence(row.precedence),
        "receipt": _relation(row.relation),
        "answers": row.answers,
        **row.spread._asdict(),
        "within_goal": row.within,
    }


def _backlog(row: Backlog) -> Json:
    return {
        "precedence": _precedence(row.precedence),
        "goal": GOALS[row.precedence] // 1_000,
        "waiting": row.waiting,
        "overdue": row.overdue,
    }


def _waiting(row: WaitingMessage) -> Json:
    return {
        "place": place_text(row.origin, row.idx),
        "from": row.sender or None,
        "desk": row.desk,
        "precedence": _precedence(row.precedence),
        "filed": row.filed,
        "due": row.due,
        "said": None if row.word is None else _relation(row.word),
    }


def _cosigner(row: CosignerWaits) -> Json:
    return {
        "log": row.origin,
        "entries": row.size,
        "cosigner": row.by or None,
        "covered": row.covered,
        "last": row.newest * 1_000,
        "age": row.age,
        **row.spread._asdict(),
    }


def _oddity(row: Oddity) -> Json:
    """Return the members that are not empty."""
    said = row._asdict()
    place = place_text(said.pop("origin"), said.pop("idx"))
    return {"place": place, **{key: value for key, value in said.items() if value}}
