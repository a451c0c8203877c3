"""The cursor by which the store speaks to its engine: SQLite's or PostgreSQL's.

Statements are written once, in the SQL that both understand, with `?` or `:name` in
the place of values. Where the engines differ, the difference is a method.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Protocol

Row = tuple[int | bytes | str, ...]


class Cursor(Protocol):
    """A cursor of a driver, within a transaction; rows are of Any, as drivers give."""

    server: bool
    """Whether the engine is a server's."""

    @property
    def connection(self) -> Any:  # noqa: ANN401  of whichever driver
        """The driver's connection."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = (), /
    ) -> "Cursor":
        """Execute one statement; return this cursor, to be read from."""

    def executemany(self, query: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Execute one statement with each of some rows."""

    def fetchone(self) -> Any:  # noqa: ANN401  a row of any columns
        """Return the next row, or None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """Give up what the cursor holds."""

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows of all columns, whose values are in their order."""

    def entry_bytes(self, log: int, start: int, end: int) -> list[bytes]:
        """Return what is stored as entries [start, end) of a log, in order."""


def marks(values: Sized) -> str:
    """Return a list of marks, one for each of some values: `IN (?, ?)`."""
    return f"({', '.join('?' * len(values)) or 'NULL'})"
