"""The store's cursor for either engine: SQLite or PostgreSQL.

Statements are written once, in SQL that both understand, with `?` or `:name` for
values. Where the engines differ, the difference is a method.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Protocol

Row = tuple[int | bytes | str, ...]


class Cursor(Protocol):
    """A driver's cursor within a transaction; its rows are untyped (Any)."""

    server: bool
    """Whether the engine is a server's."""

    @property
    def connection(self) -> Any:  # noqa: ANN401  of whichever driver
        """The driver's connection."""

    @property
    def rowcount(self) -> int:
        """The number of rows that the last statement changed."""

    def execute(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = (), /
    ) -> "Cursor":
        """Return this cursor, to read from."""

    def executemany(self, query: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Execute one statement for each row."""

    def fetchone(self) -> Any:  # noqa: ANN401  a row of any columns
        """Return the next row, or None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """Release the driver's cursor."""

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows with values for all columns, in the table's order."""

    def entry_bytes(self, log: int, start: int, end: int) -> list[bytes]:
        """Return the bytes of entries [start, end) of a log as stored, in order."""


def marks(values: Sized) -> str:
    """Return `(?, ?)`."""
    return f"({', '.join('?' * len(values)) or 'NULL'})"
