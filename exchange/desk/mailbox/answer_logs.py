"""The log of each receipt and translation, and those no longer in any log.

If a log gives up a branch that held them, officers must learn that others can no longer
verify them.
"""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase


class AnswerLogs(Struct, frozen=True):
    """Rows written in the transaction that files the entry."""

    _db: MailboxDatabase

    def note(self, name: bytes, origin: str) -> None:
        with self._db.transaction():
            self._db.insert("answer_log", (name, origin, 1, 0), "REPLACE")

    def forget(self, origin: str) -> None:
        with self._db.transaction():
            self._db.write("UPDATE answer_log SET met = 0 WHERE origin = ?", (origin,))

    def settle(self, origin: str, now: int) -> list[bytes]:
        """Mark answers missing from a log read to its end as lost (ms UTC).

        Envelopes still in the outbox are submitted again: not lost.
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
