"""The places of the names and ids of a log's ACCEPTED entries.

Both are as random as a hash. In an index of the whole log, each would need a page of
its own, read and written for every entry. So the newest are in memory; a crash loses
none, because the rows of `entry` hold them. The others are merged into two tables by
slices of the keys, each with the entries of a long time, so that many rows share a
page. `place_slice` has the log size up to which a slice is merged; `place_filter`
excludes keys that a slice cannot have, so that most new values are looked up in memory
alone.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field

from exchange.errors import Reason, Refusal
from exchange.limits import RECENT_PLACES
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.place_keys import (
    ID,
    NAME,
    SLICES,
    KeyFilter,
    Place,
    RecentKeys,
    key_of,
    keys_of,
    slice_of,
)
from exchange.store.row_checksums import row_sum
from exchange.store.values import NewEntry

ASKED_MAX = 512  # keys in one statement

BESIDE = 64  # names of one key
MERGED_WITH = 2 * RECENT_PLACES // SLICES  # entries to a slice

TABLES = {NAME: "name_place", ID: "id_place"}
REPEATED = {NAME: Reason.DUPLICATE_NAME, ID: Reason.DUPLICATE_ID}
LOGS = "SELECT number FROM log ORDER BY number DESC"
SIZES = 'SELECT number, "size" FROM log'
ENDS_OF = 'SELECT slice, "size" FROM place_slice WHERE log = ?'
ENTRIES = (
    'SELECT "index", name, id FROM entry'
    ' WHERE log = ? AND "index" >= ? AND "index" < ? AND reason = \'\''
)
BETWEEN = (
    'SELECT key, "index" FROM name_place'
    " WHERE key BETWEEN ? AND ? AND log = ? ORDER BY key LIMIT ?"
)

FILTERS = "SELECT slice, name, id FROM place_filter"
FILTER_OF = f"{FILTERS} WHERE slice = ?"


class Merged(Struct, frozen=True):
    """The rows and filter of a slice, of names and of ids."""

    number: int
    rows: Mapping[str, Sequence[tuple[int, int, int]]]
    filters: Mapping[str, bytes]


class PlaceChange(Struct, frozen=True):
    """A change to the places, applied once the transaction is committed.

    `keys` are those of the ACCEPTED entries in [start, end) of a log, with their
    indexes; `merged` are the merged slices.
    """

    log: int = 0
    start: int = 0
    end: int = 0
    keys: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    merged: Sequence[Merged] = ()


class EntryPlaces:
    """The places by key; any thread may read them, first in memory, then in the tables.

    A view of the tables begins after the look in memory, so that it finds keys merged
    in between. Entries of another process are read from `entry` when a lookup meets
    them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent = {column: RecentKeys() for column in TABLES}
        self._filters = {column: KeyFilter() for column in TABLES}
        self._ends: dict[int, int] = {}  # of each log, the size in memory or merged
        self._count = 0  # of names in memory
        self._next: int | None = None  # slice to merge
        self._alone = False  # whether no other process appends
        self._whole = False  # whether all that is appended is in memory or merged
        self._doubts = 0

    def read(self, cursor: Cursor) -> None:
        """Read unmerged places, in the transaction that makes this the writer."""
        self._load_new(cursor, NAME, [])

    def use(self) -> None:
        """Assume that no other process appends: this is the writer."""
        self._alone = self._whole = True

    def doubt(self) -> None:
        """Read appended entries again: the last append may have failed."""
        with self._lock:
            self._whole, self._doubts = False, self._doubts + 1

    # Within the transaction of an append.

    def check(
        self, cursor: Cursor, log: int, start: int, entries: Sequence[NewEntry]
    ) -> PlaceChange:
        """Raise DUPLICATE_ID or DUPLICATE_NAME.

        Also merges the slices that are due. The caller passes the result to `take_up`,
        once the transaction is committed.
        """
        self._load(cursor, {log: start})
        accepted = [
            (index, new) for index, new in enumerate(entries, start) if not new.reason
        ]
        keys: dict[str, list[tuple[int, int]]] = {}
        for column in (ID, NAME):
            values = [getattr(new, column) for _, new in accepted]
            found = keys_of(column, values)
            fresh = len(set(values)) == len(values)
            if not fresh or self._held(cursor, column, found, values, log):
                raise Refusal(REPEATED[column])
            indexes = (index for index, _ in accepted)
            keys[column] = list(zip(found, indexes, strict=True))
        merged = self._merge(cursor, len(entries))
        return PlaceChange(log, start, start + len(entries), keys, merged)

    def take_up(self, change: PlaceChange) -> None:
        with self._lock:
            for merged in change.merged:
                for column, part in merged.filters.items():
                    self._filters[column].put(merged.number, part)
                    self._recent[column].drop(merged.number, merged.rows[column])
                self._count -= len(merged.rows[NAME])
            if self._ends.get(change.log) != change.start:
                return  # the entries were, or will be, read from the rows
            for column, keys in change.keys.items():
                recent = self._recent[column]
                for key, index in keys:
                    recent.add(key, change.log, index)
            self._count += len(change.keys[NAME])
            self._ends[change.log] = change.end

    def _merge(self, cursor: Cursor, count: int) -> list[Merged]:
        """Keep the memory at RECENT_PLACES; return what was merged.

        One for every MERGED_WITH new entries, and one more in case a start loaded too
        many, so that no append waits for long.
        """
        with self._lock:
            if self._count <= RECENT_PLACES:
                return []
            turns = [self._next_slice(cursor) for _ in range(1 + count // MERGED_WITH)]
            return [self._merge_slice(cursor, number) for number in turns]

    def _merge_slice(self, cursor: Cursor, number: int) -> Merged:
        """Write the keys to the tables, and the new ends.

        Reads its filter first: another process may have merged the slice meanwhile, and
        an old filter would hide those keys.
        """
        self._read_filters(cursor, FILTER_OF, (number,))
        rows = {column: self._recent[column].rows(number) for column in TABLES}
        filters: dict[str, bytes] = {}
        for column, table in TABLES.items():
            insert = f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608  our own names
            cursor.executemany(insert, rows[column])
            keys = (row[0] for row in rows[column])
            filters[column] = self._filters[column].part(number, keys)
        cursor.execute(
            "INSERT INTO place_filter VALUES (?, ?, ?) ON CONFLICT (slice)"
            " DO UPDATE SET name = excluded.name, id = excluded.id",
            (number, filters[NAME], filters[ID]),
        )
        _keep_ends(cursor, number, self._ends)
        return Merged(number, rows, filters)

    def _next_slice(self, cursor: Cursor) -> int:
        if self._next is None:
            asked = 'SELECT slice, sum("size") FROM place_slice GROUP BY slice'
            sizes = dict(cursor.execute(asked).fetchall())
            self._next = min(range(SLICES), key=lambda number: sizes.get(number, 0))
        number, self._next = self._next, (self._next + 1) % SLICES
        return number

    # Lookups.

    def find(
        self, database: Database, column: str, values: Collection[bytes]
    ) -> dict[bytes, list[Place]]:
        """Return the places by name or id, newest log first."""
        keys = keys_of(column, values)
        with self._lock:
            recent = self._recent[column].find(keys)
            known = self._whole and not self._filters[column].may_have(keys)
            doubts = self._doubts
        if known and not recent:
            return {}
        with database.read_cursor() as cursor:
            found = self._find(cursor, column, keys, set(values), recent)
        with self._lock:
            self._whole = self._alone and self._doubts == doubts
        return found

    def find_in(
        self, cursor: Cursor, column: str, values: Collection[bytes]
    ) -> dict[bytes, list[Place]]:
        """Find places in a view that nobody else changes."""
        keys = keys_of(column, values)
        with self._lock:
            recent = self._recent[column].find(keys)
        return self._find(cursor, column, keys, set(values), recent)

    def _find(
        self,
        cursor: Cursor,
        column: str,
        keys: Sequence[int],
        values: Collection[bytes],
        recent: Sequence[Place],
    ) -> dict[bytes, list[Place]]:
        places = {*recent, *self._load_new(cursor, column, keys)}
        places.update(self._merged(cursor, column, keys))
        return _verified(cursor, column, sorted(places, reverse=True), values)

    def between(
        self, database: Database, first: bytes, last: bytes, limit: int
    ) -> list[Place]:
        """Return first <= name <= last, and some beside them.

        The newest log's come first, in the order of their keys; at least `limit` of
        each log, if it has so many. A name beside them has the key of either end.
        """
        ends = key_of(NAME, first), key_of(NAME, last)
        with self._lock:
            recent = set(self._recent[NAME].between(*ends))
        with database.read_cursor() as cursor:
            sizes = _numbers(cursor.execute(SIZES))
            with self._lock:
                self._read_new(cursor, sizes)
                recent.update(self._recent[NAME].between(*ends))
            found: list[Place] = []
            for (log,) in cursor.execute(LOGS).fetchall():
                rows = cursor.execute(BETWEEN, (*ends, log, limit + BESIDE)).fetchall()
                here = {(key, place) for key, place in recent if place[0] == log}
                here |= {(key, (log, index)) for key, index in rows}
                found += [place for _, place in sorted(here)[: limit + BESIDE]]
            return found

    def _held(
        self,
        cursor: Cursor,
        column: str,
        keys: Sequence[int],
        values: Sequence[bytes],
        log: int,
    ) -> bool:
        with self._lock:
            places = self._recent[column].find(keys)
        places += self._merged(cursor, column, keys)
        here = [place for place in places if place[0] == log]
        return bool(here) and bool(_verified(cursor, column, here, set(values)))

    def _merged(self, cursor: Cursor, column: str, keys: Sequence[int]) -> list[Place]:
        """Read keys, padded to a power of two: few statements are prepared."""
        asked = sorted(self._filters[column].may_have(keys))
        places: list[Place] = []
        for start in range(0, len(asked), ASKED_MAX):
            some = asked[start : start + ASKED_MAX]
            size = 1 << (len(some) - 1).bit_length()
            marks = ", ".join("?" * size)
            places += cursor.execute(
                f'SELECT log, "index" FROM {TABLES[column]} WHERE key IN ({marks})',  # noqa: S608  our own names
                some + some[-1:] * (size - len(some)),
            ).fetchall()
        return places

    # Entries not in memory yet.

    def _load_new(
        self, cursor: Cursor, column: str, keys: Sequence[int]
    ) -> list[Place]:
        """Read entries of other processes; return nothing if there are none.

        Else all places of the keys in memory then.
        """
        sizes = _numbers(cursor.execute(SIZES))
        with self._lock:
            if all(size <= self._ends.get(log, 0) for log, size in sizes.items()):
                return []
        return self._load(cursor, sizes, column, keys)

    def _load(
        self,
        cursor: Cursor,
        sizes: Mapping[int, int],
        column: str = NAME,
        keys: Sequence[int] = (),
    ) -> list[Place]:
        """Read entries up to these sizes that are not in memory yet.

        The keys are looked up under the same lock: a merge in between could remove keys
        that this view does not have in its tables.
        """
        with self._lock:
            self._read_new(cursor, sizes)
            return self._recent[column].find(keys)

    def _read_new(self, cursor: Cursor, sizes: Mapping[int, int]) -> None:
        for log, size in sizes.items():
            if self._ends.get(log, -1) < size:
                self._read(cursor, log, size)

    def _read_filters(
        self, cursor: Cursor, query: str, values: Sequence[int] = ()
    ) -> None:
        for number, *parts in cursor.execute(query, values):
            if isinstance(number, int) and 0 <= number < SLICES:
                for column, part in zip(TABLES, parts, strict=True):
                    self._filters[column].put(number, part)

    def _read(self, cursor: Cursor, log: int, size: int) -> None:
        self._read_filters(cursor, FILTERS)
        ends = [0] * SLICES
        for number, end in _numbers(cursor.execute(ENDS_OF, (log,))).items():
            if 0 <= number < SLICES:
                ends[number] = end
        start = self._ends.get(log, min(ends))
        for index, *values in cursor.execute(ENTRIES, (log, start, size)):
            for column, value in zip(TABLES, values, strict=True):
                key = key_of(column, value)
                if index >= ends[slice_of(key)]:
                    self._recent[column].add(key, log, index)
                    self._count += column == NAME
        self._ends[log] = size


def _numbers(rows: Iterable[Sequence[object]]) -> dict[int, int]:
    """Return the numbers; a damaged row counts as missing."""
    return {
        key: value
        for key, value in rows
        if isinstance(key, int) and isinstance(value, int)
    }


def _keep_ends(cursor: Cursor, number: int, ends: Mapping[int, int]) -> None:
    asked = 'SELECT log, "size" FROM place_slice WHERE slice = ?'
    before = dict(cursor.execute(asked, (number,)).fetchall())
    cursor.executemany(
        "INSERT INTO place_slice VALUES (?, ?, ?, ?) ON CONFLICT (slice, log)"
        ' DO UPDATE SET "size" = excluded."size", "sum" = excluded."sum"',
        [
            (number, log, end, row_sum(number, log, end))
            for log, end in ends.items()
            if end > before.get(log, 0)
        ],
    )


def _verified(
    cursor: Cursor,
    column: str,
    places: Iterable[Place],
    values: Collection[bytes],
) -> dict[bytes, list[Place]]:
    asked = f'SELECT {column} FROM entry WHERE log = ? AND "index" = ?'  # noqa: S608  our own names
    found: dict[bytes, list[Place]] = {}
    for place in places:
        row = cursor.execute(f"{asked} AND reason = ''", place).fetchone()
        if row is not None and row[0] in values:
            found.setdefault(row[0], []).append(place)
    return found
