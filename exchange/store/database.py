"""The connections: pragmas, one writer, our words for SQLite's errors."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from exchange.errors import Reason, Refusal, Tampered
from exchange.store import migrations, whole

READERS = 16  # threads that may read at once
BUSY = 5_000  # ms to wait for another process's writer
EMPTYING = 1_000  # ms to wait for readers before the WAL is emptied
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"

WRITING = (
    "journal_mode = WAL",  # readers do not wait for the writer
    "synchronous = FULL",  # what we have acknowledged survives a power cut
    f"busy_timeout = {BUSY}",
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes past the triggers
    "trusted_schema = OFF",  # the file may come from elsewhere
    "secure_delete = ON",  # what is erased leaves zeros, not its text
    "cache_size = -262144",  # KiB; names and ids land anywhere in their indexes
    "wal_autocheckpoint = 4000",  # pages; the same page then is copied back once
)
READING = (f"busy_timeout = {BUSY}", "trusted_schema = OFF", "query_only = ON")

REASONS = {
    sqlite3.SQLITE_FULL: Reason.DISK,
    sqlite3.SQLITE_IOERR_SHMSIZE: Reason.DISK,  # the first thing to need room
    sqlite3.SQLITE_BUSY: Reason.LOCKED,
    sqlite3.SQLITE_LOCKED: Reason.LOCKED,
}
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PRIMARY_CODE = 0xFF  # the rest of an SQLite error code is detail


class Database:
    """One SQLite file, for any number of threads: many readers, one writer.

    `as_it_is` takes any schema and migrates nothing: a damaged one is to be mended.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, as_it_is: bool = False
    ) -> None:
        self._path = path
        self._name = path.name
        self._lock = threading.Lock()
        reader = partial(_connect, path, READING, mode="ro")
        self._readers = _engine(reader, READERS, "BEGIN")
        self._writer: Engine | None = None
        self._closed = False
        self._sound = False  # opened to write, and read: its digest may be noted
        try:
            if not read_only:
                with _translated(self._name):
                    _create(path)
                    whole.opened(path)
                writer = partial(_connect, path, WRITING, mode="rw")
                # What reads before it writes must own the database from its first
                # read on.
                self._writer = _engine(writer, 1, "BEGIN IMMEDIATE")
            if as_it_is:
                self._look()
            else:
                self._migrate()
            self._sound = not (read_only or as_it_is)
        except BaseException:
            self.close()
            raise

    def _migrate(self) -> None:
        with self.reading() as connection:
            found = migrations.version(connection)
        if found == migrations.HEAD:
            return
        if self._writer is None or (found or "") > migrations.HEAD:
            raise Refusal(Reason.DATABASE, f"{self._name}: schema {found}")
        with self.writing() as connection:  # alone: another process may be at it too
            migrations.upgrade(connection)

    def _look(self) -> None:
        """Raise Tampered(DATABASE) where there is no database at all."""
        with self.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()

    def close(self) -> None:
        """Close every connection; the last one to go tidies up the WAL.

        Whoever writes ends first, and who comes later is refused: what was noted of
        a closed file must stay true.
        """
        with self._lock:
            self._closed = True
            self._readers.dispose()
            if self._writer is not None:
                self._tidy_up(self._writer)
                self._writer = None
            if self._sound:
                self._sound = False
                with contextlib.suppress(OSError):  # a full disk: then none is noted
                    whole.closed(self._path)

    def _tidy_up(self, writer: Engine) -> None:
        """Close last what may write: readers alone would leave their WAL behind."""
        with (
            contextlib.suppress(DBAPIError, PoolTimeoutError, UnicodeDecodeError),
            writer.connect() as last,
        ):
            last.exec_driver_sql("PRAGMA schema_version")
        writer.dispose()

    def empty_wal(self) -> None:
        """Copy the WAL into the file and cut it to nothing.

        Raises Refusal(LOCKED) where somebody reads an older state for long: writers
        would have to wait meanwhile.
        """
        with self._writing() as writer:
            raw = writer.raw_connection()  # without our BEGIN
            try:
                cursor = raw.cursor()
                cursor.execute(f"PRAGMA busy_timeout = {EMPTYING}")
                (busy, *_) = cursor.execute(CHECKPOINT).fetchone()
                cursor.execute(f"PRAGMA busy_timeout = {BUSY}")
            finally:
                raw.close()
        if busy:
            raise Refusal(Reason.LOCKED, self._name)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database; blocks nobody."""
        if self._closed:
            raise Refusal(Reason.DATABASE, f"{self._name}: closed")
        with _translated(self._name), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, fsynced when the block ends; undone if it raises."""
        with self._writing() as writer, writer.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Engine]:
        with self._lock, _translated(self._name):
            if self._writer is None:
                what = "closed" if self._closed else "opened to read"
                raise Refusal(Reason.DATABASE, f"{self._name}: {what}")
            yield self._writer


def _engine(connect: Callable[[], sqlite3.Connection], size: int, begin: str) -> Engine:
    """Return a pool of at most `size` connections whose transactions begin so."""
    made = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
    )

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return made


def _connect(path: Path, pragmas: Iterable[str], *, mode: str) -> sqlite3.Connection:
    """Open one connection; the driver begins no transaction by itself."""
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    if mode == "ro" and _untouchable(path):
        uri += "&immutable=1"
    connection = sqlite3.connect(
        uri, uri=True, check_same_thread=False, isolation_level=None
    )
    try:
        for pragma in pragmas:
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
    except UnicodeDecodeError as error:  # SQLite's message quotes the damaged schema
        raise Tampered(Reason.DATABASE, name) from error
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as error:
        detail = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
        code = detail & PRIMARY_CODE
        if code == sqlite3.SQLITE_CONSTRAINT:
            raise  # not the file's fault: ours
        if code in DAMAGED:
            raise Tampered(Reason.DATABASE, name) from error
        reason = REASONS.get(detail) or REASONS.get(code, Reason.DATABASE)
        raise Refusal(reason, name) from error
