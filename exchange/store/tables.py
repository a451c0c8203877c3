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
    lease    until when that process may write, by the clock of the database
    replica  the processes of this node that share the database, and when each was seen
    boundary  a position that is committed and whose head is not stored yet
    sighting  heads ahead of the store that somebody showed, until it reaches them
    express  urgent envelopes of partners that came ahead of their log
    urgent   where entries stand that may travel ahead of their log
    statement  where statements stand, by kid, subject and desk
    directory  the edge of each log's directory tree, at the size of the log
    directory_head  the signed notes over it
    directory_fault  the first note of a node that does not agree with it
    draft    envelopes that wait for their releaser, emergencies not countersigned
    cold     which entries lie in files beside the database, 256 a row (cold_files.py)

`sum` is over what nothing else in a row vouches for (row_checksums.py). Signed bytes
are kept as they were verified. `reason` is empty for ACCEPTED. models.py says what
each column means.
"""

from typing import Any

from sqlalchemy import Index, MetaData, Table, text

from exchange.store import values
from exchange.store.columns import columns_of
from exchange.v1 import envelope_pb2 as pb

REFUSED = text("reason <> ''")
LACKING = text(f"state = {values.LACKING}")
DIRECTORY = text(f"kind = {pb.KIND_DIRECTORY} AND reason = ''")
METADATA = MetaData()
BY_NAME = METADATA.tables


def _table(
    name: str,
    keys: str,
    values: str = "",
    *indexes: Index,
    **options: Any,  # noqa: ANN401  as SQLAlchemy takes them
) -> Table:
    return Table(name, METADATA, *columns_of(keys, values), *indexes, **options)


log = _table("log", "number INT", "origin TEXT UNIQUE, size LONG, root BLOB")
entry = _table(
    "entry",
    "log INT, index LONG",
    "entry BLOB, name BLOB, id BLOB, kind INT, desks TEXT, reason TEXT",
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
_table("name_place", "key LONG, log INT, index LONG", sqlite_with_rowid=False)
_table("id_place", "key LONG, log INT, index LONG", sqlite_with_rowid=False)
_table(
    "place_slice", "slice INT, log INT", "size LONG, sum LONG", sqlite_with_rowid=False
)
_table("place_filter", "slice INT", "name BLOB, id BLOB")
hashes = _table(
    "hash", "log INT, level INT, index LONG", "hash BLOB", sqlite_with_rowid=False
)
payload = _table(
    "payload",
    "log INT, index LONG",
    "wraps BLOB, body BLOB, state INT, reason TEXT, at LONG, sum LONG",
    Index(
        "payload_lacking",
        "log",
        "index",
        sqlite_where=LACKING,
        postgresql_where=LACKING,
    ),
)
head = _table("head", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG")
arrival = _table(
    "arrival",
    "number LONG",
    "kind INT, log INT, index LONG, by TEXT, reason TEXT, sum LONG",
)
refusal = _table(
    "refusal", "log INT, index LONG, by TEXT", "reason TEXT, at LONG, sum LONG"
)
peer = _table(
    "peer",
    "name TEXT",
    "up BOOL, since LONG, cosigned_size LONG, cosigned_at LONG, failures INT,"
    " next_try_at LONG, reason TEXT, sum LONG",
)
waiting = _table(
    "waiting",
    "number LONG",
    "name BLOB UNIQUE, envelope BLOB, desk TEXT, at LONG, sum LONG",
)
pulse = _table("pulse", "log INT", "size LONG, note BLOB, at LONG, sum LONG")
lacking = _table("lacking", "log INT, index LONG, by TEXT", "at LONG, sum LONG")
undelivered = _table(
    "undelivered", "log INT, index LONG, by TEXT", "desks TEXT, at LONG, sum LONG"
)
desk = _table("desk", "name TEXT", "after LONG, at LONG, sum LONG")
clock = _table("clock", "number INT", "signed LONG, by TEXT, own LONG, sum LONG")
refused = _table(
    "refused", "name BLOB", "desk TEXT, reason TEXT, where TEXT, at LONG, sum LONG"
)
fork = _table("fork", "log INT", "proof BLOB, at LONG, sum LONG")
writer = _table("writer", "number INT", "epoch LONG, holder BLOB, sum LONG")
_table(
    "lease",
    "number INT",
    "epoch LONG, holder BLOB, until LONG, timeline LONG, restored INT",
)
_table("replica", "holder BLOB", "name TEXT, seen LONG")
boundary = _table(
    "boundary", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
)
sighting = _table(
    "sighting",
    "origin TEXT, size LONG, root BLOB",
    "note BLOB, promised BOOL, at LONG, sum LONG",
)
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
    Index("urgent_arrival", "arrival"),
)
statement = _table(
    "statement",
    "log INT, index LONG",
    "type INT, subject TEXT, role TEXT, desk TEXT, kid BLOB, serial LONG, since LONG",
    Index("statement_kid", "kid", "log", "index"),
    Index("statement_subject", "subject", "role", "log", "index"),
    Index("statement_desk", "desk", "role", "log", "index"),
)
directory = _table("directory", "log INT", "size LONG, edge BLOB, sum LONG")
directory_head = _table(
    "directory_head", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
)
directory_fault = _table(
    "directory_fault", "log INT, by TEXT", "size LONG, note BLOB, at LONG, sum LONG"
)
draft = _table(
    "draft",
    "name BLOB",
    "author TEXT, desk TEXT, review TEXT, state INT, since LONG, expires LONG,"
    " index LONG, returned BLOB, envelope BLOB, sum LONG",
    Index("draft_desk", "desk", "state"),
    Index("draft_review", "review", "state"),
    Index("draft_state", "state"),
)
cold = _table("cold", "log INT, tile LONG", "root BLOB, bytes LONG, at LONG, sum LONG")
