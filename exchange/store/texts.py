"""Missing texts (wraps and body) of entries; they may arrive later."""

from collections.abc import Sequence

from msgspec import Struct

from exchange.store.append import add_arrivals, join_wraps, without_text
from exchange.store.cursor import marks
from exchange.store.database import Database
from exchange.store.head_rows import NUMBER, log_number
from exchange.store.values import HELD, IS_LACKING, LACKING, NEVER, TEXT

# SQLite uses the partial index only for a query that repeats its condition word by
# word.
WITHOUT = (
    f'SELECT "index" FROM payload WHERE log = {NUMBER} AND {IS_LACKING}'  # noqa: S608  our own words
    ' ORDER BY "index" LIMIT ?'
)
LOST = (
    'SELECT p."index", e.desks, p.at FROM payload p JOIN entry e'  # noqa: S608  our own words
    f' ON e.log = p.log AND e."index" = p."index" WHERE p.log = {NUMBER}'
    f' AND p.{IS_LACKING} ORDER BY p."index" LIMIT ?'
)
WITHDRAWN = (
    'SELECT p."index", e.entry FROM payload p JOIN entry e'  # noqa: S608  our own words
    f' ON e.log = p.log AND e."index" = p."index" WHERE p.log = {NUMBER}'
    f" AND p.{IS_LACKING} AND p.reason = 'ERASED' AND p.\"index\" >= ?"
    ' ORDER BY p."index" LIMIT ?'
)
STATE = 'SELECT state FROM payload WHERE log = ? AND "index" = ?'
LACK = f'SELECT "index" FROM payload WHERE log = ? AND {IS_LACKING} AND "index" IN'  # noqa: S608  our own words
DROP = 'DELETE FROM payload WHERE log = ? AND "index" = ?'


class LostText(Struct, frozen=True):
    """The desks that may read it; missing since `at` (ms UTC)."""

    index: int
    desks: tuple[str, ...]
    at: int


class Texts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def lacking(self, origin: str, limit: int) -> list[int]:
        """Return entries whose text is missing and still due."""
        with self._database.read_cursor() as cursor:
            return [index for (index,) in cursor.execute(WITHOUT, (origin, limit))]

    def lost(self, origin: str, limit: int) -> list[LostText]:
        with self._database.read_cursor() as cursor:
            return [
                LostText(index, tuple(desks.split()), at)
                for index, desks, at in cursor.execute(LOST, (origin, limit))
            ]

    def complete(
        self, origin: str, index: int, wraps: Sequence[bytes], body: bytes
    ) -> bool:
        """Announce a text, verified by the caller; return whether it was missing."""
        with self._database.write_cursor() as cursor:
            place = log_number(cursor, origin), index
            if cursor.execute(STATE, place).fetchone() != (LACKING,):
                return False
            cursor.execute(DROP, place)
            row = (*place, join_wraps(wraps), body, HELD, "", 0, 0)
            cursor.insert("payload", [row])
            add_arrivals(cursor, place[0], [(TEXT, index, "", "")])
            return True

    def withdrawn(self, origin: str, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (index, entry) whose text the log's node erased."""
        with self._database.read_cursor() as cursor:
            return cursor.execute(WITHDRAWN, (origin, start, limit)).fetchall()

    def give_up(self, origin: str, indexes: Sequence[int], now: int) -> int:
        """Record that texts never come; return how many."""
        with self._database.write_cursor() as cursor:
            log = log_number(cursor, origin)
            asked = f"{LACK} {marks(indexes)}"
            gone = cursor.execute(asked, (log, *indexes)).fetchall()
            cursor.executemany(DROP, [(log, index) for (index,) in gone])
            rows = [without_text(log, index, NEVER, "", now) for (index,) in gone]
            cursor.insert("payload", rows)
            return len(rows)
