"""Every row as it stands, in one view of the database: what `fsck` reads.

Nothing is converted, for what is damaged need not be what its column says: a text
may be no UTF-8 (what is not comes as surrogates), a blob a number. SQLite only.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, create_engine

from exchange.errors import Reason, Tampered
from exchange.store import migrations
from exchange.store.database import Database
from exchange.store.sums import Value
from exchange.store.values import ENTRY, HEAD
from exchange.v1 import envelope_pb2 as pb

STRAYS_MAX = 1_000  # entries out of place that are looked at
DAMAGE_TOLD = 10  # of what SQLite finds wrong
PRAGMAS = ("application_id", "auto_vacuum", "encoding", "user_version")
KEYS = {
    "entry": ("log", "index"),
    "payload": ("log", "index"),
    "hash": ("log", "level", "index"),
    "head": ("log", "size"),
}
OF_A_LOG = (
    "entry",
    "hash",
    "payload",
    "head",
    "arrival",
    "refusal",
    "pulse",
    "fork",
)

Schema = frozenset[tuple[Value, ...]]
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class RawLog:
    """A row of log."""

    number: Value
    origin: Value
    size: Value
    root: Value


@dataclass(frozen=True, slots=True)
class RawEntry:
    """A row of entry, with its payload's; wraps is None where it has none."""

    index: Value
    entry: Value
    name: Value
    id: Value
    kind: Value
    desks: Value
    reason: Value
    wraps: Value
    body: Value


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
class Raw:
    """One view of a database; each method streams, and raises Tampered(DATABASE)."""

    _connection: sqlite3.Connection

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with its own pages and indexes."""
        rows = self._rows(f"PRAGMA integrity_check({DAMAGE_TOLD})")
        return [str(line) for (line,) in rows if line != "ok"]

    def schema(self) -> Schema:
        """Return tables, indexes, triggers, and what else the file says of itself."""
        return frozenset(_schema(self._rows))

    def logs(self) -> list[RawLog]:
        """Return the logs in the order in which they came."""
        asked = 'SELECT number, origin, "size", root FROM log ORDER BY number'
        return [RawLog(*row) for row in self._rows(asked)]

    def entries(self, log: Value) -> Iterator[RawEntry]:
        """Yield the entries of a log in order, holes and all."""
        return self._each(
            RawEntry,
            'SELECT e."index", e.entry, e.name, e.id, e.kind, e.desks, e.reason,'
            " p.wraps, p.body FROM entry e LEFT JOIN payload p"
            ' ON p.log = e.log AND p."index" = e."index"'
            ' WHERE e.log = ? ORDER BY e."index"',
            log,
        )

    def bare(self, log: Value) -> Iterator[tuple[Value, Value]]:
        """Yield (index, entry) of a log in order, holes and all."""
        asked = 'SELECT "index", entry FROM entry WHERE log = ? ORDER BY "index"'
        return ((index, entry) for index, entry in self._rows(asked, log))

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

    def count(self, table: str, log: Value) -> int:
        """Return how many rows a table has of a log."""
        asked = f'SELECT count(*) FROM "{table}" WHERE log = ?'  # noqa: S608  our own names
        return self._one(asked, log)

    def strays(self) -> dict[str, int]:
        """Return how many rows of which tables belong to no log."""
        asked = 'SELECT count(*) FROM "{}" WHERE log NOT IN (SELECT number FROM log)'
        found = {table: self._one(asked.format(table)) for table in OF_A_LOG}
        return {table: count for table, count in found.items() if count}

    def numbers(self) -> list[Value]:
        """Return the numbers of logs under which entries or heads stand."""
        asked = "SELECT log FROM entry UNION SELECT log FROM head ORDER BY log"
        return [number for (number,) in self._rows(asked)]

    def stray_keys(self, table: str) -> Iterator[dict[str, Value]]:
        """Yield the keys of a table's rows that belong to no log."""
        keys = KEYS[table]
        columns = ", ".join(f'"{key}"' for key in keys)
        asked = (
            f'SELECT {columns} FROM "{table}"'  # noqa: S608  our own names
            " WHERE log NOT IN (SELECT number FROM log)"
        )
        return (dict(zip(keys, row, strict=True)) for row in self._rows(asked))

    def stray_entries(self, log: Value, end: Value) -> Iterator[Value]:
        """Yield entries that belong to no log, or to this one at no place below `end`.

        Not more than a damaged log may have.
        """
        return (
            entry
            for (entry,) in self._rows(
                "SELECT entry FROM entry WHERE log NOT IN (SELECT number FROM log)"
                ' OR (log = ? AND ("index" >= ? OR "index" < 0)) LIMIT ?',
                log,
                end,
                STRAYS_MAX,
            )
        )

    def stray_heads(self) -> Iterator[tuple[Value, RawHead]]:
        """Yield (log, head) of the heads that belong to no log."""
        asked = (
            'SELECT log, "size", root, note, at, "sum" FROM head'
            " WHERE log NOT IN (SELECT number FROM log)"
        )
        return ((row[0], RawHead(*row[1:])) for row in self._rows(asked))

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

    def reason(self, log: Value, index: int) -> str:
        """Return the verdict that is stored of an entry; "" where there is none."""
        asked = 'SELECT reason FROM entry WHERE log = ? AND "index" = ?'
        return next((str(found) for (found,) in self._rows(asked, log, index)), "")

    def stored_at(self, log: Value, index: int) -> Value:
        """Return when the head was stored that first covers an entry; None without."""
        asked = 'SELECT at FROM head WHERE log = ? AND "size" > ? ORDER BY "size"'
        return next((found for (found,) in self._rows(asked, log, index)), None)

    def has_head(self, log: Value, size: int) -> bool:
        """Whether a head of this size is kept."""
        asked = 'SELECT count(*) FROM head WHERE log = ? AND "size" = ?'
        return bool(self._one(asked, log, size))

    def told_heads(self, log: Value, most: int) -> list[Value]:
        """Return the sizes of the heads that arrivals tell of, the newest first."""
        asked = (
            'SELECT DISTINCT "index" FROM arrival WHERE kind = ? AND log = ?'
            ' ORDER BY "index" DESC LIMIT ?'
        )
        return [size for (size,) in self._rows(asked, HEAD, log, most)]

    def told(self, log: Value, index: int) -> Value:
        """Return the number of the arrival that tells of an entry; None without."""
        asked = (
            'SELECT min(number) FROM arrival WHERE kind = ? AND log = ? AND "index" = ?'
        )
        return next(found for (found,) in self._rows(asked, ENTRY, log, index))

    def told_by_name(self, name: bytes) -> Value:
        """Return the number of the arrival that tells of an ACCEPTED entry, by name."""
        asked = (
            "SELECT min(a.number) FROM entry e JOIN arrival a"
            ' ON a.kind = ? AND a.log = e.log AND a."index" = e."index"'
            " WHERE e.name = ? AND e.reason = ''"
        )
        return next(found for (found,) in self._rows(asked, ENTRY, name))

    def payload(self, log: Value, index: int) -> tuple[Value, Value]:
        """Return wraps and body as they stand; None and None where none do."""
        asked = 'SELECT wraps, body FROM payload WHERE log = ? AND "index" = ?'
        found = ((wraps, body) for wraps, body in self._rows(asked, log, index))
        return next(found, (None, None))

    def orphans(self) -> Iterator[tuple[Value, ...]]:
        """Yield (log, index, wraps, body) of payloads where no entry stands."""
        return self._rows(
            'SELECT log, "index", wraps, body FROM payload p WHERE NOT EXISTS'
            ' (SELECT 1 FROM entry e WHERE e.log = p.log AND e."index" = p."index")'
        )

    def _one(self, asked: str, *values: Value) -> int:
        return next(int(str(found)) for (found,) in self._rows(asked, *values))

    def _each(
        self, kind: Callable[..., _Row], asked: str, *values: Value
    ) -> Iterator[_Row]:
        return (kind(*row) for row in self._rows(asked, *values))

    def _rows(self, asked: str, *values: Value) -> Iterator[tuple[Value, ...]]:
        try:
            yield from self._connection.execute(asked, values)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error


