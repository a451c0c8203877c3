"""Envelopes waiting for a second officer's signature, and their outcomes.

Those of this desk, and those of other desks of its node that name it as reviewer.
Verify before you put: nothing is checked here (docs/spec/release.md).
"""

from collections.abc import Collection

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase, Values
from exchange.desk.mailbox.records import AwaitedRelease
from exchange.limits import RELEASES_KEPT_MAX
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnDraftRequest

DRAFTED, WAITING, SIGNED = "DRAFTED", "WAITING", "SIGNED"
RELEASED, RETURNED, LAPSED = "RELEASED", "RETURNED", "LAPSED"
OPEN = (DRAFTED, WAITING)
"""States in which a releaser may still sign, or give back."""
_OPEN = f"state IN ('{DRAFTED}', '{WAITING}')"
_STATE = "UPDATE awaited_release SET state = ?, since = ? WHERE name = ?"
_COLUMNS = "name, envelope, author, state, since, expires, returned, missed"


class Releases(Struct, frozen=True):
    """Changes each draft in one write of the caller's transaction."""

    _db: MailboxDatabase

    def add(self, new: AwaitedRelease) -> bool:
        """Return False if there is no room; idempotent.

        Finished drafts make room, oldest first.
        """
        envelope = new.envelope.SerializeToString(deterministic=True)
        row = (new.name, envelope, *new[2:6], b"", 1, 0)
        with self._db.transaction():
            excess = self._db.count_rows("awaited_release") - RELEASES_KEPT_MAX + 1
            if excess > 0:
                self._db.write(
                    "DELETE FROM awaited_release WHERE name IN"  # noqa: S608  # constants
                    f" (SELECT name FROM awaited_release WHERE NOT {_OPEN}"
                    " AND told = 1 ORDER BY since LIMIT ?)",
                    (excess,),
                )
            if self._db.count_rows("awaited_release") >= RELEASES_KEPT_MAX:
                return False
            self._db.insert("awaited_release", row, "IGNORE")
        return True

    def get(self, name: bytes) -> AwaitedRelease | None:
        return next(iter(self._read("name = ?", (name,))), None)

    def all(self) -> list[AwaitedRelease]:
        """Return waiting ones first, each by age."""
        return self._read(f"1 ORDER BY {_OPEN} DESC, since, rowid", ())

    def list_state(self, *states: str) -> list[AwaitedRelease]:
        """Return the oldest first."""
        marks = ", ".join("?" * len(states))
        return self._read(f"state IN ({marks}) ORDER BY since, rowid", states)

    def set_state(self, name: bytes, state: str, at: int) -> None:
        """Set it in ms UTC; a finished draft loses its text."""
        with self._db.transaction():
            changed = self._db.write(
                f"{_STATE} AND state != ?",
                (state, at, name, state),
            )
            if changed and state in {RELEASED, RETURNED, LAPSED}:
                self._strip(name)

    def lapse(self, name: bytes, at: int) -> bool:
        """Let a draft lapse; return whether there was one.

        Its text stays for a while: the clock may be wrong.
        """
        with self._db.transaction():
            return bool(self._db.write(f"{_STATE} AND {_OPEN}", (LAPSED, at, name)))

    def revive(self, name: bytes, at: int) -> None:
        with self._db.transaction():
            self._db.write(f"{_STATE} AND state = ?", (DRAFTED, at, name, LAPSED))

    def give_back(self, call: ReturnDraftRequest, at: int, *, told: bool) -> None:
        """Record a return; `told`: whether the node knows it."""
        with self._db.transaction():
            self._db.write(
                "UPDATE awaited_release SET returned = ?, told = ? WHERE name = ?",
                (call.SerializeToString(deterministic=True), told, call.name),
            )
            self.set_state(call.name, RETURNED, at)

    def drop(self, name: bytes) -> bool:
        with self._db.transaction():
            sql = "DELETE FROM awaited_release WHERE name = ?"
            return bool(self._db.write(sql, (name,)))

    def list_returns_to_tell(self) -> list[ReturnDraftRequest]:
        rows = self._db.select(
            "SELECT returned FROM awaited_release WHERE told = 0", ()
        )
        return [ReturnDraftRequest.FromString(returned) for (returned,) in rows]

    def note_told(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write(
                "UPDATE awaited_release SET told = 1 WHERE name = ?", (name,)
            )

    def note_shown(self, shown: Collection[bytes]) -> list[bytes]:
        """Return those that wait there but were not shown in a Watch."""
        missing = [one for one in self.list_state(WAITING) if one.name not in shown]
        with self._db.transaction():
            self._db.write("UPDATE awaited_release SET missed = 0 WHERE missed != 0")
            for one in missing:
                self._db.write(
                    "UPDATE awaited_release SET missed = ? WHERE name = ?",
                    (one.missed + 1, one.name),
                )
        return [one.name for one in missing]

    def take_entry(self, name: bytes, entry: bytes) -> None:
        """Keep the signatures; until then it has the author's alone."""
        with self._db.transaction():
            self._db.write(
                "UPDATE body SET entry = ? WHERE entry != ? AND number ="
                " (SELECT number FROM message WHERE name = ?)",
                (entry, entry, name),
            )
            self._db.write(
                "UPDATE translation SET entry = ? WHERE entry != ? AND name = ?",
                (entry, entry, name),
            )
            self._db.write("UPDATE receipt SET entry = ? WHERE name = ?", (entry, name))

    def _strip(self, name: bytes) -> None:
        """Drop wraps and body; the message or the log has them."""
        kept = self.get(name)
        if kept is not None:
            bare = pb.Envelope(entry=kept.envelope.entry)
            self._db.write(
                "UPDATE awaited_release SET envelope = ? WHERE name = ?",
                (bare.SerializeToString(deterministic=True), name),
            )

    def _read(self, condition: str, values: Values) -> list[AwaitedRelease]:
        rows = self._db.select(
            f"SELECT {_COLUMNS} FROM awaited_release WHERE {condition}",  # noqa: S608  # constants
            values,
        )
        return [
            AwaitedRelease(name, pb.Envelope.FromString(envelope), *rest)
            for name, envelope, *rest in rows
        ]
