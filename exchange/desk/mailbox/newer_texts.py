"""Sealed texts in formats that only a newer program reads."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.records import NewerText

_COLUMNS = NewerText.__struct_fields__


class NewerTexts(Struct, frozen=True):
    """Kept until a program reads them; each entry was verified."""

    _db: MailboxDatabase

    def put(self, new: NewerText) -> None:
        """Keep a text; update its place if it has one in its log by now."""
        with self._db.transaction():
            row = tuple(getattr(new, column) for column in _COLUMNS)
            self._db.insert("newer_text", row, "REPLACE")

    def get(self, name: bytes) -> NewerText | None:
        """Return the text of an envelope, None if none is kept."""
        row = self._db.select_one("SELECT * FROM newer_text WHERE name = ?", (name,))
        return NewerText(*row) if row else None

    def about(self, name: bytes) -> tuple[NewerText, ...]:
        """Return the texts that refer to a message."""
        rows = self._db.select(
            "SELECT * FROM newer_text WHERE about = ? ORDER BY author, name", (name,)
        )
        return tuple(NewerText(*row) for row in rows)

    def list_readable(self, known: int) -> list[bytes]:
        """Return the names of those in formats up to `known`, oldest places first."""
        rows = self._db.select(
            "SELECT name FROM newer_text WHERE format <= ? ORDER BY origin, idx",
            (known,),
        )
        return [name for (name,) in rows]

    def drop(self, name: bytes) -> None:
        """Forget a text that was read, or that is missing in its log."""
        with self._db.transaction():
            self._db.write("DELETE FROM newer_text WHERE name = ?", (name,))
