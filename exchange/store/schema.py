"""The schema of a database as it stands, and as our migrations make it. SQLite only."""

from collections.abc import Callable, Iterator
from functools import cache

from sqlalchemy import Connection, create_engine
from sqlcipher3 import dbapi2

from exchange.store import migrations, sqlite
from exchange.store.row_checksums import Value

PRAGMAS = ("application_id", "auto_vacuum", "encoding", "user_version")

Schema = frozenset[tuple[Value, ...]]
"""A row of sqlite_schema each, the migrations' version, and the pragmas."""


@cache
def fresh_schema() -> Schema:
    """Return the schema of a database that our migrations have just made."""
    engine = create_engine("sqlite://", module=dbapi2)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
            return read_schema(connection)
    finally:
        engine.dispose()


def read_schema(connection: Connection) -> Schema:
    """Return the schema of a database in a transaction of ours."""
    driver = sqlite.driver_of(connection)
    before, driver.text_factory = driver.text_factory, as_it_stands
    try:
        return frozenset(schema_rows(driver.execute))
    finally:
        driver.text_factory = before


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
