"""The entries of logs, and what stands beside each."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.dialects.sqlite import dialect

from exchange.ledger import merkle
from exchange.limits import WRAP_SIZE
from exchange.store import cold_rows, tables
from exchange.store.cold_files import ColdFiles
from exchange.store.cursor import Cursor, cursor_of
from exchange.store.database import Database
from exchange.store.place_keys import ID, NAME, Place
from exchange.store.places import EntryPlaces
from exchange.store.values import HELD, StoredEntry
from exchange.v1 import envelope_pb2 as pb

IN_MAX = 500  # values asked for in one statement; old SQLite takes 999

D, E, H, L, P = (
    tables.head,
    tables.entry,
    tables.hashes,
    tables.log,
    tables.payload,
)

# An index over some rows serves only a query that says so word by word; payload has
# a column `reason` too.
REFUSED = text(f"entry.{tables.REFUSED.text}")
DIRECTORY = text(f"entry.kind = {pb.KIND_DIRECTORY} AND entry.reason = ''")

WHOLE = (
    select(
        *(L.c.origin, E.c.index, E.c.entry, E.c.name, E.c.id, E.c.kind),
        *(E.c.desks, E.c.reason, H.c.hash, P.c.wraps, P.c.body, P.c.state),
        P.c.reason.label("why"),
    )
    .join_from(E, L, L.c.number == E.c.log)
    .outerjoin(H, (H.c.log == E.c.log) & (H.c.level == 0) & (H.c.index == E.c.index))
    .outerjoin(P, (P.c.log == E.c.log) & (P.c.index == E.c.index))
)
NUMBER = select(L.c.number).where(L.c.origin == bindparam("origin")).scalar_subquery()
SIGNED = select(func.max(D.c.size)).where(D.c.log == NUMBER).scalar_subquery()
"""The size of a log's newest head: readers see what is below it."""
PAGE = (
    WHOLE.where(E.c.log == NUMBER, E.c.index >= bindparam("start"), E.c.index < SIGNED)
    .order_by(E.c.index)
    .limit(bindparam("limit"))
)
SOME_OF = WHOLE.where(
    E.c.log == NUMBER,
    E.c.index.in_(bindparam("indexes", expanding=True)),
    P.c.state == HELD,
).order_by(E.c.index)
BARE = (
    select(E.c.index, E.c.entry, E.c.reason)
    .where(E.c.log == NUMBER, E.c.index >= bindparam("start"), E.c.index < SIGNED)
    .order_by(E.c.index)
    .limit(bindparam("limit"))
)
_SQL = WHOLE.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
AT = f'{_SQL} WHERE entry.log = ? AND entry."index" = ?'
NAMED_REFUSED = WHOLE.where(E.c.name == bindparam("name"), REFUSED).order_by(
    E.c.log.desc()
)
REFUSALS = (
    WHOLE.where(E.c.log == NUMBER, E.c.index >= bindparam("start"), REFUSED)
    .order_by(E.c.index.desc())
    .limit(bindparam("limit"))
)
READERS = (
    "SELECT DISTINCT desks FROM entry WHERE reason = ''"
    ' AND log = (SELECT number FROM log WHERE origin = ?) AND "index" >= ?'
    ' AND "index" < ?'
)
STATED = WHOLE.where(E.c.log == NUMBER, DIRECTORY).order_by(E.c.index)


def _entry(row: Sequence[Any]) -> StoredEntry:
    """Return the entry of a row of `WHOLE`."""
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
    """Return the entry at a place of a log by its number."""
    row = cursor.execute(AT, (log, index)).fetchone()
    if row is None:
        return None
    (found,) = cold_rows.whole(cursor, files, [_entry(row)])
    return found


