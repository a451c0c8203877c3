"""What retention removes: wraps and bodies, so that the file no longer holds them.

`secure_delete` (database.py) overwrites a row with zeros as it goes. The WAL holds
older pages until `Database.empty_wal`.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from exchange.store import tables, values
from exchange.store.entries import NUMBER

E, P = tables.entry, tables.payload

HELD = (
    select(E.c.index, E.c.entry)
    .join_from(P, E, (E.c.log == P.c.log) & (E.c.index == P.c.index))
    .where(P.c.log == NUMBER, P.c.index >= bindparam("start"), P.c.state == values.HELD)
    .order_by(P.c.index)
    .limit(bindparam("limit"))
)
ERASE = delete(P).where(
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


def erase(connection: Connection, origin: str, indexes: Sequence[int]) -> int:
    """Delete the payloads of these entries; return how many there were."""
    asked = {"origin": origin, "indexes": list(indexes)}
    return connection.execute(ERASE, asked).rowcount
