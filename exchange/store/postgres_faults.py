"""What each fault of a PostgreSQL server is called here, by its SQLSTATE.

One line for a person: what is wrong, and what to do. Every fault but damage is one of
`errors.STORAGE`: it says nothing of what was asked, and the node asks again until the
cause has ended. No word of the server's own is told, for it may quote a row, and no
password.

A server that refuses a connection says why by a SQLSTATE too, but libpq gives it to
nobody, and its sentence is in the server's language. `ask_code` connects once more and
reads it in libpq's own trace.
"""

import contextlib
import os
import re
import select
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import pq

from exchange.errors import FusionError, Reason, Refusal, Tampered, Why

ASK_WITHIN = 5.0  # s that asking for the code of a refused connection may take
TRACE_MAX = 64 * 1024  # bytes read of a trace
CODE = re.compile(r"[0-9A-Z]{5}")
_TOLD = re.compile(rb"^B\t\d+\tErrorResponse\t.* C \"([0-9A-Z]{5})\" M ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a fault, and by which reason programs know it."""

    why: Why
    reason: Reason = Reason.DATABASE
    damage: bool = False
    """Whether what is stored cannot be read any more: then it heals by no waiting."""


UNREACHED = Fault(
    Why(
        "no database server answers there; check host and port, that it runs, and"
        " that no firewall is between"
    )
)
CUT = Fault(
    Why(
        "the connection to the database server was cut; see that it runs, then try"
        " again: nothing is lost, and nothing is done twice"
    )
)
_REFUSED = Fault(
    Why(
        "the database server refuses the user or the password; correct the password"
        " file (docs/operations.md)"
    )
)
_FULL = Fault(
    Why("the disk of the database server is full; make room there"), Reason.DISK
)
_NO_CONNECTIONS = Fault(
    Why(
        "the database server has too many connections; end some, or raise its"
        " max_connections"
    ),
    Reason.LOCKED,
)
_SCARCE = Fault(
    Why("the database server is short of memory or of another means; see its log")
)
_READ_ONLY = Fault(
    Why(
        "the database server only reads: it is a standby; name the primary, or all"
        " servers with target_session_attrs=read-write"
    )
)
_BUSY = Fault(
    Why("another transaction of the database stood in the way; try again"),
    Reason.LOCKED,
)
_STOPPING = Fault(
    Why("the database server starts or stops; wait until it is there, and try again")
)
_NO_DATABASE = Fault(
    Why(
        "the server has no database of that name; create it, or correct database in"
        " node/config.toml"
    )
)
_NOT_OURS = Fault(
    Why(
        "the database does not hold the tables of a node; name another in"
        " node/config.toml"
    )
)
_NOT_ALLOWED = Fault(
    Why(
        "the database user may not do that; make it the owner of the node's database"
        " (docs/operations.md)"
    )
)
_ENCODING = Fault(
    Why("the database is not of the encoding UTF8; create it with ENCODING 'UTF8'")
)
_DISK = Fault(
    Why(
        "the database server cannot read or write its files; see its log, and fail"
        " over to a replica that is sound"
    )
)
_DAMAGED = Fault(
    Why(
        "the database server finds its files damaged; see its log, and fail over to a"
        " replica or restore a backup"
    ),
    damage=True,
)
_ENDED = Fault(
    Why("the database server ended what was asked; try again"), Reason.LOCKED
)

CLASSES: Mapping[str, Fault] = {
    "08": CUT,
    "0A": _READ_ONLY,  # a standby's answer to BEGIN READ WRITE
    "25": _ENDED,
    "28": _REFUSED,
    "3D": _NO_DATABASE,
    "3F": _NOT_OURS,
    "40": _BUSY,
    "42": _NOT_OURS,
    "53": _SCARCE,
    "55": _BUSY,
    "57": _STOPPING,
    "58": _DISK,
}
"""Of all faults of a class, its first two characters, that are not in FAULTS."""
FAULTS: Mapping[str, Fault] = {
    "08001": UNREACHED,
    "08004": _REFUSED,
    "22021": _ENCODING,
    "22P05": _ENCODING,
    "25006": _READ_ONLY,
    "42501": _NOT_ALLOWED,
    "53100": _FULL,
    "53300": _NO_CONNECTIONS,
    "57014": _ENDED,
    "57P04": _NO_DATABASE,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""By the whole SQLSTATE."""


def fault_of(code: str) -> Fault:
    """Return what is said of a SQLSTATE; whatever a server answers, there is a text."""
    found = FAULTS.get(code) or CLASSES.get(code[:2])
    if found is not None:
        return found
    shown = code if CODE.fullmatch(code) else "?"
    return Fault(
        Why("the database server refuses (SQLSTATE {code}); see its log", code=shown)
    )


def cut_short(code: str, where: str) -> FusionError:
    """Return what it is to our callers that a transaction failed, by its SQLSTATE.

    Empty: the connection was cut. `where` names the database. Tampered(DATABASE) for
    damage, Refusal otherwise: DISK, LOCKED or DATABASE.
    """
    return _error(fault_of(code) if code else CUT, where)


def refused(error: psycopg.Error, where: str, conninfo: str) -> FusionError:
    """Return, as `cut_short`, what it is that no connection could be had.

    `conninfo` is how it was asked for; a server that answers is asked for its code.
    """
    silent = isinstance(error, psycopg.errors.ConnectionTimeout)
    code = error.sqlstate or ("" if silent else ask_code(conninfo))
    return _error(fault_of(code) if code else UNREACHED, where)


def _error(fault: Fault, where: str) -> FusionError:
    kind = Tampered if fault.damage else Refusal
    return kind(fault.reason, where, fault.why)


def ask_code(conninfo: str, within: float = ASK_WITHIN) -> str:
    """Return the SQLSTATE by which a server refuses a connection; empty: none is told.

    Empty too where it does not refuse, or does not answer `within` so many seconds.
    The trace, in which an answer to a demand for a password stands, is only ever in
    memory.
    """
    with contextlib.closing(os.fdopen(os.memfd_create("trace"), "rb")) as trace:
        connection = pq.PGconn.connect_start(conninfo.encode())
        try:
            connection.trace(trace.fileno())
            connection.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
            for reading in _waits(connection):
                if not _ready(connection.socket, within, reading=reading):
                    return ""
            connection.untrace()
        finally:
            connection.finish()
        trace.seek(0)
        told = _TOLD.findall(trace.read(TRACE_MAX))
    return told[-1].decode() if told else ""


def _waits(connection: pq.abc.PGconn) -> Iterator[bool]:
    """Yield, until a connection is made or refused, whether it waits to read."""
    while True:
        state = connection.connect_poll()
        if state in {pq.PollingStatus.OK, pq.PollingStatus.FAILED}:
            return
        yield state == pq.PollingStatus.READING


def _ready(handle: int, within: float, *, reading: bool) -> bool:
    look = ([handle], []) if reading else ([], [handle])
    return any(select.select(*look, [], within))
