"""The tables, and nothing else; rows never leave exchange.store.

    log      each log held, and where it stands: what an append compares and swaps
    entry    what the log records, for ever; beside it what queries need
    name_place, id_place  where the names and ids of all but the newest entries stand
    place_slice  up to which size of a log these two have a slice of their keys
    place_filter  which keys of a slice these two cannot have
    hash     every complete node of the tree, by level and index
    payload  wraps and body, until retention erases them, and the state of both
    head     the signed notes, one a batch
    arrival  what happened here, numbered without holes: a desk's cursor
    refusal  what a partner said of entries of ours
    peer     how it stands with a partner
    waiting  what desks handed over while this node may not sign
    pulse    a log's newest head with its newest lines: how fresh it is
    fork     the proof that a log is forked, which freezes it
    lacking  entries of ours whose text a partner lacks
    undelivered  entries of ours whose text a partner erased before it was read
    desk     how far each own desk has read
    clock    the newest times seen
    refused  what was refused to own desks for good
    writer   who may append: an epoch that only grows, and the process that holds it
    boundary  a position that is committed and whose head is not stored yet
    sighting  heads ahead of the store that somebody showed, until it reaches them
    express  urgent envelopes of partners that came ahead of their log
    urgent   where entries stand that may travel ahead of their log

`sum` is over what nothing else in a row vouches for (row_checksums.py). Signed bytes
are kept as they were verified. `reason` is empty for ACCEPTED. SQLModel columns of
Python's int are 32 bits elsewhere; sizes and times need 64.
"""

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from exchange.store import values
from exchange.store.place_tables import Long
from exchange.v1 import envelope_pb2 as pb

REFUSED = text("reason <> ''")
LACKING = text(f"state = {values.LACKING}")
DIRECTORY = text(f"kind = {pb.KIND_DIRECTORY} AND reason = ''")


class LogRow(SQLModel, table=True):
    """One log, own or replica."""

    __tablename__ = "log"

    number: int = Field(primary_key=True)
    origin: str = Field(unique=True)
    size: int = Field(sa_type=Long)
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
    index: int = Field(primary_key=True, sa_type=Long)
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
    index: int = Field(primary_key=True, sa_type=Long)
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
    index: int = Field(primary_key=True, sa_type=Long)
    wraps: bytes
    body: bytes
    state: int = 0
    reason: str = ""
    at: int = Field(default=0, sa_type=Long)  # ms UTC
    sum: int = Field(default=0, sa_type=Long)  # of log, index, state, reason and at


class HeadRow(SQLModel, table=True):
    """One signed head; its note gains lines, its size and root stay.

    Of each key the first line is kept, so that no proven time ever moves
    (docs/spec/ledger.md, "Proven time"); newer ones stand in pulse.
    """

    __tablename__ = "head"

    log: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=Long)
    root: bytes
    note: bytes
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)  # of log, size and at


class ArrivalRow(SQLModel, table=True):
    """One thing that happened; numbers are dense from 1."""

    __tablename__ = "arrival"

    number: int = Field(primary_key=True, sa_type=Long)
    kind: int
    log: int
    index: int = Field(sa_type=Long)  # an entry's index, or a head's size
    by: str
    reason: str
    sum: int = Field(sa_type=Long)


class RefusalRow(SQLModel, table=True):
    """A partner's refusal of an entry of ours."""

    __tablename__ = "refusal"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)
    by: str = Field(primary_key=True)
    reason: str
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class PeerRow(SQLModel, table=True):
    """How it stands with one partner; times in ms UTC, 0 is never."""

    __tablename__ = "peer"

    name: str = Field(primary_key=True)
    up: bool
    since: int = Field(sa_type=Long)
    cosigned_size: int = Field(sa_type=Long)
    cosigned_at: int = Field(sa_type=Long)
    failures: int
    next_try_at: int = Field(sa_type=Long)
    reason: str
    sum: int = Field(sa_type=Long)


