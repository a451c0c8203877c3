"""The tables in the words of SQLModel: each row, and what its columns mean.

For Alembic, which compares a database with them, and for who reads. A node runs on the
same tables as `tables.py` has them, since SQLModel alone takes 18 MiB of a process
(docs/decisions/memory.md); a test holds the two equal. SQLModel's columns of Python's
int are 32 bits elsewhere; sizes and times need 64.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from exchange.store.columns import LONG
from exchange.store.tables import DIRECTORY, LACKING, REFUSED


class LogRow(SQLModel, table=True):
    """One log, own or replica."""

    __tablename__ = "log"

    number: int = Field(primary_key=True)
    origin: str = Field(unique=True)
    size: int = Field(sa_type=LONG)
    root: bytes


class EntryRow(SQLModel, table=True):
    """One entry of a log; written once, never changed."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_refused", "name", sqlite_where=REFUSED, postgresql_where=REFUSED),
        Index(
            "entry_refusal",
            "log",
            "index",
            sqlite_where=REFUSED,
            postgresql_where=REFUSED,
        ),
        Index(
            "entry_directory",
            "log",
            "index",
            sqlite_where=DIRECTORY,
            postgresql_where=DIRECTORY,
        ),
    )

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    entry: bytes
    name: bytes
    id: bytes
    kind: int
    desks: str  # who may read it, by spaces
    reason: str


class HashRow(SQLModel, table=True):
    """One complete node of a log's tree; level 0 are the leaf hashes."""

    __tablename__ = "hash"
    __table_args__ = {"sqlite_with_rowid": False}

    log: int = Field(primary_key=True)
    level: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    hash: bytes


class PayloadRow(SQLModel, table=True):
    """The wraps, end to end, and the body of an ACCEPTED entry, or why not.

    `state` is HELD, LACKING (`reason` says why), ERASED (`at`) or NEVER (values.py);
    wraps and body are empty but for HELD, whose `sum` is 0: the digests vouch for it.
    """

    __tablename__ = "payload"
    __table_args__ = (
        Index(
            "payload_lacking",
            "log",
            "index",
            sqlite_where=LACKING,
            postgresql_where=LACKING,
        ),
    )

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    wraps: bytes
    body: bytes
    state: int = 0
    reason: str = ""
    at: int = Field(default=0, sa_type=LONG)  # ms UTC
    sum: int = Field(default=0, sa_type=LONG)  # of log, index, state, reason and at


class HeadRow(SQLModel, table=True):
    """One signed head; its note gains lines, its size and root stay.

    Of each key the first line is kept, so that no proven time ever moves
    (docs/spec/ledger.md, "Proven time"); newer ones stand in pulse.
    """

    __tablename__ = "head"

    log: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=LONG)
    root: bytes
    note: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of log, size and at


class ArrivalRow(SQLModel, table=True):
    """One thing that happened; numbers are dense from 1."""

    __tablename__ = "arrival"

    number: int = Field(primary_key=True, sa_type=LONG)
    kind: int
    log: int
    index: int = Field(sa_type=LONG)  # an entry's index, or a head's size
    by: str
    reason: str
    sum: int = Field(sa_type=LONG)


class RefusalRow(SQLModel, table=True):
    """A partner's refusal of an entry of ours."""

    __tablename__ = "refusal"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    by: str = Field(primary_key=True)
    reason: str
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class PeerRow(SQLModel, table=True):
    """How it stands with one partner; times in ms UTC, 0 is never."""

    __tablename__ = "peer"

    name: str = Field(primary_key=True)
    up: bool
    since: int = Field(sa_type=LONG)
    cosigned_size: int = Field(sa_type=LONG)
    cosigned_at: int = Field(sa_type=LONG)
    failures: int
    next_try_at: int = Field(sa_type=LONG)
    reason: str
    sum: int = Field(sa_type=LONG)


class WaitingRow(SQLModel, table=True):
    """An envelope that is durable here and has no place in the log yet."""

    __tablename__ = "waiting"

    number: int = Field(primary_key=True, sa_type=LONG)  # in the order of coming
    name: bytes = Field(unique=True)
    envelope: bytes  # a serialized Envelope
    desk: str  # empty: the operator
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class PulseRow(SQLModel, table=True):
    """The newest head of a log once more, with lines newer than those kept."""

    __tablename__ = "pulse"

    log: int = Field(primary_key=True)
    size: int = Field(sa_type=LONG)
    note: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class LackingRow(SQLModel, table=True):
    """An entry of the own log whose text a partner lacks, by its own word."""

    __tablename__ = "lacking"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    by: str = Field(primary_key=True)
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class UndeliveredRow(SQLModel, table=True):
    """An entry of the own log whose text a partner erased before its desks took it."""

    __tablename__ = "undelivered"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    by: str = Field(primary_key=True)
    desks: str  # by spaces
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class DeskRow(SQLModel, table=True):
    """How far an own desk has read: the largest `after` that began a Watch of its."""

    __tablename__ = "desk"

    name: str = Field(primary_key=True)
    after: int = Field(sa_type=LONG)
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class ClockRow(SQLModel, table=True):
    """One row: the newest times that this node has seen, in ms UTC.

    `signed` is that of a line of another nation or of a witness of the policy, `by`
    whose; `own` the newest by which this node's process went on.
    """

    __tablename__ = "clock"

    number: int = Field(primary_key=True)  # 1
    signed: int = Field(sa_type=LONG)
    by: str
    own: int = Field(sa_type=LONG)
    sum: int = Field(sa_type=LONG)


