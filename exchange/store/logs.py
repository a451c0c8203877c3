"""The logs of a database: where each stands, and its tree."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select

from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, Get, Id
from exchange.store import append, heads, tables
from exchange.store.database import Database
from exchange.store.entries import NUMBER

H, L = tables.hashes, tables.log
Asked = TypeVar("Asked")

SOME = (
    'SELECT level, "index", hash FROM hash'
    " WHERE log = (SELECT number FROM log WHERE origin = ?)"
    ' AND (level, "index") IN (VALUES'
)
HASH = select(H.c.hash).where(
    H.c.log == NUMBER, H.c.level == bindparam("level"), H.c.index == bindparam("index")
)


def of_nodes(connection: Connection, origin: str, ask: Callable[[Get], Asked]) -> Asked:
    """Return what `ask` makes of stored nodes, all read at once.

    It is asked twice: first which nodes it wants, then with what they are. Raises
    Refusal(MISSING) where one is not there.
    """
    wanted: list[Id] = []

    def note(level: int, index: int) -> bytes:
        wanted.append((level, index))
        return b""

    ask(note)
    found = _some_nodes(connection, origin, wanted)

    def get(level: int, index: int) -> bytes:
        if (level, index) not in found:
            raise Refusal(Reason.MISSING, f"{origin} {level}/{index}")
        return found[level, index]

    return ask(get)


def _some_nodes(
    connection: Connection, origin: str, wanted: Sequence[Id]
) -> dict[Id, bytes]:
    if not wanted:
        return {}
    marks = ", ".join(["(?, ?)"] * len(wanted))
    asked = (origin, *(part for node in wanted for part in node))
    rows = connection.exec_driver_sql(f"{SOME} {marks})", asked)
    return {(level, index): bytes(hashed) for level, index, hashed in rows}


def position(connection: Connection, origin: str) -> Head | None:
    """Return where the log stands by its own row, which an append moves."""
    row = connection.execute(
        select(L.c.size, L.c.root).where(L.c.origin == origin)
    ).one_or_none()
    return None if row is None else Head(origin, row[0], row[1])


class Logs:
    """The logs in one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def origins(self) -> list[str]:
        """Return the origins of the logs held."""
        with self._database.reading() as connection:
            return list(
                connection.execute(select(L.c.origin).order_by(L.c.number)).scalars()
            )

    def position(self, origin: str) -> Head | None:
        """Return where a log stands, what is above its newest head included."""
        with self._database.reading() as connection:
            return position(connection, origin)

    def size(self, origin: str) -> int:
        """Return how many entries a log has, also above its newest head; 0 if none."""
        stands = self.position(origin)
        return stands.size if stands else 0

    def signed_size(self, origin: str) -> int:
        """Return how many entries stand below a log's newest head: what readers see."""
        with self._database.reading() as connection:
            newest = heads.read_between(connection, origin, -1, merkle.SIZE_MAX)
        return newest[0].head.size if newest else 0

    def edge(self, origin: str) -> Edge:
        """Return the edge of a log's tree as it stands.

        Raises Tampered(ROOT) where it is not that of the log's row: a head signed over
        a damaged one would lie beside those signed before.
        """
        with self._database.reading() as connection:
            stands = position(connection, origin)
            if stands is None:
                return Edge.empty()
            number = heads.log_number(connection, origin)
            edge = append.read_edge(connection, number, stands.size)
        if edge.root() != stands.root:
            raise Tampered(Reason.ROOT, f"{origin}#{stands.size}")
        return edge

    def hash(self, origin: str, level: int, index: int) -> bytes:
        """Return one stored node; Refusal(MISSING) where it is not."""
        with self._database.reading() as connection:
            asked = {"origin": origin, "level": level, "index": index}
            found = connection.execute(HASH, asked).scalar_one_or_none()
            if found is None:
                raise Refusal(Reason.MISSING, f"{origin} {level}/{index}")
            return bytes(found)

    def root_at(self, origin: str, size: int) -> bytes:
        """Return the root at an earlier size; Refusal(MISSING) above the newest."""
        with self._database.reading() as connection:
            return of_nodes(connection, origin, partial(merkle.root_at, size))

    def inclusion_proof(self, origin: str, index: int, size: int) -> list[bytes]:
        """Return the hashes from leaf `index` to the root of `size`."""
        with self._database.reading() as connection:
            ask = partial(merkle.inclusion_proof, index, size)
            return of_nodes(connection, origin, ask)

    def consistency_proof(self, origin: str, m: int, n: int) -> list[bytes]:
        """Return the proof that the tree of n leaves continues that of m."""
        with self._database.reading() as connection:
            ask = partial(merkle.consistency_proof, m, n)
            return of_nodes(connection, origin, ask)
