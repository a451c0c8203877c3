"""The append: one transaction that compares, writes, reads back, hashes, swaps.

If the node adds its own line under the new head, there are two. The first commits the
entries with a boundary, and readers end below it. Then the head is signed, and
`publish` stores it. A power cut undoes nothing that was signed.

Statements take many rows, as tuples: this is the hot path.
"""

from collections.abc import Sequence
from typing import NamedTuple

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import EMPTY_ROOT, Edge, edge_ids, leaf_hash
from exchange.limits import WRAP_SIZE
from exchange.store import directory_rows, drafts, express
from exchange.store.cursor import Cursor, Row
from exchange.store.places import EntryPlaces, PlaceChange
from exchange.store.row_checksums import arrival_sum, row_sum
from exchange.store.statement_rows import statement_row
from exchange.store.values import ENTRY, HEAD, HELD, NewBatch, NewEntry, StoredHead
from exchange.v1 import envelope_pb2 as pb

NODES = 'SELECT level, hash FROM hash WHERE log = ? AND (level, "index") IN (VALUES'


class Appended(NamedTuple):
    """The end of each batch; the changes are applied after the COMMIT.

    `edge` is None if all entries were stored already.
    """

    ends: list[StoredHead]
    places: PlaceChange
    edge: Edge | None


def append(
    cursor: Cursor,
    expect: Head | None,
    batches: Sequence[NewBatch],
    now: int,
    places: EntryPlaces,
) -> Appended:
    """Append at `now` (ms UTC), in a write transaction.

    A repeated append returns the ends stored the first time.
    """
    # 1. the log's position is the expected one, or already the one wanted
    # 2. each batch ends at its head's size; no name and no id is repeated in the log
    # 3. write the entries, read them back, hash the read ones
    # 4. the root at the end of each batch is its head's
    # 5. write hashes, the edge of the directory tree, and heads and arrivals, or
    #    boundaries; a stored head covers unsigned ends below it; move the log on
    # 6. settle express envelopes and drafts of these entries
    # 1.
    head = batches[-1].head
    number, position = find_position(cursor, head.origin)
    if position == head and batches[-1].entries:
        kept = [_kept(cursor, number, one.head) for one in batches]
        return Appended(kept, PlaceChange(), None)
    if position != (expect or Head(head.origin, 0, EMPTY_ROOT)):
        raise Refusal(Reason.CONFLICT, head.origin)
    # 2.
    start = position.size
    _check_sizes(start, batches)
    entries = [new for one in batches for new in one.entries]
    change = places.check(cursor, number, start, entries)
    # 3.
    _write(cursor, number, start, entries)
    express.note_urgent(cursor, number, start, entries)
    leaves = _read_back(cursor, number, start, start + len(entries))
    # 4.
    grown = _check_roots(read_edge(cursor, number, start), leaves, batches)
    # 5.
    cursor.insert("hash", [(number, *node) for node in grown.nodes])
    directory_rows.grow(cursor, number, start, entries, leaves)
    if batches[0].complete and boundaries(cursor, head.origin):
        cursor.execute("DELETE FROM boundary WHERE log = ?", (number,))
    new = _end_batches(cursor, number, batches, now)
    _move(cursor, number, position, head)
    # 6.
    express.match(cursor, head.origin, start, entries, now)
    drafts.settle(cursor, start, entries, now)
    return Appended(new, change, grown.edge)


def _check_sizes(start: int, batches: Sequence[NewBatch]) -> None:
    end = start
    for batch in batches:
        head = batch.head
        end += len(batch.entries)
        if not batch.entries or end != head.size:
            raise Refusal(Reason.POSITION, f"{head.origin}#{head.size}")


def _check_roots(
    edge: Edge, leaves: Sequence[bytes], batches: Sequence[NewBatch]
) -> merkle.Extended:
    """Raise ROOT unless every head matches."""
    start, nodes = edge.size, list[merkle.Node]()
    for batch in batches:
        head = batch.head
        grown = edge.extend(leaves[edge.size - start : head.size - start])
        edge = grown.edge
        if (edge.size, edge.root()) != (head.size, head.root):
            raise Refusal(Reason.ROOT, f"{head.origin}#{head.size}")
        nodes += grown.nodes
    return merkle.Extended(edge, nodes)


def _end_batches(
    cursor: Cursor, number: int, batches: Sequence[NewBatch], now: int
) -> list[StoredHead]:
    ends = [StoredHead(batch.head, batch.note, now) for batch in batches]
    for batch, end in zip(batches, ends, strict=True):
        if batch.complete:
            _put_head(cursor, number, end)
        else:
            cursor.insert("boundary", [_head_row(number, end)])
    return ends


def _head_row(number: int, new: StoredHead) -> Row:
    head = new.head
    total = row_sum(number, head.size, new.at)
    return number, head.size, head.root, new.note, new.at, total


def find_position(cursor: Cursor, origin: str) -> tuple[int, Head]:
    """Create the log, empty, if it is missing."""
    row = cursor.execute(
        'SELECT number, "size", root FROM log WHERE origin = ?', (origin,)
    ).fetchone()
    if row is not None:
        return row[0], Head(origin, row[1], row[2])
    last = cursor.execute("SELECT max(number) FROM log").fetchone()[0]
    number = (last or 0) + 1
    cursor.insert("log", [(number, origin, 0, EMPTY_ROOT)])
    return number, Head(origin, 0, EMPTY_ROOT)


def _kept(cursor: Cursor, number: int, head: Head) -> StoredHead:
    """Return what an earlier, equal append has stored."""
    place = (number, head.size, head.root)
    row = cursor.execute(
        'SELECT note, at FROM head WHERE log = ? AND "size" = ? AND root = ?'
        " UNION ALL SELECT note, at FROM boundary"
        ' WHERE log = ? AND "size" = ? AND root = ?',
        place * 2,
    ).fetchone()
    if row is None:
        raise Refusal(Reason.CONFLICT, f"{head.origin}#{head.size}")
    return StoredHead(head, row[0], row[1])


