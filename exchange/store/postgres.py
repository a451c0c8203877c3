"""A node's database on a server of PostgreSQL, 15 or newer, by psycopg 3.

A connection keeps nothing between transactions: no prepared statement, no setting, no
lock. So each transaction may use another connection, as with a PgBouncer that pools
transactions. The statement that begins a transaction sets all that it needs (SET
LOCAL).

Writers take turns by a lock that ends with the transaction, so that it is released
however a writer is cut off. The lock is no fence: an append fences by its comparison.
"""

import contextlib
import select
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import count
from typing import Any, TypeAlias

import psycopg
from psycopg import pq

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.store import owner, postgres_faults
from exchange.store.cursor import Cursor, Row, marks
from exchange.store.database import READERS, Database
from exchange.store.news import News
from exchange.store.pool import Connections
from exchange.store.postgres_connection import CarefulConnection, connect
from exchange.store.postgres_faults import naming
from exchange.store.postgres_lock import LOCK, LOCK_TIMEOUT, STOPPED
from exchange.store.postgres_marks import numbered
from exchange.store.postgres_news import CHANNEL, PostgresNews

Connection: TypeAlias = "psycopg.Connection[Any]"

STATEMENT_TIMEOUT = 60_000  # ms
WHOLE_TIMEOUT = 3_600_000  # ms, of a statement that reads a whole table
WRITER_IDLE = 5_000  # ms within a transaction, then the server ends it
ASIDE_TIMEOUT = 2_000  # ms, for rows that need no turn of the writer
READER_IDLE = 600_000  # ms, then the server ends it: it holds up the vacuum
READ = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    f" SET LOCAL statement_timeout = {STATEMENT_TIMEOUT};"
    f" SET LOCAL idle_in_transaction_session_timeout = {READER_IDLE}"
)
WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    f" SET LOCAL lock_timeout = {LOCK_TIMEOUT};"
    f" SET LOCAL statement_timeout = {STATEMENT_TIMEOUT};"
    f" SET LOCAL idle_in_transaction_session_timeout = {WRITER_IDLE};"
    f" SELECT pg_advisory_xact_lock({LOCK});"
    f" NOTIFY {CHANNEL}"  # sent when the transaction commits
)

ASIDE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    f" SET LOCAL lock_timeout = {ASIDE_TIMEOUT};"
    f" SET LOCAL statement_timeout = {ASIDE_TIMEOUT};"
    f" SET LOCAL idle_in_transaction_session_timeout = {ASIDE_TIMEOUT}"
)
CLOCK = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
TIMELINE = (  # of the write-ahead log: a new one after each promotion
    "CAST(CAST('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS bit(32))"
    " AS bigint)"
)

UNSAFE = (
    "SELECT name FROM pg_settings WHERE setting = 'off' AND name IN"
    " ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
)

COPIED = 16  # rows from which on COPY is faster than INSERT
OURS = {"23", "P0"}  # classes of codes: a constraint, a trigger
STREAMED = 64  # rows that a stream fetches together
_streams = count(1)


class PostgresDatabase(Database):
    """Opening migrates the tables, unless `read_only` or `as_it_is` (any schema).

    Refusal(DATABASE) if the server cannot be used, or the database is another node's
    than the URL's; that one is left unchanged.
    """

    def __init__(
        self, url: DatabaseUrl, *, read_only: bool = False, as_it_is: bool = False
    ) -> None:
        self._connecting = partial(connect, url)
        self._moved = 0.0  # s of a steady clock
        self._faults = postgres_faults.FaultLog()
        super().__init__(url.name, self._pool(READERS))
        self.clock_sql, self.timeline_sql = CLOCK, TIMELINE
        self._aside = self._pool(1)
        try:
            if url.node:
                owner.check_node(self, url.node)
            if not read_only:
                self._writer = self._pool(1)
            if not as_it_is:
                self._migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._readers.close()
            self._aside.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def unsafe_settings(self) -> list[str]:
        with self.read_cursor() as cursor:
            return [name for (name,) in cursor.execute(UNSAFE)]

    def empty_wal(self) -> None:
        """Do nothing: the operator keeps a server's write-ahead log.

        Old rows go with the next vacuum (docs/operations/storage.md).
        """

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return _translated(self._name, self._faults)

    @contextlib.contextmanager
    def whole_cursor(self) -> Iterator[Cursor]:
        """Open a view for statements that read whole tables, for WHOLE_TIMEOUT."""
        with self.read_cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {WHOLE_TIMEOUT}")
            yield cursor

    @contextlib.contextmanager
    def aside_cursor(self) -> Iterator[Cursor]:
        """Open a transaction that waits for no writer."""
        self._check_open()
        with self._translated(), self._begun(self._aside, ASIDE) as cursor:
            yield cursor

    def end_stopped_writers(self) -> None:
        """End those that hold the lock too long and wait for their client.

        They are rolled back, and their process finds its connection cut.
        """
        with self.aside_cursor() as cursor:
            cursor.execute(STOPPED)

    def news(self) -> News:
        return PostgresNews(self._connecting)

    def _transaction(
        self, pool: Connections, *, write: bool
    ) -> contextlib.AbstractContextManager[Cursor]:
        return self._begun(pool, WRITE if write else READ)

    @contextlib.contextmanager
    def _begun(self, pool: Connections, begin: str) -> Iterator[Cursor]:
        with pool.lend() as driver:
            try:
                with naming(begin):
                    driver.execute(begin)
                with contextlib.closing(PostgresCursor(driver)) as cursor:
                    yield cursor
                with naming("COMMIT"):
                    driver.commit()
            except psycopg.Error as error:
                if postgres_faults.is_read_only(code_of(error)):
                    self._moved = time.monotonic()
                raise

    def _pool(self, size: int) -> Connections:
        return Connections(self._connecting, size, self._is_fit)

    def _is_fit(self, driver: CarefulConnection) -> bool:
        return not (driver.closed or self._is_stale(driver) or _has_word(driver))

    def _is_stale(self, driver: CarefulConnection) -> bool:
        """Return whether the server refused a write after the connection was opened.

        The URL may lead to another server by now. A PgBouncer keeps a client's
        connection while its server becomes a standby.
        """
        return driver.opened <= self._moved

    def _cursor(self, connection: Connection) -> Cursor:
        return PostgresCursor(connection)


