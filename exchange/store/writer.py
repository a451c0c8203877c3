"""Who may append to the logs of a database: an epoch that only grows, and its holder.

It fences the writers of one database, and a writer from a database that goes on from
an older state (lease.py); but neither copies of it nor partners. The record outside of
it (node/emitted) tells copies.
"""

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import row_sum

NUMBER = 1  # of the only row


class Claim(Struct, frozen=True):
    """The epoch of a writer, and the 16 random bytes of its process."""

    epoch: int
    holder: bytes


UNCLAIMED = Claim(0, b"")
"""The row that stands where nobody has become the writer yet."""


def read(cursor: Cursor) -> Claim | None:
    """Return who is the writer; None where nobody ever was."""
    row = cursor.execute("SELECT epoch, holder FROM writer").fetchone()
    return None if row is None else Claim(row[0], row[1])


def claim(cursor: Cursor, holder: bytes, above: int) -> Claim:
    """Become the writer, of an epoch above that of the last one and above `above`.

    Who is the writer already stays it: a claim whose answer was cut may be repeated.
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
    """Write, and change nothing.

    A server waits for its standbys at the COMMIT of what has written, and of nothing
    else; then for all that was committed before, too.
    """
    cursor.execute("UPDATE writer SET epoch = epoch")


def check(cursor: Cursor, mine: Claim, where: str, timeline: str) -> None:
    """Raise Refusal(NOT_WRITER) if another has become the writer, or none may go on.

    None may on a timeline that the lease of this claim was not taken on: a server that
    was promoted may lack what this writer has shown, and has its claim all the same.
    `timeline` is the database's expression for the timeline it is on now.
    """
    row = cursor.execute(
        "SELECT epoch, holder, EXISTS (SELECT 1 FROM lease"  # noqa: S608  our own words
        " WHERE lease.epoch = writer.epoch AND lease.holder = writer.holder"
        f" AND lease.timeline <> {timeline}) FROM writer"
    ).fetchone()
    stands, moved = (Claim(row[0], row[1]), row[2]) if row else (UNCLAIMED, False)
    if moved or stands != mine:
        raise Refusal(Reason.NOT_WRITER, where)
