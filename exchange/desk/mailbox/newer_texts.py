"""Sealed texts in formats that only a newer program reads."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.records import NewerText

_COLUMNS = NewerText.__struct_fields__


class NewerTexts(Struct, frozen=True):
    """Keeps verified texts until a program reads them."""

    _db: MailboxDatabase

    def put(self, new: NewerText) -> None:
        """Keep a text, in place of an earlier one."""
        with self._db.transaction():
            row = tuple(getattr(new, column) for column in _COLUMNS)
            self._db.insert("newer_text", row, "REPLACE")

    def get(self, name: bytes) -> NewerText | None:
        row = self._db.select_one("SELECT * FROM newer_text WHERE name = ?", (name,))
        return NewerText(*row) if row else None

    def about(self, name: bytes) -> tuple[NewerText, ...]:
        rows = self._db.select(
            "SELECT * FROM newer_text WHERE about = ? ORDER BY author, name", (name,)
        )
        return tuple(NewerText(*row) for row in rows)

    def list_readable(self, known: int) -> list[bytes]:
        """Return those in formats up to `known`, oldest places first."""
        rows = self._db.select(
            "SELECT name FROM newer_text WHERE format <= ? ORDER BY origin, idx",
            (known,),
        )
        return [name for (name,) in rows]

    def drop(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM newer_text WHERE name = ?", (name,))
