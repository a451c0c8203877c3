"""Threads as a list folds them: each message under the one that it is about.

A message goes under the first that it refers to and that is here, of its own mode, and
so under that one's head. The table knows the head of each, which is the newest, and how
many are folded away in each block of numbers, so that a list of any length finds its
rows by a few of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.desk.fold_records import BlockFold, Fold, Folding
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.references import BELIEVED
from exchange.limits import FOLDED_MAX

_COUNTS = "verdict IN ('" + "', '".join(sorted(BELIEVED)) + "')"


@dataclass(frozen=True, slots=True)
class FoldedThreads:
    """Fills the table of threads, in the caller's transaction, and answers it."""

    _db: MailboxDatabase

    def note(self, number: int) -> None:
        """Put a message into its thread, and earlier arrivals that are about it.

        Again is safe. A thread has FOLDED_MAX messages; what comes then stands alone.
        """
        above = self._above(number)
        if above:
            self._join(self._head(above), self._head(number))
        for below in self._below(number):
            self._join(self._head(number), self._head(below))

    def _above(self, number: int) -> int:
        """Return the first message that one is about, 0 for none that is here."""
        row = self._db.select_one(
            "SELECT min(a.number) FROM reference r"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = r.number"
            " CROSS JOIN message a ON a.name = r.about"
            f" WHERE r.number = ? AND m.{_COUNTS} AND a.mode = m.mode"
            " AND a.number != m.number",
            (number,),
        )
        return int(row[0] or 0)

    def _below(self, number: int) -> list[int]:
        """Return what is about a message, of which it is the first that is here."""
        rows = self._db.select(
            "SELECT r.number FROM message m CROSS JOIN reference r ON r.about = m.name"
            " WHERE m.number = ? AND r.number < ? LIMIT ?",
            (number, number, FOLDED_MAX),
        )
        return [below for (below,) in rows if self._above(below) == number]

    def _head(self, number: int) -> int:
        row = self._db.select_one("SELECT head FROM thread WHERE number = ?", (number,))
        return int(row[0]) if row else number

    def _join(self, head: int, other: int) -> None:
        """Let a thread, or a message that stands alone, go under another head."""
        if head == other or self._size(head) + self._size(other) > FOLDED_MAX:
            return
        for one in (head, other):
            self._db.write("INSERT OR IGNORE INTO thread VALUES (?, ?, 0)", (one, one))
        self._db.write("UPDATE thread SET head = ? WHERE head = ?", (head, other))
        newest = (
            "number = (SELECT max(number) FROM thread WHERE head = ?)",
            (head, head),
        )
        self._db.write(
            f"UPDATE thread SET folded = 1 WHERE head = ? AND NOT {newest[0]}"  # noqa: S608  # constant
            " AND folded = 0",
            newest[1],
        )
        self._db.write(
            f"UPDATE thread SET folded = 0 WHERE head = ? AND {newest[0]}"  # noqa: S608  # constant
            " AND folded = 1",
            newest[1],
        )

    def _size(self, head: int) -> int:
        row = self._db.select_one("SELECT count(*) FROM thread WHERE head = ?", (head,))
        return int(row[0]) or 1

    # What a list asks.

    def blocks(self) -> list[BlockFold]:
        """Return how many are folded in each block of numbers that has some."""
        rows = self._db.select(
            "SELECT block, folded FROM thread_block WHERE folded > 0"
        )
        return [BlockFold(*row) for row in rows]

    def between(self, first: int, last: int) -> list[Folding]:
        """Return the messages of threads among some (1,024 or so) numbers."""
        rows = self._db.select(
            "SELECT number, head, folded FROM thread WHERE number BETWEEN ? AND ?",
            (first, last),
        )
        return [Folding(*row) for row in rows]

    def newest(self, number: int) -> int:
        """Return the newest of the thread of a message; itself where it has none."""
        row = self._db.select_one(
            "SELECT max(t.number) FROM thread m JOIN thread t ON t.head = m.head"
            " WHERE m.number = ?",
            (number,),
        )
        return int(row[0] or number)

    def members(self, head: int) -> list[int]:
        """Return what stands under a head, in order of arrival; FOLDED_MAX at most."""
        rows = self._db.select(
            "SELECT number FROM thread WHERE head = ? AND number != ? ORDER BY number",
            (head, head),
        )
        return [number for (number,) in rows]

    def folds(self, heads: Sequence[int]) -> dict[int, Fold]:
        """Return what is under these heads (a page of them), by sorts."""
        rows = self._db.select(
            "SELECT t.head, count(*),"  # noqa: S608  # marks
            " sum(m.direction = 'in' AND m.read_at = 0),"
            " sum(m.direction = 'in' AND m.acknowledged = 0 AND m.acknowledge != 'NONE'"
            "   AND g.number IS NULL),"
            " sum(m.direction = 'in' AND m.acknowledged = 0 AND m.acknowledge != 'NONE'"
            "   AND g.number IS NULL AND m.precedence = 'FLASH'),"
            " sum(m.precedence = 'FLASH'),"
            " sum(g.number IS NOT NULL),"
            f" sum(m.state = 'refused' OR NOT m.{_COUNTS})"
            " FROM thread t CROSS JOIN message m ON m.number = t.number"
            " LEFT JOIN gone g ON g.number = t.number"
            f" WHERE t.head IN ({placeholders(heads)}) AND t.number != t.head"
            " GROUP BY t.head",
            tuple(heads),
        )
        translations = self._answers("translation", "m.number || x.lang", heads)
        receipts = self._answers("receipt", "x.name", heads, "x.relation != 'RECALLS'")
        return {
            head: Fold(*counts)._replace(
                translations=translations.get(head, 0), receipts=receipts.get(head, 0)
            )
            for head, *counts in rows
        }

    def _answers(
        self, table: str, what: str, heads: Sequence[int], where: str = "1"
    ) -> dict[int, int]:
        """Return by head how many answers in a table are about its thread's messages.

        Not what no log has any more.
        """
        rows = self._db.select(
            f"SELECT t.head, count(DISTINCT {what})"  # noqa: S608  # our words, marks
            " FROM thread t CROSS JOIN message m ON m.number = t.number"
            f" CROSS JOIN {table} x ON x.about = m.name"
            " LEFT JOIN answer_log a ON a.name = x.name"
            f" WHERE t.head IN ({placeholders(heads)}) AND {where}"
            " AND coalesce(a.lost, 0) = 0 GROUP BY t.head",
            tuple(heads),
        )
        return dict(rows)
