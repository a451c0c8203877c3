"""Times seen, how far desks have read, and texts erased: all that retention needs.

`secure_delete` (database.py) overwrites a row with zeros as it goes. The WAL holds
older pages until `empty_wal`. A row that says so stays.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import ERASED_BYTES, LACKED_AT_ONCE, UNDELIVERED_MAX
from exchange.store import append, head_rows, tables
from exchange.store.append import insert as insert_rows
from exchange.store.append import without_text
from exchange.store.cursor import cursor_of
from exchange.store.database import Database
from exchange.store.entries import NUMBER
from exchange.store.row_checksums import with_sum
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

A, C, D, E, K, L, P, U = (
    tables.arrival,
    tables.clock,
    tables.desk,
    tables.entry,
    tables.lacking,
    tables.log,
    tables.payload,
    tables.undelivered,
)
WITH_TEXT = (
    select(E.c.index, E.c.entry)
    .join_from(P, E, (E.c.log == P.c.log) & (E.c.index == P.c.index))
    .where(P.c.log == NUMBER, P.c.index >= bindparam("start"), P.c.state == HELD)
    .order_by(P.c.index)
    .limit(bindparam("limit"))
)
THERE = select(P.c.log, P.c.index).where(
    P.c.log == NUMBER,
    P.c.index.in_(bindparam("indexes", expanding=True)),
    P.c.state.in_(bindparam("states", expanding=True)),
)
GONE = delete(P).where(
    P.c.log == bindparam("number"),
    P.c.index.in_(bindparam("indexes", expanding=True)),
)
SIZES = select(P.c.index, func.length(P.c.wraps) + func.length(P.c.body)).where(
    P.c.log == NUMBER, P.c.index.in_(bindparam("indexes", expanding=True))
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
    """The rows that retention reads and removes; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # The newest times.

    def times(self) -> StoredTimes:
        """Return the newest times that were kept; zeros where none were."""
        with self._database.reading() as connection:
            row = connection.execute(select(C.c.signed, C.c.by, C.c.own)).first()
        return StoredTimes() if row is None else StoredTimes(*row)

    def set_times(self, new: StoredTimes) -> None:
        """Keep times in the place of those before."""
        row = with_sum(C, ONE, new.signed, new.by, new.own)
        with self._database.writing() as connection:
            connection.execute(delete(C))
            connection.execute(insert(C), row)

    # How far own desks have read.

    def desk_read(self, desk: str) -> int:
        """Return the largest number behind which a desk began a Watch, 0 for never."""
        with self._database.reading() as connection:
            asked = select(D.c.after).where(D.c.name == desk)
            return connection.execute(asked).scalar() or 0

    def note_read(self, desk: str, after: int, now: int) -> None:
        """Keep that a desk begins a Watch behind number `after`, if that is news.

        A number that no arrival has says nothing. On a server, any process of the node
        may note it: the row only grows.
        """
        row = with_sum(D, desk, after, now)
        with self._database.aside_cursor() as cursor:
            cursor.execute(READ, (*row.values(), after))

    def unread_from(self, origin: str, after: int) -> int | None:
        """Return the first index of a log's entries that arrived behind `after`.

        None where all of them arrived before: a log's entries arrive in their order.
        """
        values = (
            select(A.c.index)
            .join_from(A, L, L.c.number == A.c.log)
            .where(L.c.origin == origin, A.c.kind == ENTRY, A.c.number > after)
            .order_by(A.c.number)
            .limit(1)
        )
        with self._database.reading() as connection:
            found = connection.execute(values).scalar()
        return None if found is None else int(found)

    # What retention removes.

    def held_texts(
        self, origin: str, start: int, limit: int
    ) -> list[tuple[int, bytes]]:
        """Return (index, entry) of at most `limit` entries whose wraps or body is here.

        In their order, from index `start` on.
        """
        with self._database.reading() as connection:
            asked = {"origin": origin, "start": start, "limit": limit}
            return [(row[0], row[1]) for row in connection.execute(WITH_TEXT, asked)]

    def erase(self, what: Erasure) -> int:
        """Remove the wraps and bodies of these entries; return how many had any.

        In transactions of at most ERASED_BYTES, or of one text; appends can go in
        between. The text of a recalled entry that lacks it is no longer asked for.
        """
        count = 0
        unread = list(what.unread)
        for indexes in self._portions(what):
            last = indexes[-1] if indexes else SIZE_MAX
            began = time.monotonic()
            with self._database.writing() as connection:
                while unread and unread[0].index <= last:
                    _note(connection, unread.pop(0), announced=what.announced)
                count += _erase(connection, what.origin, indexes, what.reason, what.at)
            rest(began)
        return count

    def _portions(self, what: Erasure) -> Iterator[list[int]]:
        """Yield the indexes of an erasure, a transaction's at a time."""
        with self._database.reading() as connection:
            asked = {"origin": what.origin, "indexes": list(what.indexes)}
            sizes = {row[0]: row[1] for row in connection.execute(SIZES, asked)}
        portion: list[int] = []
        left = ERASED_BYTES
        for index in what.indexes:
            size = sizes.get(index, 0)
            if portion and size > left:
                yield portion
                portion, left = [], ERASED_BYTES
            portion.append(index)
            left -= size
        yield portion

    def empty_wal(self) -> None:
        """Leave nothing of what was erased in the file beside; Refusal(LOCKED)."""
        self._database.empty_wal()

    def copy_wal_back(self) -> None:
        """Copy the write-ahead log back if it is large, without holding up appends."""
        self._database.copy_wal_back()

    def lacked_in(self, origin: str, by: str, start: int) -> list[int]:
        """Return the texts of a log that a partner says it lacks, from `start` on.

        LACKED_AT_ONCE of them at most, in order.
        """
        asked = (
            select(K.c.index)
            .join_from(K, L, L.c.number == K.c.log)
            .where(L.c.origin == origin, K.c.by == by, K.c.index >= start)
            .order_by(K.c.index)
            .limit(LACKED_AT_ONCE)
        )
        with self._database.reading() as connection:
            return list(connection.execute(asked).scalars())

    # What was erased before its desks took it.

    def note_undelivered(self, new: StoredUndelivered) -> bool:
        """Keep a text erased unread, announced once; return whether it is new."""
        with self._database.writing() as connection:
            return _note(connection, new, announced=True)

    def undelivered(
        self, origin: str, limit: int, by: str | None = None, index: int | None = None
    ) -> list[StoredUndelivered]:
        """Return at most `limit` texts of a log that were erased unread, `by` a node.

        In the order of the log; of one entry where `index` is given.
        """
        query = select(L.c.origin, U.c.index, U.c.by, U.c.desks, U.c.at).join_from(
            U, L, L.c.number == U.c.log
        )
        query = query.where(L.c.origin == origin)
        if by is not None:
            query = query.where(U.c.by == by)
        if index is not None:
            query = query.where(U.c.index == index)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(U.c.index).limit(limit)).all()
        return [
            StoredUndelivered(log, place, who, tuple(desks.split()), at)
            for log, place, who, desks, at in rows
        ]

    def forget_undelivered(self, notices: Iterable[StoredUndelivered]) -> None:
        """Forget what the node whose log it is was told of."""
        with self._database.writing() as connection:
            for one in notices:
                log = head_rows.log_number(cursor_of(connection), one.origin)
                connection.execute(
                    delete(U).where(
                        U.c.log == log, U.c.index == one.index, U.c.by == one.by
                    )
                )


