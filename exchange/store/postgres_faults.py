"""The faults of a PostgreSQL server by SQLSTATE, and our message for each.

A message is one line: the fault, then the remedy. Every fault but damage is one of
`errors.STORAGE`: it does not depend on the request, and the node retries until the
cause is gone. A message has no password, and never quotes the server, which may quote a
row. The log has the server's message, and the statement without its values.

A server that refuses a connection sends a SQLSTATE too, but libpq does not pass it on,
and the message is in the server's language. `ask_code` connects once more and reads the
code in libpq's own trace.
"""

import contextlib
import logging
import os
import re
import select
import time
from collections.abc import Iterator, Mapping

import psycopg
from msgspec import Struct
from psycopg import pq

from exchange.errors import FusionError, Reason, Refusal, Tampered, Why

logger = logging.getLogger(__name__)

LOGGED_EVERY = 60.0  # s between two lines of the log on one fault of a statement
LOGGED_MAX = 256  # faults of statements that are known as logged
QUOTED_MAX = 500  # characters of a statement, and of a server's message
QUOTING = "22"  # the class of codes with messages that quote a value
ASK_WITHIN = 5.0  # s that asking for the code of a refused connection may take
TRACE_MAX = 64 * 1024  # bytes read of a trace
CODE = re.compile(r"[0-9A-Z]{5}")
_TOLD = re.compile(rb"^B\t\d+\tErrorResponse\t.* C \"([0-9A-Z]{5})\" M ", re.MULTILINE)


class ServerFault(Struct, frozen=True):
    why: Why
    reason: Reason = Reason.DATABASE
    damage: bool = False
    """Whether stored data can no longer be read: then waiting does not help."""


UNREACHED = ServerFault(
    Why(
        "no database server answers there; check host and port, that it runs, and"
        " that no firewall is in between"
    )
)
CUT = ServerFault(
    Why(
        "the connection to the database server was cut; check that it runs, then try"
        " again: this loses no data and repeats no step"
    )
)
_REFUSED = ServerFault(
    Why(
        "the database server refuses the user or the password; correct the password"
        " file (docs/operations/storage.md)"
    )
)
_FULL = ServerFault(
    Why("the disk of the database server is full; make room there"), Reason.DISK
)
_NO_CONNECTIONS = ServerFault(
    Why(
        "the database server has too many connections; close some, or raise its"
        " max_connections"
    ),
    Reason.LOCKED,
)
_SCARCE = ServerFault(
    Why("the database server is short of memory or of another resource; see its log")
)
_READ_ONLY = ServerFault(
    Why(
        "the database server is a standby, which is read-only; name the primary, or all"
        " servers with target_session_attrs=read-write"
    )
)
_BUSY = ServerFault(
    Why("another transaction of the database was in the way; try again"),
    Reason.LOCKED,
)
_STOPPING = ServerFault(
    Why("the database server is starting or stopping; wait, and try again")
)
_NO_DATABASE = ServerFault(
    Why(
        "the server has no database of that name; create it, or correct database in"
        " node/config.toml"
    )
)
_NOT_OURS = ServerFault(
    Why(
        "the database does not hold the tables of a node; name another in"
        " node/config.toml"
    )
)
_NOT_ALLOWED = ServerFault(
    Why(
        "the database user may not do that; make it the owner of the node's database"
        " (docs/operations/storage.md)"
    )
)
_ENCODING = ServerFault(
    Why("the database does not have the encoding UTF8; create it with ENCODING 'UTF8'")
)
_DISK = ServerFault(
    Why(
        "the database server cannot read or write its files; see its log, and fail"
        " over to a replica that is sound"
    )
)
_DAMAGED = ServerFault(
    Why(
        "the database server finds its files damaged; see its log, and fail over to a"
        " replica or restore a backup"
    ),
    damage=True,
)
_ENDED = ServerFault(
    Why("the database server cancelled the statement; try again"), Reason.LOCKED
)

CLASSES: Mapping[str, ServerFault] = {
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
"""By the class, the first two characters, for faults that are not in FAULTS."""
FAULTS: Mapping[str, ServerFault] = {
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


def is_read_only(code: str) -> bool:
    """Return whether the server is a standby, which takes no writes."""
    return fault_of(code) is _READ_ONLY


def fault_of(code: str) -> ServerFault:
    """Find a message for every code."""
    found = FAULTS.get(code) or CLASSES.get(code[:2])
    if found is not None:
        return found
    shown = code if CODE.fullmatch(code) else "?"
    return ServerFault(
        Why("the database server refuses (SQLSTATE {code}); see its log", code=shown)
    )


def transaction_error(code: str, where: str) -> FusionError:
    """Return the error; an empty code is a cut connection; `where` names it.

    The error is Tampered(DATABASE) for damage, else Refusal: DISK, LOCKED or DATABASE.
    """
    return _error(fault_of(code) if code else CUT, where)


class FaultLog:
    """Logs a server's faults; any thread may use it.

    A lasting fault is logged again after LOGGED_EVERY.
    """

    def __init__(self) -> None:
        self._logged: dict[tuple[str, str], float] = {}

    def note(self, error: psycopg.Error, where: str) -> None:
        """`where` names the database.

        The statements are the notes of the error (`naming`).
        """
        statement = "; ".join(getattr(error, "__notes__", ()))
        code, now = error.sqlstate or "", time.monotonic()
        last = self._logged.get((code, statement))
        if not code or (last is not None and now - last < LOGGED_EVERY):
            return
        if len(self._logged) >= LOGGED_MAX:
            self._logged.clear()
        self._logged[code, statement] = now
        said = "" if code.startswith(QUOTING) else error.diag.message_primary or ""
        told = where, code, _line(said) or "-", _line(statement)
        logger.warning("%s: SQLSTATE %s: %s: %s", *told)


@contextlib.contextmanager
def naming(statement: str) -> Iterator[None]:
    """Add the statement to an error of the driver, without values."""
    try:
        yield
    except psycopg.Error as error:
        error.add_note(statement)
        raise


def _line(text: str) -> str:
    line = " ".join(text.split())[:QUOTED_MAX]
    return "".join(one if one.isprintable() else "?" for one in line)


def connection_error(error: psycopg.Error, where: str, conninfo: str) -> FusionError:
    """Return the error for an attempt with `conninfo`.

    A server that answers is asked again for its code.
    """
    silent = isinstance(error, psycopg.errors.ConnectionTimeout)
    code = error.sqlstate or ("" if silent else ask_code(conninfo))
    return _error(fault_of(code) if code else UNREACHED, where)


def _error(fault: ServerFault, where: str) -> FusionError:
    kind = Tampered if fault.damage else Refusal
    return kind(fault.reason, where, fault.why)


def ask_code(conninfo: str, within: float = ASK_WITHIN) -> str:
    """Return the code with which a server refuses, or "".

    "" also if it accepts, or does not answer `within` so many seconds. The trace
    contains the answer to a password request, so it is kept in memory only.
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
    """Yield whether it waits to read, until it is made or refused."""
    while True:
        state = connection.connect_poll()
        if state in {pq.PollingStatus.OK, pq.PollingStatus.FAILED}:
            return
        yield state == pq.PollingStatus.READING


def _ready(handle: int, within: float, *, reading: bool) -> bool:
    look = ([handle], []) if reading else ([], [handle])
    return any(select.select(*look, [], within))
