"""Translations under way: not signed yet, shared by the officers of the desk."""

from exchange.desk.mailbox.database import Database
from exchange.v1 import bulletin_pb2


class Working(Database):
    """One translation a message and language; `works` lists them (`duties`)."""

    def put_work(
        self, about: bytes, work: bulletin_pb2.Translation, officer: str, at: int
    ) -> None:
        """Keep a translation of that message as `officer` left it; replaces before."""
        data = work.SerializeToString(deterministic=True)
        with self.transaction():
            row = (about, work.lang, officer, at, data)
            self._insert("work", row, "REPLACE")

    def work(self, about: bytes, lang: str) -> bulletin_pb2.Translation | None:
        """Return the translation under way, None where there is none."""
        row = self._one(
            "SELECT data FROM work WHERE about = ? AND lang = ?", (about, lang)
        )
        return bulletin_pb2.Translation.FromString(row[0]) if row else None

    def drop_work(self, about: bytes, lang: str) -> None:
        """Forget it: it was sent, or given up."""
        with self.transaction():
            self._write("DELETE FROM work WHERE about = ? AND lang = ?", (about, lang))