def _note(connection: Connection, new: StoredUndelivered, *, announced: bool) -> bool:
    log = head_rows.log_number(cursor_of(connection), new.origin)
    this = select(U.c.log).where(
        U.c.log == log, U.c.index == new.index, U.c.by == new.by
    )
    count = connection.execute(
        select(func.count()).select_from(U).where(U.c.by == new.by)
    ).scalar_one()
    if count >= UNDELIVERED_MAX or connection.execute(this).first() is not None:
        return False
    row = with_sum(U, log, new.index, new.by, " ".join(new.desks), new.at)
    connection.execute(insert(U), row)
    if announced:
        append.add_arrivals(
            cursor_of(connection), log, [(UNDELIVERED, new.index, new.by, "")]
        )
    return True


def _erase(
    connection: Connection, origin: str, indexes: Sequence[int], reason: str, now: int
) -> int:
    """Say ERASED, at `now` (ms UTC), in the place of these texts; return how many.

    What is stored is never written over: a row is taken away, and another put there.
    """
    states = [HELD, LACKING] if reason == RECALLED else [HELD]
    asked = {"origin": origin, "indexes": list(indexes), "states": states}
    found = [(row[0], row[1]) for row in connection.execute(THERE, asked)]
    if not found:
        return 0
    gone = {"number": found[0][0], "indexes": [index for _, index in found]}
    connection.execute(GONE, gone)
    rows = [without_text(*place, ERASED, reason, now) for place in found]
    insert_rows(cursor_of(connection), P, rows)
    return len(found)