class RefusedRow(SQLModel, table=True):
    """An envelope of an own desk that was refused for good."""

    __tablename__ = "refused"

    name: bytes = Field(primary_key=True)
    desk: str  # empty: the operator
    reason: str
    where: str
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class ForkRow(SQLModel, table=True):
    """The first proof that a log is forked."""

    __tablename__ = "fork"

    log: int = Field(primary_key=True)
    proof: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)


class WriterRow(SQLModel, table=True):
    """One row: who may append. Epoch 0, held by nobody: made before there was one."""

    __tablename__ = "writer"

    number: int = Field(primary_key=True)  # 1
    epoch: int = Field(sa_type=LONG)
    holder: bytes  # 16 random bytes of a process
    sum: int = Field(sa_type=LONG)


class LeaseRow(SQLModel, table=True):
    """The one lease: until when its holder may write, of several processes.

    It matters only now, so it has no sum, and no copy or repair includes it.
    """

    __tablename__ = "lease"

    number: int = Field(primary_key=True)  # 1
    epoch: int = Field(sa_type=LONG)  # as in `writer`
    holder: bytes  # likewise
    until: int = Field(sa_type=LONG)  # ms, by the clock of the database
    timeline: int = Field(sa_type=LONG)  # of the database, as it was taken; 0 on SQLite
    restored: int  # 1: no holder since a restored state has heard every member


class ReplicaRow(SQLModel, table=True):
    """A process that shares this database; it matters only now, as a lease does."""

    __tablename__ = "replica"

    holder: bytes = Field(primary_key=True)
    name: str  # where it listens
    seen: int = Field(sa_type=LONG)  # ms, by the clock of the database


class BoundaryRow(SQLModel, table=True):
    """Where an append ended whose head is not stored yet; readers end below it.

    `note` has the lines that a partner's log came with; it is empty under the own log,
    whose head is signed once this row is committed.
    """

    __tablename__ = "boundary"

    log: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=LONG)
    root: bytes
    note: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of log, size and at


class SightingRow(SQLModel, table=True):
    """A verified head ahead of the store that somebody showed.

    `promised`: only the node whose log it is has said so; it holds nobody back.
    """

    __tablename__ = "sighting"

    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=LONG)
    root: bytes = Field(primary_key=True)
    note: bytes
    promised: bool
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of origin, size, promised and at


class ExpressRow(SQLModel, table=True):
    """An urgent envelope of a partner that came ahead of its log, or what became of it.

    Signatures vouch for `envelope` and `statements`; `state` is one of express.py.
    """

    __tablename__ = "express"

    name: bytes = Field(primary_key=True)
    peer: str
    origin: str
    id: bytes
    envelope: bytes  # a serialized Envelope
    statements: bytes  # a serialized Express of the statements that came with it
    below: int = Field(sa_type=LONG)
    urgency: int
    author: str  # a desk
    desks: str  # who may read it, by spaces
    at: int = Field(sa_type=LONG)  # ms UTC
    linked: int = Field(sa_type=LONG)  # ms
    state: int
    reason: str
    index: int = Field(sa_type=LONG)
    closed_at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of all but the two blobs


class UrgentRow(SQLModel, table=True):
    """An entry that may travel ahead of its log; `arrival` is 0 until it is shown."""

    __tablename__ = "urgent"
    __table_args__ = (Index("urgent_arrival", "arrival"),)

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    urgency: int
    arrival: int = Field(sa_type=LONG)
    sum: int = Field(sa_type=LONG)


class DraftRow(SQLModel, table=True):
    """A draft that waits for its releaser, what became of it, or an emergency.

    The author's signature vouches for `envelope`; `state` is one of drafts.py.
    """

    __tablename__ = "draft"
    __table_args__ = (
        Index("draft_desk", "desk", "state"),
        Index("draft_review", "review", "state"),
        Index("draft_state", "state"),
    )

    name: bytes = Field(primary_key=True)
    author: str  # an officer
    desk: str
    review: str
    state: int
    since: int = Field(sa_type=LONG)  # ms UTC
    expires: int = Field(sa_type=LONG)  # ms UTC
    index: int = Field(sa_type=LONG)  # in the own log
    returned: bytes  # a serialized ReturnDraftRequest
    envelope: bytes  # a serialized Envelope
    sum: int = Field(sa_type=LONG)  # of all but the envelope
