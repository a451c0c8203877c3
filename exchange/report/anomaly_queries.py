"""Queries for the anomalies of an export, each with its place."""

import sqlite3
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from exchange.limits import FILED_AHEAD_MAX
from exchange.report.cosigning import STALE, Cosigning, gaps
from exchange.report.derived_tables import CODES
from exchange.report.header_table import LogVerification
from exchange.report.statistics import Some


class Sort(StrEnum):
    """The sorts of anomaly: first those of the ledger, the gravest first."""

    FORK = "FORK"
    FAULT = "FAULT"
    REFUSED = "REFUSED"
    TOLD = "TOLD"
    REVOKED = "REVOKED"
    STALE = "STALE"
    GAP = "GAP"
    SINCE_REVOKED = "SINCE_REVOKED"
    COUNTERSIGNATURE = "COUNTERSIGNATURE"
    CANNOT_COMPLY = "CANNOT_COMPLY"
    UNOPENABLE = "UNOPENABLE"
    RECEIPT = "RECEIPT"
    CLOCK = "CLOCK"


OF_LEDGER = (
    Sort.FORK,
    Sort.FAULT,
    Sort.REFUSED,
    Sort.TOLD,
    Sort.REVOKED,
    Sort.STALE,
    Sort.GAP,
)
OF_MODE = tuple(sort for sort in Sort if sort not in OF_LEDGER)


class Oddity(NamedTuple):
    """One anomaly: its place, and the fields that its sort uses.

    `who` is a signer, desk or cosigner, `reason` one of exchange.errors, `detail` a
    place or a word of its sort, `at` is ms UTC, `span` s.
    """

    origin: str
    idx: int | None = None
    who: str = ""
    reason: str = ""
    detail: str = ""
    at: int = 0
    span: int = 0
    entries: int = 0


# Why a receipt does not count, and how a clock is wrong.
UNKNOWN, OTHER_MODE, NOT_ASKED = "UNKNOWN", "OTHER_MODE", "NOT_ASKED"
BEFORE, AHEAD = "BEFORE", "AHEAD"

_SQL = {
    Sort.FORK: "SELECT l.origin, NULL, '', '', '', f.at FROM fork f"
    " JOIN log l ON l.number = f.log ORDER BY 1",
    Sort.REFUSED: "SELECT l.origin, x.idx, '', x.reason FROM refused x"
    " JOIN log l ON l.number = x.log ORDER BY x.log, x.idx",
    Sort.TOLD: "SELECT l.origin, x.idx, x.by, x.reason, '', x.at FROM told x"
    " JOIN log l ON l.number = x.log ORDER BY x.log, x.idx",
    Sort.REVOKED: "SELECT l.origin, x.idx, x.subject, '', '', x.since FROM revoked x"
    " JOIN log l ON l.number = x.log ORDER BY x.log, x.idx",
    Sort.SINCE_REVOKED: "SELECT l.origin, m.idx, s.subject, '', '', m.filed"
    " FROM (SELECT signer, MIN(unproven) AS unproven FROM revoked"
    "  WHERE signer > 0 GROUP BY signer) x"
    " JOIN message m ON x.signer IN (m.signer, m.releaser) AND m.idx >= x.unproven"
    " JOIN signer s ON s.number = x.signer JOIN log l ON l.number = m.log"
    " WHERE m.mode = :mode ORDER BY m.number",
    Sort.COUNTERSIGNATURE: "SELECT l.origin, m.idx, s.subject, '', '', m.filed,"
    " MAX(:now - m.filed, 0) / 1000 FROM message m"
    " JOIN signer s ON s.number = m.signer JOIN log l ON l.number = m.log"
    " WHERE m.mode = :mode AND m.release = :emergency AND NOT EXISTS ("
    " SELECT 1 FROM spoken k JOIN message r ON r.number = k.message"
    " WHERE k.name = m.name AND k.relation = :countersigned AND r.kind = :receipt"
    " AND r.log = m.log AND r.mode = m.mode AND r.signer <> m.signer"
    ") ORDER BY m.number",
    Sort.CANNOT_COMPLY: "SELECT l.origin, m.idx, w.desk, '', '',"
    " m.filed + w.took, w.took / 1000 FROM word w JOIN message m"
    " ON m.number = w.message JOIN log l ON l.number = m.log"
    " WHERE w.mode = :mode AND w.relation = :cannot_comply ORDER BY m.number, w.desk",
    Sort.UNOPENABLE: "SELECT l.origin, m.idx, w.desk, '', '',"
    " m.filed + w.took, w.took / 1000 FROM word w JOIN message m"
    " ON m.number = w.message JOIN log l ON l.number = m.log"
    " WHERE w.mode = :mode AND w.relation = :unopenable ORDER BY m.number, w.desk",
    Sort.RECEIPT: "SELECT l.origin, r.idx, COALESCE(s.desk, ''), '',"
    " CASE WHEN NOT EXISTS (SELECT 1 FROM message m WHERE m.name = k.name)"
    "  THEN :unknown WHEN NOT EXISTS (SELECT 1 FROM message m"
    "  WHERE m.name = k.name AND m.mode = r.mode) THEN :other_mode"
    "  ELSE :not_asked END, r.filed"
    " FROM spoken k JOIN message r ON r.number = k.message AND r.kind = :receipt"
    " JOIN signer s ON s.number = r.signer JOIN log l ON l.number = r.log"
    " WHERE r.mode = :mode AND k.relation BETWEEN :opened AND :unopenable"
    " AND NOT EXISTS (SELECT 1 FROM message m JOIN addressed a"
    "  ON a.message = m.number AND a.desk = s.desk"
    "  WHERE m.name = k.name AND m.mode = r.mode)"
    " ORDER BY r.number",
    Sort.CLOCK: "SELECT l.origin, m.idx, w.desk, '', :before, m.filed,"
    " -w.took / 1000 FROM word w JOIN message m ON m.number = w.message"
    " JOIN log l ON l.number = m.log WHERE w.mode = :mode AND w.took < 0"
    " UNION ALL SELECT l.origin, m.idx, COALESCE(s.desk, ''), '', :ahead, m.filed,"
    " (m.filed - :now) / 1000 FROM message m JOIN signer s ON s.number = m.signer"
    " JOIN log l ON l.number = m.log"
    " WHERE m.mode = :mode AND m.filed > :now + :skew ORDER BY 1, 2",
}


