"""Threads as a list folds them: each message under the one it refers to.

Translations and receipts go under the message they answer, wherever it is.

A message goes under the head of the first message it refers to that is here and of its
own mode. The table holds each head, the newest, and the number folded per block of
numbers, so any list finds its rows by reading few.
"""

from collections.abc import Sequence

from exchange.desk.fold_records import (
    MORE,
    BlockFold,
    Fold,
    FoldedAnswer,
    Folding,
    ThreadLine,
)
from exchange.desk.mailbox.answers import ANSWERED
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.references import BELIEVED
from exchange.limits import FOLDED_ANSWERS_MAX, FOLDED_MAX
from exchange.v1 import bulletin_pb2

_COUNTS = "verdict IN ('" + "', '".join(sorted(BELIEVED)) + "')"
_WAITS = (
    "m.direction = 'in' AND m.acknowledged = 0 AND m.acknowledge != 'NONE'"
    f" AND g.number IS NULL AND m.number NOT IN {ANSWERED}"
)


def _answers(table: str, where: str) -> str:
    """Return the query for answers in order, one more than is shown.

    Without answers that no log has any more.
    """
    return (
        f"SELECT x.rowid FROM {table} x LEFT JOIN answer_log a ON a.name = x.name"  # noqa: S608  # constants
        f" WHERE x.about = m.name AND {where} AND coalesce(a.lost, 0) = 0"
        f" ORDER BY x.rowid LIMIT {FOLDED_ANSWERS_MAX + 1}"
    )


_TRANSLATIONS = _answers("translation", "1")
_RECEIPTS = _answers("receipt", "x.relation != 'RECALLS'")


