"""Envelopes of desks without a place in the log: pending and refused ones."""

from collections.abc import Iterable, Sequence

from exchange.limits import REFUSED_KEPT, REFUSED_MAX
from exchange.store.cursor import Cursor, marks
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.values import StoredRefused, StoredWaiting

PENDING = (  # each link asks it whenever the log grows
    "SELECT name, envelope, desk, at, number FROM waiting"
    " WHERE number > ? AND (CAST(? AS TEXT) IS NULL OR desk = ?)"
    " ORDER BY number LIMIT ?"
)
NAMED = "SELECT 1 FROM waiting WHERE name = ?"
REFUSED = (
    'SELECT name, desk, reason, "where", at FROM refused'
    " WHERE desk = ? AND at >= ? ORDER BY at DESC, name LIMIT ?"
)
TRIM = (
    "DELETE FROM refused WHERE desk = ? AND name NOT IN (SELECT name FROM refused"
    " WHERE desk = ? ORDER BY at DESC, name LIMIT ?)"
)


class DeskQueue:
    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue_pending(self, new: Sequence[StoredWaiting]) -> None:
        """Take serialized envelopes; they are on disk on return."""
        if not new:
            return
        with self._database.write_cursor() as cursor:
            last = cursor.execute("SELECT max(number) FROM waiting").fetchone()[0]
            number = last or 0
            for one in new:
                if cursor.execute(NAMED, (one.name,)).fetchone() is None:
                    number += 1
                    row = number, one.name, one.envelope, one.desk, one.at
                    cursor.insert("waiting", [(*row, row_sum(*row))])

    def pending(
        self, limit: int, after: int = 0, desk: str | None = None
    ) -> list[StoredWaiting]:
        """Return them oldest first, after number `after`.

        Only of one desk ("": the operator) if it is named.
        """
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(PENDING, (after, desk, desk, limit))
            return [StoredWaiting(*row) for row in rows]

    def pending_names(self, names: Iterable[bytes]) -> set[bytes]:
        names = list(names)
        if not names:
            return set()
        with self._database.read_cursor() as cursor:
            asked = f"SELECT name FROM waiting WHERE name IN {marks(names)}"  # noqa: S608
            return {name for (name,) in cursor.execute(asked, names)}

    def count_pending(self) -> int:
        with self._database.read_cursor() as cursor:
            return int(cursor.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def drop_pending(
        self, names: Iterable[bytes], refused: Sequence[StoredRefused] = ()
    ) -> None:
        gone = [(name,) for name in names]
        if not gone:
            return
        with self._database.write_cursor() as cursor:
            cursor.executemany("DELETE FROM waiting WHERE name = ?", gone)
            _refuse(cursor, refused)

    def refuse(self, new: Sequence[StoredRefused], now: int) -> None:
        """Delete refusals older than REFUSED_KEPT; `now` is ms UTC.

        Keeps the newest REFUSED_MAX of each desk.
        """
        if not new:
            return
        with self._database.write_cursor() as cursor:
            cursor.execute("DELETE FROM refused WHERE at < ?", (now - REFUSED_KEPT,))
            _refuse(cursor, new)

    def refused_to(self, desk: str, now: int) -> list[StoredRefused]:
        """Return them newest first, within REFUSED_KEPT."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(REFUSED, (desk, now - REFUSED_KEPT, REFUSED_MAX))
            return [StoredRefused(*row) for row in rows]


def _refuse(cursor: Cursor, new: Sequence[StoredRefused]) -> None:
    """Record refusals; the newest REFUSED_MAX of each desk stay."""
    for one in new:
        cursor.execute("DELETE FROM refused WHERE name = ?", (one.name,))
        row = one.name, one.desk, str(one.reason), one.where, one.at
        cursor.insert("refused", [(*row, row_sum(*row))])
    for desk in {one.desk for one in new}:
        cursor.execute(TRIM, (desk, desk, REFUSED_MAX))
