"""The kept heads of logs, and the newest lines under the newest: its pulse."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head
from exchange.store import tables
from exchange.store.append import add_arrivals
from exchange.store.database import Database
from exchange.store.row_checksums import with_sum
from exchange.store.values import (
    HEAD,
    Span,
    StoredHead,
)

D, L, P = tables.head, tables.log, tables.pulse
PAGE = 1_000  # heads, where nothing else is said
HEADS = (
    select(L.c.origin, D.c.size, D.c.root, D.c.note, D.c.at)
    .join_from(D, L, L.c.number == D.c.log)
    .where(L.c.origin == bindparam("origin"))
    .order_by(D.c.size.desc())
)
BETWEEN = HEADS.where(
    D.c.size > bindparam("above"), D.c.size <= bindparam("limit")
).limit(bindparam("count"))
RISING = (
    HEADS.where(D.c.size > bindparam("above"), D.c.size <= bindparam("limit"))
    .order_by(None)
    .order_by(D.c.size)
    .limit(bindparam("count"))
)


LINE = "\n\u2014 ".encode()
SPANS = """
SELECT h."size", h.at, h.note, h."size" - h.below, (
  SELECT coalesce(sum(length(e.entry) + coalesce(length(p.wraps), 0)
    + coalesce(length(p.body), 0)), 0)
  FROM entry e LEFT JOIN payload p ON p.log = e.log AND p."index" = e."index"
  WHERE e.log = :log AND e."index" >= h.below AND e."index" < h."size")
FROM (
  SELECT "size", at, note, lag("size", 1, :start) OVER (ORDER BY "size") AS below
  FROM head WHERE log = :log AND "size" > :start ORDER BY "size" LIMIT :limit) h
ORDER BY h."size"
"""


def read_between(
    connection: Connection, origin: str, above: int, limit: int, count: int = 1
) -> list[StoredHead]:
    """Return heads with above < size <= limit, newest first."""
    asked = {"origin": origin, "above": above, "limit": limit, "count": count}
    return [_head(row) for row in connection.execute(BETWEEN, asked)]


def _head(row: Row[*tuple[Any, ...]]) -> StoredHead:
    origin, size, root, note, at = row
    return StoredHead(Head(origin, size, root), note, at)


def log_number(connection: Connection, origin: str) -> int:
    """Return a log's number; Refusal(MISSING) where it is not held."""
    found = connection.execute(select(L.c.number).where(L.c.origin == origin)).scalar()
    if found is None:
        raise Refusal(Reason.MISSING, origin)
    return int(found)


def add_lines(
    connection: Connection, origin: str, size: int, note: bytes, now: int
) -> StoredHead:
    """Add a verified note's lines to a kept head; announce those of new keys.

    The first line of a key stays; a newer one of the newest head goes into its
    pulse. Under the writer's lock, so that no line is lost to a race.
    """
    found = read_between(connection, origin, size - 1, size)
    if not found:
        raise Refusal(Reason.MISSING, f"{origin}#{size}")
    kept, log = found[0], log_number(connection, origin)
    record_pulse(connection, log, kept, note, now)
    completed = checkpoint.completed(kept.note, note)
    if completed == kept.note:
        return kept
    connection.execute(
        update(D).where(D.c.log == log, D.c.size == size).values(note=completed)
    )
    add_arrivals(connection, log, [(HEAD, size, "", "")])
    return StoredHead(kept.head, completed, kept.at)


def record_pulse(
    connection: Connection, log: int, kept: StoredHead, note: bytes, now: int
) -> None:
    """Keep the newest lines under a log's newest head, if any is newer than before."""
    newest = select(func.max(D.c.size)).where(D.c.log == log)
    if connection.execute(newest).scalar_one() != kept.head.size:
        return
    before = read_pulse(connection, kept) or kept
    merged = checkpoint.merge(before.note, note)
    if merged in {before.note, checkpoint.completed(kept.note, note)}:
        return
    connection.execute(delete(P).where(P.c.log == log))
    size = kept.head.size
    connection.execute(insert(P), with_sum(P, log, size, merged, now))


