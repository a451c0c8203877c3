"""Urgent envelopes: received ahead of their log, and the places of others.

A row of `express` is an envelope that a partner sent ahead of its backlog, before its
log brought the name. The append of that name deletes the row, or records the outcome. A
row of `urgent` is the place of an entry that may travel ahead, in any log held.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from exchange.limits import EXPRESS_CLOSED_MAX
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.values import EXPRESS_UNSUMMED, NewEntry

# States of a row.
OPEN = 0  # its log has not come as far yet
REFUSED = 1  # its log brought it, with another verdict: `reason`, at `index`
NOT_LOGGED = 2  # its log came as far as was promised, and it is not in there
NOWHERE = -1  # the index of an entry without a place


class StoredExpress(Struct, frozen=True):
    """Times in ms UTC.

    `envelope` is a serialized Envelope, `statements` a serialized Express of them
    alone. `below` is the log's size including it, 0 if it had no place yet; `linked` is
    the ms of link since. `author` is the author's desk; `desks` may read it. `reason`
    and `index` are its outcome, known since `closed_at`.
    """

    name: bytes
    peer: str
    origin: str
    id: bytes
    envelope: bytes
    statements: bytes
    below: int
    urgency: int
    author: str
    desks: tuple[str, ...]
    at: int
    linked: int = 0
    state: int = OPEN
    reason: str = ""
    index: int = NOWHERE
    closed_at: int = 0


FIELDS = StoredExpress.__struct_fields__
UPDATE = (
    "UPDATE express SET "  # noqa: S608  our own names
    + ", ".join(f'"{name}" = ?' for name in (*FIELDS, "sum"))
    + " WHERE name = ?"
)
INSERT = f"INSERT INTO express VALUES ({', '.join('?' * (len(FIELDS) + 1))})"  # noqa: S608  our own words
LOAD = (
    "SELECT author, urgency, count(*), sum(length(envelope) + length(statements))"
    " FROM express WHERE peer = ? AND state = ? GROUP BY author, urgency"
)
DROP = (
    "DELETE FROM express WHERE peer = ? AND state <> ? AND name NOT IN (SELECT name"
    " FROM express WHERE peer = ? AND state <> ? ORDER BY closed_at DESC, name LIMIT ?)"
)

# Each Watch asks these two whenever anything has changed.
BRIEF = (
    "SELECT name, peer, desks, below, state, reason, closed_at FROM express"
    " WHERE CAST(? AS TEXT) IS NULL OR peer = ? ORDER BY urgency, at, name"
)
ARRIVED = (  # whether a text has another in it, in the words of either engine
    'SELECT log.origin, urgent."index", urgent.urgency, urgent.arrival FROM urgent'
    " JOIN log ON log.number = urgent.log"
    ' JOIN entry ON entry.log = urgent.log AND entry."index" = urgent."index"'
    " WHERE urgent.arrival > ? AND (entry.desks = '*'"
    " OR replace(' ' || entry.desks || ' ', ?, '') <> ' ' || entry.desks || ' ')"
    " ORDER BY urgent.urgency, urgent.arrival DESC LIMIT ?"
)

PLACES = (  # each link asks it whenever the log grows
    'SELECT log.origin, urgent."index", urgent.urgency, urgent.arrival FROM urgent'
    " JOIN log ON log.number = urgent.log"
    ' WHERE log.origin = ? AND urgent.arrival > 0 AND urgent."index" >= ?'
    ' AND urgent."index" < ? ORDER BY urgent.urgency, urgent."index" LIMIT ? OFFSET ?'
)


class ExpressBrief(Struct, frozen=True):
    """A StoredExpress without its bytes."""

    name: bytes
    peer: str
    desks: str
    below: int
    state: int
    reason: str
    closed_at: int


class ExpressLoad(Struct, frozen=True):
    author: str
    urgency: int
    count: int
    size: int


def brief_of(row: StoredExpress) -> ExpressBrief:
    desks = " ".join(row.desks)
    about = row.below, row.state, row.reason, row.closed_at
    return ExpressBrief(row.name, row.peer, desks, *about)


class UrgentPlace(Struct, frozen=True):
    """`arrival` is 0 until it is shown."""

    origin: str
    index: int
    urgency: int
    arrival: int


class ExpressRows:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: StoredExpress) -> None:
        """Keep an envelope once; on disk on return."""
        with self._database.write_cursor() as cursor:
            held = cursor.execute("SELECT 1 FROM express WHERE name = ?", (new.name,))
            if held.fetchone() is None:
                cursor.execute(INSERT, _row(new))
                _drop_oldest(cursor, new.peer)

    def by_name(self, name: bytes) -> StoredExpress | None:
        return next(iter(self._find("name = ?", name)), None)

    def by_id(self, origin: str, id_: bytes) -> StoredExpress | None:
        return next(iter(self._find("origin = ? AND id = ?", origin, id_)), None)

    def open(self, peer: str, urgency: int) -> list[StoredExpress]:
        which = "state = ? AND peer = ? AND urgency = ?"
        return self._find(which, OPEN, peer, urgency)

    def brief(self, peer: str | None = None) -> list[ExpressBrief]:
        """Return those of all partners for None."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(BRIEF, (peer, peer))
            return [ExpressBrief(*row) for row in rows]

    def all(self) -> list[StoredExpress]:
        return self._find("1 = 1")

    def _find(self, which: str, *values: int | bytes | str) -> list[StoredExpress]:
        with self._database.read_cursor() as cursor:
            return _select(cursor, f"{which} ORDER BY urgency, at, name", *values)

    def load(self, peer: str) -> list[ExpressLoad]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(LOAD, (peer, OPEN))
            return [
                ExpressLoad(author, urgency, int(count), int(size))
                for author, urgency, count, size in rows
            ]

    def add_link_time(self, peer: str, linked: int) -> None:
        """Add ms to open envelopes that came without a place."""
        with self._database.write_cursor() as cursor:
            for held in _open(cursor, "peer = ? AND below = 0", peer):
                _put(cursor, replace(held, linked=held.linked + linked))

    def close_unlogged(self, peer: str, linked: int, now: int) -> int:
        """Close as NOT_LOGGED those without a place after `linked` ms of link."""
        with self._database.write_cursor() as cursor:
            late = _open(cursor, "peer = ? AND below = 0 AND linked >= ?", peer, linked)
            for held in late:
                _close(cursor, held, NOT_LOGGED, "NOT_LOGGED", NOWHERE, now)
            return len(late)

    def forget(self, before: int) -> None:
        """Delete those closed before that time (ms UTC)."""
        with self._database.write_cursor() as cursor:
            old = "DELETE FROM express WHERE state <> ? AND closed_at < ?"
            cursor.execute(old, (OPEN, before))

    # The places of urgent entries.

    def places(
        self, origin: str, start: int, end: int, limit: int, offset: int = 0
    ) -> list[UrgentPlace]:
        """Return those with start <= index < end, most urgent first.

        Only what readers see; at most `limit`, after skipping `offset`.
        """
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(PLACES, (origin, start, end, limit, offset))
            return [UrgentPlace(*row) for row in rows]

    def arrived(self, desk: str, after: int, limit: int) -> list[UrgentPlace]:
        """Return the most urgent first, then the newest."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(ARRIVED, (after, f" {desk} ", limit))
            return [UrgentPlace(*row) for row in rows]


# Within the transaction of an append.


def match(
    cursor: Cursor,
    origin: str,
    start: int,
    entries: Sequence[NewEntry],
    now: int,
) -> None:
    """Settle rows by entries from `start` on.

    1. ACCEPTED: delete the row in any state.
    2. REFUSED: close an open row with reason and index.
    3. Open, and promised below the new size: close it as NOT_LOGGED.
    """
    rows = cursor.execute("SELECT name FROM express WHERE origin = ?", (origin,))
    names = {name for (name,) in rows}
    if not names:
        return
    for index, new in enumerate(entries, start):
        if new.name not in names:
            continue
        if not new.reason:
            # 1
            cursor.execute("DELETE FROM express WHERE name = ?", (new.name,))
        else:
            # 2
            for held in _open(cursor, "name = ?", new.name):
                _close(cursor, held, REFUSED, new.reason, index, now)
    # 3
    size = start + len(entries)
    for held in _open(cursor, "origin = ? AND below BETWEEN 1 AND ?", origin, size):
        _close(cursor, held, NOT_LOGGED, "NOT_LOGGED", NOWHERE, now)


def note_urgent(
    cursor: Cursor, log: int, start: int, entries: Sequence[NewEntry]
) -> None:
    """Record places of urgent entries not shown yet."""
    rows = [
        (log, index, new.urgency, 0, row_sum(log, index, new.urgency, 0))
        for index, new in enumerate(entries, start)
        if new.urgency and not new.reason
    ]
    if rows:
        cursor.executemany("INSERT INTO urgent VALUES (?, ?, ?, ?, ?)", rows)


def number_urgent(cursor: Cursor, log: int, start: int, end: int, first: int) -> None:
    """Set arrivals in [start, end), from `first` on."""
    asked = 'SELECT "index", urgency FROM urgent WHERE log = ? AND "index" >= ?'
    rows = cursor.execute(f'{asked} AND "index" < ?', (log, start, end)).fetchall()
    for index, urgency in rows:
        arrival = first + index - start
        total = row_sum(log, index, urgency, arrival)
        cursor.execute(
            'UPDATE urgent SET arrival = ?, "sum" = ? WHERE log = ? AND "index" = ?',
            (arrival, total, log, index),
        )


def _open(
    cursor: Cursor, condition: str, *values: int | bytes | str
) -> list[StoredExpress]:
    return _select(cursor, f"state = ? AND {condition}", OPEN, *values)


def _select(
    cursor: Cursor, which: str, *values: int | bytes | str
) -> list[StoredExpress]:
    asked = f"SELECT * FROM express WHERE {which}"  # noqa: S608  our own words
    return [_stored(row) for row in cursor.execute(asked, values).fetchall()]


def _close(  # noqa: PLR0913, PLR0917  what a row says once it is closed
    cursor: Cursor,
    held: StoredExpress,
    state: int,
    reason: str,
    index: int,
    now: int,
) -> None:
    closed = replace(held, state=state, reason=reason, index=index, closed_at=now)
    _put(cursor, closed)


def _put(cursor: Cursor, new: StoredExpress) -> None:
    cursor.execute(UPDATE, (*_row(new), new.name))


def _drop_oldest(cursor: Cursor, peer: str) -> None:
    cursor.execute(DROP, (peer, OPEN, peer, OPEN, EXPRESS_CLOSED_MAX))


def _row(new: StoredExpress) -> Sequence[Any]:
    row = asdict(replace(new, desks=" ".join(new.desks)))
    summed = (value for name, value in row.items() if name not in EXPRESS_UNSUMMED)
    return [*row.values(), row_sum(*summed)]


def _stored(row: Sequence[Any]) -> StoredExpress:
    *fields, _sum = row
    desks = FIELDS.index("desks")
    fields[desks] = tuple(fields[desks].split())
    return StoredExpress(*fields)
