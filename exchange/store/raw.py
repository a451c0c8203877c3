"""Every row as it stands, in one view of the database: what `fsck` reads.

Nothing is converted, for what is damaged need not be what its column says: a text
may be no UTF-8 (what is not comes as surrogates), a blob a number. SQLite only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.store.asking import Asking
from exchange.store.database import Database
from exchange.store.schema import Schema, as_it_stands, driver_of, schema_rows
from exchange.store.sums import Value
from exchange.v1 import envelope_pb2 as pb

INDEX_MIN = -(1 << 63)  # also where none should be
DAMAGE_TOLD = 10  # of what SQLite finds wrong

OF_A_LOG = (
    "entry",
    "hash",
    "payload",
    "head",
    "arrival",
    "refusal",
    "lacking",
    "undelivered",
    "pulse",
    "fork",
    "boundary",
)
SUMMED = {  # nothing but its sum says of a row that it is as it was written
    "clock": ("number", "signed", "by", "own", "sum"),
    "desk": ("name", "after", "at", "sum"),
    "undelivered": ("log", "index", "by", "desks", "at", "sum"),
    "refused": ("name", "desk", "reason", "where", "at", "sum"),
    "writer": ("number", "epoch", "holder", "sum"),
    "sighting": ("origin", "size", "promised", "at", "sum"),
}


@dataclass(frozen=True, slots=True)
class RawLog:
    """A row of log."""

    number: Value
    origin: Value
    size: Value
    root: Value


@dataclass(frozen=True, slots=True)
class RawEntry:
    """A row of entry, with its payload's; wraps is None where it has none.

    `why`, `at` and `sum` are those of the payload.
    """

    index: Value
    entry: Value
    name: Value
    id: Value
    kind: Value
    desks: Value
    reason: Value
    wraps: Value
    body: Value
    state: Value = None
    why: Value = None
    at: Value = None
    sum: Value = None


@dataclass(frozen=True, slots=True)
class RawHead:
    """A row of head."""

    size: Value
    root: Value
    note: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawArrival:
    """A row of arrival, with what it tells of: None where there is no such row."""

    number: Value
    kind: Value
    log: Value
    index: Value
    by: Value
    reason: Value
    sum: Value
    verdict: Value  # of the entry
    head: Value  # the size
    refusal: Value  # the reason


@dataclass(frozen=True, slots=True)
class RawRefusal:
    """A row of refusal."""

    log: Value
    index: Value
    by: Value
    reason: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawLacking:
    """A row of lacking."""

    log: Value
    index: Value
    by: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawPeer:
    """A row of peer."""

    name: Value
    up: Value
    since: Value
    cosigned_size: Value
    cosigned_at: Value
    failures: Value
    next_try_at: Value
    reason: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawWaiting:
    """A row of waiting."""

    number: Value
    name: Value
    envelope: Value
    desk: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawPulse:
    """A row of pulse, and the root of the head of that size; None without one."""

    log: Value
    size: Value
    note: Value
    at: Value
    sum: Value
    root: Value


@dataclass(frozen=True, slots=True)
class RawFork:
    """A row of fork."""

    log: Value
    proof: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class Raw(Asking):
    """One view of a database; each method streams, and raises Tampered(DATABASE)."""

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with its own pages and indexes."""
        rows = self._rows(f"PRAGMA integrity_check({DAMAGE_TOLD})")
        return [str(line) for (line,) in rows if line != "ok"]

    def schema(self) -> Schema:
        """Return tables, indexes, triggers, and what else the file says of itself."""
        return frozenset(schema_rows(self._rows))

    def strays(self) -> dict[str, int]:
        """Return how many rows of which tables belong to no log."""
        asked = 'SELECT count(*) FROM "{}" WHERE log NOT IN (SELECT number FROM log)'
        found = {table: self._one(asked.format(table)) for table in OF_A_LOG}
        return {table: count for table, count in found.items() if count}

    def logs(self) -> list[RawLog]:
        """Return the logs in the order in which they came."""
        asked = 'SELECT number, origin, "size", root FROM log ORDER BY number'
        return [RawLog(*row) for row in self._rows(asked)]

    def entries(self, log: Value) -> Iterator[RawEntry]:
        """Yield the entries of a log in order, holes and all."""
        return self._each(
            RawEntry,
            'SELECT e."index", e.entry, e.name, e.id, e.kind, e.desks, e.reason,'
            ' p.wraps, p.body, p.state, p.reason, p.at, p."sum"'
            " FROM entry e LEFT JOIN payload p"
            ' ON p.log = e.log AND p."index" = e."index"'
            ' WHERE e.log = ? ORDER BY e."index"',
            log,
        )

    def bare(self, log: Value, start: int = INDEX_MIN) -> Iterator[tuple[Value, Value]]:
        """Yield (index, entry) of a log in order from `start` on, holes and all."""
        asked = (
            'SELECT "index", entry FROM entry WHERE log = ? AND "index" >= ?'
            ' ORDER BY "index"'
        )
        return ((index, entry) for index, entry in self._rows(asked, log, start))

    def directory(self, log: Value) -> Iterator[Value]:
        """Yield the entries that stand as ACCEPTED statements in a log, in order."""
        asked = (
            f"SELECT entry FROM entry WHERE log = ? AND kind = {pb.KIND_DIRECTORY}"  # noqa: S608  our own number
            " AND reason = '' ORDER BY \"index\""
        )
        return (entry for (entry,) in self._rows(asked, log))

    def nodes(self, log: Value, level: Value) -> Iterator[tuple[Value, ...]]:
        """Yield (index, hash) of one level of a log's tree, in order."""
        return self._rows(
            'SELECT "index", hash FROM hash WHERE log = ? AND level = ?'
            ' ORDER BY "index"',
            log,
            level,
        )

    def node(self, log: Value, level: int, index: int) -> Value:
        """Return one stored node of a log's tree; None where there is none."""
        asked = 'SELECT hash FROM hash WHERE log = ? AND level = ? AND "index" = ?'
        return next((found for (found,) in self._rows(asked, log, level, index)), None)

    def levels(self, log: Value) -> list[Value]:
        """Return the levels of a log's tree of which any node is stored."""
        asked = "SELECT DISTINCT level FROM hash WHERE log = ? ORDER BY level"
        return [level for (level,) in self._rows(asked, log)]

    def heads(self, log: Value) -> Iterator[RawHead]:
        """Yield the heads of a log, smallest first."""
        return self._each(
            RawHead,
            'SELECT "size", root, note, at, "sum" FROM head WHERE log = ?'
            ' ORDER BY "size"',
            log,
        )

    def boundary(self, log: Value) -> Value:
        """Return where the entries of a log end whose head is not stored yet.

        None where it is: then the newest head covers all of them.
        """
        asked = 'SELECT max("size") FROM boundary WHERE log = ?'
        return next((size for (size,) in self._rows(asked, log)), None)

    def signed_size(self, log: Value) -> Value:
        """Return how many entries of a log were announced: all, but for a boundary."""
        if self.boundary(log) is None:
            return self.count("entry", log)
        asked = 'SELECT coalesce(max("size"), 0) FROM head WHERE log = ?'
        return self._one(asked, log)

    def head(self, log: Value, size: int) -> RawHead | None:
        """Return the head of a log that has this size; None where there is none."""
        asked = (
            'SELECT "size", root, note, at, "sum" FROM head WHERE log = ?'
            ' AND "size" = ?'
        )
        return next(self._each(RawHead, asked, log, size), None)

    def weight(self, log: Value, start: int, end: int) -> int:
        """Return the bytes of the entries [start, end), with wraps and bodies."""
        return self._one(
            "SELECT coalesce(sum(length(e.entry) + coalesce(length(p.wraps), 0)"
            " + coalesce(length(p.body), 0)), 0) FROM entry e LEFT JOIN payload p"
            ' ON p.log = e.log AND p."index" = e."index"'
            ' WHERE e.log = ? AND e."index" >= ? AND e."index" < ?',
            log,
            start,
            end,
        )

    def arrivals(self) -> Iterator[RawArrival]:
        """Yield what arrived, in order, holes and all."""
        return self._each(
            RawArrival,
            'SELECT a.number, a.kind, a.log, a."index", a.by, a.reason, a."sum",'
            ' e.reason, h."size", r.reason FROM arrival a'
            ' LEFT JOIN entry e ON e.log = a.log AND e."index" = a."index"'
            ' LEFT JOIN head h ON h.log = a.log AND h."size" = a."index"'
            ' LEFT JOIN refusal r ON r.log = a.log AND r."index" = a."index"'
            " AND r.by = a.by ORDER BY a.number",
        )

    def refusals(self) -> Iterator[RawRefusal]:
        """Yield what partners refused."""
        return self._each(
            RawRefusal,
            'SELECT log, "index", by, reason, at, "sum" FROM refusal'
            ' ORDER BY log, "index", by',
        )

    def lacking(self) -> Iterator[RawLacking]:
        """Yield which texts partners lack."""
        return self._each(
            RawLacking,
            'SELECT log, "index", by, at, "sum" FROM lacking ORDER BY log, "index", by',
        )

    def peers(self) -> Iterator[RawPeer]:
        """Yield how it stands with each partner."""
        return self._each(
            RawPeer,
            "SELECT name, up, since, cosigned_size, cosigned_at, failures,"
            ' next_try_at, reason, "sum" FROM peer ORDER BY name',
        )

    def waiting(self) -> Iterator[RawWaiting]:
        """Yield what waits for a place, in the order in which it came."""
        return self._each(
            RawWaiting,
            'SELECT number, name, envelope, desk, at, "sum" FROM waiting'
            " ORDER BY number",
        )

    def pulses(self) -> Iterator[RawPulse]:
        """Yield the newest note of each log that has one."""
        return self._each(
            RawPulse,
            'SELECT p.log, p."size", p.note, p.at, p."sum", h.root FROM pulse p'
            ' LEFT JOIN head h ON h.log = p.log AND h."size" = p."size"'
            " ORDER BY p.log",
        )

    def forks(self) -> Iterator[RawFork]:
        """Yield the proof of each frozen log."""
        return self._each(
            RawFork, 'SELECT log, proof, at, "sum" FROM fork ORDER BY log'
        )

    def summed(self, table: str) -> Iterator[dict[str, Value]]:
        """Yield the rows of a table of SUMMED by their columns, the sum last."""
        names = SUMMED[table]
        columns = ", ".join(f'"{name}"' for name in names)
        asked = f'SELECT {columns} FROM "{table}"'  # noqa: S608  our own names
        return (dict(zip(names, row, strict=True)) for row in self._rows(asked))

    def count(self, table: str, log: Value) -> int:
        """Return how many rows a table has of a log."""
        asked = f'SELECT count(*) FROM "{table}" WHERE log = ?'  # noqa: S608  our own names
        return self._one(asked, log)

    def accepted_below(self, log: Value, column: str, value: bytes, end: int) -> bool:
        """Whether an ACCEPTED entry below index `end` has this name or id."""
        asked = (
            f'SELECT count(*) FROM entry WHERE log = ? AND "{column}" = ?'  # noqa: S608  our own names
            " AND reason = '' AND \"index\" < ?"
        )
        return bool(self._one(asked, log, value, end))

    def desks(self, name: bytes) -> Value:
        """Return who may read the ACCEPTED entry of that name; None if there is none.

        By spaces, as it stands.
        """
        asked = (
            "SELECT desks FROM entry WHERE name = ? AND reason = ''"
            " ORDER BY log DESC LIMIT 1"
        )
        return next((found for (found,) in self._rows(asked, name)), None)

    def stored_at(self, log: Value, index: int) -> Value:
        """Return when the head was stored that first covers an entry; None without."""
        asked = 'SELECT at FROM head WHERE log = ? AND "size" > ? ORDER BY "size"'
        return next((found for (found,) in self._rows(asked, log, index)), None)


@contextmanager
def opened(path: Path) -> Iterator[Raw]:
    """Open a database, also a running node's, for as long as the block lasts.

    Raises Refusal(LOCKED | DATABASE) and Tampered(DATABASE) like Store.
    """
    database = Database(path, read_only=True)
    try:
        with database.reading() as connection:
            driver = driver_of(connection)
            driver.text_factory = as_it_stands
            yield Raw(driver)
    finally:
        database.close()
