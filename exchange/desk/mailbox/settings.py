"""The settings of a desk: texts by key."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase

RESTORED = "restored"
"""The setting of a mailbox that came out of a backup: when that was made (ms UTC).

Set until all that the own node holds was read: what the desk sent since the backup is
known to its node alone, and what counts its bulletins goes on from there.
"""


class Settings(Struct, frozen=True):
    """Each key has one value; nothing leaves this desk."""

    _db: MailboxDatabase

    def get(self, key: str, default: str = "") -> str:
        """Return a setting, or `default` where there is none."""
        row = self._db.select_one("SELECT value FROM setting WHERE key = ?", (key,))
        return str(row[0]) if row else default

    def set(self, key: str, value: str) -> None:
        """Keep a setting, over the one of that key."""
        with self._db.transaction():
            self._db.insert("setting", (key, value), "REPLACE")
