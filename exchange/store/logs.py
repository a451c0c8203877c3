"""The logs of a database: their positions and trees."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, Get, Id
from exchange.store import append, head_rows
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.log_memory import LogMemory

Asked = TypeVar("Asked")

SOME = (
    'SELECT level, "index", hash FROM hash'
    " WHERE log = (SELECT number FROM log WHERE origin = ?)"
    ' AND (level, "index") IN (VALUES'
)


def of_nodes(cursor: Cursor, origin: str, ask: Callable[[Get], Asked]) -> Asked:
    """Read all nodes in one query.

    `ask` runs twice: first to collect the nodes it needs, then with their hashes.
    Refusal(MISSING) if a node is missing.
    """
    wanted: list[Id] = []

    def note(level: int, index: int) -> bytes:
        wanted.append((level, index))
        return b""

    ask(note)
    found = _some_nodes(cursor, origin, wanted)

    def get(level: int, index: int) -> bytes:
        if (level, index) not in found:
            raise Refusal(Reason.MISSING, f"{origin} {level}/{index}")
        return found[level, index]

    return ask(get)


def _some_nodes(cursor: Cursor, origin: str, wanted: Sequence[Id]) -> dict[Id, bytes]:
    if not wanted:
        return {}
    marks = ", ".join(["(?, ?)"] * len(wanted))
    asked = (origin, *(part for node in wanted for part in node))
    rows = cursor.execute(f"{SOME} {marks})", asked)
    return {(level, index): bytes(hashed) for level, index, hashed in rows}


def position(cursor: Cursor, origin: str) -> Head | None:
    """Read the log's own row, which an append moves."""
    asked = 'SELECT "size", root FROM log WHERE origin = ?'
    row = cursor.execute(asked, (origin,)).fetchone()
    return None if row is None else Head(origin, row[0], row[1])


class Logs:
    def __init__(self, database: Database, memory: LogMemory) -> None:
        self._database = database
        self._memory = memory

    def origins(self) -> list[str]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute("SELECT origin FROM log ORDER BY number")
            return [origin for (origin,) in rows]

    def position(self, origin: str) -> Head | None:
        """Return the position, with entries above the newest head."""
        if state := self._memory.get(origin):
            return state.position
        with self._database.read_cursor() as cursor:
            return position(cursor, origin)

    def size(self, origin: str) -> int:
        """Return the size, with entries above the newest head; 0 if there is none."""
        stands = self.position(origin)
        return stands.size if stands else 0

    def signed_size(self, origin: str) -> int:
        """Count what readers see: entries below the newest head."""
        if state := self._memory.get(origin):
            return state.newest.head.size if state.newest else 0
        with self._database.read_cursor() as cursor:
            newest = head_rows.read_between(cursor, origin, -1, merkle.SIZE_MAX)
        return newest[0].head.size if newest else 0

    def edge(self, origin: str) -> Edge:
        """Raise Tampered(ROOT) if it does not match the log's row.

        A head signed over a damaged edge would contradict those signed before.
        """
        if state := self._memory.get(origin):
            return state.edge
        with self._database.read_cursor() as cursor:
            stands = position(cursor, origin)
            if stands is None:
                return Edge.empty()
            number = head_rows.log_number(cursor, origin)
            edge = append.read_edge(cursor, number, stands.size)
        if edge.root() != stands.root:
            raise Tampered(Reason.ROOT, f"{origin}#{stands.size}")
        return edge

    def hash(self, origin: str, level: int, index: int) -> bytes:
        """Raise Refusal(MISSING) if it is missing."""
        with self._database.read_cursor() as cursor:
            return of_nodes(cursor, origin, lambda get: get(level, index))

    def root_at(self, origin: str, size: int) -> bytes:
        """Raise Refusal(MISSING) above the newest size."""
        state = self._memory.get(origin)
        if state is not None and (known := state.roots.get(size)):
            return known
        with self._database.read_cursor() as cursor:
            return of_nodes(cursor, origin, partial(merkle.root_at, size))

    def inclusion_proof(self, origin: str, index: int, size: int) -> list[bytes]:
        with self._database.read_cursor() as cursor:
            ask = partial(merkle.inclusion_proof, index, size)
            return of_nodes(cursor, origin, ask)

    def consistency_proof(self, origin: str, m: int, n: int) -> list[bytes]:
        with self._database.read_cursor() as cursor:
            ask = partial(merkle.consistency_proof, m, n)
            return of_nodes(cursor, origin, ask)
