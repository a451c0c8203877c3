"""Entries for this desk whose text is missing or came damaged."""

from typing import NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase


class MissingText(NamedTuple):
    """An entry whose text was last asked for at `asked_at` (ms UTC)."""

    origin: str
    index: int  # type: ignore[assignment]  # nobody looks for a place in it
    name: bytes
    entry: bytes
    asked_at: int


class AwaitedTexts(Struct, frozen=True):
    """Keeps verified entries until their text comes."""

    _db: MailboxDatabase

    def put(self, new: MissingText) -> None:
        with self._db.transaction():
            self._db.insert("missing_text", new, "IGNORE")

    def get(self, origin: str, index: int) -> MissingText | None:
        row = self._db.select_one(
            "SELECT * FROM missing_text WHERE origin = ? AND idx = ?", (origin, index)
        )
        return MissingText._make(row) if row else None

    def due(self, now: int, pause: int, limit: int) -> list[MissingText]:
        """Return those not asked for in the last `pause` ms, oldest first.

        If the clock (`now`, ms UTC) was set back, do not wait.
        """
        rows = self._db.select(
            "SELECT * FROM missing_text WHERE asked <= ? OR asked > ?"
            " ORDER BY asked, origin, idx LIMIT ?",
            (now - pause, now, limit),
        )
        return [MissingText._make(row) for row in rows]

    def note_asked(self, origin: str, index: int, now: int) -> None:
        with self._db.transaction():
            self._db.write(
                "UPDATE missing_text SET asked = ? WHERE origin = ? AND idx = ?",
                (now, origin, index),
            )

    def drop(self, origin: str, index: int) -> bool:
        """Drop a text; return whether others of its log remain."""
        with self._db.transaction():
            self._db.write(
                "DELETE FROM missing_text WHERE origin = ? AND idx = ?", (origin, index)
            )
            return bool(
                self._db.select_one(
                    "SELECT 1 FROM missing_text WHERE origin = ?", (origin,)
                )
            )
