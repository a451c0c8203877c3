"""Heads ahead of the store that were shown here, kept until the store reaches them.

No node signs or cosigns below or beside a head that it has seen (docs/spec/ledger.md,
"Cosignatures"), not even after a restart. A repair adds the heads that the old database
proves to have been signed.
"""

from exchange.ledger.checkpoint import Head
from exchange.limits import SEEN_MAX
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.values import Sighting

ALL = (
    'SELECT origin, "size", root, note, promised, at FROM sighting'
    ' ORDER BY origin, "size", root'
)
THIS = ' FROM sighting WHERE origin = ? AND "size" = ? AND root = ?'
DROP = 'DELETE FROM sighting WHERE origin = ? AND "size" BETWEEN ? AND ?'


class Sightings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Sighting]:
        """Return the heads of each log, smallest first."""
        with self._database.read_cursor() as cursor:
            return [
                Sighting(Head(origin, size, root), note, bool(promised), at)
                for origin, size, root, note, promised, at in cursor.execute(ALL)
            ]

    def keep(self, new: Sighting) -> None:
        """Keep a head; one that another node holds too is no longer `promised`.

        Keeps SEEN_MAX of each log: beyond these a larger head replaces the largest, so
        that the minimum size of a log is always known.
        """
        origin, size = new.head.origin, new.head.size
        this = origin, size, new.head.root
        total = row_sum(origin, size, new.promised, new.at)
        with self._database.write_cursor() as cursor:
            held = cursor.execute(f"SELECT promised{THIS}", this).fetchone()
            if held is not None:
                if not held[0] or new.promised:
                    return
                cursor.execute(f"DELETE{THIS}", this)
            asked = 'SELECT count(*), max("size") FROM sighting WHERE origin = ?'
            count, largest = cursor.execute(asked, (origin,)).fetchone()
            if count >= SEEN_MAX:
                if size <= largest:
                    return
                cursor.execute(DROP, (origin, largest, largest))
            row = *this, new.note, new.promised, new.at, total
            cursor.insert("sighting", [row])

    def drop(self, origin: str, up_to: int) -> None:
        with self._database.write_cursor() as cursor:
            cursor.execute(DROP, (origin, 0, up_to))
