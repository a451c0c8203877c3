"""The rows of directory trees: the edge of each log's, and the heads signed over it."""

from collections.abc import Iterator, Sequence

from exchange.ledger import directory_tree
from exchange.ledger.directory_tree import Leaf
from exchange.ledger.merkle import HASH_SIZE, Edge, leaf_hash
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import row_sum
from exchange.store.values import NewEntry
from exchange.v1 import envelope_pb2 as pb

_PLACES = 'log = :log AND "index" >= :start AND "index" < :end'
LIKELY = (  # by two indexes over a few rows each; the bytes of an entry decide
    f'SELECT "index", entry FROM entry WHERE {_PLACES}'  # noqa: S608  our own words
    f" AND kind = {pb.KIND_DIRECTORY} AND reason = ''"
    f' UNION ALL SELECT "index", entry FROM entry WHERE {_PLACES}'
    " AND reason <> '' ORDER BY \"index\""
)
READ = "SELECT * FROM directory WHERE log = ?"
WRITE = (
    "INSERT INTO directory VALUES (?, ?, ?, ?) ON CONFLICT (log) DO UPDATE"
    ' SET "size" = excluded."size", edge = excluded.edge, "sum" = excluded."sum"'
)


def entries_between(
    cursor: Cursor, log: int, start: int, end: int
) -> Iterator[tuple[int, bytes]]:
    asked = {"log": log, "start": start, "end": end}
    for index, entry in cursor.execute(LIKELY, asked):
        if directory_tree.is_directory(entry):
            yield index, entry


def has_entry(cursor: Cursor, log: int, start: int, end: int) -> bool:
    return next(entries_between(cursor, log, start, end), None) is not None


def edge_at(cursor: Cursor, log: int, size: int) -> Edge:
    found = entries_between(cursor, log, 0, size)
    leaves = [(index, leaf_hash(entry)) for index, entry in found]
    return directory_tree.extend(Edge.empty(), leaves, size)


def read_edge(cursor: Cursor, log: int, size: int) -> Edge:
    """Return the edge, as stored if that is as written.

    A damaged row is rebuilt from the entries, so that it blocks no log.
    """
    if not size:
        return Edge.empty()
    row = cursor.execute(READ, (log,)).fetchone()
    if row is None or row[1] != size or row[3] != row_sum(*row[:3]):
        return edge_at(cursor, log, size)
    cuts = range(0, len(row[2]), HASH_SIZE)
    return Edge(size, tuple(row[2][cut : cut + HASH_SIZE] for cut in cuts))


def edge_row(log: int, edge: Edge) -> tuple[int, int, bytes, int]:
    joined = b"".join(edge.hashes)
    return log, edge.size, joined, row_sum(log, edge.size, joined)


def grow(
    cursor: Cursor,
    log: int,
    start: int,
    entries: Sequence[NewEntry],
    leaves: Sequence[bytes],
) -> None:
    # The bytes of an ACCEPTED entry of another kind never begin like a DIRECTORY's.
    found: list[Leaf] = [
        (start + at, leaves[at])
        for at, new in enumerate(entries)
        if (new.kind == pb.KIND_DIRECTORY or new.reason)
        and directory_tree.is_directory(new.entry)
    ]
    before = read_edge(cursor, log, start)
    after = directory_tree.extend(before, found, start + len(entries))
    cursor.execute(WRITE, edge_row(log, after))
