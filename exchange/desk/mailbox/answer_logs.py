"""In which log each receipt and translation stands, and those that no log has any more.

They are named one by one, as messages are: a log that was given up above a point had
them, and whoever counts on one should know that nobody else can verify it.
"""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase


class AnswerLogs(Struct, frozen=True):
    """Kept in the transaction that files the entry."""

    _db: MailboxDatabase

    def note(self, name: bytes, origin: str) -> None:
        """Note that a receipt or translation stands in a log."""
        with self._db.transaction():
            self._db.insert("answer_log", (name, origin, 1, 0), "REPLACE")

    def forget(self, origin: str) -> None:
        """Forget what stands in a log: it will be read again from its first entry."""
        with self._db.transaction():
            self._db.write("UPDATE answer_log SET met = 0 WHERE origin = ?", (origin,))

    def settle(self, origin: str, now: int) -> list[bytes]:
        """Note as lost what a log that was read to its end (ms UTC) does not have.

        Return the names. What waits in the outbox is handed over again, and not lost.
        """
        where = (
            "origin = ? AND NOT met AND NOT lost"
            " AND name NOT IN (SELECT name FROM outbox)"
        )
        with self._db.transaction():
            found = f"SELECT name FROM answer_log WHERE {where} ORDER BY name"  # noqa: S608  constants
            names = [bytes(row[0]) for row in self._db.select(found, (origin,))]
            self._db.write(
                f"UPDATE answer_log SET lost = ? WHERE {where}",  # noqa: S608  constants
                (now, origin),
            )
        return names
