"""The rows of heads, and of the newest lines under the newest one: its pulse."""

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.store.append import add_arrivals
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import row_sum
from exchange.store.values import HEAD, StoredHead

NUMBER = "(SELECT number FROM log WHERE origin = ?)"
BETWEEN = (
    f'SELECT "size", root, note, at FROM head WHERE log = {NUMBER}'  # noqa: S608  our own names
    ' AND "size" > ? AND "size" <= ? ORDER BY "size" {} LIMIT ?'
)
FALLING = BETWEEN.format("DESC")
RISING = BETWEEN.format("ASC")
PULSE = f'SELECT note, at FROM pulse WHERE log = {NUMBER} AND "size" = ?'  # noqa: S608  our own names


def read_between(
    cursor: Cursor, origin: str, above: int, limit: int, count: int = 1
) -> list[StoredHead]:
    """Return the newest first, above < size <= limit."""
    rows = cursor.execute(FALLING, (origin, above, limit, count))
    return [stored_head(origin, row) for row in rows]


def stored_head(origin: str, row: tuple[int, bytes, bytes, int]) -> StoredHead:
    size, root, note, at = row
    return StoredHead(Head(origin, size, root), note, at)


def log_number(cursor: Cursor, origin: str) -> int:
    """Raise Refusal(MISSING) if it is not held."""
    found = cursor.execute(f"SELECT {NUMBER}", (origin,)).fetchone()[0]
    if found is None:
        raise Refusal(Reason.MISSING, origin)
    return int(found)


def add_lines(  # noqa: PLR0913  what is kept, and what comes
    cursor: Cursor,
    origin: str,
    size: int,
    note: bytes,
    now: int,
    *,
    announced: bool = True,
) -> StoredHead:
    """Add a verified note's lines; those of new keys are `announced`.

    The first line of a key stays; a newer one of the newest head goes into its pulse.
    Runs under the writer's lock, so that no line is lost to a race.
    """
    found = read_between(cursor, origin, size - 1, size)
    if not found:
        raise Refusal(Reason.MISSING, f"{origin}#{size}")
    kept, log = found[0], log_number(cursor, origin)
    completed = checkpoint.completed(kept.note, note)
    _record_pulse(cursor, log, kept, note, completed, now)
    if completed == kept.note:
        return kept
    cursor.execute(
        'UPDATE head SET note = ? WHERE log = ? AND "size" = ?', (completed, log, size)
    )
    if announced:
        add_arrivals(cursor, log, [(HEAD, size, "", "")])
    return StoredHead(kept.head, completed, kept.at)


def _record_pulse(  # noqa: PLR0913, PLR0917  what is kept, and what comes
    cursor: Cursor,
    log: int,
    kept: StoredHead,
    note: bytes,
    completed: bytes,
    now: int,
) -> None:
    """Keep the newest lines, if any is newer than before."""
    newest = 'SELECT max("size") FROM head WHERE log = ?'
    if cursor.execute(newest, (log,)).fetchone()[0] != kept.head.size:
        return
    before = read_pulse(cursor, kept) or kept
    merged = checkpoint.merge(before.note, note)
    if merged in {before.note, completed}:
        return
    cursor.execute("DELETE FROM pulse WHERE log = ?", (log,))
    size = kept.head.size
    cursor.insert("pulse", [(log, size, merged, now, row_sum(log, size, now))])


def read_pulse(cursor: Cursor, kept: StoredHead) -> StoredHead | None:
    """Return None if the head already has the newest lines."""
    asked = (kept.head.origin, kept.head.size)
    row = cursor.execute(PULSE, asked).fetchone()
    return None if row is None else StoredHead(kept.head, row[0], row[1])
