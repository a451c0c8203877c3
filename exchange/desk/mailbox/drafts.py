"""Drafts that the officers of a desk neither sent nor discarded."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.records import Mark, SavedDraft
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DRAFT_MAX, DRAFTS_MAX

_MANY = Why("{n} drafts of this officer are kept; discard one first", n=DRAFTS_MAX)
_LONG = Why("a draft may have at most {n} bytes; shorten it", n=DRAFT_MAX)


class Drafts(Struct, frozen=True):
    """Drafts never expire.

    Saving or dropping one calls no `on_change`: no exchanged message has changed.
    """

    _db: MailboxDatabase

    def of(self, officer: str) -> list[SavedDraft]:
        """Return the newest first."""
        rows = self._db.select(
            "SELECT id, version, saved, data FROM draft WHERE officer = ?"
            " ORDER BY id DESC",
            (officer,),
        )
        return [SavedDraft((id_, version), *rest) for id_, version, *rest in rows]

    def save(self, officer: str, mark: Mark, data: bytes, at: int) -> Mark:
        """Save over the draft with that mark, else make a new one.

        So two programs of one officer never overwrite each other's version. Raises
        Refusal(TOO_LONG) over DRAFT_MAX bytes or DRAFTS_MAX drafts.
        """
        if len(data) > DRAFT_MAX:
            raise Refusal(Reason.TOO_LONG, "draft", _LONG)
        with self._db.transaction():
            saved = self._db.write(
                "UPDATE draft SET version = version + 1, saved = ?, data = ?"
                " WHERE id = ? AND version = ? AND officer = ?",
                (at, data, *mark, officer),
                announce=False,
            )
            if saved:
                return mark[0], mark[1] + 1
            (kept,) = self._db.select_one(
                "SELECT count(*) FROM draft WHERE officer = ?", (officer,)
            )
            if kept >= DRAFTS_MAX:
                raise Refusal(Reason.TOO_LONG, "drafts", _MANY)
            self._db.write(
                "INSERT INTO draft (officer, version, saved, data) VALUES (?, 1, ?, ?)",
                (officer, at, data),
                announce=False,
            )
            return int(self._db.select_one("SELECT last_insert_rowid()")[0]), 1

    def drop(self, officer: str, mark: Mark) -> None:
        """Forget a draft; a version saved since stays."""
        with self._db.transaction():
            self._db.write(
                "DELETE FROM draft WHERE id = ? AND version = ? AND officer = ?",
                (*mark, officer),
                announce=False,
            )
