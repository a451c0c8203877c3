"""The connections: pragmas, one writer, our words for SQLite's errors."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from exchange.errors import Reason, Refusal, Tampered
from exchange.store import migrations

CONNECTIONS = 16  # threads that may read at once
BUSY = 5_000  # ms to wait for another process's writer

PRAGMAS = (
    "journal_mode = WAL",  # readers do not wait for the writer
    "synchronous = FULL",  # what we have acknowledged survives a power cut
    f"busy_timeout = {BUSY}",
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes past the triggers
    "trusted_schema = OFF",  # the file may come from elsewhere
    "cache_size = -16000",  # KiB; names land anywhere in their index
)
READING = ("query_only = ON", f"busy_timeout = {BUSY}", "trusted_schema = OFF")

REASONS = {
    sqlite3.SQLITE_FULL: Reason.DISK,
    sqlite3.SQLITE_BUSY: Reason.LOCKED,
    sqlite3.SQLITE_LOCKED: Reason.LOCKED,
}
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PRIMARY_CODE = 0xFF  # the rest of an SQLite error code is detail


class Database:
    """One SQLite file, for any number of threads: many readers, one writer."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._name = path.name
        self._lock = threading.Lock()
        self._engine = create_engine(
            "sqlite://",
            creator=partial(_connect, path, read_only=read_only),
            poolclass=QueuePool,
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
        )
        event.listen(self._engine, "begin", _begin)
        # What reads before it writes must own the database from its first read.
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        try:
            self._migrate(read_only=read_only)
        except BaseException:
            self.close()
            raise

    def _migrate(self, *, read_only: bool) -> None:
        with self.reading() as connection:
            found = migrations.version(connection)
        if found == migrations.HEAD:
            return
        if read_only or (found or "") > migrations.HEAD:
            raise Refusal(Reason.DATABASE, f"{self._name}: schema {found}")
        with self.writing() as connection:  # alone: another process may be at it too
            migrations.upgrade(connection)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database; blocks nobody."""
        with _translated(self._name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, fsynced when the block ends; undone if it raises."""
        with (
            self._lock,
            _translated(self._name),
            self._writing.begin() as connection,
        ):
            yield connection


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("begin", "BEGIN"))


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open one connection; the driver begins no transaction by itself."""
    if not read_only:
        _create(path)
    uri = f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rw'}"
    if read_only and _untouchable(path):
        uri += "&immutable=1"
    connection = sqlite3.connect(
        uri, uri=True, check_same_thread=False, isolation_level=None
    )
    try:
        for pragma in READING if read_only else PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """Make the file, for us alone; SQLite gives its companions the same mode."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _untouchable(path: Path) -> bool:
    """Whether the file is closed and lies where we may not write, as on a disc."""
    wal = path.with_name(f"{path.name}-wal")
    return not wal.exists() and not os.access(path.parent, os.W_OK)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Raise a Refusal for what is the file's fault, naming the file only."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as error:
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
        code &= PRIMARY_CODE
        if code == sqlite3.SQLITE_CONSTRAINT:
            raise  # not the file's fault: ours
        if code in DAMAGED:
            raise Tampered(Reason.DATABASE, name) from error
        raise Refusal(REASONS.get(code, Reason.DATABASE), name) from error
