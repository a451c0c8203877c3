"""Every row as stored, in one view of the database, for `fsck` to read.

Values are not converted, because a damaged one may not have its column's type: in
SQLite a text may be invalid UTF-8 (such bytes become surrogates), a blob may be a
number. PostgreSQL returns values of the column's type, or an error. Entries in files
come with their bytes, whatever they hash to.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace
from sqlcipher3 import dbapi2

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Tampered
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.tiles import WIDTH
from exchange.store import directory_rows
from exchange.store.cold_files import ColdFiles
from exchange.store.cold_rows import in_a_file
from exchange.store.cursor import Cursor
from exchange.store.open_database import open_database
from exchange.store.place_keys import NAME, Place
from exchange.store.places import EntryPlaces
from exchange.store.row_checksums import Row, Value
from exchange.store.sqlite_database import SqliteDatabase
from exchange.store.sqlite_view import FileView, Schema, as_it_stands
from exchange.store.tables import BY_NAME
from exchange.v1 import envelope_pb2 as pb

INDEX_MIN = -(1 << 63)  # finds negative indexes too
OF_A_LOG = [name for name, record in BY_NAME.items() if "log" in record.names()]


def _select(table: str) -> str:
    columns = ", ".join(f'"{name}"' for name in BY_NAME[table].names())
    return f'SELECT {columns} FROM "{table}"'  # noqa: S608  our own names


def _in_order(table: str) -> str:
    keys = ", ".join(f'"{name}"' for name in BY_NAME[table].key_names())
    return f" ORDER BY {keys}"


class RawLog(Struct, frozen=True):
    number: Value
    origin: Value
    size: Value
    root: Value


class RawEntry(Struct, frozen=True):
    """`wraps` is None if the entry has no payload.

    `why`, `at` and `sum` are the payload's.
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


class RawArrival(Struct, frozen=True):
    """An arrival as stored, and its subject, None if that row is missing."""

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


