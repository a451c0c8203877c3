"""The schema: how tables.py is created, and how the one of a file is read back.

Loads SQLModel, so that only creating, upgrading and checking a database imports it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache

from sqlalchemy import DDL, Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlcipher3 import dbapi2

from exchange.store import migrations, sqlite
from exchange.store.row_checksums import Value
from exchange.store.tables import RECORDS, Guard

PRAGMAS = ("application_id", "auto_vacuum", "encoding", "user_version")
MESSAGE = "the ledger only grows"
ABORT = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
RAISE = f"RAISE EXCEPTION '{MESSAGE}'"
FUNCTION = (
    "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
)

Schema = frozenset[tuple[Value, ...]]
"""A row of sqlite_schema each, the version, and the pragmas."""


def definitions(dialect: Dialect) -> Iterator[ExecutableDDLElement]:
    """Yield what creates tables, indexes and triggers, in the words of an engine."""
    server = dialect.name == "postgresql"
    if server:
        yield _statement(FUNCTION.format("only_grows", RAISE))
    for record in RECORDS:
        yield CreateTable(record.table())
        for index in sorted(record.table().indexes, key=lambda one: str(one.name)):
            yield CreateIndex(index)
    for record in RECORDS:
        for guard in record.guards:
            yield from map(_statement, _trigger(record.title(), guard, server=server))


def _statement(text: str) -> ExecutableDDLElement:
    return DDL(text)  # type: ignore[no-untyped-call]  # SQLAlchemy's


def _trigger(table: str, guard: Guard, *, server: bool) -> Iterator[str]:
    """Yield the statements of a trigger.

    A condition of PostgreSQL's triggers reads no other table, but a function may.
    """
    happens = f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {table}"
    when = f" WHEN ({guard.when})" if guard.when else ""
    if not server:
        yield f"{happens}{when} {ABORT}"
    elif guard.looks:
        body = f"IF {guard.when} THEN {RAISE}; END IF; RETURN NEW"
        yield FUNCTION.format(f"{guard.name}_check", body)
        yield f"{happens} FOR EACH ROW EXECUTE FUNCTION {guard.name}_check()"
    else:
        yield f"{happens} FOR EACH ROW{when} EXECUTE FUNCTION only_grows()"


@cache
def fresh_schema() -> Schema:
    """Return the schema of a file that was just created."""
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as connection:
        migrations.upgrade(sqlite.new_cursor(connection))
        return frozenset(schema_rows(connection.execute))


def schema_rows(
    rows: Callable[[str], Iterator[tuple[Value, ...]]],
) -> Iterator[tuple[Value, ...]]:
    """Yield the tables, indexes, triggers, version and pragmas that `rows` reads."""
    yield from rows("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    yield from rows("SELECT 'version', version_num FROM alembic_version")
    for pragma in PRAGMAS:
        for (value,) in rows(f"PRAGMA {pragma}"):
            yield "pragma", pragma, value


def as_it_stands(data: bytes) -> str:
    """Return a stored text; bytes that are no UTF-8 come as surrogates."""
    return data.decode("utf-8", "surrogateescape")
