"""Times seen, the positions of desks, and erased texts: the data of retention.

`secure_delete` (sqlite_database.py) overwrites a deleted row with zeros. The WAL holds
older pages until `empty_wal`. A row that records the erasure stays.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import ERASED_BYTES, LACKED_AT_ONCE, UNDELIVERED_MAX
from exchange.store.append import add_arrivals, without_text
from exchange.store.cursor import Cursor, marks
from exchange.store.database import Database
from exchange.store.head_rows import NUMBER, log_number
from exchange.store.row_checksums import row_sum
from exchange.store.turns import rest
from exchange.store.values import (
    ENTRY,
    ERASED,
    HELD,
    LACKING,
    RECALLED,
    UNDELIVERED,
    Erasure,
    StoredTimes,
    StoredUndelivered,
)

# ruff: noqa: S608  our own words
WITH_TEXT = (
    'SELECT p."index", e.entry FROM payload p JOIN entry e'
    f' ON e.log = p.log AND e."index" = p."index" WHERE p.log = {NUMBER}'
    f' AND p."index" >= ? AND p.state = {HELD} ORDER BY p."index" LIMIT ?'
)
PLACE = 'log = ? AND "index" = ?'
SOME = 'FROM payload WHERE log = ? AND "index" IN'
LACKED = (
    f'SELECT "index" FROM lacking WHERE log = {NUMBER} AND by = ? AND "index" >= ?'
    ' ORDER BY "index" LIMIT ?'
)
UNREAD = (
    f'SELECT "index" FROM arrival WHERE log = {NUMBER} AND kind = {ENTRY}'
    " AND number > ? ORDER BY number LIMIT 1"
)
ERASED_UNREAD = (
    f'SELECT "index", by, desks, at FROM undelivered WHERE log = {NUMBER}'
    ' AND by = coalesce(?, by) AND "index" = coalesce(?, "index")'
    ' ORDER BY "index" LIMIT ?'
)
READ = (
    'INSERT INTO desk (name, after, at, "sum") SELECT ?, ?, ?, ?'
    " WHERE ? <= (SELECT coalesce(max(number), 0) FROM arrival)"
    " ON CONFLICT (name) DO UPDATE"
    ' SET after = excluded.after, at = excluded.at, "sum" = excluded."sum"'
    " WHERE desk.after < excluded.after"
)
ONE = 1  # the number of the row of times


class RetentionRows:
    def __init__(self, database: Database) -> None:
        self._database = database

    # The newest times.

    def times(self) -> StoredTimes:
        with self._database.read_cursor() as cursor:
            row = cursor.execute("SELECT signed, by, own FROM clock").fetchone()
        return StoredTimes() if row is None else StoredTimes(*row)

    def set_times(self, new: StoredTimes) -> None:
        row = ONE, new.signed, new.by, new.own
        with self._database.write_cursor() as cursor:
            cursor.execute("DELETE FROM clock")
            cursor.insert("clock", [(*row, row_sum(*row))])

    # The positions of own desks.

    def desk_read(self, desk: str) -> int:
        """Return the highest number of a Watch, 0 for never."""
        with self._database.read_cursor() as cursor:
            asked = "SELECT after FROM desk WHERE name = ?"
            row = cursor.execute(asked, (desk,)).fetchone()
        return row[0] if row else 0

    def note_read(self, desk: str, after: int, now: int) -> None:
        """Record where a Watch begins, if that is higher.

        Ignores a number above the newest arrival. On a server, any process of the node
        may record it, because the number only grows.
        """
        row = desk, after, now
        with self._database.aside_cursor() as cursor:
            cursor.execute(READ, (*row, row_sum(*row), after))

    def unread_from(self, origin: str, after: int) -> int | None:
        """Return the first index that arrived after `after`, or None.

        A log's entries arrive in their order.
        """
        with self._database.read_cursor() as cursor:
            row = cursor.execute(UNREAD, (origin, after)).fetchone()
        return None if row is None else int(row[0])

    # Erasure.

    def held_texts(
        self, origin: str, start: int, limit: int
    ) -> list[tuple[int, bytes]]:
        """Return (index, entry) with wraps or body here, in order."""
        with self._database.read_cursor() as cursor:
            return cursor.execute(WITH_TEXT, (origin, start, limit)).fetchall()

    def erase(self, what: Erasure) -> int:
        """Erase texts; return how many there were.

        Uses transactions of at most ERASED_BYTES, or of one text, so that appends can
        run in between. The missing text of a recalled entry is no longer requested.
        """
        count = 0
        unread = list(what.unread)
        for indexes in self._portions(what):
            last = indexes[-1] if indexes else SIZE_MAX
            began = time.monotonic()
            with self._database.write_cursor() as cursor:
                while unread and unread[0].index <= last:
                    _note(cursor, unread.pop(0), announced=what.announced)
                count += _erase(cursor, what, indexes)
            rest(began)
        return count

    def _portions(self, what: Erasure) -> Iterator[list[int]]:
        portion: list[int] = []
        left = ERASED_BYTES
        for index, size in self._sizes(what):
            if portion and size > left:
                yield portion
                portion, left = [], ERASED_BYTES
            portion.append(index)
            left -= size
        yield portion

    def _sizes(self, what: Erasure) -> list[tuple[int, int]]:
        asked = f'SELECT "index", length(wraps) + length(body) {SOME}'
        with self._database.read_cursor() as cursor:
            some = _find_log(cursor, what.origin), *what.indexes
            sizes = dict(cursor.execute(asked + marks(some[1:]), some).fetchall())
        return [(index, sizes.get(index, 0)) for index in what.indexes]

    def empty_wal(self) -> None:
        self._database.empty_wal()

    def copy_wal_back(self) -> None:
        self._database.copy_wal_back()

    def lacked_in(self, origin: str, by: str, start: int) -> list[int]:
        """Return those that a partner reports, in order, LACKED_AT_ONCE at most."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(LACKED, (origin, by, start, LACKED_AT_ONCE))
            return [index for (index,) in rows]

    # Texts erased before their desks took them.

    def note_undelivered(self, new: StoredUndelivered) -> bool:
        """Record a notice and announce it once; return whether it is new."""
        with self._database.write_cursor() as cursor:
            return _note(cursor, new, announced=True)

    def undelivered(
        self, origin: str, limit: int, by: str | None = None, index: int | None = None
    ) -> list[StoredUndelivered]:
        """Return them in order, of node `by`, and of one `index` if given."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(ERASED_UNREAD, (origin, by, index, limit))
            return [
                StoredUndelivered(origin, place, who, tuple(desks.split()), at)
                for place, who, desks, at in rows
            ]

    def forget_undelivered(self, notices: Iterable[StoredUndelivered]) -> None:
        with self._database.write_cursor() as cursor:
            for one in notices:
                place = log_number(cursor, one.origin), one.index, one.by
                gone = f"DELETE FROM undelivered WHERE {PLACE} AND by = ?"
                cursor.execute(gone, place)


def _find_log(cursor: Cursor, origin: str) -> int:
    row = cursor.execute("SELECT number FROM log WHERE origin = ?", (origin,))
    return next((number for (number,) in row), -1)


def _note(cursor: Cursor, new: StoredUndelivered, *, announced: bool) -> bool:
    log = log_number(cursor, new.origin)
    this = f"SELECT 1 FROM undelivered WHERE {PLACE} AND by = ?"
    if cursor.execute(this, (log, new.index, new.by)).fetchone() is not None:
        return False
    asked = "SELECT count(*) FROM undelivered WHERE by = ?"
    if cursor.execute(asked, (new.by,)).fetchone()[0] >= UNDELIVERED_MAX:
        return False
    row = log, new.index, new.by, " ".join(new.desks), new.at
    cursor.insert("undelivered", [(*row, row_sum(*row))])
    if announced:
        add_arrivals(cursor, log, [(UNDELIVERED, new.index, new.by, "")])
    return True


def _erase(cursor: Cursor, what: Erasure, indexes: Sequence[int]) -> int:
    """Return how many.

    Stored rows are never updated: a row is deleted, and another inserted.
    """
    states = {HELD, LACKING} if what.reason == RECALLED else {HELD}
    some = _find_log(cursor, what.origin), *indexes
    asked = f'SELECT "index", state {SOME} {marks(indexes)} ORDER BY "index"'
    found = cursor.execute(asked, some).fetchall()
    gone = some[0], *(index for index, state in found if state in states)
    cursor.execute(f"DELETE {SOME} {marks(gone[1:])}", gone)
    rows = [
        without_text(gone[0], index, ERASED, what.reason, what.at) for index in gone[1:]
    ]
    cursor.insert("payload", rows)
    return len(rows)
