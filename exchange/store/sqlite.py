"""The SQLite of a node's database: the one in sqlcipher3, without a key.

SQLite 3.7.0 to 3.51.2 can lose a committed transaction ("The WAL-Reset Bug" in
sqlite.org/wal.html). Python's `sqlite3` often links such a version: never open a file
with it that a node may have open, neither to write nor to read. Two copies of SQLite in
one process also drop each other's locks. The files are plain SQLite files.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal, Why
from exchange.store.cursor import Cursor, Row
from exchange.store.pool import Connections

# sqlcipher3 ships no types: a connection and rows are Any.
Connection: TypeAlias = Any
Pragma: TypeAlias = tuple[str, int | str]
"""A name, and the value that is set and must be read back."""

FIRST_SOUND = (3, 51, 3)  # version of SQLite
EXTENDED_CODES = 0x02000000  # SQLITE_OPEN_EXRESCODE, which sqlcipher3 does not name
SHARED_MEMORY_SIZE = dbapi2.SQLITE_IOERR | 19 << 8  # SQLITE_IOERR_SHMSIZE, likewise
CLOCK = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
"""The clock of the database: ms UTC."""
PRIMARY_CODE = 0xFF  # the rest of an SQLite error code is detail
ROWS_AT_ONCE = 64
"""Rows that one statement inserts, or reads back."""
JOINED = (  # group_concat takes a blob of any bytes as a text
    "SELECT CAST(group_concat(entry, '') AS BLOB), group_concat(length(entry))"
    ' FROM (SELECT entry FROM entry WHERE log = ? AND "index" >= ? AND "index" < ?'
    ' ORDER BY "index")'
)

_OLD = Why(
    "the SQLite of sqlcipher3 is {version}, which can lose committed data; install"
    " the sqlcipher3 of requirements.lock, with SQLite 3.51.3 or newer"
)
_NOT_TAKEN = Why(
    "SQLite did not take {setting}; put the home on a local disk, and install the"
    " sqlcipher3 of requirements.lock"
)


def check_version(version: tuple[int, ...]) -> None:
    """Refuse (DATABASE) a version that can lose committed transactions."""
    if version < FIRST_SOUND:
        why = Why(_OLD.text, version=".".join(map(str, version)))
        raise Refusal(Reason.DATABASE, "SQLite", why)


def connect(
    path: Path, pragmas: Iterable[Pragma] = (), *, write: bool, immutable: bool = False
) -> Connection:
    """Open an existing file; begin no transaction.

    Without `write` it changes neither the file nor its WAL, even if it closes last.
    `immutable`: nobody can change the file meanwhile. Refusal(DATABASE) for a pragma
    that SQLite does not take, and dbapi2.Error with an extended code.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode={'rw' if write else 'ro'}"
    access = dbapi2.SQLITE_OPEN_READWRITE if write else dbapi2.SQLITE_OPEN_READONLY
    connection = dbapi2.connect(
        f"{uri}&immutable=1" if immutable else uri,
        uri=True,
        flags=access | dbapi2.SQLITE_OPEN_URI | EXTENDED_CODES,
        check_same_thread=False,
        isolation_level=None,
    )
    try:
        connection.execute("PRAGMA cipher_log = off")  # it would write to stderr
        for name, value in pragmas:
            _set(connection, name, value, path.name)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: Connection, name: str, value: int | str, where: str) -> None:
    """Raise Refusal(DATABASE) if it reads back differently."""
    connection.execute(f"PRAGMA {name} = {value}").fetchall()
    if connection.execute(f"PRAGMA {name}").fetchone() != (value,):
        why = Why(_NOT_TAKEN.text, setting=f"{name} = {value}")
        raise Refusal(Reason.DATABASE, where, why)


class SqliteCursor(dbapi2.Cursor):  # type: ignore[misc]  # see above
    server = False

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Insert many rows in one statement.

        Each step of a statement releases the interpreter and then waits for it, while
        other threads verify.
        """
        if not rows:
            return
        columns, whole = len(rows[0]), len(rows) - len(rows) % ROWS_AT_ONCE
        for start in range(0, whole, ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            many = _insert(table, columns, ROWS_AT_ONCE)
            self.execute(many, list(chain.from_iterable(some)))
        if len(rows) > whole:
            self.executemany(_insert(table, columns, 1), rows[whole:])

    def entry_bytes(self, log: int, start: int, end: int) -> list[bytes]:
        """Read many as one value: each row would be a step (see `insert`)."""
        found: list[bytes] = []
        for first in range(start, end, ROWS_AT_ONCE):
            asked = log, first, min(first + ROWS_AT_ONCE, end)
            joined, lengths = self.execute(JOINED, asked).fetchone()
            at = 0
            for length in map(int, lengths.split(",") if lengths else ()):
                found.append(joined[at : at + length])
                at += length
        return found


@cache
def _insert(table: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f'INSERT INTO "{table}" VALUES {", ".join([row] * rows)}'  # noqa: S608  our own names


def new_cursor(connection: Connection) -> Cursor:
    made: Cursor = connection.cursor(SqliteCursor)
    return made


@contextlib.contextmanager
def transaction(pool: Connections, begin: str) -> Iterator[Cursor]:
    """Begin a transaction, committed when the block ends."""
    with pool.lend() as driver, contextlib.closing(new_cursor(driver)) as cursor:
        cursor.execute(begin)
        yield cursor
        driver.commit()


def code_of(error: BaseException) -> int:
    """Return the extended code, or 0."""
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else 0


def breaks_constraint(error: BaseException) -> bool:
    """Return whether an index, a NOT NULL, a CHECK or a trigger refused a row.

    With extended codes the driver does not raise IntegrityError for these.
    """
    return bool(code_of(error) & PRIMARY_CODE == dbapi2.SQLITE_CONSTRAINT)