class PostgresCursor(psycopg.RawCursor[Any]):
    server = True

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.format = pq.Format.BINARY

    def execute(  # type: ignore[override]  # of ours alone, and never prepared
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> "PostgresCursor":
        statement, names = numbered(query)
        if names:
            values = [values[name] for name in names]  # type: ignore[call-overload]  # they are named
        with naming(statement):
            super().execute(statement, values, prepare=False)
        return self

    def executemany(  # type: ignore[override]  # likewise
        self, query: str, rows: Iterable[Sequence[Any]]
    ) -> None:
        statement = numbered(query)[0]
        with naming(statement):
            super().executemany(statement, rows)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        if len(rows) < COPIED:
            if rows:
                self.executemany(_insert(table, len(rows[0])), rows)
            return
        if table not in _types:
            self.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608  our own names
            _types[table] = [one.type_code for one in self.description or ()]
        statement = f'COPY "{table}" FROM STDIN (FORMAT BINARY)'
        with naming(statement), self.copy(statement) as copying:
            copying.set_types(_types[table])
            for row in rows:
                copying.write_row(row)

    def entry_bytes(self, log: int, start: int, end: int) -> list[bytes]:
        asked = (
            'SELECT entry FROM entry WHERE log = ? AND "index" >= ? AND "index" < ?'
            ' ORDER BY "index"'
        )
        return [entry for (entry,) in self.execute(asked, (log, start, end))]


def stream(
    connection: Connection, query: str, values: Sequence[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield rows as the caller reads them, within a transaction.

    Without this the driver would hold all of them in memory.
    """
    name = f"rows_{next(_streams)}"
    cursor = psycopg.RawServerCursor[Any](connection, name)
    cursor.itersize = STREAMED
    statement = numbered(query)[0]
    try:
        with naming(statement):
            cursor.execute(statement, values, binary=True)
            yield from cursor
    finally:
        if not connection.closed and _in_transaction(connection):
            cursor.close()


def _in_transaction(connection: Connection) -> bool:
    return connection.info.transaction_status == pq.TransactionStatus.INTRANS


@cache
def _insert(table: str, columns: int) -> str:
    return f'INSERT INTO "{table}" VALUES {marks(range(columns))}'  # noqa: S608  our own names


_types: dict[str, list[int]] = {}
"""The types of the columns of each table, as the server numbers them."""


def _has_word(driver: Connection) -> bool:
    """Return whether the server sent something unasked, usually that it hangs up."""
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextlib.contextmanager
def _translated(name: str, faults: postgres_faults.FaultLog) -> Iterator[None]:
    """Translate errors; they name only the database."""
    try:
        yield
    except TimeoutError as error:
        raise Refusal(Reason.LOCKED, name) from error
    except (psycopg.Error, OSError) as error:
        code = code_of(error)
        if code[:2] in OURS:
            raise  # not the server's fault: ours
        if isinstance(error, psycopg.Error):
            faults.note(error, name)
        raise postgres_faults.transaction_error(code, name) from error


def code_of(error: BaseException) -> str:
    """Return the SQLSTATE, or ""."""
    code = getattr(error, "sqlstate", None)
    return code if isinstance(code, str) else ""
