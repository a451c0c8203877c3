"""Receipts, recalls and translations that came before their log had them."""

from typing import NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.limits import EARLY_NOTES_MAX


class EarlyNote(NamedTuple):
    """One that came early, and the name of the message it refers to."""

    name: bytes
    about: bytes
    data: bytes = b""


class EarlyNotes(Struct, frozen=True):
    """At most EARLY_NOTES_MAX envelopes, kept until their log has them."""

    _db: MailboxDatabase

    def put(self, new: EarlyNote) -> bool:
        """Return False if there is no room: it comes again in its log."""
        with self._db.transaction():
            (count,) = self._db.select_one("SELECT count(*) FROM early_note")
            if count >= EARLY_NOTES_MAX:
                return False
            self._db.insert("early_note", new, "IGNORE")
        return True

    def ready(self) -> list[EarlyNote]:
        """Return those unfiled whose message is here by now."""
        rows = self._db.select(
            "SELECT e.* FROM early_note e JOIN message m ON m.name = e.about"
            " WHERE e.data != x''"
        )
        return [EarlyNote._make(row) for row in rows]

    def drop(self, name: bytes) -> bool:
        with self._db.transaction():
            sql = "DELETE FROM early_note WHERE name = ?"
            return bool(self._db.write(sql, (name,)))
