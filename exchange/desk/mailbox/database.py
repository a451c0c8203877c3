"""The encrypted file, its connections and its transactions."""

import errno
import os
import stat
import threading
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from sqlcipher3 import dbapi2 as sqlite

from exchange.desk.mailbox import schema
from exchange.desk.mailbox.records import Change
from exchange.errors import (
    MADE_BEFORE,
    NEWER_PROGRAM,
    FusionError,
    Reason,
    Refusal,
    Tampered,
    Why,
)
from keys import drafts, files

# sqlcipher3 ships no types: only here are a connection and its rows Any.
Connection: TypeAlias = Any
Values: TypeAlias = tuple[Any, ...]

KEY_SIZE = 32  # bytes
BUSY_S = 10.0  # how long a writer waits for another process
IDLE_READERS = 3  # connections kept open; each holds READER_CACHE of pages
WRITER_CACHE = 8_000  # KiB
READER_CACHE = 2_000  # KiB
ROWS_AT_ONCE = 64  # per INSERT statement

# cipher_log is off because SQLCipher would write its own messages to stderr.
# cipher_memory_security is off: wiping and locking each page buffer makes reading
# several times slower, and the same text is in Python strings, which cannot be wiped or
# locked anyway. Cipher, page size and HMAC are those of SQLCipher 4, so that its other
# tools can read the file. Temporary files would be plaintext, so there are none
# (temp_store).
_BEFORE_KEY = ("PRAGMA cipher_log = off", "PRAGMA cipher_memory_security = off")
_AFTER_KEY = (
    "PRAGMA temp_store = memory",
    "PRAGMA synchronous = full",
    "PRAGMA foreign_keys = on",
    "PRAGMA trusted_schema = off",
    "PRAGMA secure_delete = on",
)
# The only constraint that input can break: a place in a log is taken once.
_REFUSALS = {
    sqlite.SQLITE_IOERR | 19 << 8: Reason.DISK,  # SQLITE_IOERR_SHMSIZE needs room first
    sqlite.SQLITE_BUSY: Reason.LOCKED,
    sqlite.SQLITE_FULL: Reason.DISK,
    sqlite.SQLITE_CONSTRAINT: Reason.POSITION,
}
_DAMAGE = {
    sqlite.SQLITE_NOTADB,
    sqlite.SQLITE_CORRUPT,
    sqlite.SQLITE_IOERR,
    sqlite.SQLITE_CANTOPEN,
}


_EXTENDED_CODES = 0x02000000  # SQLITE_OPEN_EXRESCODE, which sqlcipher3 does not name
_CLOSED = Why("this desk was closed; open it again")
_FULL = {errno.ENOSPC, errno.EDQUOT}


