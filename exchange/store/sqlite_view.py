"""One view of a file of SQLite, as `fsck` and audits read it (raw_rows.py)."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlcipher3 import dbapi2

from exchange.errors import Reason, Tampered
from exchange.store import sqlite
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import Value
from exchange.store.schema import Schema, fresh_schema, schema_rows

DAMAGE_TOLD = 10  # of what SQLite finds wrong


class FileView(Struct, frozen=True):
    """A view for as long as its connection's transaction lasts."""

    _connection: sqlite.Connection

    def rows(self, query: str, values: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a statement, streamed; Tampered for what cannot be read."""
        try:
            for row in self._connection.execute(query, values):  # noqa: UP028 - `yield from` closes its cursor, after the view too
                yield row
        except (dbapi2.Error, UnicodeDecodeError) as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error

    def cursor(self) -> Cursor:
        """Return a cursor in the view."""
        return sqlite.new_cursor(self._connection)

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with its own pages and indexes."""
        rows = self.rows(f"PRAGMA integrity_check({DAMAGE_TOLD})", ())
        return [str(line) for (line,) in rows if line != "ok"]

    def schema(self) -> Schema:
        """Return tables, indexes, triggers, and what else the file says of itself."""
        return frozenset(schema_rows(lambda query: self.rows(query, ())))

    def fresh_schema(self) -> Schema:
        """Return, in the same words, what the migrations make."""
        return fresh_schema()
