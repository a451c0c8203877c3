"""Receipts: officers' declarations about messages."""

from msgspec import Struct

from exchange.desk.mailbox.answers import HELD, STATES
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.records import Receipt

_FIELDS = Receipt.__struct_fields__
_COLUMNS = _FIELDS[:-2]  # of the table, in the same order


class Receipts(Struct, frozen=True):
    """Keeps receipts and recalls; their message need not be here yet."""

    _db: MailboxDatabase
    _indexer: Indexer

    def of(self, about: bytes) -> tuple[Receipt, ...]:
        """Return them in order of filing."""
        rows = self._db.select(
            f"SELECT r.*, coalesce(a.lost, 0), {HELD} FROM receipt r"  # noqa: S608  # constant
            " LEFT JOIN answer_log a ON a.name = r.name"
            " WHERE r.about = ? ORDER BY r.filed, r.name",
            (about,),
        )
        named = (
            dict(zip(_FIELDS, (*row, STATES.get(held, "")), strict=True))
            for *row, held in rows
        )
        return tuple(Receipt(**fields) for fields in named)

    def recalls(self) -> list[Receipt]:
        """Return the newest first."""
        rows = self._db.select(
            "SELECT * FROM receipt WHERE relation = 'RECALLS' ORDER BY filed DESC, name"
        )
        return [Receipt(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def add(self, new: Receipt) -> None:
        """Keep it; idempotent. One in a log that meets the ladder stills the alarm."""
        with self._db.transaction():
            self._db.insert(
                "receipt", tuple(getattr(new, column) for column in _COLUMNS), "IGNORE"
            )
            self._count(new.about)

    def count(self, name: bytes) -> None:
        """Recount a receipt whose envelope moved, or is held.

        Ignores other envelopes; within the caller's transaction. Within the caller's
        transaction.
        """
        if kept := self.get(name):
            self._count(kept.about)

    def _count(self, about: bytes) -> None:
        if number := self._indexer.number(about):
            self._indexer.count(number)
            self._db.touch(number)

    def complete(self, name: bytes, remark: bytes, reason: str) -> None:
        """Complete a receipt that came without its text."""
        with self._db.transaction():
            self._db.write(
                "UPDATE receipt SET remark = ?, reason = ?"
                " WHERE name = ? AND remark IS NULL",
                (remark, reason, name),
            )

    def get(self, name: bytes) -> Receipt | None:
        row = self._db.select_one("SELECT * FROM receipt WHERE name = ?", (name,))
        return Receipt(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def drop(self, name: bytes) -> None:
        """Drop one signed again, or refused by its log.

        A message without another answer waits for one again.
        """
        with self._db.transaction():
            kept = self.get(name)
            self._db.write("DELETE FROM receipt WHERE name = ?", (name,))
            if kept is not None:
                self._count(kept.about)
