"""Receipts: what officers declared about messages."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.records import Receipt

_FIELDS = Receipt.__struct_fields__
_COLUMNS = _FIELDS[:-1]  # of the table, in the same order


class Receipts(Struct, frozen=True):
    """Each is about a message, which need not be here yet; recalls are among them."""

    _db: MailboxDatabase
    _indexer: Indexer

    def of(self, about: bytes) -> tuple[Receipt, ...]:
        """Return what officers declared about a message, in order of filing."""
        rows = self._db.select(
            "SELECT r.*, coalesce(a.lost, 0) FROM receipt r"
            " LEFT JOIN answer_log a ON a.name = r.name"
            " WHERE r.about = ? ORDER BY r.filed, r.name",
            (about,),
        )
        return tuple(Receipt(**dict(zip(_FIELDS, row, strict=True))) for row in rows)

    def recalls(self) -> list[Receipt]:
        """Return the recalls that are known here, the newest first."""
        rows = self._db.select(
            "SELECT * FROM receipt WHERE relation = 'RECALLS' ORDER BY filed DESC, name"
        )
        return [Receipt(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def add(self, new: Receipt) -> None:
        """Keep a receipt, also of a message that is not here yet; again is safe.

        What meets its ladder stills the alarm of the message.
        """
        with self._db.transaction():
            self._db.insert(
                "receipt", tuple(getattr(new, column) for column in _COLUMNS), "IGNORE"
            )
            about = self._indexer.number(new.about)
            if about:
                self._indexer.acknowledge(about, new.about)
                self._db.touch(about)

    def complete(self, name: bytes, remark: bytes, reason: str) -> None:
        """Add the remark and its reason to a receipt that came without its text."""
        with self._db.transaction():
            self._db.write(
                "UPDATE receipt SET remark = ?, reason = ?"
                " WHERE name = ? AND remark IS NULL",
                (remark, reason, name),
            )

    def get(self, name: bytes) -> Receipt | None:
        """Return a receipt by its own name, None where there is none."""
        row = self._db.select_one("SELECT * FROM receipt WHERE name = ?", (name,))
        return Receipt(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def drop(self, name: bytes) -> None:
        """Remove a receipt that was signed again, or that its log refuses.

        A message that nothing else has answered waits for an answer again.
        """
        with self._db.transaction():
            kept = self.get(name)
            self._db.write("DELETE FROM receipt WHERE name = ?", (name,))
            about = self._indexer.number(kept.about) if kept is not None else 0
            if kept is not None and about:
                self._indexer.count_again(about, kept.about)
                self._db.touch(about)
