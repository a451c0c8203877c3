"""The lease by which one of several processes may write to the database they share.

It is one row, taken and renewed by one UPDATE; only the database's clock counts. It
keeps two processes from writing in turns, and a paused one from signing. The epoch that
is raised with it is the fence (writer.py): a writing transaction of any other process
is refused, whatever its clock says.

On a new timeline the database may continue from an older state, as after the promotion
of a standby. Then the writer loses the lease at once, and the next holder looks for
missing entries. That server's clock may be behind, too: a lease that would end later
than any lease can is over. Only in a database that the ledger has left does the lease
have no end.
"""

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.limits import LEASE, LEASE_AHEAD, REPLICA_SEEN
from exchange.store import writer
from exchange.store.database import Database
from exchange.store.writer import NUMBER, Claim

FOREVER = 1 << 62
"""The end of the lease of a database that its ledger has left."""
FAR = FOREVER >> 1  # ms, of no clock


class Lease(Struct, frozen=True):
    """`left` is in ms, 0 or less after the end.

    `timeline` is the database's when it was taken; `restored`: the database is an older
    state of itself, and no writer has heard every member since.
    """

    claim: Claim
    left: int
    timeline: int
    restored: bool

    @property
    def over(self) -> bool:
        """Whether another process may take the lease."""
        return self.left <= 0 or LEASE_AHEAD < self.left < FAR


class Replica(Struct, frozen=True):
    """A process that shares the database, and its listening address.

    `ago` (ms) is since it was last seen; `writes`: it holds the lease, which has not
    ended.
    """

    holder: bytes
    name: str
    ago: int
    writes: bool


class Leases:
    """Reads, takes and renews the lease; only `take` waits for other writers.

    A long write of the holder, such as a large erasure, does not delay a renewal.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> Lease | None:
        asked = (
            f"SELECT epoch, holder, until - {self._now}, timeline, restored FROM lease"  # noqa: S608  our own words
        )
        with self._database.read_cursor() as cursor:
            row = cursor.execute(asked).fetchone()
        if row is None:
            return None
        return Lease(Claim(row[0], bytes(row[1])), row[2], row[3], bool(row[4]))

    def take(self, holder: bytes, above: int = 0, *, restored: bool = False) -> Lease:
        """Take it for LEASE from now on, with an epoch above `above`.

        The present holder keeps its epoch, so a call whose answer was lost may be
        repeated. `restored` is kept until `settle`. Refusal(NOT_WRITER) if another
        process holds the lease.
        """
        with self._database.write_cursor() as cursor:
            cursor.execute(
                "INSERT INTO lease"
                " (number, epoch, holder, until, timeline, restored)"
                " VALUES (?, 0, ?, 0, 0, 0) ON CONFLICT DO NOTHING",
                (NUMBER, b""),
            )
            taken = cursor.execute(
                f"UPDATE lease SET holder = ?, until = {self._now} + ?,"  # noqa: S608  our own words
                f" timeline = {self._database.timeline_sql},"
                " restored = restored | ?"
                f" WHERE number = ? AND (holder = ? OR until <= {self._now}"
                f" OR (until > {self._now} + ? AND until < ?))",
                (holder, LEASE, int(restored), NUMBER, holder, LEASE_AHEAD, FAR),
            )
            if taken.rowcount != 1:
                raise Refusal(Reason.NOT_WRITER, "lease")
            claim = writer.claim(cursor, holder, above)
            cursor.execute("UPDATE lease SET epoch = ?", (claim.epoch,))
            row = cursor.execute("SELECT timeline, restored FROM lease").fetchone()
        return Lease(claim, LEASE, row[0], bool(row[1]))

    def end_stopped_writers(self) -> None:
        """End sessions that would block all others.

        For a caller that was refused with LOCKED and finds the lease over.
        """
        self._database.end_stopped_writers()

    def renew(self, mine: Claim) -> None:
        """Extend the lease to LEASE from now, even if it ended but was not taken.

        Refusal(NOT_WRITER) if another process holds it, or the database has a new
        timeline.
        """
        with self._database.aside_cursor() as cursor:
            renewed = cursor.execute(
                f"UPDATE lease SET until = {self._now} + ?"  # noqa: S608  our own words
                " WHERE epoch = ? AND holder = ?"
                f" AND timeline = {self._database.timeline_sql}",
                (LEASE, mine.epoch, mine.holder),
            )
            if renewed.rowcount != 1:
                raise Refusal(Reason.NOT_WRITER, "lease")

    def settle(self, mine: Claim) -> None:
        """Record that every member was heard: the state is the newest.

        Does nothing on a new timeline, which has another state.
        """
        with self._database.aside_cursor() as cursor:
            cursor.execute(
                "UPDATE lease SET restored = 0 WHERE epoch = ? AND holder = ?"  # noqa: S608  our own words
                f" AND timeline = {self._database.timeline_sql}",
                (mine.epoch, mine.holder),
            )

    def give_up(self, mine: Claim) -> None:
        """Give up the lease, unless another process holds it."""
        with self._database.aside_cursor() as cursor:
            cursor.execute(
                "UPDATE lease SET until = 0 WHERE epoch = ? AND holder = ?",
                (mine.epoch, mine.holder),
            )
            cursor.execute("DELETE FROM replica WHERE holder = ?", (mine.holder,))

    # The processes that share the database.

    def announce(self, holder: bytes, name: str) -> None:
        """Announce this process; forget those long gone."""
        with self._database.aside_cursor() as cursor:
            cursor.execute(
                f"DELETE FROM replica WHERE holder = ? OR seen < {self._now} - ?",  # noqa: S608  our own words
                (holder, REPLICA_SEEN),
            )
            cursor.execute(
                "INSERT INTO replica (holder, name, seen)"  # noqa: S608  our own words
                f" VALUES (?, ?, {self._now})",
                (holder, name),
            )

    def replicas(self) -> list[Replica]:
        """Return those seen within REPLICA_SEEN, by name."""
        asked = (
            f"SELECT replica.holder, replica.name, {self._now} - seen,"  # noqa: S608  our own words
            f" lease.holder IS NOT NULL AND lease.until > {self._now}"
            " FROM replica LEFT JOIN lease ON lease.holder = replica.holder"
            f" WHERE seen > {self._now} - ? ORDER BY replica.name, seen"
        )
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(asked, (REPLICA_SEEN,)).fetchall()
        return [Replica(row[0], row[1], row[2], bool(row[3])) for row in rows]

    @property
    def _now(self) -> str:
        return self._database.clock_sql