class FoldedThreads:
    def __init__(self, db: MailboxDatabase) -> None:
        self._db = db

    def note(self, number: int) -> None:
        """Add a message with earlier arrivals that refer to it; idempotent.

        A thread has at most FOLDED_MAX messages; later ones stay outside.
        """
        above = self._above(number)
        if above:
            self._join(self._head(above), self._head(number))
        for below in self._below(number):
            self._join(self._head(number), self._head(below))

    def _above(self, number: int) -> int:
        """Return 0 if there is none."""
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

    # Queries of a list.

    def blocks(self) -> list[BlockFold]:
        rows = self._db.select(
            "SELECT block, folded FROM thread_block WHERE folded > 0"
        )
        return [BlockFold(*row) for row in rows]

    def between(self, first: int, last: int) -> list[Folding]:
        rows = self._db.select(
            "SELECT number, head, folded FROM thread WHERE number BETWEEN ? AND ?",
            (first, last),
        )
        return [Folding(*row) for row in rows]

    def newest(self, number: int) -> int:
        """Return the message itself if it has none."""
        row = self._db.select_one(
            "SELECT max(t.number) FROM thread m JOIN thread t ON t.head = m.head"
            " WHERE m.number = ?",
            (number,),
        )
        return int(row[0] or number)

    def lines(self, head: int) -> list[ThreadLine]:
        """Return the lines under a head, messages in order of arrival.

        Each message (at most FOLDED_MAX) is followed by its translations, then its
        receipts; those of the head come first. Empty if the number is no head any more.
        """
        translations, receipts = self._translations(head), self._receipts(head)
        found: list[ThreadLine] = []
        for number in self._members(head):
            found += [ThreadLine(number)] if number != head else []
            for answers, more in zip((translations, receipts), MORE, strict=True):
                said = answers.get(number, [])
                if len(said) > FOLDED_ANSWERS_MAX:
                    said[FOLDED_ANSWERS_MAX:] = [more]
                found += [ThreadLine(number, one) for one in said]
        return found

    def _members(self, head: int) -> list[int]:
        rows = self._db.select(
            f"SELECT number FROM ({_parts('?')}) ORDER BY number != ?, number",  # noqa: S608  # constants
            (head, head, head),
        )
        return [number for (number,) in rows]

    def _translations(self, head: int) -> dict[int, list[FoldedAnswer]]:
        rows = self._db.select(
            "SELECT p.number, t.name, t.author, t.filed, t.lang, t.state, t.content"  # noqa: S608  # constants
            f" FROM ({_parts('?')}) p CROSS JOIN message m ON m.number = p.number"
            f" CROSS JOIN translation t ON t.rowid IN ({_TRANSLATIONS})"
            " ORDER BY p.number, t.rowid",
            (head, head),
        )
        found: dict[int, list[FoldedAnswer]] = {}
        for number, name, author, filed, lang, state, content in rows:
            officers = officers_of(content) or (author,)
            made = FoldedAnswer(name, "TRANSLATES", officers, filed, lang, state)
            found.setdefault(number, []).append(made)
        return found

    def _receipts(self, head: int) -> dict[int, list[FoldedAnswer]]:
        rows = self._db.select(
            "SELECT p.number, r.name, r.relation, r.author, r.filed, r.reason"  # noqa: S608  # constants
            f" FROM ({_parts('?')}) p CROSS JOIN message m ON m.number = p.number"
            f" CROSS JOIN receipt r ON r.rowid IN ({_RECEIPTS})"
            " ORDER BY p.number, r.rowid",
            (head, head),
        )
        found: dict[int, list[FoldedAnswer]] = {}
        for number, name, relation, author, filed, reason in rows:
            made = FoldedAnswer(name, relation, (author,), filed, reason=reason)
            found.setdefault(number, []).append(made)
        return found

    def folds(self, heads: Sequence[int]) -> dict[int, Fold]:
        """Count the rows under each head; numbers without rows below are absent."""
        below = self._below_heads(heads)
        answers = self._db.select(
            f"SELECT p.head, sum((SELECT count(*) FROM ({_TRANSLATIONS}))),"  # noqa: S608  # constants, marks
            f" sum((SELECT count(*) FROM ({_RECEIPTS})))"
            f" FROM ({_parts(placeholders(heads))}) p"
            " CROSS JOIN message m ON m.number = p.number GROUP BY p.head",
            (*heads, *heads),
        )
        found = {
            head: below.get(head, Fold(0))._replace(
                translations=translations, receipts=receipts
            )
            for head, translations, receipts in answers
        }
        return {head: fold for head, fold in found.items() if fold.total}

    def _below_heads(self, heads: Sequence[int]) -> dict[int, Fold]:
        rows = self._db.select(
            "SELECT t.head, count(*),"  # noqa: S608  # marks
            " sum(m.direction = 'in' AND m.read_at = 0),"
            f" sum({_WAITS}), sum({_WAITS} AND m.precedence = 'FLASH'),"
            " sum(m.precedence = 'FLASH'),"
            " sum(g.number IS NOT NULL),"
            f" sum(m.state = 'refused' OR NOT m.{_COUNTS}),"
            " sum(m.direction = 'out' AND g.number IS NULL AND m.number IN"
            "   (SELECT number FROM declined WHERE officer = ''))"
            " FROM thread t CROSS JOIN message m ON m.number = t.number"
            " LEFT JOIN gone g ON g.number = t.number"
            f" WHERE t.head IN ({placeholders(heads)}) AND t.number != t.head"
            " GROUP BY t.head",
            tuple(heads),
        )
        return {head: Fold(*counts) for head, *counts in rows}


def officers_of(translation: bytes) -> tuple[str, ...]:
    said = bulletin_pb2.Translation.FromString(translation)
    return tuple(filter(None, (said.translator, said.reviewer)))


def _parts(marks: str) -> str:
    """Return SQL, with `marks` twice; a message in no thread is its own head."""
    return (
        f"SELECT number, head FROM thread WHERE head IN ({marks}) UNION ALL"  # noqa: S608  # marks
        f" SELECT number, number FROM message WHERE number IN ({marks})"
        " AND number NOT IN (SELECT number FROM thread)"
    )
