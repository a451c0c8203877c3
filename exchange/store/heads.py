"""The kept heads of logs, and the newest lines under the newest: its pulse."""

from collections.abc import Sequence

from exchange.ledger import merkle
from exchange.limits import BATCH_BYTES_MAX
from exchange.store.database import Database
from exchange.store.head_rows import (
    RISING,
    add_lines,
    log_number,
    read_between,
    read_pulse,
    stored_head,
)
from exchange.store.log_memory import LogMemory
from exchange.store.values import Span, StoredHead

PAGE = 1_000  # heads, by default
LINE = "\n\u2014 ".encode()
SPANS = """
SELECT h."size", h.at, h.note, h."size" - h.below, (
  SELECT CASE max(CASE WHEN length(e.entry) = 0 AND e.reason = '' THEN 1 ELSE 0 END)
    WHEN 1 THEN :heavy ELSE coalesce(sum(length(e.entry)
    + coalesce(length(p.wraps), 0) + coalesce(length(p.body), 0)), 0) END
  FROM entry e LEFT JOIN payload p ON p.log = e.log AND p."index" = e."index"
  WHERE e.log = :log AND e."index" >= h.below AND e."index" < h."size")
FROM (
  SELECT "size", at, note, lag("size", 1, :start) OVER (ORDER BY "size") AS below
  FROM head WHERE log = :log AND "size" > :start ORDER BY "size" LIMIT :limit) h
ORDER BY h."size"
"""


class Heads:
    def __init__(self, database: Database, memory: LogMemory) -> None:
        self._database = database
        self._memory = memory

    def newest(self, origin: str) -> StoredHead | None:
        if state := self._memory.get(origin):
            return state.newest
        return next(iter(self.falling(origin, 1)), None)

    def falling(
        self, origin: str, limit: int = PAGE, below: int = merkle.SIZE_MAX
    ) -> list[StoredHead]:
        """Return the newest first."""
        with self._database.read_cursor() as cursor:
            return read_between(cursor, origin, -1, below, limit)

    def rising(
        self, origin: str, above: int, up_to: int, limit: int
    ) -> list[StoredHead]:
        """Return the smallest first, above < size <= up_to."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(RISING, (origin, above, up_to, limit))
            return [stored_head(origin, row) for row in rows]

    def newest_within(
        self, origin: str, after_size: int, limit_size: int
    ) -> StoredHead | None:
        with self._database.read_cursor() as cursor:
            found = read_between(cursor, origin, after_size, limit_size)
            return found[0] if found else None

    def note(self, origin: str, size: int) -> bytes | None:
        with self._database.read_cursor() as cursor:
            found = read_between(cursor, origin, size - 1, size)
            return found[0].note if found else None

    def add_lines(
        self,
        origin: str,
        size: int,
        note: bytes,
        now: int,
        *,
        announced: bool = True,
    ) -> StoredHead:
        """Add new lines; if `announced`, those of new keys make a HEAD arrival.

        Each key's first line stays, so that no proven time moves; `newest_with_lines`
        returns newer ones under the newest head. Pass a note through `checkpoint.only`
        first: unknown lines would stay for good. A head keeps at most HEAD_LINES_MAX
        lines. `now` is ms UTC. Refusal(MISSING) if the head is not kept, HEAD if the
        note is of another head.
        """
        with self._memory.changing(self._database, origin) as log:
            kept = add_lines(log.cursor, origin, size, note, now, announced=announced)
            log.add_lines()
        return kept

    def newest_with_lines(self, origin: str) -> StoredHead | None:
        with self._database.read_cursor() as cursor:
            found = read_between(cursor, origin, -1, merkle.SIZE_MAX)
            if not found:
                return None
            return read_pulse(cursor, found[0]) or found[0]

    def spans(self, origin: str, start: int, limit: int) -> list[Span]:
        """Return the smallest first, above size `start`.

        A span with an entry in a file weighs as much as a whole batch: it is sent head
        by head, and heads around it were pruned, if possible, before the move to the
        file.
        """
        with self._database.read_cursor() as cursor:
            values = {
                "heavy": BATCH_BYTES_MAX,
                "log": log_number(cursor, origin),
                "start": start,
                "limit": limit,
            }
            return [
                Span(size, at, note.count(LINE), entries, weight)
                for size, at, note, entries, weight in cursor.execute(SPANS, values)
            ]

    def prune(self, origin: str, sizes: Sequence[int]) -> None:
        """Delete the heads of `sizes`; the newest must not be among them."""
        with self._database.write_cursor() as cursor:
            log = log_number(cursor, origin)
            for table in ("head", "pulse"):
                cursor.executemany(
                    f'DELETE FROM {table} WHERE log = ? AND "size" = ?',  # noqa: S608  our own names
                    [(log, size) for size in sizes],
                )
