"""The right to append to the logs of a database: a growing epoch, and its holder.

It fences the writers of one database, and a writer from a database that continues from
an older state (lease.py), but no copies and no partners. The record outside of the
database (node/emitted) detects copies.
"""

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import row_sum

NUMBER = 1  # of the only row


class Claim(Struct, frozen=True):
    """A writer's epoch; `holder` has 16 random bytes of its process."""

    epoch: int
    holder: bytes


UNCLAIMED = Claim(0, b"")
"""The row that stands where nobody has become the writer yet."""


def read(cursor: Cursor) -> Claim | None:
    row = cursor.execute("SELECT epoch, holder FROM writer").fetchone()
    return None if row is None else Claim(row[0], row[1])


def claim(cursor: Cursor, holder: bytes, above: int) -> Claim:
    """Take an epoch above the last one's and above `above`.

    The present writer keeps its claim, so a claim whose answer was lost may be
    repeated.
    """
    before = read(cursor) or UNCLAIMED
    if before.holder == holder and before.epoch > above:
        return before
    epoch = max(before.epoch, above) + 1
    cursor.execute("DELETE FROM writer")
    cursor.execute(
        'INSERT INTO writer (number, epoch, holder, "sum") VALUES (?, ?, ?, ?)',
        (NUMBER, epoch, holder, row_sum(NUMBER, epoch, holder)),
    )
    return Claim(epoch, holder)


def touch(cursor: Cursor) -> None:
    """Write without a change.

    At a COMMIT a server waits for its standbys only if the transaction has written;
    then also for all commits before it.
    """
    cursor.execute("UPDATE writer SET epoch = epoch")


def check(cursor: Cursor, mine: Claim, where: str, timeline: str) -> None:
    """Raise Refusal(NOT_WRITER) if another writes, or on a new timeline.

    The timeline must be the one on which this claim took the lease: a promoted server
    may have the claim but be missing data that this writer has shown. `timeline` is the
    database's expression for its present timeline.
    """
    row = cursor.execute(
        "SELECT epoch, holder, EXISTS (SELECT 1 FROM lease"  # noqa: S608  our own words
        " WHERE lease.epoch = writer.epoch AND lease.holder = writer.holder"
        f" AND lease.timeline <> {timeline}) FROM writer"
    ).fetchone()
    stands, moved = (Claim(row[0], row[1]), row[2]) if row else (UNCLAIMED, False)
    if moved or stands != mine:
        raise Refusal(Reason.NOT_WRITER, where)
