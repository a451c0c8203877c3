"""One view of a database, asked row by row; SQLite's own connection."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Tampered
from exchange.store import sqlite
from exchange.store.sums import Value

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Asking:
    """Each question streams, and raises Tampered(DATABASE)."""

    _connection: sqlite.Connection

    def _one(self, asked: str, *values: Value) -> int:
        return next(int(str(found)) for (found,) in self._rows(asked, *values))

    def _each(
        self, kind: Callable[..., _Row], asked: str, *values: Value
    ) -> Iterator[_Row]:
        return (kind(*row) for row in self._rows(asked, *values))

    def _rows(self, asked: str, *values: Value) -> Iterator[tuple[Value, ...]]:
        try:
            yield from self._connection.execute(asked, values)
        except (dbapi2.Error, UnicodeDecodeError) as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error
