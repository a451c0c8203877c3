"""Entries for this desk whose text has not come yet, or came damaged."""

from typing import NamedTuple

from exchange.desk.mailbox.database import Database


class MissingText(NamedTuple):
    """An entry at its place; `asked` is when (ms UTC) its text was last asked for."""

    origin: str
    index: int  # type: ignore[assignment]  # nobody looks for a place in it
    name: bytes
    entry: bytes
    asked: int


class MissingTexts(Database):
    """Kept until the text comes; each is of an entry that was verified."""

    def put_missing_text(self, new: MissingText) -> None:
        """Keep that the text of an entry is to be asked for; again is safe."""
        with self.transaction():
            self._insert("missing_text", new, "IGNORE")

    def missing_text(self, origin: str, index: int) -> MissingText | None:
        """Return the one at a place, None where no text is missing."""
        row = self._one(
            "SELECT * FROM missing_text WHERE origin = ? AND idx = ?", (origin, index)
        )
        return MissingText._make(row) if row else None

    def missing_texts(self, now: int, pause: int, limit: int) -> list[MissingText]:
        """Return those that were not asked for in the last `pause` ms, oldest first.

        A clock (`now`, ms UTC) that was set back is no reason to wait.
        """
        rows = self._all(
            "SELECT * FROM missing_text WHERE asked <= ? OR asked > ?"
            " ORDER BY asked, origin, idx LIMIT ?",
            (now - pause, now, limit),
        )
        return [MissingText._make(row) for row in rows]

    def asked_for_text(self, origin: str, index: int, now: int) -> None:
        """Note that the text was asked for at `now` (ms UTC)."""
        with self.transaction():
            self._write(
                "UPDATE missing_text SET asked = ? WHERE origin = ? AND idx = ?",
                (now, origin, index),
            )

    def drop_missing_text(self, origin: str, index: int) -> bool:
        """Forget one whose text has come; return whether others of its log remain."""
        with self.transaction():
            self._write(
                "DELETE FROM missing_text WHERE origin = ? AND idx = ?",
                (origin, index),
            )
            return bool(
                self._one("SELECT 1 FROM missing_text WHERE origin = ?", (origin,))
            )
