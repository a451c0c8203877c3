"""Texts (wraps and body) that are not here, and that come later."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, text

from exchange.store import tables
from exchange.store.append import add_arrivals, insert, join_wraps, without_text
from exchange.store.cursor import cursor_of
from exchange.store.database import Database
from exchange.store.entries import NUMBER
from exchange.store.head_rows import NUMBER as OF_ORIGIN
from exchange.store.head_rows import log_number
from exchange.store.values import HELD, LACKING, NEVER, TEXT

E, P = tables.entry, tables.payload

# The index over what lacks serves only a query that says so word by word.
WITHOUT = (
    f'SELECT "index" FROM payload WHERE log = {OF_ORIGIN}'  # noqa: S608  our own words
    f' AND {tables.LACKING.text} ORDER BY "index" LIMIT ?'
)
WITHDRAWN = (
    select(E.c.index, E.c.entry)
    .join_from(P, E, (E.c.log == P.c.log) & (E.c.index == P.c.index))
    .where(
        *(P.c.log == NUMBER, text(f"payload.{tables.LACKING.text}")),
        *(P.c.reason == "ERASED", P.c.index >= bindparam("start")),
    )
    .order_by(P.c.index)
    .limit(bindparam("limit"))
)
THESE = (
    *(P.c.log == bindparam("number"), P.c.state == LACKING),
    P.c.index.in_(bindparam("indexes", expanding=True)),
)
THIS = P.c.log == bindparam("number"), P.c.index == bindparam("at")


class Texts:
    """Texts that are not here; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lacking(self, origin: str, limit: int) -> list[int]:
        """Return the first entries of a log whose text should be here and is not."""
        with self._database.read_cursor() as cursor:
            return [index for (index,) in cursor.execute(WITHOUT, (origin, limit))]

    def complete(
        self, origin: str, index: int, wraps: Sequence[bytes], body: bytes
    ) -> bool:
        """Keep the text that an entry lacked, and announce it; whether it lacked it.

        The caller has verified it against the entry.
        """
        with self._database.writing() as connection:
            query = {"number": log_number(cursor_of(connection), origin), "at": index}
            state = connection.execute(select(P.c.state).where(*THIS), query).scalar()
            if state != LACKING:
                return False
            connection.execute(delete(P).where(*THIS), query)
            row = (query["number"], index, join_wraps(wraps), body, HELD, "", 0, 0)
            cursor = cursor_of(connection)
            insert(cursor, P, [row])
            add_arrivals(cursor, query["number"], [(TEXT, index, "", "")])
            return True

    def withdrawn(self, origin: str, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (index, entry) of what lacks a text that its log's node has erased.

        At most `limit`, from index `start` on.
        """
        with self._database.reading() as connection:
            asked = {"origin": origin, "start": start, "limit": limit}
            return [(row[0], row[1]) for row in connection.execute(WITHDRAWN, asked)]

    def give_up(self, origin: str, indexes: Sequence[int], now: int) -> int:
        """Keep that texts which lack will never come (ms UTC); return how many."""
        with self._database.writing() as connection:
            log = log_number(cursor_of(connection), origin)
            asked = {"number": log, "indexes": list(indexes)}
            lacks = select(P.c.index).where(*THESE)
            gone = list(connection.execute(lacks, asked).scalars())
            connection.execute(delete(P).where(*THESE), asked)
            rows = [without_text(log, index, NEVER, "", now) for index in gone]
            insert(cursor_of(connection), P, rows)
            return len(rows)
