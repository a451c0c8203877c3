"""A database in a file: pragmas, one writer, SQLite's errors as ours."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal, Tampered
from exchange.limits import SECOND
from exchange.store import file_digest, sqlite
from exchange.store.cursor import Cursor
from exchange.store.database import READERS, Database
from exchange.store.pool import Connections
from exchange.store.sqlite import Pragma
from exchange.store.turns import rest

READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
BUSY = 5_000  # ms to wait for another process's writer
EMPTYING = 1_000  # ms to wait for readers before the WAL is emptied
EMPTYING_TURN = 20  # ms of it at a time, while appends wait
COPIED_FROM = 1 << 20  # bytes of a WAL that is worth copying back
TRUNCATE = "PRAGMA wal_checkpoint(TRUNCATE)"
PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"

WRITING: tuple[Pragma, ...] = (
    ("journal_mode", "wal"),  # readers do not wait for the writer
    ("synchronous", 2),  # FULL: acknowledged writes survive a power cut
    ("busy_timeout", BUSY),
    ("recursive_triggers", 1),  # else INSERT OR REPLACE deletes past the triggers
    ("trusted_schema", 0),  # the file may come from elsewhere
    ("secure_delete", 1),  # erased texts leave zeros
    ("cache_size", -4096),  # KiB; appended rows are adjacent (places.py)
    ("temp_store", 1),  # a file, because sorts have no bound
    # Pages. A node copies them back earlier, without delaying appends
    # (`copy_wal_back`), so that little is left to the append that reaches this.
    ("wal_autocheckpoint", 16_000),
)
READING: tuple[Pragma, ...] = (
    ("busy_timeout", BUSY),
    ("trusted_schema", 0),
    ("cache_size", -512),  # KiB, for each of READERS
    ("temp_store", 1),
    ("query_only", 1),
)

REASONS = {
    dbapi2.SQLITE_FULL: Reason.DISK,
    sqlite.SHARED_MEMORY_SIZE: Reason.DISK,  # the first thing to need room
    dbapi2.SQLITE_BUSY: Reason.LOCKED,
    dbapi2.SQLITE_LOCKED: Reason.LOCKED,
}
DAMAGED = (dbapi2.SQLITE_CORRUPT, dbapi2.SQLITE_NOTADB)


COPYING: tuple[Pragma, ...] = (("synchronous", 2), ("trusted_schema", 0))
"""For a connection that only copies the WAL back."""

DRAFTING = tuple(
    (name, 0 if name == "synchronous" else setting) for name, setting in WRITING
)
"""As WRITING, for a file that nobody relies on before it was synced as a whole."""


class SqliteDatabase(Database):
    """One file, for any number of threads: many readers, one writer.

    `as_it_is` takes any schema and migrates nothing, to repair a damaged one. A `draft`
    does not survive a power cut: sync the file before use. Unless `read_only`, the
    process must hold the node's lock (config.hold_lock): no other one may write or copy
    the WAL back. A `read_only` database does neither, and may be a running node's.
    Refusal(DATABASE) if the SQLite linked can lose committed transactions.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        as_it_is: bool = False,
        draft: bool = False,
    ) -> None:
        sqlite.check_version(dbapi2.sqlite_version_info)
        self._path = path
        reader = partial(_connect_to_read, path)
        super().__init__(path.name, Connections(reader, READERS))
        self.clock_sql = sqlite.CLOCK
        self._sound = False  # opened to write, and read: its digest may be noted
        self._copying = threading.Lock()
        try:
            if not read_only:
                with _translated(self._name):
                    _create(path)
                    file_digest.drop_digest(path)
                writer = partial(
                    sqlite.connect, path, DRAFTING if draft else WRITING, write=True
                )
                self._writer = Connections(writer, 1)
            if as_it_is:
                self._look()
            else:
                self._migrate()
            self._sound = not (read_only or as_it_is)
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        """Raise Tampered(DATABASE) if it is no database."""
        with self.read_cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    def close(self) -> None:
        """Wait for a running write, and refuse later calls.

        So the file's digest stays true. The last connection tidies up the WAL.
        """
        with self._copying, self._lock:
            self._closed = True
            self._readers.close()
            if self._writer is not None:
                self._tidy_up(self._writer)
                self._writer = None
            if self._sound:
                self._sound = False
                with contextlib.suppress(OSError):  # a full disk: no digest then
                    file_digest.write_digest(self._path)

    def _tidy_up(self, writer: Connections) -> None:
        """Close a writer last: readers alone would leave their WAL behind."""
        with (
            contextlib.suppress(dbapi2.Error, TimeoutError, UnicodeDecodeError),
            writer.lend() as last,
        ):
            last.execute("PRAGMA schema_version").fetchone()
        writer.close()

    def empty_wal(self) -> None:
        """Copy it back and empty it, in turns of EMPTYING_TURN.

        Appends can run in between. Refusal(LOCKED) if a reader keeps an older state
        open for long.
        """
        until = time.monotonic() + EMPTYING / SECOND
        while self._empty_wal():
            if time.monotonic() >= until:
                raise Refusal(Reason.LOCKED, self._name)

    def _empty_wal(self) -> bool:
        """Return whether a reader has an older state open."""
        if self._writer is not None:
            self.copy_wal_back(0)
        began = time.monotonic()
        with self._writing() as writer, writer.lend() as driver:  # without our BEGIN
            driver.execute(f"PRAGMA busy_timeout = {EMPTYING_TURN}")
            try:
                (busy, *_) = driver.execute(TRUNCATE).fetchone()
            finally:  # appends use this connection, too
                driver.execute(f"PRAGMA busy_timeout = {BUSY}")
        rest(began)
        return bool(busy)

    def copy_wal_back(self, least: int = COPIED_FROM) -> None:
        """Copy it if it has `least` bytes or more.

        Readers and appends do not wait for this. After a full copy SQLite restarts at
        the beginning of the WAL by itself.
        """
        wal = self._path.with_name(f"{self._path.name}-wal")
        with self._copying, self._translated():
            if self._closed or not wal.exists() or wal.stat().st_size < least:
                return
            with contextlib.closing(
                sqlite.connect(self._path, COPYING, write=True)
            ) as connection:
                connection.execute(PASSIVE).fetchone()

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return _translated(self._name)

    def _transaction(
        self, pool: Connections, *, write: bool
    ) -> contextlib.AbstractContextManager[Cursor]:
        return sqlite.transaction(pool, WRITE if write else READ)

    def _cursor(self, connection: sqlite.Connection) -> Cursor:
        return sqlite.new_cursor(connection)


def _connect_to_read(path: Path) -> sqlite.Connection:
    return sqlite.connect(path, READING, write=False, immutable=_untouchable(path))


def _create(path: Path) -> None:
    """Create the file, for us alone; SQLite gives its companions the same mode."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _untouchable(path: Path) -> bool:
    """Return whether it is closed and in a read-only folder, as on a disc."""
    wal = path.with_name(f"{path.name}-wal")
    return not wal.exists() and not os.access(path.parent, os.W_OK)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Translate errors; they name only the file."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite's message quotes the damaged schema
        raise Tampered(Reason.DATABASE, name) from error
    except TimeoutError as error:
        raise Refusal(Reason.LOCKED, name) from error
    except (dbapi2.Error, OSError) as error:
        detail = sqlite.code_of(error)
        code = detail & sqlite.PRIMARY_CODE
        if sqlite.breaks_constraint(error):
            raise  # not the file's fault: ours
        if code in DAMAGED:
            raise Tampered(Reason.DATABASE, name) from error
        reason = REASONS.get(detail) or REASONS.get(code, Reason.DATABASE)
        raise Refusal(reason, name) from error
