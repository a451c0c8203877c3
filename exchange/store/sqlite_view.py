"""One view of a file of SQLite, as `fsck` and audits read it (raw_rows.py)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache

from msgspec import Struct
from sqlcipher3 import dbapi2

from exchange.errors import Reason, Tampered
from exchange.store import migrations, sqlite
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import Value

DAMAGE_TOLD = 10  # findings of SQLite
PRAGMAS = ("application_id", "auto_vacuum", "encoding", "user_version")

Schema = frozenset[tuple[Value, ...]]
"""A row of sqlite_schema each, the version, and the pragmas."""


class FileView(Struct, frozen=True):
    """Lasts as long as its connection's transaction."""

    _connection: sqlite.Connection

    def rows(self, query: str, values: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        try:
            for row in self._connection.execute(query, values):  # noqa: UP028 - `yield from` closes its cursor, after the view too
                yield row
        except (dbapi2.Error, UnicodeDecodeError) as error:
            raise Tampered(Reason.DATABASE, "ledger.db") from error

    def cursor(self) -> Cursor:
        return sqlite.new_cursor(self._connection)

    def damage(self) -> list[str]:
        rows = self.rows(f"PRAGMA integrity_check({DAMAGE_TOLD})", ())
        return [str(line) for (line,) in rows if line != "ok"]

    def schema(self) -> Schema:
        return frozenset(schema_rows(lambda query: self.rows(query, ())))

    def fresh_schema(self) -> Schema:
        return fresh_schema()


@cache
def fresh_schema() -> Schema:
    """Return the schema of a newly created file."""
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as connection:
        migrations.upgrade(sqlite.new_cursor(connection))
        return frozenset(schema_rows(connection.execute))


def schema_rows(
    rows: Callable[[str], Iterator[tuple[Value, ...]]],
) -> Iterator[tuple[Value, ...]]:
    yield from rows("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    yield from rows("SELECT 'version', version_num FROM alembic_version")
    for pragma in PRAGMAS:
        for (value,) in rows(f"PRAGMA {pragma}"):
            yield "pragma", pragma, value


def as_it_stands(data: bytes) -> str:
    """Turn bytes that are not UTF-8 into surrogates."""
    return data.decode("utf-8", "surrogateescape")
