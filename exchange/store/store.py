"""A node's database: its parts, and the append.

Each method of a part is one transaction. A reader sees one consistent state and never
waits for the writer; writers take turns, also across processes.
"""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.store import append, owner, writer
from exchange.store.append import Event
from exchange.store.arrivals import Arrivals
from exchange.store.budgets import Budgets
from exchange.store.cold_files import ColdFiles
from exchange.store.cold_rows import ColdRows
from exchange.store.cursor import Cursor, Row
from exchange.store.desk_queue import DeskQueue
from exchange.store.directories import Directories
from exchange.store.drafts import Drafts
from exchange.store.entries import Entries
from exchange.store.express import ExpressRows
from exchange.store.forks import Forks
from exchange.store.heads import Heads
from exchange.store.lease import Leases
from exchange.store.log_memory import LogMemory
from exchange.store.logs import Logs
from exchange.store.news import News
from exchange.store.open_database import open_database
from exchange.store.partners import Partners
from exchange.store.places import EntryPlaces
from exchange.store.retention_rows import RetentionRows
from exchange.store.sightings import Sightings
from exchange.store.statements import Statements
from exchange.store.texts import Texts
from exchange.store.values import NewBatch, StoredHead
from exchange.store.writer import UNCLAIMED, Claim

CHANGES = (
    "SELECT (SELECT max(number) FROM arrival),"
    " (SELECT count(*) FROM express), (SELECT sum(state) FROM express),"
    " (SELECT count(*) FROM draft), (SELECT sum(state) FROM draft),"
    " (SELECT max(epoch) FROM writer), (SELECT sum(since) FROM peer)"
)