@contextmanager
def opened(path: Path) -> Iterator[Raw]:
    """Open a database, also a running node's, for as long as the block lasts.

    Raises Refusal(LOCKED | DATABASE) and Tampered(DATABASE) like Store.
    """
    database = Database(path, read_only=True)
    try:
        with database.reading() as connection:
            driver = _driver(connection)
            driver.text_factory = _text
            yield Raw(driver)
    finally:
        database.close()


@cache
def fresh_schema() -> Schema:
    """Return the schema of a database that our migrations have just made."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
            return read_schema(connection)
    finally:
        engine.dispose()


def read_schema(connection: Connection) -> Schema:
    """Return the schema of a database in a transaction of ours."""
    driver = _driver(connection)
    before, driver.text_factory = driver.text_factory, _text
    try:
        return frozenset(_schema(driver.execute))
    finally:
        driver.text_factory = before


def _schema(
    rows: Callable[[str], Iterator[tuple[Value, ...]]],
) -> Iterator[tuple[Value, ...]]:
    yield from rows("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    yield from rows("SELECT 'version', version_num FROM alembic_version")
    for pragma in PRAGMAS:
        for (value,) in rows(f"PRAGMA {pragma}"):
            yield "pragma", pragma, value


def _driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's connection, in the transaction of ours."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(type(driver))
    return driver


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
