"""The waits until partners cosigned each log, and the gaps.

A head waits from the time of its own log's line until the first line of a cosigner
under it or under a larger head, which covers it too. So an idle log is no gap. The two
times are of two clocks; a negative wait counts as 0.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from exchange.limits import COSIGNATURE_STALE
from exchange.report.calendar import Calendar, calendar
from exchange.report.statistics import Some, Spread, spread

STALE = COSIGNATURE_STALE // 1_000  # s
PAIRS_MAX = 256  # log and cosigner; without trust files there may be more
NONE = Spread(0, 0, 0)


class Gap(NamedTuple):
    """A time (s, POSIX) in which heads waited for longer than STALE.

    `end` is the time of the export if the gap was not over.
    """

    origin: str
    by: str
    start: int
    end: int
    over: bool


class CosignerWaits(Struct, frozen=True):
    """The waits of one log for one cosigner; `by` is "" if it has no cosigner.

    `covered` of `size` entries are under its line; `newest` is when it last signed (s,
    POSIX, its own clock), `age` the time since then at the export. Waits in s.
    `worst_in[i]` is the worst wait in the i-th span of the calendar.
    """

    origin: str
    size: int
    by: str
    covered: int = 0
    newest: int = 0
    age: int = 0
    spread: Spread = NONE
    worst_in: tuple[int | None, ...] = ()


class Cosigning(Struct, frozen=True):
    calendar: Calendar
    cosigners: Some[CosignerWaits]


def cosigning(db: sqlite3.Connection, exported: int) -> Cosigning:
    """Compute all up to the export's time (ms), in a table `wait`.

    1. Every log with each of its cosigners, and each wait.
    2. The summary of the first pairs, over one calendar.
    """
    now = exported // 1_000
    # 1
    db.execute("CREATE TABLE wait (pair INTEGER, at INTEGER, took INTEGER, signed)")
    pairs = Some.of(db.execute(_PAIRS), PAIRS_MAX)
    for pair, (log, origin, _, by) in enumerate(pairs.rows):
        values = {"pair": pair, "log": log, "origin": origin, "by": by, "now": now}
        db.execute(_WAITS, values)
    db.execute("CREATE INDEX wait_took ON wait (pair, took)")
    db.execute("CREATE INDEX wait_at ON wait (pair, at)")
    # 2
    sql = "SELECT MIN(?, COALESCE(MIN(at), ?)) FROM wait"
    (first,) = db.execute(sql, (now, now)).fetchone()
    spans = calendar(first * 1_000, exported)
    kept = [_cosigner(db, spans, now, *each) for each in enumerate(pairs.rows)]
    return Cosigning(spans, Some(kept, pairs.total))


_PAIRS = """
SELECT DISTINCT l.number, l.origin, l.size, COALESCE(i.by, '')
FROM log l LEFT JOIN line i ON i.log = l.number AND i.by <> l.origin
ORDER BY 2, 4
"""
_WAITS = """
INSERT INTO wait
WITH own AS (
    SELECT size, MIN(at) AS at FROM line WHERE log = :log AND by = :origin GROUP BY size
), his AS (
    SELECT size, MIN(at) AS at FROM line WHERE log = :log AND by = :by GROUP BY size
), covered AS (
    SELECT own.at AS at, MIN(his.at) OVER (ORDER BY own.size DESC) AS by_then
    FROM own LEFT JOIN his ON his.size = own.size
)
SELECT :pair, at, MAX(COALESCE(by_then, :now) - at, 0), by_then IS NOT NULL FROM covered
"""


def _cosigner(
    db: sqlite3.Connection,
    spans: Calendar,
    now: int,
    pair: int,
    row: tuple[int, str, int, str],
) -> CosignerWaits:
    log, origin, size, by = row
    covered, newest = db.execute(
        "SELECT MAX(size), MAX(at) FROM line WHERE log = ? AND by = ?", (log, by)
    ).fetchone()
    if not by:
        return CosignerWaits(origin, size, by)
    sql = "SELECT COUNT(*) FROM wait WHERE pair = ?"
    (heads,) = db.execute(sql, (pair,)).fetchone()

    def ranked(rank: int) -> int:
        sql = "SELECT took FROM wait WHERE pair = ? ORDER BY took LIMIT 1 OFFSET ?"
        (took,) = db.execute(sql, (pair, rank)).fetchone() or (0,)
        return int(took)

    age = max(now - newest, 0)
    worst_in = tuple(_worst_in(db, pair, spans))
    taken = spread(heads, ranked)
    return CosignerWaits(origin, size, by, covered, newest, age, taken, worst_in)


def _worst_in(
    db: sqlite3.Connection, pair: int, spans: Calendar
) -> Iterator[int | None]:
    """Yield None if no head was signed in a span."""
    worst: list[int | None] = [None] * len(spans.starts)
    for at, took in db.execute("SELECT at, took FROM wait WHERE pair = ?", (pair,)):
        if (place := spans.place(at * 1_000)) is not None:
            worst[place] = max(took, worst[place] or 0)
    return iter(worst)


def gaps(db: sqlite3.Connection, waits: Cosigning) -> Iterator[Gap]:
    """Yield them in order of time, overlapping ones merged."""
    for pair, one in enumerate(waits.cosigners.rows):
        yield from _gaps(db, pair, one.origin, one.by)


def _gaps(db: sqlite3.Connection, pair: int, origin: str, by: str) -> Iterator[Gap]:
    gap: Gap | None = None
    for at, took, signed in db.execute(
        "SELECT at, took, signed FROM wait WHERE pair = ? AND took > ? ORDER BY at",
        (pair, STALE),
    ):
        if gap is not None and at <= gap.end:
            end = max(gap.end, at + took)
            gap = Gap(origin, by, gap.start, end, bool(gap.over and signed))
            continue
        if gap is not None:
            yield gap
        gap = Gap(origin, by, at, at + took, bool(signed))
    if gap is not None:
        yield gap