class Entries:
    """The entries of logs, from rows or from files; each method is one transaction.

    Raises Tampered(DATABASE) for a file of entries that is not as it was written.
    """

    def __init__(
        self, database: Database, places: EntryPlaces, files: ColdFiles
    ) -> None:
        self._database = database
        self._places = places
        self._files = files

    def page(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return at most `limit` entries from `start` on, below the newest head."""
        if start > merkle.SIZE_MAX:  # asked from outside; no column holds it
            return []
        with self._database.reading() as connection:
            asked = {"origin": origin, "start": start, "limit": limit}
            return self._whole(connection, connection.execute(PAGE, asked))

    def bare(self, origin: str, start: int, limit: int) -> list[bytes]:
        """Return the bytes of at most `limit` entries from `start` on."""
        with self._database.reading() as connection:
            asked = {"origin": origin, "start": start, "limit": limit}
            rows = connection.execute(BARE, asked).all()
            cursor = cursor_of(connection)
            return [
                cold_rows.read_entry(cursor, self._files, origin, index)
                if cold_rows.in_a_file(entry, reason)
                else entry
                for index, entry, reason in rows
            ]

    def by_name(self, name: bytes) -> StoredEntry | None:
        """Return the ACCEPTED entry of that name, else a REFUSED one, else None."""
        found = self._places.find(self._database, NAME, [name])
        if found:
            return self._at(found[name][:1])[0]
        with self._database.reading() as connection:
            row = connection.execute(NAMED_REFUSED, {"name": name}).first()
            return None if row is None else _entry(row)

    def between(self, first: bytes, last: bytes, limit: int) -> list[StoredEntry]:
        """Return at most `limit` ACCEPTED entries with first <= name <= last.

        Of one name that stands in two logs, the newer log's entry comes first.
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
        """Return the entries that stand at these places, in their order."""
        with self._database.read_cursor() as cursor:
            found = (entry_at(cursor, self._files, *place) for place in places)
            return [one for one in found if one is not None]

    def _whole(
        self, connection: Connection, rows: Iterable[Sequence[Any]]
    ) -> list[StoredEntry]:
        entries = [_entry(row) for row in rows]
        return cold_rows.whole(cursor_of(connection), self._files, entries)

    def directory(self, origin: str) -> list[StoredEntry]:
        """Return the ACCEPTED DIRECTORY entries of a log in their order."""
        with self._database.reading() as connection:
            rows = connection.execute(STATED, {"origin": origin})
            return [_entry(row) for row in rows]

    def readers(self, origin: str, start: int, end: int) -> list[tuple[str, ...]]:
        """Return the different groups of desks that entries are for.

        ACCEPTED ones, with start <= index < end.
        """
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(READERS, (origin, start, end))
            return [tuple(desks.split()) for (desks,) in rows]

    def refused(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return at most `limit` REFUSED entries from `start` on, newest first."""
        with self._database.reading() as connection:
            asked = {"origin": origin, "start": start, "limit": limit}
            return [_entry(row) for row in connection.execute(REFUSALS, asked)]

    def places(self, origin: str, names: Iterable[bytes]) -> dict[bytes, int]:
        """Return where those of `names` stand that an ACCEPTED entry of the log has."""
        return self._known(origin, NAME, names)

    def known_ids(self, origin: str, ids: Iterable[bytes]) -> set[bytes]:
        """Return those of `ids` that an ACCEPTED entry of the log has."""
        return set(self._known(origin, ID, ids))

    def known_names(self, origin: str, names: Iterable[bytes]) -> set[bytes]:
        """Return those of `names` that an ACCEPTED entry of the log has."""
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
        """Return at most `limit` of these entries, those whose text is here."""
        # Asked from outside; no column holds more.
        indexes = [index for index in indexes if index <= merkle.SIZE_MAX]
        with self._database.reading() as connection:
            wanted, rows = list(indexes), list[StoredEntry]()
            for at in range(0, len(wanted), IN_MAX):
                some = {"origin": origin, "indexes": wanted[at : at + IN_MAX]}
                query = SOME_OF.limit(limit - len(rows))
                rows += self._whole(connection, connection.execute(query, some))
                if len(rows) >= limit:
                    break
            return rows
