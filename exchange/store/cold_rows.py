"""The record of which entries are in files beside the database, and their moves there.

The row of `entry` stays when its bytes are in a file: it keeps whatever queries ask
for, only the column `entry` is empty. A row of `cold` names the file, and the root to
which it hashes. Statements and recalls, which a node needs all the time, never leave
their rows; nor do REFUSED entries, which may have been empty when they were refused. So
an ACCEPTED row without bytes is one whose bytes are in a file.

A bundle moves once no text of its entries is held or still to come (HELD, LACKING).
"""

import time
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import subtree
from exchange.ledger.merkle import root_hash
from exchange.ledger.tiles import LEVEL_BITS, WIDTH, Tile
from exchange.store import head_rows
from exchange.store.cold_files import ColdFiles, full_above
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.turns import rest
from exchange.store.values import HELD, LACKING, StoredEntry
from exchange.v1 import envelope_pb2 as pb

KEPT = f"kind IN ({pb.KIND_DIRECTORY}, {pb.KIND_RECALL})"
LEAVES = f"reason = '' AND NOT {KEPT} AND length(entry) > 0"
_PLACES = 'log = ? AND "index" >= ? AND "index" < ?'
ROOT = "SELECT root FROM cold WHERE log = ? AND tile = ?"
TILES = (
    "SELECT tile FROM cold WHERE log = (SELECT number FROM log WHERE origin = ?)"
    " AND tile >= ? AND tile < ?"
)
READ = f'SELECT "index", entry FROM entry WHERE {_PLACES} ORDER BY "index"'  # noqa: S608  our own words
TEXTS = f"SELECT 1 FROM payload WHERE {_PLACES} AND state IN ({HELD}, {LACKING})"  # noqa: S608  our own words
STORED = 'SELECT at FROM head WHERE log = ? AND "size" >= ? ORDER BY "size" LIMIT 1'
NODES = f'SELECT hash FROM hash WHERE level = ? AND {_PLACES} ORDER BY "index"'  # noqa: S608  our own words
EMPTY = f"UPDATE entry SET entry = ? WHERE {_PLACES} AND {LEAVES}"  # noqa: S608  our own words
SUMS = (
    "SELECT l.origin, count(*), sum(c.bytes) FROM cold c JOIN log l"
    " ON l.number = c.log GROUP BY l.origin ORDER BY l.origin"
)


class ColdLog(Struct, frozen=True):
    """How many entries of a log are in files, and how many bytes these files have."""

    origin: str
    entries: int
    size: int


def in_a_file(entry: object, reason: object) -> bool:
    """Whether the bytes of a row of `entry` with these values lie in a file."""
    return entry == b"" and reason == ""


def whole(
    cursor: Cursor, files: ColdFiles, entries: Iterable[StoredEntry]
) -> list[StoredEntry]:
    """Return entries with their bytes, whether from rows or from files.

    To be called in the transaction in which the rows were read. Raises
    Tampered(DATABASE) for a file that is not as it was written.
    """
    return [
        replace(one, entry=read_entry(cursor, files, one.origin, one.index))
        if in_a_file(one.entry, one.reason)
        else one
        for one in entries
    ]


def read_entry(cursor: Cursor, files: ColdFiles, origin: str, index: int) -> bytes:
    """Return the bytes of an entry whose row has none.

    b"" if `cold` has no row for it: then the entry itself is empty.
    """
    log = head_rows.log_number(cursor, origin)
    row = cursor.execute(ROOT, (log, index // WIDTH)).fetchone()
    return b"" if row is None else files.entry(origin, index, row[0])


class ColdRows:
    """The bundles of one database that are in files; moves more of them there."""

    def __init__(self, database: Database, files: ColdFiles) -> None:
        self._database = database
        self._files = files

    def logs(self) -> list[ColdLog]:
        """Return how much of each log lies in files; a log without any is left out."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(SUMS)
            return [ColdLog(row[0], int(row[1]) * WIDTH, int(row[2])) for row in rows]

    def moved(self, origin: str, start: int, limit: int) -> set[int]:
        """Return which of `limit` bundles from `start` on are in files."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(TILES, (origin, start, start + limit))
            return {int(row[0]) for row in rows}

    def stored_at(self, origin: str, tile: int) -> int | None:
        """Return when a bundle was complete here (ms UTC), by the head that covers it.

        None if no head covers it yet.
        """
        with self._database.read_cursor() as cursor:
            log = head_rows.log_number(cursor, origin)
            row = cursor.execute(STORED, (log, (tile + 1) * WIDTH)).fetchone()
            return None if row is None else int(row[0])

    def has_texts(self, origin: str, tile: int) -> bool:
        """Whether a text of a bundle's entries is held, or still to come."""
        with self._database.read_cursor() as cursor:
            log = head_rows.log_number(cursor, origin)
            return cursor.execute(TEXTS, _places(log, tile)).fetchone() is not None

    def move(self, origin: str, tile: int, now: int) -> None:
        """Move a bundle that no head will change any more into its file.

        1. Its entries are read; they must hash to the stored node over them.
        2. They are written, synced with their folders, and read back.
        3. One transaction notes the file, and empties their rows.

        A move that is stopped anywhere loses nothing: before the third step the file is
        only another copy, which the next move replaces. `now` is ms UTC. Raises
        Tampered(ROOT) for damaged entries, Refusal(DISK), and Refusal(CONFLICT) if a
        text has come meanwhile.
        """
        # 1
        with self._database.read_cursor() as cursor:
            log = head_rows.log_number(cursor, origin)
            root, entries = _read(cursor, log, origin, tile)
            above = _full_above(cursor, log, tile)
        # 2
        size = self._files.write(origin, tile, entries)
        for one, hashes in above:
            self._files.write_hashes(origin, one, hashes)
        # 3
        row = log, tile, root, size, now
        began = time.monotonic()
        with self._database.write_cursor() as cursor:
            places = _places(log, tile)
            if cursor.execute(TEXTS, places).fetchone() is not None:
                raise Refusal(Reason.CONFLICT, origin)
            cursor.execute(
                "INSERT INTO cold VALUES (?, ?, ?, ?, ?, ?)", (*row, row_sum(*row))
            )
            cursor.execute(EMPTY, (b"", *places))
        rest(began)


def _places(log: int, tile: int) -> tuple[int, int, int]:
    return log, tile * WIDTH, (tile + 1) * WIDTH


def _read(
    cursor: Cursor, log: int, origin: str, tile: int
) -> tuple[bytes, list[bytes]]:
    """Return the node over a bundle's leaves, and its entries, which hash to it."""
    entries = [bytes(row[1]) for row in cursor.execute(READ, _places(log, tile))]
    (*_, top) = _nodes(cursor, log, LEVEL_BITS, tile, tile + 1) or (b"",)
    if len(entries) != WIDTH or root_hash(subtree.leaves(entries)) != top:
        raise Tampered(Reason.ROOT, f"{origin}#{tile * WIDTH}")
    return top, entries


def _full_above(
    cursor: Cursor, log: int, tile: int
) -> list[tuple[Tile, Sequence[bytes]]]:
    """Return the tiles of the levels above that are full where this one is."""
    found: list[tuple[Tile, Sequence[bytes]]] = []
    for one in full_above(tile):
        first = one.index * WIDTH
        level = one.level * LEVEL_BITS
        found.append((one, _nodes(cursor, log, level, first, first + WIDTH)))
    return found


def _nodes(cursor: Cursor, log: int, level: int, start: int, end: int) -> list[bytes]:
    rows = cursor.execute(NODES, (level, log, start, end))
    return [bytes(row[0]) for row in rows]
