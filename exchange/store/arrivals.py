"""Arrivals: every event here, numbered without gaps, for desks to follow."""

from collections.abc import Callable

from msgspec import Struct

from exchange.ledger import merkle
from exchange.store.cold_files import ColdFiles
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.entries import entry_at
from exchange.store.values import (
    ENTRY,
    HEAD,
    REFUSAL,
    TEXT,
    StoredArrival,
    StoredEntry,
)

ARRIVALS = (
    'SELECT a.number, a.kind, l.origin, a."index", a.by, a.reason, a.log'
    " FROM arrival a JOIN log l ON l.number = a.log"
    " WHERE a.number > ? ORDER BY a.number LIMIT ?"
)
NOTE = 'SELECT note FROM head WHERE log = ? AND "size" = ?'
PROOF = 'SELECT proof FROM refusal WHERE log = ? AND "index" = ? AND by = ?'
DIRECTORY = 'SELECT note FROM directory_head WHERE log = ? AND "size" = ?'


class ArrivedThing(Struct, frozen=True):
    """An arrival with its entry or text, its head's note, or its refusal's proof.

    `note` is empty if the head was pruned. `directory` is the directory head of that
    size, if one is kept.
    """

    arrival: StoredArrival
    entry: StoredEntry | None = None
    note: bytes = b""
    directory: bytes = b""
    proof: bytes = b""


class Arrivals:
    def __init__(self, database: Database, files: ColdFiles) -> None:
        self._database = database
        self._files = files

    def page(self, after: int, limit: int) -> list[StoredArrival]:
        """Return them without gaps."""
        with self._database.read_cursor() as cursor:
            return [one for one, _ in _read(cursor, after, limit)]

    def newest(self) -> int:
        with self._database.read_cursor() as cursor:
            newest = cursor.execute("SELECT max(number) FROM arrival").fetchone()[0]
            return newest or 0

    def things(
        self, after: int, limit: int, weigh: Callable[[ArrivedThing], int], most: int
    ) -> list[ArrivedThing]:
        """Return arrivals until the total of `weigh` reaches `most` bytes."""
        things: list[ArrivedThing] = []
        with self._database.read_cursor() as cursor:
            weight = 0
            for arrival, log in _read(cursor, after, limit):
                thing = _thing(cursor, self._files, arrival, log)
                things.append(thing)
                weight += weigh(thing)
                if weight >= most:
                    break
        return things


def _read(cursor: Cursor, after: int, limit: int) -> list[tuple[StoredArrival, int]]:
    if after > merkle.SIZE_MAX:
        return []
    rows = cursor.execute(ARRIVALS, (after, limit)).fetchall()
    return [(StoredArrival(*row), log) for *row, log in rows]


def _thing(
    cursor: Cursor, files: ColdFiles, arrival: StoredArrival, log: int
) -> ArrivedThing:
    if arrival.kind in {ENTRY, TEXT}:
        return ArrivedThing(arrival, entry_at(cursor, files, log, arrival.index))
    if arrival.kind == HEAD:
        place = log, arrival.index
        row = cursor.execute(NOTE, place).fetchone()
        signed = cursor.execute(DIRECTORY, place).fetchone()
        return ArrivedThing(
            arrival,
            note=row[0] if row else b"",
            directory=signed[0] if signed else b"",
        )
    if arrival.kind == REFUSAL:
        refused = log, arrival.index, arrival.by
        row = cursor.execute(PROOF, refused).fetchone()
        return ArrivedThing(arrival, proof=row[0] if row else b"")
    return ArrivedThing(arrival)