class RawView(Protocol):
    def rows(self, query: str, values: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a statement, streamed; Tampered for unreadable ones."""

    def cursor(self) -> Cursor:
        """Return a cursor in the view."""

    def damage(self) -> list[str]:
        """Return the engine's findings of damage in its own pages and indexes."""

    def schema(self) -> Schema:
        """Return tables, indexes, triggers, and the rest of the database's schema."""

    def fresh_schema(self) -> Schema:
        """Return the schema that the migrations make, in the same format."""


class RawRows(Struct, frozen=True):
    """One view; each method streams, and raises Tampered(DATABASE)."""

    _view: RawView
    cold: ColdFiles
    _places: EntryPlaces = field(default_factory=EntryPlaces)

    def damage(self) -> list[str]:
        return self._view.damage()

    def strange_schema(self) -> list[tuple[Value, ...]]:
        return sorted(self._view.schema() ^ self._view.fresh_schema(), key=str)

    def strays(self) -> dict[str, int]:
        query = 'SELECT count(*) FROM "{}" WHERE log NOT IN (SELECT number FROM log)'
        found = {table: self._number(query.format(table)) for table in OF_A_LOG}
        return {table: count for table, count in found.items() if count}

    def rows(self, table: str, **equal: Value) -> Iterator[Row]:
        """Yield the rows in the order of the key."""
        names = BY_NAME[table].names()
        where = "".join(
            f'{" AND" if place else " WHERE"} "{name}" = ?'
            for place, name in enumerate(equal)
        )
        query = _select(table) + where + _in_order(table)
        for values in self._rows(query, *equal.values()):
            row = dict(zip(names, values, strict=True))
            if table == "entry" and in_a_file(row["entry"], row["reason"]):
                row["entry"] = self._bundles(row["log"]).entry(row["index"])
            yield row

    def logs(self) -> list[RawLog]:
        """Return the logs in the order in which they came."""
        return [RawLog(*row) for row in self._rows(_select("log") + _in_order("log"))]

    def entries(self, log: Value) -> Iterator[RawEntry]:
        """Yield the entries in order, with gaps."""
        query = (
            'SELECT e."index", e.entry, e.name, e.id, e.kind, e.desks, e.reason,'
            ' p.wraps, p.body, p.state, p.reason, p.at, p."sum"'
            " FROM entry e LEFT JOIN payload p"
            ' ON p.log = e.log AND p."index" = e."index"'
            ' WHERE e.log = ? ORDER BY e."index"'
        )
        bundles = self._bundles(log)
        for values in self._rows(query, log):
            row = RawEntry(*values)
            if in_a_file(row.entry, row.reason):
                yield replace(row, entry=bundles.entry(row.index))
            else:
                yield row

    def _bundles(self, log: Value) -> "_Bundles":
        origin = str(self._first("SELECT origin FROM log WHERE number = ?", log))
        asked = "SELECT 1 FROM cold WHERE log = ? AND tile = ?"
        return _Bundles(
            self.cold, origin, lambda tile: self._first(asked, log, tile) is not None
        )

    def bare(self, log: Value, start: int = INDEX_MIN) -> Iterator[tuple[Value, Value]]:
        """Yield (index, entry) in order, with gaps."""
        query = (
            'SELECT "index", entry, reason FROM entry WHERE log = ? AND "index" >= ?'
            ' ORDER BY "index"'
        )
        bundles = self._bundles(log)
        for index, entry, reason in self._rows(query, log, start):
            cold = in_a_file(entry, reason)
            yield index, bundles.entry(index) if cold else entry

    def directory(self, log: Value) -> Iterator[tuple[Value, Value]]:
        """Yield (index, entry) of ACCEPTED statements."""
        query = (
            'SELECT "index", entry FROM entry WHERE log = ?'  # noqa: S608  our own number
            f" AND kind = {pb.KIND_DIRECTORY} AND reason = '' ORDER BY \"index\""
        )
        return ((index, entry) for index, entry in self._rows(query, log))

    def directory_like(self, log: int) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) of the leaves, in order."""
        try:
            cursor = self._view.cursor()
            yield from directory_rows.entries_between(cursor, log, 0, SIZE_MAX)
        except dbapi2.Error as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error

    def recalls(self, log: Value) -> Iterator[Value]:
        """Yield entries of ACCEPTED recalls."""
        query = (
            "SELECT entry FROM entry WHERE log = ?"  # noqa: S608  our own number
            f" AND kind = {pb.KIND_RECALL} AND reason = ''"
        )
        return (entry for (entry,) in self._rows(query, log))

    def nodes(self, log: Value, level: Value) -> Iterator[tuple[Value, ...]]:
        """Yield (index, hash), in order."""
        query = 'SELECT "index", hash FROM hash WHERE log = ? AND level = ?'
        return self._rows(f'{query} ORDER BY "index"', log, level)

    def node(self, log: Value, level: int, index: int) -> Value:
        """Return None if the hash is missing."""
        query = 'SELECT hash FROM hash WHERE log = ? AND level = ? AND "index" = ?'
        return self._first(query, log, level, index)

    def boundary(self, log: Value) -> Value:
        """Return the end of the entries without a stored head.

        None if there is no boundary: then the newest head covers all entries.
        """
        return self._first('SELECT max("size") FROM boundary WHERE log = ?', log)

    def signed_size(self, log: Value) -> Value:
        """Count what was announced: all without a boundary."""
        if self.boundary(log) is None:
            return self.count("entry", log)
        query = 'SELECT coalesce(max("size"), 0) FROM head WHERE log = ?'
        return self._number(query, log)

    def arrivals(self) -> Iterator[RawArrival]:
        """Yield the arrivals in order, with gaps."""
        query = (
            'SELECT a.number, a.kind, a.log, a."index", a.by, a.reason, a."sum",'
            ' e.reason, h."size", r.reason FROM arrival a'
            ' LEFT JOIN entry e ON e.log = a.log AND e."index" = a."index"'
            ' LEFT JOIN head h ON h.log = a.log AND h."size" = a."index"'
            ' LEFT JOIN refusal r ON r.log = a.log AND r."index" = a."index"'
            " AND r.by = a.by ORDER BY a.number"
        )
        return (RawArrival(*row) for row in self._rows(query))

    def count(self, table: str, log: Value) -> int:
        query = f'SELECT count(*) FROM "{table}" WHERE log = ?'  # noqa: S608  our own names
        return self._number(query, log)

    def accepted(self, log: Value) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (index, name, id), in order."""
        query = (
            "SELECT \"index\", name, id FROM entry WHERE log = ? AND reason = ''"
            ' ORDER BY "index"'
        )
        for index, name, id_ in self._rows(query, log):
            if not isinstance(index, int) or not isinstance(name, bytes):
                continue
            if isinstance(id_, bytes):
                yield index, name, id_

    def has_place(self, table: str, key: int, log: Value, index: int) -> bool:
        query = f'SELECT 1 FROM {table} WHERE key = ? AND log = ? AND "index" = ?'  # noqa: S608  our own names
        return self._first(query, key, log, index) is not None

    def keys(self, table: str) -> Iterator[int]:
        """Yield the keys in name_place or id_place, in order."""
        query = f"SELECT key FROM {table} ORDER BY key"  # noqa: S608  our own names
        return (key for (key,) in self._rows(query) if isinstance(key, int))

    def accepted_below(self, log: Value, column: str, value: bytes, end: int) -> bool:
        """Return whether an entry below index `end` has this name or id."""
        places = self._find(column, value)
        return any(number == log and index < end for number, index in places)

    def desks(self, name: bytes) -> Value:
        """Return them of an ACCEPTED entry, separated by spaces."""
        query = 'SELECT desks FROM entry WHERE log = ? AND "index" = ?'
        places = self._find(NAME, name)
        return self._first(query, *places[0]) if places else None

    def _find(self, column: str, value: bytes) -> list[Place]:
        try:
            cursor = self._view.cursor()
            return self._places.find_in(cursor, column, [value]).get(value, [])
        except dbapi2.Error as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error

    def _first(self, query: str, *values: Value) -> Value:
        return next((value for (value,) in self._rows(query, *values)), None)

    def _number(self, query: str, *values: Value) -> int:
        return int(str(self._first(query, *values)))

    def _rows(self, query: str, *values: Value) -> Iterator[tuple[Value, ...]]:
        return self._view.rows(query, values)


