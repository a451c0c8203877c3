"""A node's database on either engine: many readers, one writer."""

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from exchange.errors import CommitUnknown, Reason, Refusal, Why
from exchange.store import migrations
from exchange.store.cursor import Cursor
from exchange.store.news import News
from exchange.store.pool import Connections

READERS = 16  # threads that may read at once
_OLDER = Why("of an older program; run fusion serve once, which brings it up to date")


class Database(ABC):
    """A database for any number of threads.

    Each block of `read_cursor` and `write_cursor` is one transaction. Refusal(DATABASE
    | LOCKED | DISK) if the engine fails, Tampered(DATABASE) for damage below our
    tables, and the driver's error for a broken constraint of ours.
    """

    def __init__(self, name: str, readers: Connections) -> None:
        """`name` is for refusals; `readers` are connections for reading."""
        self._name = name
        self._lock = threading.Lock()
        self._readers = readers
        self._writer: Connections | None = None
        self._closed = False
        self._view = threading.local()  # of a thread within `viewing`: its connection
        self.clock_sql = ""
        """An expression of its clock, ms: by this leases end."""
        self.timeline_sql = "0"
        """An expression that changes where it goes on from an older state of itself."""
        self.fence: Callable[[Cursor], None] = _no_fence
        """Raises where this process may write no longer; asked in each transaction."""

    @property
    def name(self) -> str:
        return self._name

    @abstractmethod
    def close(self) -> None:
        """Close every connection; later calls are refused."""

    @abstractmethod
    def empty_wal(self) -> None:
        """Remove older states of erased rows from beside the database, if possible.

        Raises Refusal(LOCKED) if a reader keeps an older state open for long.
        """

    def unsafe_settings(self) -> list[str]:
        """Return settings of a server that may lose a COMMIT."""
        return []

    def copy_wal_back(self) -> None:  # noqa: B027  a server does it itself
        """Copy the write-ahead log back into the file, without delaying appends."""

    def end_stopped_writers(self) -> None:  # noqa: B027  a file is one process's
        """End another process's transaction, if that process has stopped within it."""

    @abstractmethod
    def _translated(self) -> AbstractContextManager[None]:
        """Turn a driver's error in the block into a Refusal or Tampered."""

    @abstractmethod
    def _transaction(
        self, pool: Connections, *, write: bool
    ) -> AbstractContextManager[Cursor]:
        """Run one transaction of the driver, committed when the block ends."""

    @abstractmethod
    def _cursor(self, connection: Any) -> Cursor:  # noqa: ANN401  as its driver has it
        """Return a cursor of a driver's connection, in its transaction."""

    def _migrate(self) -> None:
        """Raise Refusal(DATABASE) for a newer schema, and one made before FIRST."""
        with self.read_cursor() as cursor:
            found = migrations.version(cursor)
        if found == migrations.HEAD:
            return
        migrations.check_version(found, self._name)
        if self._writer is None:
            where = f"{self._name}: schema {found or 0}"
            raise Refusal(Reason.DATABASE, where, _OLDER)
        with self.write_cursor() as cursor:  # alone: another process may be at it too
            migrations.upgrade(cursor)

    def _check_open(self) -> None:
        if self._closed:
            raise Refusal(Reason.DATABASE, f"{self._name}: closed")

    def news(self) -> News:
        """Return news of writes by another process."""
        return News()

    @contextmanager
    def read_cursor(self) -> Iterator[Cursor]:
        """Open one consistent view of the database; it blocks no other.

        Within `viewing` it is the view of the whole block.
        """
        held = getattr(self._view, "connection", None)
        if held is not None:
            with (
                self._translated(),
                contextlib.closing(self._cursor(held)) as cursor,
            ):
                yield cursor
            return
        self._check_open()
        with (
            self._translated(),
            self._transaction(self._readers, write=False) as cursor,
        ):
            yield cursor

    @contextmanager
    def whole_cursor(self) -> Iterator[Cursor]:
        """Open one consistent view for long statements, which read whole tables."""
        with self.read_cursor() as cursor:
            yield cursor

    @contextmanager
    def viewing(self) -> Iterator[None]:
        """Use one view for every `read_cursor` of this thread in the block.

        It does not show this process's later commits.
        """
        before = getattr(self._view, "connection", None)
        with self.read_cursor() as cursor:
            self._view.connection = cursor.connection
            try:
                yield
            finally:
                self._view.connection = before

    @contextmanager
    def write_cursor(self) -> Iterator[Cursor]:
        """Open one transaction, on disk when the block ends; undone if it raises.

        Raises CommitUnknown if the block reached its end but its COMMIT failed.
        """
        ended = False
        try:
            with (
                self._writing() as writer,
                self._transaction(writer, write=True) as cursor,
            ):
                self.fence(cursor)
                yield cursor
                ended = True
        except Refusal as refusal:
            if ended:
                raise CommitUnknown(
                    refusal.reason, refusal.where, refusal.why
                ) from refusal
            raise

    @contextmanager
    def aside_cursor(self) -> Iterator[Cursor]:
        """Open one transaction for rows that readers never see.

        It does not wait for other writers, if the engine can do that.
        """
        with self.write_cursor() as cursor:
            yield cursor

    @contextmanager
    def _writing(self) -> Iterator[Connections]:
        with self._lock, self._translated():
            if self._writer is None:
                what = "closed" if self._closed else "opened to read"
                raise Refusal(Reason.DATABASE, f"{self._name}: {what}")
            yield self._writer


def _no_fence(_: Cursor) -> None:
    """Allow every write; the fence of a database under repair."""
