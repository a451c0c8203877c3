"""The settings of a desk: texts by key."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase

RESTORED = "restored"
"""Key: when the backup was made from which this mailbox was restored (ms UTC).

Set until everything that the own node holds was read: only the node knows what the desk
sent since the backup, and the bulletin counters continue from there.
"""


class Settings(Struct, frozen=True):
    """Settings that are local to this desk."""

    _db: MailboxDatabase

    def get(self, key: str, default: str = "") -> str:
        row = self._db.select_one("SELECT value FROM setting WHERE key = ?", (key,))
        return str(row[0]) if row else default

    def set(self, key: str, value: str) -> None:
        with self._db.transaction():
            self._db.insert("setting", (key, value), "REPLACE")