class MailboxDatabase:
    """One mailbox file; safe from any thread and from several processes.

    Each read has its own connection, so reads never wait for a writer. Writes go
    through `transaction`, one thread at a time.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        """Open or create the file at `path` with the raw 32-byte `key`.

        Raises Refusal(DATABASE): for a wrong key, a damaged file or a path where no
        file can be, without saying which; for another schema, saying so.
        """
        if len(key) != KEY_SIZE:
            raise Refusal(Reason.DATABASE, path.name)
        self.on_change: list[Callable[[Change], None]] = []
        self.on_rollback: list[Callable[[], None]] = []
        """Called when writes are undone, for caches of written rows."""
        self._path = path
        self._key = key
        self._lock = threading.RLock()
        self._owner = 0
        self._touched: set[int] | None = None
        self._idle: list[Connection] = []
        self._closed = False
        self._prepare()
        with self._errors(Refusal):
            self._writer = self._connect(path, WRITER_CACHE)
            version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version != schema.VERSION:
            self._writer.close()
            older = MADE_BEFORE if version else None  # 0: an emptied file
            why = NEWER_PROGRAM if version > schema.VERSION else older
            raise Refusal(Reason.DATABASE, path.name, why)
        self._version = self._data_version()

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log in."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()

    def copy_to(self, path: Path) -> None:
        """Copy one consistent state into an empty file, under its key.

        Raises Refusal(DISK), Tampered(DATABASE).
        """
        with self._reading() as source, closing(self._connect(path, 0)) as copy:
            source.backup(copy)

    def check(self) -> None:
        """Read the whole file; check every page's MAC and the tables.

        Raises Tampered(DATABASE).
        """
        wrong = self.select("PRAGMA cipher_integrity_check")
        if wrong or self.select("PRAGMA integrity_check") != [("ok",)]:
            raise Tampered(Reason.DATABASE, self._path.name)

    def change_key(self, new: bytes) -> None:
        """Encrypt the whole file anew; it must not be open elsewhere."""
        rekey = f"rekey = \"x'{new.hex()}'\""
        with self._lock, self._errors(Refusal):
            while self._idle:
                self._idle.pop().close()
            for pragma in ("journal_mode = delete", rekey, "journal_mode = wal"):
                self._writer.execute(f"PRAGMA {pragma}").fetchall()
            self._key = new

    def empty_wal(self) -> None:
        """Purge erased text from the write-ahead log; LOCKED is no error.

        If another process reads an older state, the log keeps the text until later.
        """
        with self._lock, self._errors(Tampered):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def changed_elsewhere(self) -> bool:
        """Return whether another process wrote since the last call or opening."""
        with self._lock, self._errors(Tampered):
            before, self._version = self._version, self._data_version()
        return before != self._version

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes inside durable together, or none of them.

        A nested transaction joins the outer one. Once the outermost is on disk (fsync),
        the `on_change` callbacks run, in this thread. Raises Refusal(LOCKED) if another
        process writes for too long, Refusal(DISK) if the disk is full.
        """
        with self._lock:
            if self._owner:
                with self._errors(Tampered):
                    yield
                return
            self._begin()
            try:
                with self._errors(Tampered):
                    yield
                    self._writer.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                touched = self._end()
        if touched is not None and self.on_change:
            change = Change(self.count(), touched)
            for callback in list(self.on_change):
                callback(change)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keep all writes inside, or none, and continue the transaction."""
        self._writer.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._forget()
            if self._writer.in_transaction:  # a full disk ends all of it
                self._writer.execute("ROLLBACK TO part")
            raise
        finally:
            if self._writer.in_transaction:
                self._writer.execute("RELEASE part")

    def count(self) -> int:
        """Return the number of messages, which is also the newest number."""
        number = self.select_one("SELECT max(number) FROM message")[0]
        return int(number or 0)

    def count_rows(self, table: str) -> int:
        return int(self.select_one(f"SELECT count(*) FROM {table}")[0])  # noqa: S608  # our words

    def _begin(self) -> None:
        with self._errors(Tampered):
            self._writer.execute("BEGIN IMMEDIATE")
        self._touched = None
        self._owner = threading.get_ident()

    def _roll_back(self) -> None:
        self._forget()
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def _forget(self) -> None:
        for callback in self.on_rollback:
            callback()

    def _end(self) -> frozenset[int] | None:
        """Return the numbers for `on_change`, None if nothing was written."""
        self._owner = 0
        return None if self._touched is None else frozenset(self._touched)

    def write(self, sql: str, values: Values = (), *, announce: bool = True) -> int:
        """Write inside `transaction`; return the number of rows changed.

        `on_change` callbacks run only if it is `announce` and changed a row.
        """
        self._check_writing()
        changed = int(self._writer.execute(sql, values).rowcount)
        if announce and changed:
            self.touch()
        return changed

    def _check_writing(self) -> None:
        """Raise INTERNAL outside a transaction of this thread.

        A full disk ends a transaction by itself; later writes would be kept.
        """
        inside = self._owner == threading.get_ident() and self._writer.in_transaction
        if not inside:
            raise FusionError(Reason.INTERNAL, "write outside of a transaction")

    def insert(self, table: str, values: Values, or_else: str = "ABORT") -> int:
        """Return the number inserted: 0 if known."""
        marks = placeholders(values)
        sql = f"INSERT OR {or_else} INTO {table} VALUES ({marks})"  # noqa: S608  # our words
        return self.write(sql, values)

    def insert_many(
        self, table: str, rows: Sequence[Values], or_else: str = "ABORT"
    ) -> None:
        """Insert as `insert` does; `rows` may be empty.

        Other Python threads run meanwhile. The batch sizes are powers of two, so few
        statements are prepared.
        """
        first = 0
        while left := len(rows) - first:
            count = min(ROWS_AT_ONCE, 1 << left.bit_length() - 1)
            part = rows[first : first + count]
            marks = ", ".join([f"({placeholders(part[0])})"] * count)
            self.write(
                f"INSERT OR {or_else} INTO {table} VALUES {marks}",  # noqa: S608  # our words
                tuple(chain.from_iterable(part)),
            )
            first += count

    def write_many(self, sql: str, rows: Sequence[Values]) -> None:
        self._check_writing()
        if self._writer.executemany(sql, rows).rowcount:
            self.touch()

    def touch(self, *numbers: int) -> None:
        """Note that something, and which rows if given, must be shown again."""
        if self._touched is None:
            self._touched = set()
        self._touched.update(numbers)

    def select(self, sql: str, values: Values = ()) -> list[Values]:
        """Select rows; a transaction sees its own writes."""
        with self._reading() as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[no-any-return]  # untyped package

    def select_one(self, sql: str, values: Values = ()) -> Values:
        """Return () if there is no row."""
        rows = self.select(sql, values)
        return rows[0] if rows else ()

    def numbers(self, sql: str, values: Values) -> "array[int]":
        """Run a query of one column; memory holds only the numbers."""
        with self._reading() as connection:
            return array("q", chain.from_iterable(connection.execute(sql, values)))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._owner == threading.get_ident():
            yield self._writer
            return
        with self._errors(Tampered):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect(self._path, READER_CACHE)
            try:
                yield connection
            finally:
                if len(self._idle) < IDLE_READERS:
                    self._idle.append(connection)
                else:
                    connection.close()

    def _connect(self, path: Path, cache_kib: int) -> Connection:
        connection = sqlite.connect(
            str(path),
            BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            flags=sqlite.SQLITE_OPEN_READWRITE | _EXTENDED_CODES,
        )
        try:
            for pragma in _BEFORE_KEY:
                connection.execute(pragma)
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
            for pragma in _AFTER_KEY:
                connection.execute(pragma)
            connection.execute(f"PRAGMA cache_size = -{cache_kib}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self) -> None:
        """Create the file if it is missing; never open an existing one.

        Closing one that this process also has open would drop SQLite's locks on it
        (fcntl(2), POSIX record locks).
        """
        try:
            if not os.path.lexists(self._path):
                self._create()
            if not stat.S_ISREG(self._path.lstat().st_mode):
                raise Refusal(Reason.DATABASE, self._path.name)
            self._path.chmod(0o600)
        except OSError as error:
            full = error.errno in _FULL
            reason = Reason.DISK if full else Reason.DATABASE
            raise Refusal(reason, self._path.name) from error

    def _create(self) -> None:
        """Make the whole file under another name, then link it to its own at once.

        No process sees half a file, and two that create it do not collide. It is 0600
        before SQLite writes; -wal and -shm inherit that.
        """
        with drafts.new_folder(self._path) as folder:
            draft = folder / self._path.name
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with self._errors(Refusal), closing(self._connect(draft, 0)) as new:
                new.execute("PRAGMA journal_mode = wal")
                new.execute("BEGIN")
                for statement in schema.statements():
                    new.execute(statement)
                new.execute("COMMIT")
            with suppress(FileExistsError):
                os.link(draft, self._path)
        files.sync(self._path.parent)

    def _data_version(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def _errors(self, damaged: type[Refusal] | type[Tampered]) -> Iterator[None]:
        """Turn the driver's errors into ours; our own mistakes pass unchanged."""
        if self._closed:
            raise Refusal(Reason.DATABASE, self._path.name, _CLOSED)
        try:
            yield
        except sqlite.DatabaseError as error:
            whole = getattr(error, "sqlite_errorcode", None) or 0
            code = whole & 0xFF
            if reason := _REFUSALS.get(whole, _REFUSALS.get(code)):
                raise Refusal(reason, self._path.name) from error
            if code in _DAMAGE:
                raise damaged(Reason.DATABASE, self._path.name) from error
            raise


def placeholders(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
