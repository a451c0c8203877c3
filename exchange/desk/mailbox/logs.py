"""The logs that a desk verified: edges, heads, statements of their directories."""

import json

from msgspec import Struct

from exchange.desk.mailbox.answer_logs import AnswerLogs
from exchange.desk.mailbox.database import MailboxDatabase, Values
from exchange.desk.mailbox.records import DeskHead, LogTree
from exchange.errors import Reason, Refusal
from exchange.ledger import entry_place

HASH_SIZE = 32  # bytes
PROVEN_APART = 600  # s between two proven times of a log that are kept


class KnownLogs(Struct, frozen=True):
    _db: MailboxDatabase
    _answers: AnswerLogs

    def cursor(self, node: str) -> int:
        """Return 0 before the first arrival."""
        row = self._db.select_one("SELECT after FROM cursor WHERE node = ?", (node,))
        return int(row[0]) if row else 0

    def set_cursor(self, node: str, after: int) -> None:
        """Set the cursor in the transaction that applied the arrival."""
        with self._db.transaction():
            self._db.insert("cursor", (node, after), "REPLACE")

    def forget(self, origin: str) -> None:
        """Forget a log, to read it again from its first entry.

        Messages and references to them stay, without their places. Entries not yet
        cosigned are submitted again if the log has no place for them.
        """
        with self._db.transaction():
            self._answers.forget(origin)
            for table in ("log", "head", "statement", "proven", "translation_place"):
                self._db.write(f"DELETE FROM {table} WHERE origin = ?", (origin,))  # noqa: S608  constants
            for table in ("message", "outbox"):
                self._db.write(
                    f"UPDATE {table} SET idx = NULL WHERE origin = ?",  # noqa: S608  constants
                    (origin,),
                )

    def tree(self, origin: str) -> LogTree:
        """Return an empty tree if the log is unknown."""
        row = self._db.select_one(
            "SELECT size, hashes FROM log WHERE origin = ?", (origin,)
        )
        if not row:
            return LogTree(0, ())
        size, joined = row
        cuts = range(0, len(joined), HASH_SIZE)
        return LogTree(size, tuple(joined[cut : cut + HASH_SIZE] for cut in cuts))

    def numbers(self, origin: str, start: int, count: int) -> list[int]:
        """Return them in log order, at most `count`."""
        rows = self._db.select(
            "SELECT number FROM message WHERE origin = ? AND idx >= ?"
            " AND idx IS NOT NULL ORDER BY idx LIMIT ?",
            (origin, start, count),
        )
        return [number for (number,) in rows]

    def set_tree(self, origin: str, tree: LogTree) -> None:
        """Raise Refusal(POSITION) if it would shrink."""
        with self._db.transaction():
            if tree.size < self.tree(origin).size:
                raise Refusal(Reason.POSITION, origin)
            self._db.insert(
                "log", (origin, tree.size, b"".join(tree.hashes)), "REPLACE"
            )

    def name(self, origin: str) -> str:
        """Return `islamabad.pk`, or `islamabad.pk/2` if it has several logs here."""
        node = origin.partition(".fusion/")[0]
        found = self._db.select(
            "SELECT 1 FROM log WHERE origin GLOB ? LIMIT 2", (f"{node}.fusion/log/*",)
        )
        return entry_place.log_name(origin, several=len(found) > 1)

    def head(self, origin: str) -> DeskHead | None:
        row = self._db.select_one("SELECT * FROM head WHERE origin = ?", (origin,))
        return _head(row) if row else None

    def heads(self) -> list[DeskHead]:
        rows = self._db.select("SELECT * FROM head ORDER BY origin")
        return [_head(row) for row in rows]

    def put_head(self, head: DeskHead) -> None:
        """Raise Refusal(POSITION) for an older head, Refusal(FORK) for another root."""
        with self._db.transaction():
            held = self.head(head.origin)
            if held and head.size < held.size:
                raise Refusal(Reason.POSITION, head.origin)
            if held and head.size == held.size and head.root != held.root:
                raise Refusal(Reason.FORK, head.origin)
            cosigned = json.dumps(dict(head.cosigned))
            row = (head.origin, head.size, head.root, head.note, head.time_s, cosigned)
            self._db.insert("head", row, "REPLACE")

    def note_proven(self, origin: str, size: int, time_s: int) -> None:
        """Record that entries below `size` existed at `time_s` (s), by counted lines.

        Only some are kept: one close to its predecessor in time is replaced by the
        next.
        """
        with self._db.transaction():
            said = "SELECT 1 FROM proven WHERE origin = ? AND size >= ? AND time_s <= ?"
            if self._db.select_one(said, (origin, size, time_s)):
                return
            newest = self._db.select(
                "SELECT size, time_s FROM proven WHERE origin = ? AND size < ?"
                " ORDER BY size DESC LIMIT 2",
                (origin, size),
            )
            if len(newest) > 1 and newest[0][1] - newest[1][1] < PROVEN_APART:
                self._db.write(
                    "DELETE FROM proven WHERE origin = ? AND size = ?",
                    (origin, newest[0][0]),
                )
            self._db.insert("proven", (origin, size, time_s), "REPLACE")

    def proven_s(self, origin: str, index: int) -> int | None:
        """Return s, None if there is none."""
        row = self._db.select_one(
            "SELECT min(time_s) FROM proven WHERE origin = ? AND size > ?",
            (origin, index),
        )
        return int(row[0]) if row and row[0] is not None else None

    def put_statement(self, origin: str, index: int, entry: bytes) -> None:
        with self._db.transaction():
            self._db.insert("statement", (origin, index, entry), "IGNORE")

    def statements(self, origin: str) -> list[tuple[int, bytes]]:
        """Return them in order: index and entry."""
        rows = self._db.select(
            "SELECT idx, entry FROM statement WHERE origin = ? ORDER BY idx", (origin,)
        )
        return [(int(index), entry) for index, entry in rows]


def _head(row: Values) -> DeskHead:
    origin, size, root, note, time_s, cosigned = row
    return DeskHead(
        origin=origin,
        size=size,
        root=root,
        note=note,
        time_s=time_s,
        cosigned=json.loads(cosigned),
    )