def boundaries(cursor: Cursor, origin: str) -> list[StoredHead]:
    """Return them smallest first; usually there is none."""
    rows = cursor.execute(
        'SELECT "size", root, note, at FROM boundary'
        ' WHERE log = (SELECT number FROM log WHERE origin = ?) ORDER BY "size"',
        (origin,),
    )
    return [StoredHead(Head(origin, row[0], row[1]), row[2], row[3]) for row in rows]


def publish(cursor: Cursor, new: StoredHead) -> None:
    """Replace a boundary by its head, and announce its entries.

    Does nothing if the head is stored already, so a call may be repeated after a lost
    answer. Raises Refusal(CONFLICT) if neither is stored.
    """
    head = new.head
    number = find_position(cursor, head.origin)[0]
    place = (number, head.size, head.root)
    gone = cursor.execute(
        'DELETE FROM boundary WHERE log = ? AND "size" = ? AND root = ?', place
    )
    if gone.rowcount:
        _put_head(cursor, number, new)
        return
    held = cursor.execute(
        'SELECT 1 FROM head WHERE log = ? AND "size" = ? AND root = ?', place
    )
    if held.fetchone() is None:
        raise Refusal(Reason.CONFLICT, f"{head.origin}#{head.size}")


def _write(
    cursor: Cursor, number: int, start: int, entries: Sequence[NewEntry]
) -> None:
    """Insert texts of the ACCEPTED only, or why a text is missing."""
    rows: list[Row] = []
    payloads: list[Row] = []
    for index, new in enumerate(entries, start):
        desks = " ".join(new.desks)
        about: Row = (new.name, new.id, new.kind, desks, new.reason)
        rows.append((number, index, new.entry, *about))
        if not new.reason and new.state != HELD:
            payloads.append(without_text(number, index, new.state, new.why, new.at))
        elif not new.reason and (new.wraps or new.body):
            payloads.append(
                (number, index, join_wraps(new.wraps), new.body, HELD, "", 0, 0)
            )
    cursor.insert("entry", rows)
    cursor.insert("payload", payloads)
    stated = (
        statement_row(number, index, new.entry)
        for index, new in enumerate(entries, start)
        if new.kind == pb.KIND_DIRECTORY and not new.reason
    )
    cursor.insert("statement", [row for row in stated if row is not None])


def without_text(number: int, index: int, state: int, why: str, at: int) -> Row:
    total = row_sum(number, index, state, why, at)
    return number, index, b"", b"", state, why, at, total


def join_wraps(wraps: Sequence[bytes]) -> bytes:
    """Raise Refusal(WRAPS) for a wrong size."""
    if any(len(wrap) != WRAP_SIZE for wrap in wraps):
        raise Refusal(Reason.WRAPS)
    return b"".join(wraps)


def _read_back(cursor: Cursor, number: int, start: int, end: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in cursor.entry_bytes(number, start, end)]


def read_edge(cursor: Cursor, number: int, size: int) -> Edge:
    """Read at most 64 rows; Refusal(MISSING) if a node is missing."""
    ids = edge_ids(size)
    if not ids:
        return Edge.empty()
    marks = ", ".join(["(?, ?)"] * len(ids))
    asked = (number, *(part for node in ids for part in node))
    rows = cursor.execute(f"{NODES} {marks})", asked)
    found: dict[int, bytes] = {row[0]: row[1] for row in rows}
    if len(found) != len(ids):
        raise Refusal(Reason.MISSING, "hashes")
    return Edge(size, tuple(found[level] for level, _ in ids))


def _put_head(cursor: Cursor, number: int, new: StoredHead) -> None:
    """Announce the entries that it newly covers, then it."""
    head = new.head
    (newest,) = cursor.execute(
        'SELECT coalesce(max("size"), 0) FROM head WHERE log = ?', (number,)
    ).fetchone()
    cursor.insert("head", [_head_row(number, new)])
    refused = cursor.execute(
        'SELECT "index", reason FROM entry'
        ' WHERE log = ? AND "index" >= ? AND "index" < ? AND reason <> \'\'',
        (number, newest, head.size),
    )
    reasons: dict[int, str] = {row[0]: row[1] for row in refused}
    events = [
        (ENTRY, index, "", reasons.get(index, "")) for index in range(newest, head.size)
    ]
    first = add_arrivals(cursor, number, [*events, (HEAD, head.size, "", "")])
    express.number_urgent(cursor, number, newest, head.size, first)


Event = tuple[int, int, str, str]
"""An arrival: kind, index, by, reason."""


def add_arrivals(cursor: Cursor, number: int, events: Sequence[Event]) -> int:
    """Return the number of the first arrival."""
    last = cursor.execute("SELECT max(number) FROM arrival").fetchone()[0] or 0
    rows = [
        (place, kind, number, index, by, str(reason))
        for place, (kind, index, by, reason) in enumerate(events, last + 1)
    ]
    cursor.insert("arrival", [(*row, arrival_sum(*row)) for row in rows])
    return last + 1


def _move(cursor: Cursor, number: int, position: Head, head: Head) -> None:
    """Move the log's position, if it is still the one compared."""
    moved = cursor.execute(
        'UPDATE log SET "size" = ?, root = ? '
        'WHERE number = ? AND "size" = ? AND root = ?',
        (head.size, head.root, number, position.size, position.root),
    )
    if moved.rowcount != 1:
        raise Refusal(Reason.CONFLICT, head.origin)
