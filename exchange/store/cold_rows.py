"""The record of entries moved to files beside the database, and the moves.

An entry's row stays: only its column `entry` is emptied, so queries still work. A row
of `cold` names the file and the root that it hashes to. Statements and recalls stay in
their rows, because a node always needs them; REFUSED entries too, because they may have
been empty from the start.

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
    """The number of entries in files, and the bytes of these."""

    origin: str
    entries: int
    size: int


def in_a_file(entry: object, reason: object) -> bool:
    return entry == b"" and reason == ""


def whole(
    cursor: Cursor, files: ColdFiles, entries: Iterable[StoredEntry]
) -> list[StoredEntry]:
    """Return entries with their bytes, from rows or files.

    Call it in the transaction that read the rows. Tampered(DATABASE) if a file is not
    as written.
    """
    return [
        replace(one, entry=read_entry(cursor, files, one.origin, one.index))
        if in_a_file(one.entry, one.reason)
        else one
        for one in entries
    ]


def read_entry(cursor: Cursor, files: ColdFiles, origin: str, index: int) -> bytes:
    """Return b"" if `cold` has no row: then the entry itself is empty."""
    log = head_rows.log_number(cursor, origin)
    row = cursor.execute(ROOT, (log, index // WIDTH)).fetchone()
    return b"" if row is None else files.entry(origin, index, row[0])


class ColdRows:
    def __init__(self, database: Database, files: ColdFiles) -> None:
        self._database = database
        self._files = files

    def logs(self) -> list[ColdLog]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(SUMS)
            return [ColdLog(row[0], int(row[1]) * WIDTH, int(row[2])) for row in rows]

    def moved(self, origin: str, start: int, limit: int) -> set[int]:
        """Return those in files among `limit` from `start` on."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(TILES, (origin, start, start + limit))
            return {int(row[0]) for row in rows}

    def stored_at(self, origin: str, tile: int) -> int | None:
        """Return the time (ms UTC) of its first head; None without one."""
        with self._database.read_cursor() as cursor:
            log = head_rows.log_number(cursor, origin)
            row = cursor.execute(STORED, (log, (tile + 1) * WIDTH)).fetchone()
            return None if row is None else int(row[0])

    def has_texts(self, origin: str, tile: int) -> bool:
        with self._database.read_cursor() as cursor:
            log = head_rows.log_number(cursor, origin)
            return cursor.execute(TEXTS, _places(log, tile)).fetchone() is not None

    def move(self, origin: str, tile: int, now: int) -> None:
        """Move it to its file, once no head will change it any more.

        1. Read its entries; they must hash to the stored node over them.
        2. Write them, sync them with their folders, read them back.
        3. Record the file and empty the rows, in one transaction.

        An interrupted move loses nothing: until step 3 the file is only a copy, which
        the next move replaces. `now` is ms UTC. Tampered(ROOT) for damaged entries,
        Refusal(DISK), and Refusal(CONFLICT) if a text has arrived meanwhile.
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
    """Return the node over its leaves, and the entries, which hash to it."""
    entries = [bytes(row[1]) for row in cursor.execute(READ, _places(log, tile))]
    (*_, top) = _nodes(cursor, log, LEVEL_BITS, tile, tile + 1) or (b"",)
    if len(entries) != WIDTH or root_hash(subtree.leaves(entries)) != top:
        raise Tampered(Reason.ROOT, f"{origin}#{tile * WIDTH}")
    return top, entries


def _full_above(
    cursor: Cursor, log: int, tile: int
) -> list[tuple[Tile, Sequence[bytes]]]:
    found: list[tuple[Tile, Sequence[bytes]]] = []
    for one in full_above(tile):
        first = one.index * WIDTH
        level = one.level * LEVEL_BITS
        found.append((one, _nodes(cursor, log, level, first, first + WIDTH)))
    return found


def _nodes(cursor: Cursor, log: int, level: int, start: int, end: int) -> list[bytes]:
    rows = cursor.execute(NODES, (level, log, start, end))
    return [bytes(row[0]) for row in rows]