class Store:
    """The store of all logs held, own and replicas.

    `read_only` neither creates nor migrates tables: the database may be a running
    node's. Raises as Database does; for a `draft` see open_database.
    """

    def __init__(
        self,
        place: Path | DatabaseUrl,
        *,
        read_only: bool = False,
        draft: bool = False,
    ) -> None:
        self._database = open_database(place, read_only=read_only, draft=draft)
        self._shared = isinstance(place, DatabaseUrl)
        self._claim = UNCLAIMED
        self._memory = LogMemory()
        self._places = EntryPlaces()
        database = self._database
        self.logs = Logs(database, self._memory)
        self.heads = Heads(database, self._memory)
        files = ColdFiles(place if isinstance(place, Path) else place.file)
        self.cold = ColdRows(database, files)
        self.entries = Entries(database, self._places, files)
        self.statements = Statements(database)
        self.texts = Texts(database)
        self.arrivals = Arrivals(database, files)
        self.forks = Forks(database)
        self.sightings = Sightings(database)
        self.partners = Partners(database, self._memory)
        self.desk_queue = DeskQueue(database)
        self.retention = RetentionRows(database)
        self.budgets = Budgets(database)
        self.express = ExpressRows(database)
        self.directories = Directories(database)
        self.drafts = Drafts(database)
        self.leases = Leases(database)

    def close(self) -> None:
        self._database.close()

    def unsafe_settings(self) -> list[str]:
        return self._database.unsafe_settings()

    def viewing(self) -> contextlib.AbstractContextManager[None]:
        return self._database.viewing()

    def change_mark(self) -> tuple[object, ...]:
        """Return what changes when a process writes data shown to readers."""
        with self._database.read_cursor() as cursor:
            return tuple(cursor.execute(CHANGES).fetchone())

    def news(self) -> News:
        return self._database.news()

    # The right to append.

    def take_for(self, node: str) -> None:
        """Make it the owner of a server's database that has none (owner.py).

        Refusal(DATABASE) if it is another node's, or the ledger was moved.
        """
        if self._shared:
            owner.take(self._database, node)

    def writer(self) -> Claim | None:
        with self._database.read_cursor() as cursor:
            return writer.read(cursor)

    def claim(self, holder: bytes, above: int = 0) -> Claim:
        """Become the writer; the previous one can no longer append.

        The epoch is above the last one's, and above `above`.
        """
        with self._database.write_cursor() as cursor:
            claim = writer.claim(cursor, holder, above)
            self._places.read(cursor)
        self._write_as(claim)
        return claim

    def write_as(self, claim: Claim) -> None:
        """Continue as the writer that this process has become (lease.py).

        Refusal(NOT_WRITER) if another has become the writer since.
        """
        with self._database.write_cursor() as cursor:
            writer.check(cursor, claim, "lease", self._database.timeline_sql)
            self._places.read(cursor)
        self._write_as(claim)

    def _write_as(self, claim: Claim) -> None:
        self._claim = claim
        self._database.fence = self._check
        self._memory.use()
        self._places.use()
        self.partners.use_memory()

    def _check(self, cursor: Cursor) -> None:
        timeline = self._database.timeline_sql
        writer.check(cursor, self._claim, "writer", timeline)

    def _check_unclaimed(self, cursor: Cursor) -> None:
        """Raise NOT_WRITER if others write; a claim was checked before."""
        if self._claim is UNCLAIMED:
            self._check(cursor)

    # The log.

    def append(
        self,
        origin: str,
        expect: Head | None,
        batches: Sequence[NewBatch],
        now: int,
        *,
        before: Sequence[StoredHead] = (),
    ) -> list[StoredHead]:
        """Append all batches, on disk on return, or none.

        At least one batch, complete ones first. `before` are heads to publish first, in
        the same transaction. Returns the head or boundary at the end of each batch.

        `expect` is the log's position as the caller saw it (None: empty), `now` ms UTC.
        A repeated append returns the stored heads, so a caller may resubmit after a
        failure, but must show *these* notes, not newly signed ones. Raises Refusal, and
        stores nothing: CONFLICT if the log is at another position, POSITION if entries
        and heads do not meet, ROOT if the bytes read back hash to another root,
        DUPLICATE_NAME | DUPLICATE_ID, WRAPS.
        """
        heads = [one.head for one in before] + [one.head for one in batches]
        if any(head.origin != origin for head in heads):
            raise Refusal(Reason.ORIGIN, origin)
        try:
            with self._memory.changing(self._database, origin) as log:
                self._check_unclaimed(log.cursor)
                for one in before:
                    append.publish(log.cursor, one)
                new = append.append(log.cursor, expect, batches, now, self._places)
                log.publish(before)
                if new.edge is not None:
                    complete = sum(one.complete for one in batches)
                    log.append(new.ends, complete, new.edge)
        except BaseException:
            self._places.doubt()
            raise
        self._places.take_up(new.places)
        return new.ends

    def stands(self, head: Head) -> bool:
        """Return whether a log ends at `head`; asked if an append's answer was lost.

        Runs as a writer, so that no earlier transaction is still running, and answers
        once the log's end is as safe as a COMMIT makes it. Raises Refusal(NOT_WRITER).
        """
        with self._database.write_cursor() as cursor:
            writer.touch(cursor)
            return append.find_position(cursor, head.origin)[1] == head

    def confirm(self) -> None:
        """Return once all is as safe as a COMMIT makes it.

        If its wait for a standby fails, a server shows data that it has not copied
        there. A transaction waits for all before it; this one changes nothing.
        """
        with self._database.write_cursor() as cursor:
            writer.touch(cursor)

    def carry(
        self,
        table: str,
        rows: Sequence[Row],
        news: Mapping[int, Sequence[Event]],
    ) -> None:
        """Insert unchanged rows of an older database, for a repair.

        `news` are the arrivals that announce them to readers, by the number of a log.
        """
        with self._database.write_cursor() as cursor:
            cursor.insert(table, rows)
            for log, events in news.items():
                append.add_arrivals(cursor, log, events)

    def boundaries(self, origin: str) -> list[StoredHead]:
        """Return the ends of appends without a stored head yet.

        Smallest first; a note is empty, or has a partner's lines alone.
        """
        if state := self._memory.get(origin):
            return list(state.unsigned)
        with self._database.read_cursor() as cursor:
            return append.boundaries(cursor, origin)

    def publish(self, heads: Sequence[StoredHead]) -> None:
        """Replace boundaries by their signed heads.

        Readers see these from now on. May be repeated. Raises Refusal(NOT_WRITER), or
        CONFLICT if there is no such boundary.
        """
        if not heads:
            return
        origin = heads[0].head.origin
        if any(one.head.origin != origin for one in heads):
            raise Refusal(Reason.ORIGIN, origin)
        with self._memory.changing(self._database, origin) as log:
            self._check_unclaimed(log.cursor)
            for one in heads:
                append.publish(log.cursor, one)
            log.publish(heads)