class WaitingRow(SQLModel, table=True):
    """An envelope that is durable here and has no place in the log yet."""

    __tablename__ = "waiting"

    number: int = Field(primary_key=True, sa_type=Long)  # in the order of coming
    name: bytes = Field(unique=True)
    envelope: bytes  # a serialized Envelope
    desk: str  # empty: the operator
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class PulseRow(SQLModel, table=True):
    """The newest head of a log once more, with lines newer than those kept."""

    __tablename__ = "pulse"

    log: int = Field(primary_key=True)
    size: int = Field(sa_type=Long)
    note: bytes
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class LackingRow(SQLModel, table=True):
    """An entry of the own log whose text a partner lacks, by its own word."""

    __tablename__ = "lacking"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)
    by: str = Field(primary_key=True)
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class UndeliveredRow(SQLModel, table=True):
    """An entry of the own log whose text a partner erased before its desks took it."""

    __tablename__ = "undelivered"

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)
    by: str = Field(primary_key=True)
    desks: str  # by spaces
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class DeskRow(SQLModel, table=True):
    """How far an own desk has read: the largest `after` that began a Watch of its."""

    __tablename__ = "desk"

    name: str = Field(primary_key=True)
    after: int = Field(sa_type=Long)
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class ClockRow(SQLModel, table=True):
    """One row: the newest times that this node has seen, in ms UTC.

    `signed` is that of a line of another nation or of a witness of the policy, `by`
    whose; `own` the newest by which this node's process went on.
    """

    __tablename__ = "clock"

    number: int = Field(primary_key=True)  # 1
    signed: int = Field(sa_type=Long)
    by: str
    own: int = Field(sa_type=Long)
    sum: int = Field(sa_type=Long)


class RefusedRow(SQLModel, table=True):
    """An envelope of an own desk that was refused for good."""

    __tablename__ = "refused"

    name: bytes = Field(primary_key=True)
    desk: str  # empty: the operator
    reason: str
    where: str
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class ForkRow(SQLModel, table=True):
    """The first proof that a log is forked."""

    __tablename__ = "fork"

    log: int = Field(primary_key=True)
    proof: bytes
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)


class WriterRow(SQLModel, table=True):
    """One row: who may append. Epoch 0, held by nobody: made before there was one."""

    __tablename__ = "writer"

    number: int = Field(primary_key=True)  # 1
    epoch: int = Field(sa_type=Long)
    holder: bytes  # 16 random bytes of a process
    sum: int = Field(sa_type=Long)


class BoundaryRow(SQLModel, table=True):
    """Where an append ended whose head is not stored yet; readers end below it.

    `note` has the lines that a partner's log came with; it is empty under the own log,
    whose head is signed once this row is committed.
    """

    __tablename__ = "boundary"

    log: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=Long)
    root: bytes
    note: bytes
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)  # of log, size and at


class SightingRow(SQLModel, table=True):
    """A verified head ahead of the store that somebody showed.

    `promised`: only the node whose log it is has said so; it holds nobody back.
    """

    __tablename__ = "sighting"

    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=Long)
    root: bytes = Field(primary_key=True)
    note: bytes
    promised: bool
    at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)  # of origin, size, promised and at


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
    below: int = Field(sa_type=Long)
    urgency: int
    author: str  # a desk
    desks: str  # who may read it, by spaces
    at: int = Field(sa_type=Long)  # ms UTC
    linked: int = Field(sa_type=Long)  # ms
    state: int
    reason: str
    index: int = Field(sa_type=Long)
    closed_at: int = Field(sa_type=Long)  # ms UTC
    sum: int = Field(sa_type=Long)  # of all but the two blobs


class UrgentRow(SQLModel, table=True):
    """An entry that may travel ahead of its log; `arrival` is 0 until it is shown."""

    __tablename__ = "urgent"
    __table_args__ = (Index("urgent_arrival", "arrival"),)

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)
    urgency: int
    arrival: int = Field(sa_type=Long)
    sum: int = Field(sa_type=Long)


BY_NAME = SQLModel.metadata.tables
log = BY_NAME["log"]
entry = BY_NAME["entry"]
hashes = BY_NAME["hash"]
payload = BY_NAME["payload"]
head = BY_NAME["head"]
arrival = BY_NAME["arrival"]
refusal = BY_NAME["refusal"]
peer = BY_NAME["peer"]
waiting = BY_NAME["waiting"]
pulse = BY_NAME["pulse"]
fork = BY_NAME["fork"]
lacking = BY_NAME["lacking"]
undelivered = BY_NAME["undelivered"]
desk = BY_NAME["desk"]
clock = BY_NAME["clock"]
refused = BY_NAME["refused"]
writer = BY_NAME["writer"]
boundary = BY_NAME["boundary"]
sighting = BY_NAME["sighting"]
express = BY_NAME["express"]
urgent = BY_NAME["urgent"]
