"""The entries of logs, each with its name, desks, verdict and text."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from exchange.ledger import merkle
from exchange.limits import WRAP_SIZE
from exchange.store import cold_rows
from exchange.store.cold_files import ColdFiles
from exchange.store.cursor import Cursor, marks
from exchange.store.database import Database
from exchange.store.head_rows import NUMBER
from exchange.store.place_keys import ID, NAME, Place
from exchange.store.places import EntryPlaces
from exchange.store.values import HELD, IS_REFUSED, IS_STATEMENT, StoredEntry

# ruff: noqa: S608  our own words
IN_MAX = 500  # values asked for in one statement; old SQLite takes 999
# SQLite uses a partial index only for a query that repeats its condition word by word;
# payload has a column `reason` too.
REFUSED = f"e.{IS_REFUSED}"
DIRECTORY = IS_STATEMENT.replace("kind", "e.kind").replace("reason", "e.reason")
WHOLE = (
    'SELECT l.origin, e."index", e.entry, e.name, e.id, e.kind, e.desks, e.reason,'
    " h.hash, p.wraps, p.body, p.state, p.reason"
    " FROM entry e JOIN log l ON l.number = e.log"
    ' LEFT JOIN hash h ON h.log = e.log AND h.level = 0 AND h."index" = e."index"'
    ' LEFT JOIN payload p ON p.log = e.log AND p."index" = e."index"'
)
AT = f'{WHOLE} WHERE e.log = ? AND e."index" = ?'
OF_LOG = f"WHERE e.log = {NUMBER}"
SEEN = (  # readers see entries below the newest head
    'e."index" >= ? AND e."index" <'
    f' (SELECT max("size") FROM head WHERE log = {NUMBER})'
    ' ORDER BY e."index" LIMIT ?'
)
PAGE = f"{WHOLE} {OF_LOG} AND {SEEN}"
BARE = f'SELECT e."index", e.entry, e.reason FROM entry e {OF_LOG} AND {SEEN}'
NAMED_REFUSED = f"{WHOLE} WHERE e.name = ? AND {REFUSED} ORDER BY e.log DESC LIMIT 1"
REFUSALS = (
    f'{WHOLE} {OF_LOG} AND e."index" >= ? AND {REFUSED} ORDER BY e."index" DESC LIMIT ?'
)
STATED = f'{WHOLE} {OF_LOG} AND {DIRECTORY} ORDER BY e."index"'
SOME_OF = f'{WHOLE} {OF_LOG} AND p.state = {HELD} AND e."index" IN'
READERS = (
    f"SELECT DISTINCT desks FROM entry WHERE reason = '' AND log = {NUMBER}"
    ' AND "index" >= ? AND "index" < ?'
)


def _entry(row: Sequence[Any]) -> StoredEntry:
    origin, index, entry, name, id_, kind, desks, reason, *more = row
    leaf, wraps, body, state, why = more
    wraps = wraps or b""
    return StoredEntry(
        *(origin, index, entry, name, id_, kind),
        wraps=tuple(
            wraps[at : at + WRAP_SIZE] for at in range(0, len(wraps), WRAP_SIZE)
        ),
        body=body or b"",
        desks=tuple(desks.split()),
        reason=reason,
        leaf=leaf or b"",
        state=state,
        why=why or "",
    )


def entry_at(
    cursor: Cursor, files: ColdFiles, log: int, index: int
) -> StoredEntry | None:
    row = cursor.execute(AT, (log, index)).fetchone()
    if row is None:
        return None
    (found,) = cold_rows.whole(cursor, files, [_entry(row)])
    return found


class Entries:
    """Raises Tampered(DATABASE) if a file of entries is not as written."""

    def __init__(
        self, database: Database, places: EntryPlaces, files: ColdFiles
    ) -> None:
        self._database = database
        self._places = places
        self._files = files

    def page(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return entries below the newest head."""
        if start > merkle.SIZE_MAX:  # asked from outside; no column holds it
            return []
        with self._database.read_cursor() as cursor:
            asked = origin, start, origin, limit
            return self._whole(cursor, cursor.execute(PAGE, asked).fetchall())

    def bare(self, origin: str, start: int, limit: int) -> list[bytes]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(BARE, (origin, start, origin, limit)).fetchall()
            return [
                cold_rows.read_entry(cursor, self._files, origin, index)
                if cold_rows.in_a_file(entry, reason)
                else entry
                for index, entry, reason in rows
            ]

    def by_name(self, name: bytes) -> StoredEntry | None:
        """Prefer an ACCEPTED entry to a REFUSED one."""
        found = self._places.find(self._database, NAME, [name])
        if found:
            return self._at(found[name][:1])[0]
        with self._database.read_cursor() as cursor:
            row = cursor.execute(NAMED_REFUSED, (name,)).fetchone()
            return None if row is None else _entry(row)

    def between(self, first: bytes, last: bytes, limit: int) -> list[StoredEntry]:
        """Return ACCEPTED ones with first <= name <= last.

        Of two logs with the same name, the newer comes first.
        """
        places = self._places.between(self._database, first, last, limit)
        found: list[StoredEntry] = []
        for _, of_log in groupby(places, lambda place: place[0]):
            here = self._at(list(of_log))
            found += sorted(
                (one for one in here if first <= one.name <= last),
                key=lambda one: one.name,
            )
        return found[:limit]

    def _at(self, places: Sequence[Place]) -> list[StoredEntry]:
        with self._database.read_cursor() as cursor:
            found = (entry_at(cursor, self._files, *place) for place in places)
            return [one for one in found if one is not None]

    def _whole(
        self, cursor: Cursor, rows: Iterable[Sequence[Any]]
    ) -> list[StoredEntry]:
        return cold_rows.whole(cursor, self._files, [_entry(row) for row in rows])

    def directory(self, origin: str) -> list[StoredEntry]:
        """Return ACCEPTED ones, in order."""
        with self._database.read_cursor() as cursor:
            return [_entry(row) for row in cursor.execute(STATED, (origin,))]

    def readers(self, origin: str, start: int, end: int) -> list[tuple[str, ...]]:
        """Return the distinct groups of ACCEPTED entries in [start, end)."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(READERS, (origin, start, end))
            return [tuple(desks.split()) for (desks,) in rows]

    def refused(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return them newest first, down to `start`."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(REFUSALS, (origin, start, limit))
            return [_entry(row) for row in rows]

    def places(self, origin: str, names: Iterable[bytes]) -> dict[bytes, int]:
        return self._known(origin, NAME, names)

    def known_ids(self, origin: str, ids: Iterable[bytes]) -> set[bytes]:
        return set(self._known(origin, ID, ids))

    def known_names(self, origin: str, names: Iterable[bytes]) -> set[bytes]:
        return set(self._known(origin, NAME, names))

    def _known(
        self, origin: str, column: str, values: Iterable[bytes]
    ) -> dict[bytes, int]:
        found = self._places.find(self._database, column, list(values))
        if not found:
            return {}
        asked = "SELECT number FROM log WHERE origin = ?"
        with self._database.read_cursor() as cursor:
            log = cursor.execute(asked, (origin,)).fetchone()
        return {
            value: index
            for value, places in found.items()
            for number, index in places
            if (number,) == log
        }

    def with_text(
        self, origin: str, indexes: Iterable[int], limit: int
    ) -> list[StoredEntry]:
        """Return those whose text is here, `limit` at most."""
        # Asked from outside; no column holds more.
        wanted = [index for index in indexes if index <= merkle.SIZE_MAX]
        found: list[StoredEntry] = []
        with self._database.read_cursor() as cursor:
            while wanted and len(found) < limit:
                some, wanted = wanted[:IN_MAX], wanted[IN_MAX:]
                query = f'{SOME_OF} {marks(some)} ORDER BY e."index" LIMIT ?'
                rows = cursor.execute(query, (origin, *some, limit - len(found)))
                found += self._whole(cursor, rows.fetchall())
        return found
