"""Drafts pending release, and emergencies without a countersignature.

A row of `draft` is an envelope of an own desk that only its author has signed, or its
outcome. Only a pending draft has its text. The append of the released envelope closes
the draft. A row in state EMERGENCY is an entry of the own log that went out on one
signature; the append of its countersignature deletes it.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from exchange.limits import CLOSED_DRAFTS_MAX
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.values import (
    EMERGENCY,
    LAPSED,
    RELEASED,
    WAITING,
    NewEntry,
)
from exchange.v1 import envelope_pb2 as pb

NOWHERE = -1  # the index of an entry without a place

COLUMNS = (
    'name, author, desk, review, state, since, expires, "index", returned, envelope'
)
INSERT = (
    "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (name) DO NOTHING"
)
UPDATE = (
    'UPDATE draft SET state = ?, since = ?, "index" = ?, returned = ?, envelope = ?,'
    ' "sum" = ? WHERE name = ?'
)
BRIEF = (  # each Watch asks it whenever anything has changed
    "SELECT name, state FROM draft WHERE (desk = ? OR review = ?) AND state <> ?"
    " ORDER BY state <> ?, desk <> ?, since DESC, name LIMIT ?"
)
TRIM = (
    "DELETE FROM draft WHERE desk = ? AND state NOT IN (?, ?) AND name NOT IN (SELECT"
    " name FROM draft WHERE desk = ? AND state NOT IN (?, ?)"
    " ORDER BY since DESC, name LIMIT ?)"
)


class StoredDraft(Struct, frozen=True):
    """A stored draft; times in ms UTC.

    `author` is an officer, `desk` his desk, `review` the desk in class REVIEW or "".
    `envelope` is serialized, without wraps and body unless pending, and empty for an
    emergency. `returned` is the serialized call that returned the draft.
    """

    name: bytes
    author: str
    desk: str
    review: str
    state: int
    since: int
    expires: int
    index: int = NOWHERE
    returned: bytes = b""
    envelope: bytes = b""


class Drafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, new: Sequence[StoredDraft]) -> None:
        """Keep each draft once; on disk on return."""
        if not new:
            return
        with self._database.write_cursor() as cursor:
            for one in new:
                cursor.execute(INSERT, _row(one))

    def by_name(self, name: bytes) -> StoredDraft | None:
        """Find no EMERGENCY."""
        found = self._find("name = ? AND state <> ?", name, EMERGENCY)
        return found[0] if found else None

    def count_waiting(self, desk: str) -> int:
        asked = "SELECT count(*) FROM draft WHERE desk = ? AND state = ?"
        with self._database.read_cursor() as cursor:
            return int(cursor.execute(asked, (desk, WAITING)).fetchone()[0])

    def brief(self, desk: str, limit: int) -> list[tuple[bytes, int]]:
        """Return those that a desk may see, pending ones first.

        Then its own before those to review, then the newest first.
        """
        with self._database.read_cursor() as cursor:
            asked = desk, desk, EMERGENCY, WAITING, desk, limit
            return [(row[0], row[1]) for row in cursor.execute(BRIEF, asked)]

    def close(self, name: bytes, state: int, now: int, returned: bytes = b"") -> bool:
        with self._database.write_cursor() as cursor:
            return _close(cursor, name, state, now, returned=returned)

    def lapse(self, before: int, now: int) -> int:
        """Return how many pending ones expired before a time.

        A draft stays if its release is in the queue.
        """
        asked = (
            "SELECT name FROM draft WHERE state = ? AND expires < ?"
            " AND name NOT IN (SELECT name FROM waiting)"
        )
        with self._database.write_cursor() as cursor:
            names = cursor.execute(asked, (WAITING, before)).fetchall()
            return sum(_close(cursor, name, LAPSED, now) for (name,) in names)

    def forget(self, before: int) -> None:
        """Delete closed ones that expired before a time (ms UTC)."""
        old = "DELETE FROM draft WHERE state NOT IN (?, ?) AND expires < ?"
        with self._database.write_cursor() as cursor:
            cursor.execute(old, (WAITING, EMERGENCY, before))

    def emergencies(self, before: int, limit: int) -> list[StoredDraft]:
        """Return those without a countersignature since before a time."""
        which = "state = ? AND since < ? ORDER BY since, name LIMIT ?"
        return self._find(which, EMERGENCY, before, limit)

    def all(self) -> list[StoredDraft]:
        return self._find("1 = 1")

    def _find(self, which: str, *values: int | bytes | str) -> list[StoredDraft]:
        with self._database.read_cursor() as cursor:
            return _select(cursor, which, *values)


# Within the transaction of an append.


def settle(cursor: Cursor, start: int, entries: Sequence[NewEntry], now: int) -> None:
    """Settle drafts by entries from `start` on.

    1. A release closes its draft.
    2. An emergency needs a countersignature.
    3. A countersignature by another officer settles its emergency.
    """
    for index, new in enumerate(entries, start):
        # 1
        if new.release == pb.RELEASE_RELEASED:
            _close(cursor, new.name, RELEASED, now, index=index)
        # 2
        elif new.release == pb.RELEASE_EMERGENCY:
            desk = new.author.rpartition("@")[2]
            lacks = StoredDraft(
                new.name, new.author, desk, "", EMERGENCY, now, new.expires, index
            )
            cursor.execute(INSERT, _row(lacks))
        # 3
        elif new.countersigns:
            gone = "DELETE FROM draft WHERE name = ? AND state = ? AND author <> ?"
            cursor.execute(gone, (new.countersigns, EMERGENCY, new.author))


def _close(  # noqa: PLR0913  all that a draft may become
    cursor: Cursor,
    name: bytes,
    state: int,
    now: int,
    *,
    index: int = NOWHERE,
    returned: bytes = b"",
) -> bool:
    """Close a draft without its text; delete the oldest closed ones."""
    held = _select(cursor, "name = ? AND state = ?", name, WAITING)
    for one in held:
        entry = pb.Envelope.FromString(one.envelope).entry
        bare = pb.Envelope(entry=entry).SerializeToString(deterministic=True)
        new = replace(
            one, state=state, since=now, index=index, returned=returned, envelope=bare
        )
        row = _row(new)
        cursor.execute(UPDATE, (*row[4:6], *row[7:], name))
        open_states = WAITING, EMERGENCY
        cursor.execute(
            TRIM, (one.desk, *open_states, one.desk, *open_states, CLOSED_DRAFTS_MAX)
        )
    return bool(held)


def _select(
    cursor: Cursor, which: str, *values: int | bytes | str
) -> list[StoredDraft]:
    query = f"SELECT {COLUMNS} FROM draft WHERE {which}"  # noqa: S608  our own words
    return [StoredDraft(*row) for row in cursor.execute(query, values)]


def _row(one: StoredDraft) -> tuple[int | bytes | str, ...]:
    said = (one.name, one.author, one.desk, one.review, one.state, one.since)
    rest = (one.expires, one.index, one.returned)
    return (*said, *rest, one.envelope, row_sum(*said, *rest))