class Oddities:
    """The anomalies of a working table by sort; they can be read repeatedly."""

    def __init__(
        self,
        db: sqlite3.Connection,
        judged: Mapping[str, LogVerification],
        cosigned: Cosigning,
        exported: int,
    ) -> None:
        """Set the values of queries; `exported` is the time of the export (ms)."""
        self._db, self._judged, self._cosigned = db, judged, cosigned
        self._values: dict[str, int | str] = {
            **CODES,
            "now": exported,
            "skew": FILED_AHEAD_MAX,
            "unknown": UNKNOWN,
            "other_mode": OTHER_MODE,
            "not_asked": NOT_ASKED,
            "before": BEFORE,
            "ahead": AHEAD,
        }

    def of(self, sort: Sort, mode: int = 0) -> Iterator[Oddity]:
        """Yield the oddities of a sort; those of OF_MODE of one mode."""
        if sort is Sort.FAULT:
            return self._faults()
        if sort is Sort.STALE:
            return self._stale()
        if sort is Sort.GAP:
            return self._gaps()
        rows = self._db.execute(_SQL[sort], {**self._values, "mode": mode})
        return (Oddity(*row) for row in rows)

    def some(self, sort: Sort, mode: int = 0) -> Some[Oddity]:
        found = Some.of(self.of(sort, mode))
        if sort is not Sort.FAULT:
            return found
        wrong = sum(judged.wrong for judged in self._judged.values())
        return Some(found.rows, max(wrong, found.total))

    def _faults(self) -> Iterator[Oddity]:
        for origin, judged in sorted(self._judged.items()):
            for fault in judged.faults:
                yield Oddity(
                    origin, fault.index, reason=fault.reason, detail=fault.what
                )

    def _stale(self) -> Iterator[Oddity]:
        """Yield logs without a cosignature, or with an old or incomplete one."""
        for one in self._cosigned.cosigners.rows:
            missing = one.size - one.covered
            if missing or one.age > STALE:
                at = one.newest * 1_000
                yield Oddity(
                    one.origin, who=one.by, at=at, span=one.age, entries=missing
                )

    def _gaps(self) -> Iterator[Oddity]:
        for gap in gaps(self._db, self._cosigned):
            span = gap.end - gap.start
            yield Oddity(gap.origin, who=gap.by, at=gap.start * 1_000, span=span)
