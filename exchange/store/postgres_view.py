"""One view of a server's database, as `fsck` and audits read it (raw_rows.py)."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy.dialects import postgresql

from exchange.store import migrations, postgres
from exchange.store.cursor import Cursor
from exchange.store.row_checksums import Value
from exchange.store.sqlite_view import Schema
from exchange.store.tables import BY_NAME

COLUMNS = (
    "SELECT table_name::text, column_name::text, udt_name::text"
    " FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND is_nullable = 'NO'"
)
INDEXES = (
    "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema()"
)
ENABLED = (
    "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger"
    " WHERE NOT tgisinternal AND tgenabled = 'O'"
)


class PostgresView(Struct, frozen=True):
    """Lasts as long as its cursor's transaction."""

    _cursor: Cursor

    def rows(self, query: str, values: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        return postgres.stream(self._cursor.connection, query, values)

    def cursor(self) -> Cursor:
        return postgres.PostgresCursor(self._cursor.connection)

    def damage(self) -> list[str]:
        """Return []: the server finds changes on its disk by its own checksums.

        It raises them as errors when it reads a page; every page of a table is read.
        """
        return []

    def schema(self) -> Schema:
        return frozenset(self._schema())

    def _schema(self) -> Iterator[tuple[Value, ...]]:
        for table, *rest in self.rows(COLUMNS, ()):
            if table in BY_NAME:
                yield "column", _name(table, rest[0]), rest[1]
        for kind, query in (("index", INDEXES), ("trigger", ENABLED)):
            for table, name in self.rows(query, ()):
                if table in BY_NAME:
                    yield kind, _name(table, name), None
        for (version,) in self.rows("SELECT version_num FROM alembic_version", ()):
            yield "version", version, None

    def fresh_schema(self) -> Schema:
        return frozenset(_fresh_schema())


def _name(*parts: Value) -> str:
    return ".".join(map(str, parts))


def _fresh_schema() -> Iterator[tuple[Value, ...]]:
    for name, record in BY_NAME.items():
        for column in record.table().columns:
            kind = column.type.dialect_impl(DIALECT)
            yield "column", f"{name}.{column.name}", TYPES[kind.__visit_name__]
            if column.unique:
                yield "index", f"{name}.{name}_{column.name}_key", None
        yield "index", f"{name}.{name}_pkey", None
        for index in record.table().indexes:
            yield "index", f"{name}.{index.name}", None
        for trigger in record.triggers:
            yield "trigger", f"{name}.{trigger.name}", None
    yield "version", migrations.HEAD, None


DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
TYPES = {
    "integer": "int4",
    "big_integer": "int8",
    "string": "varchar",
    "large_binary": "bytea",
    "boolean": "bool",
}
"""The server's names of the types of our columns."""
