"""What retention removes: wraps and bodies, so that the file no longer holds them.

`secure_delete` (database.py) overwrites a row with zeros as it goes. The WAL holds
older pages until `Database.empty_wal`. A row that says so stays (FORMATS B1).
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from exchange.store import tables, values
from exchange.store.append import insert, without_text
from exchange.store.entries import NUMBER

E, P = tables.entry, tables.payload

HELD = (
    select(E.c.index, E.c.entry)
    .join_from(P, E, (E.c.log == P.c.log) & (E.c.index == P.c.index))
    .where(P.c.log == NUMBER, P.c.index >= bindparam("start"), P.c.state == values.HELD)
    .order_by(P.c.index)
    .limit(bindparam("limit"))
)
THERE = select(P.c.log, P.c.index).where(
    P.c.log == NUMBER,
    P.c.index.in_(bindparam("indexes", expanding=True)),
    P.c.state == values.HELD,
)


def held(
    connection: Connection, origin: str, start: int, limit: int
) -> list[tuple[int, bytes]]:
    """Return (index, entry) of entries from `start` on whose payload is here."""
    asked = {"origin": origin, "start": start, "limit": limit}
    return [(row[0], row[1]) for row in connection.execute(HELD, asked)]


def erase(
    connection: Connection, origin: str, indexes: Sequence[int], reason: str, now: int
) -> int:
    """Say ERASED, at `now` (ms UTC), in the place of these texts; return how many.

    What is stored is never written over: a row is taken away, and another put there.
    """
    asked = {"origin": origin, "indexes": list(indexes)}
    found = [(row[0], row[1]) for row in connection.execute(THERE, asked)]
    for log, index in found:
        connection.execute(delete(P).where(P.c.log == log, P.c.index == index))
    rows = [without_text(*place, values.ERASED, reason, now) for place in found]
    insert(connection, P, rows)
    return len(found)
