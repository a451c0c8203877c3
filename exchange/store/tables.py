"""The tables of a node, and what their columns mean; rows never leave exchange.store.

A column is written as in SQL, without a name of its type that only one engine knows:
`size LONG, name BLOB UNIQUE`. None may be NULL. Times (`at`, `since`, `until`) are ms
UTC, desks are separated by spaces, `reason` is empty for ACCEPTED. `sum` is over what
nothing else in a row vouches for (row_checksums.py). Signed bytes are kept as they were
verified. What creates the tables stands in migrations.py; a test holds the two equal.
"""

from typing import NamedTuple

from msgspec import Struct

from exchange.store import values
from exchange.v1 import envelope_pb2 as pb

REFUSED = "reason <> ''"
LACKING = f"state = {values.LACKING}"
DIRECTORY = f"kind = {pb.KIND_DIRECTORY} AND reason = ''"


class Column(NamedTuple):
    """A column; its type is INT, LONG (64 bits), TEXT, BLOB or BOOL."""

    name: str
    type: str
    unique: bool = False


class Index(NamedTuple):
    """An index over some columns, of the rows for which `where` holds."""

    name: str
    columns: tuple[str, ...]
    where: str = ""


class Table(Struct, frozen=True, eq=False):
    """A table; the columns of its primary key, `key` of them, come first."""

    name: str
    columns: tuple[Column, ...]
    key: int
    indexes: tuple[Index, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    @property
    def keys(self) -> list[str]:
        """The names of the columns of its primary key."""
        return self.names[: self.key]


BY_NAME: dict[str, Table] = {}


def columns_of(text: str) -> list[Column]:
    """Return columns that are written as in SQL."""
    words = [column.split() for column in text.split(", ") if column]
    return [Column(name, type_, bool(rest)) for name, type_, *rest in words]


def _table(name: str, keys: str, values: str = "", *indexes: Index) -> Table:
    key = columns_of(keys)
    made = Table(name, (*key, *columns_of(values)), len(key), indexes)
    BY_NAME[name] = made
    return made


# The logs, own and replicas.

# A log, and where it stands: what an append compares and swaps.
log = _table("log", "number INT", "origin TEXT UNIQUE, size LONG, root BLOB")
# What a log records, for ever, and beside it what queries need.
entry = _table(
    "entry",
    "log INT, index LONG",
    "entry BLOB, name BLOB, id BLOB, kind INT, desks TEXT, reason TEXT",
    Index("entry_refused", ("name",), REFUSED),
    Index("entry_refusal", ("log", "index"), REFUSED),
    Index("entry_directory", ("log", "index"), DIRECTORY),
)
# Where the names and ids of ACCEPTED entries stand, all but the newest, by their keys;
# up to which size of a log these two have a slice of the keys; which keys of a slice
# they cannot have (places.py).
_table("name_place", "key LONG, log INT, index LONG")
_table("id_place", "key LONG, log INT, index LONG")
_table("place_slice", "slice INT, log INT", "size LONG, sum LONG")
_table("place_filter", "slice INT", "name BLOB, id BLOB")
# Every complete node of a log's tree; level 0 are the leaf hashes.
hashes = _table("hash", "log INT, level INT, index LONG", "hash BLOB")
# Wraps, end to end, and body of an ACCEPTED entry, or why they are not here: `state` is
# HELD, LACKING (`reason` says why), ERASED (`at`) or NEVER. Empty but for HELD, whose
# `sum` is 0: the digests of the entry vouch for it.
payload = _table(
    "payload",
    "log INT, index LONG",
    "wraps BLOB, body BLOB, state INT, reason TEXT, at LONG, sum LONG",
    Index("payload_lacking", ("log", "index"), LACKING),
)
# The signed heads, one a batch. Of each key the first line is kept, so that no proven
# time ever moves; newer ones stand in pulse.
head = _table("head", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG")
pulse = _table("pulse", "log INT", "size LONG, note BLOB, at LONG, sum LONG")
# Where an append ended whose head is not stored yet; readers end below it. `note` has
# the lines that a partner's log came with, and is empty under the own log.
boundary = _table(
    "boundary", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
)
# Heads ahead of the store that somebody showed; `promised`: only the node whose log it
# is has said so, and it holds nobody back.
sighting = _table(
    "sighting",
    "origin TEXT, size LONG, root BLOB",
    "note BLOB, promised BOOL, at LONG, sum LONG",
)
# The first proof that a log is forked, which freezes it.
fork = _table("fork", "log INT", "proof BLOB, at LONG, sum LONG")
# Where ACCEPTED statements stand; `desk` is an officer's, `kid` of the key that is
# stated or revoked, `since` when it was compromised.
statement = _table(
    "statement",
    "log INT, index LONG",
    "type INT, subject TEXT, role TEXT, desk TEXT, kid BLOB, serial LONG, since LONG",
    Index("statement_kid", ("kid", "log", "index")),
    Index("statement_subject", ("subject", "role", "log", "index")),
    Index("statement_desk", ("desk", "role", "log", "index")),
)
# The edge of a log's directory tree at the size of the log, hashes end to end; the
# signed heads over it; the first one about which this node and `by` do not agree.
directory = _table("directory", "log INT", "size LONG, edge BLOB, sum LONG")
directory_head = _table(
    "directory_head", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
)
directory_fault = _table(
    "directory_fault", "log INT, by TEXT", "size LONG, note BLOB, at LONG, sum LONG"
)
# Bundles of 256 entries that lie in files beside the database: the root over their leaf
# hashes, the bytes of the file, when it was moved (cold_rows.py).
cold = _table("cold", "log INT, tile LONG", "root BLOB, bytes LONG, at LONG, sum LONG")

# What happened here, and with partners.

# Numbered without holes from 1: a desk's cursor. `index` is an entry's, or a head's
# size.
arrival = _table(
    "arrival",
    "number LONG",
    "kind INT, log INT, index LONG, by TEXT, reason TEXT, sum LONG",
)
# Entries of the own log that a partner refused; whose text it lacks; whose text it
# erased before its desks took it. All by its own word.
refusal = _table(
    "refusal", "log INT, index LONG, by TEXT", "reason TEXT, at LONG, sum LONG"
)
lacking = _table("lacking", "log INT, index LONG, by TEXT", "at LONG, sum LONG")
undelivered = _table(
    "undelivered", "log INT, index LONG, by TEXT", "desks TEXT, at LONG, sum LONG"
)
# How it stands with a partner; a time of 0 is never.
peer = _table(
    "peer",
    "name TEXT",
    "up BOOL, since LONG, cosigned_size LONG, cosigned_at LONG, failures INT,"
    " next_try_at LONG, reason TEXT, sum LONG",
)
# Urgent envelopes of partners that came ahead of their log, or what became of them;
# `author` is a desk, `linked` in ms, `state` one of express.py. Where entries stand
# that may travel so; `arrival` is 0 until one is shown.
express = _table(
    "express",
    "name BLOB",
    "peer TEXT, origin TEXT, id BLOB, envelope BLOB, statements BLOB, below LONG,"
    " urgency INT, author TEXT, desks TEXT, at LONG, linked LONG, state INT,"
    " reason TEXT, index LONG, closed_at LONG, sum LONG",
)
urgent = _table(
    "urgent",
    "log INT, index LONG",
    "urgency INT, arrival LONG, sum LONG",
    Index("urgent_arrival", ("arrival",)),
)

# Own desks; of `waiting` and `refused` an empty desk is the operator.

# Envelopes that are durable here and have no place in the log yet, as they came.
waiting = _table(
    "waiting",
    "number LONG",
    "name BLOB UNIQUE, envelope BLOB, desk TEXT, at LONG, sum LONG",
)
refused = _table(
    "refused", "name BLOB", "desk TEXT, reason TEXT, where TEXT, at LONG, sum LONG"
)
# How far a desk has read: the largest `after` that began a Watch of its.
desk = _table("desk", "name TEXT", "after LONG, at LONG, sum LONG")
# Drafts that wait for their releaser, what became of them, and emergencies; `author` is
# an officer, `state` one of drafts.py, `returned` a serialized ReturnDraftRequest.
draft = _table(
    "draft",
    "name BLOB",
    "author TEXT, desk TEXT, review TEXT, state INT, since LONG, expires LONG,"
    " index LONG, returned BLOB, envelope BLOB, sum LONG",
    Index("draft_desk", ("desk", "state")),
    Index("draft_review", ("review", "state")),
    Index("draft_state", ("state",)),
)

# This node's processes; one row each but for `replica`.

# The newest times seen: `signed` of a line of `by`, another nation or a witness; `own`
# that by which this node's process went on.
clock = _table("clock", "number INT", "signed LONG, by TEXT, own LONG, sum LONG")
# Who may append: an epoch that only grows, and 16 random bytes of a process.
writer = _table("writer", "number INT", "epoch LONG, holder BLOB, sum LONG")
# Until when that process may write, by the clock of the database and on which timeline
# of it; `restored`: no holder since a restored state has heard every member. And the
# processes that share the database. Both matter only now: no copy has them.
_table(
    "lease",
    "number INT",
    "epoch LONG, holder BLOB, until LONG, timeline LONG, restored INT",
)
_table("replica", "holder BLOB", "name TEXT, seen LONG")
