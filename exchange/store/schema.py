"""The schema of a database as it stands, and as our migrations make it. SQLite only."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache

from sqlcipher3 import dbapi2

from exchange.store import migrations, sqlite
from exchange.store.row_checksums import Value

PRAGMAS = ("application_id", "auto_vacuum", "encoding", "user_version")

Schema = frozenset[tuple[Value, ...]]
"""A row of sqlite_schema each, the migrations' version, and the pragmas."""


@cache
def fresh_schema() -> Schema:
    """Return the schema of a database that our migrations have just made."""
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as connection:
        migrations.upgrade(sqlite.new_cursor(connection))
        return frozenset(schema_rows(connection.execute))


def schema_rows(
    rows: Callable[[str], Iterator[tuple[Value, ...]]],
) -> Iterator[tuple[Value, ...]]:
    """Yield what `rows` says of tables, indexes, triggers, versions and pragmas."""
    yield from rows("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    yield from rows("SELECT 'version', version_num FROM alembic_version")
    for pragma in PRAGMAS:
        for (value,) in rows(f"PRAGMA {pragma}"):
            yield "pragma", pragma, value


def as_it_stands(data: bytes) -> str:
    """Return a stored text; what is no UTF-8 in it comes as surrogates."""
    return data.decode("utf-8", "surrogateescape")