class _Bundles:
    """The entries in files of a log; keeps the last bundle."""

    def __init__(
        self, files: ColdFiles, origin: str, moved: Callable[[int], bool]
    ) -> None:
        """Read bundles; `moved` returns whether one is in a file, by its row."""
        self._files, self._origin, self._moved = files, origin, moved
        self._tile: int | None = None
        self._entries: Sequence[bytes] = ()

    def entry(self, index: Value) -> Value:
        """Return None if its file has no row or cannot be read."""
        if not isinstance(index, int) or not 0 <= index <= SIZE_MAX:
            return None
        tile, place = divmod(index, WIDTH)
        if tile != self._tile:
            self._tile, self._entries = tile, ()
            with suppress(Tampered):
                if self._moved(tile):
                    self._entries = self._files.as_they_stand(self._origin, tile)
        return self._entries[place] if self._entries else None


@contextmanager
def open_view(place: Path | DatabaseUrl) -> Iterator[RawRows]:
    """Open it for the block, also a running node's.

    Refusal(LOCKED | DATABASE) and Tampered(DATABASE) like Store.
    """
    if isinstance(place, DatabaseUrl):
        with (
            closing(open_database(place, read_only=True)) as server,
            server.whole_cursor() as cursor,
        ):
            from exchange.store import postgres_view  # noqa: PLC0415  an extra

            view = postgres_view.PostgresView(cursor)
            yield RawRows(view, ColdFiles(place.file))
        return
    database = SqliteDatabase(place, read_only=True)
    try:
        with database.read_cursor() as cursor:
            driver = cursor.connection
            driver.text_factory = as_it_stands
            yield RawRows(FileView(driver), ColdFiles(place))
    finally:
        database.close()