def read_pulse(connection: Connection, kept: StoredHead) -> StoredHead | None:
    """Return the head with its newest lines; None where they are those kept."""
    row = connection.execute(
        select(P.c.note, P.c.at)
        .join_from(P, L, L.c.number == P.c.log)
        .where(L.c.origin == kept.head.origin, P.c.size == kept.head.size)
    ).one_or_none()
    return None if row is None else StoredHead(kept.head, row[0], row[1])


def drop_pulses(connection: Connection, log: int, sizes: Sequence[int]) -> None:
    """Forget the pulse of a log's head that is forgotten."""
    connection.execute(delete(P).where(P.c.log == log, P.c.size.in_(sizes)))


class Heads:
    """The kept heads of logs; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, origin: str) -> StoredHead | None:
        """Return the newest head, None where the log is not held."""
        return next(iter(self.falling(origin, 1)), None)

    def falling(
        self, origin: str, limit: int = PAGE, below: int = merkle.SIZE_MAX
    ) -> list[StoredHead]:
        """Return heads of a size up to `below`, newest first, `limit` at most."""
        with self._database.reading() as connection:
            return read_between(connection, origin, -1, below, limit)

    def rising(
        self, origin: str, above: int, up_to: int, limit: int
    ) -> list[StoredHead]:
        """Return at most `limit` heads with above < size <= up_to, smallest first."""
        with self._database.reading() as connection:
            asked = {"origin": origin, "above": above, "limit": up_to, "count": limit}
            return [_head(row) for row in connection.execute(RISING, asked)]

    def newest_within(
        self, origin: str, after_size: int, limit_size: int
    ) -> StoredHead | None:
        """Return the newest head with after_size < size <= limit_size, if any."""
        with self._database.reading() as connection:
            found = read_between(connection, origin, after_size, limit_size)
            return found[0] if found else None

    def note(self, origin: str, size: int) -> bytes | None:
        """Return the note of the head of exactly that size, if it is kept."""
        with self._database.reading() as connection:
            found = read_between(connection, origin, size - 1, size)
            return found[0].note if found else None

    def add_lines(self, origin: str, size: int, note: bytes, now: int) -> StoredHead:
        """Add the lines of a verified note to a kept head's; a HEAD arrival if new.

        Of each key the first line stays, so that no proven time moves; newer lines
        under the newest head are what `fresh` returns. Pass a note through
        `checkpoint.only` first: unknown lines would stay for good. Raises
        Refusal(MISSING) if that head is not kept, HEAD if the note is of another
        head, NOTE if there are too many lines. `now` is ms UTC.
        """
        with self._database.writing() as connection:
            return add_lines(connection, origin, size, note, now)

    def newest_with_lines(self, origin: str) -> StoredHead | None:
        """Return the newest head with the newest line of each key."""
        with self._database.reading() as connection:
            found = read_between(connection, origin, -1, merkle.SIZE_MAX)
            if not found:
                return None
            return read_pulse(connection, found[0]) or found[0]

    def spans(self, origin: str, start: int, limit: int) -> list[Span]:
        """Return at most `limit` heads above size `start`, smallest first."""
        with self._database.reading() as connection:
            values = {
                "log": log_number(connection, origin),
                "start": start,
                "limit": limit,
            }
            return [
                Span(size, at, note.count(LINE), entries, weight)
                for size, at, note, entries, weight in connection.execute(
                    text(SPANS), values
                )
            ]

    def prune(self, origin: str, sizes: Sequence[int]) -> None:
        """Forget heads of these sizes; the newest is never among them."""
        with self._database.writing() as connection:
            log = log_number(connection, origin)
            connection.execute(delete(D).where(D.c.log == log, D.c.size.in_(sizes)))
            drop_pulses(connection, log, sizes)
