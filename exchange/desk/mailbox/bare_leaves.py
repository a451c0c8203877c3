"""Bare leaves: places for which the own node showed only a leaf hash.

A node shows entries for other desks so, and could hide ours; the hash proves one shown
later.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.limits import BARE_LEAVES_MAX


class BareLeaf(NamedTuple):
    """A leaf hash at its place, and the number of the arrival that brought it."""

    origin: str
    index: int  # type: ignore[assignment]  # nobody looks for a place in it
    number: int
    leaf: bytes


class BareLeaves(Struct, frozen=True):
    """The newest BARE_LEAVES_MAX bare leaves of each log."""

    _db: MailboxDatabase

    def put(self, leaves: Iterable[BareLeaf]) -> None:
        """Keep leaves; one already kept at a place gets the new number."""
        newest: dict[str, int] = {}
        with self._db.transaction():
            for leaf in leaves:
                self._db.insert("bare_leaf", leaf, "REPLACE")
                newest[leaf.origin] = max(leaf.index, newest.get(leaf.origin, 0))
            for origin, index in newest.items():
                self._db.write(
                    "DELETE FROM bare_leaf WHERE origin = ? AND idx <= ?",
                    (origin, index - BARE_LEAVES_MAX),
                )

    def get(self, origin: str, index: int) -> BareLeaf | None:
        row = self._db.select_one(
            "SELECT * FROM bare_leaf WHERE origin = ? AND idx = ?", (origin, index)
        )
        return BareLeaf._make(row) if row else None

    def oldest(self) -> int:
        """Return an arrival's number; 0 if none."""
        return int(self._db.select_one("SELECT min(number) FROM bare_leaf")[0] or 0)

    def drop(self, origin: str, index: int) -> None:
        with self._db.transaction():
            self._db.write(
                "DELETE FROM bare_leaf WHERE origin = ? AND idx = ?", (origin, index)
            )

    def forget(self, origin: str) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM bare_leaf WHERE origin = ?", (origin,))
