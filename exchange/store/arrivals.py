"""Arrivals: all that happened here, numbered without holes, for desks to follow."""

from sqlalchemy import bindparam, select

from exchange.ledger import merkle
from exchange.store import tables
from exchange.store.database import Database
from exchange.store.values import StoredArrival

A, L = tables.arrival, tables.log
ARRIVALS = (
    select(A.c.number, A.c.kind, L.c.origin, A.c.index, A.c.by, A.c.reason)
    .join_from(A, L, L.c.number == A.c.log)
    .where(A.c.number > bindparam("after"))
    .order_by(A.c.number)
    .limit(bindparam("limit"))
)


class Arrivals:
    """The arrivals in one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, after: int, limit: int) -> list[StoredArrival]:
        """Return at most `limit` arrivals after number `after`; there are no gaps."""
        if after > merkle.SIZE_MAX:
            return []
        with self._database.reading() as connection:
            rows = connection.execute(ARRIVALS, {"after": after, "limit": limit})
            return [StoredArrival(*row) for row in rows]
