"""Writes that mend what is stored: past the triggers, and only where it is damaged.

Each change names the row as it was seen, and is made only where that still stands,
for rows are read in one view of the database and changed in a later transaction.
The triggers that let the ledger only grow are off within one transaction, which puts
them back: a crash leaves them on. What the right values are is decided elsewhere
(audit/mend).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from exchange.errors import Reason, Refusal, Tampered
from exchange.store import migrations
from exchange.store.database import Database
from exchange.store.schema import Schema, fresh_schema, read_schema
from exchange.store.sums import Value

Values = Mapping[str, Value]

INDEX = re.compile(r"\bindex (\w+)")  # in what an integrity check says
NULL = "NULL value in "  # likewise; a row's matter
INDEXES = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index'"
OURS_TO_SET = ("application_id", "user_version")  # pragmas


@dataclass(frozen=True, slots=True)
class Change:
    """One row: `was`, where it stood so, becomes `now`.

    Without `was` it is put where no such row stands, without `now` taken away. The
    columns in `was` name the row and what must still stand in it.
    """

    table: str
    was: Values | None
    now: Values | None


class Repair:
    """A database that is being mended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with its own pages and indexes."""
        with self._database.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(100)").scalars()
            return [str(line) for line in found if line != "ok"]

    def schema(self) -> list[str]:
        """Make indexes, triggers and version those of our migrations; name them.

        Raises Refusal(DATABASE) where that cannot be.
        """
        with self._database.writing() as connection:
            return list(_mend_schema(connection))

    def reindex(self, damage: Iterable[str]) -> list[str]:
        """Make the indexes anew that an integrity check names; return their tables."""
        named = {word for line in damage for word in INDEX.findall(line)}
        with self._database.reading() as connection:
            found = connection.exec_driver_sql(INDEXES).all()
        tables = sorted({table for name, table in found if name in named})
        return [table for table in tables if self._reindexed(table)]

    def _reindexed(self, table: str) -> bool:
        """Make a table's indexes anew, unless its rows are not what they may be."""
        try:
            with self._database.writing() as connection:
                connection.exec_driver_sql(f'REINDEX "{table}"')
        except (DBAPIError, Tampered):  # a constraint: the rest is translated
            return False
        return True

    def apply(self, changes: Sequence[Change]) -> list[bool]:
        """Make changes in one transaction; return which of them were made.

        What takes away goes first, and what something else stands in the way of is
        not made.
        """
        made = [False] * len(changes)
        order = sorted(range(len(changes)), key=lambda at: _order(changes[at]))
        with self._database.writing() as connection, _unbound(connection):
            for at in order:
                made[at] = _make(connection, changes[at])
        return made


def readable(damage: Iterable[str]) -> bool:
    """Whether what an integrity check says is of indexes and of rows alone.

    Else SQLite reads and writes the file at the peril of what is still right in it.
    """
    return all(line.startswith(NULL) or INDEX.search(line) for line in damage)


def sound(damage: Iterable[str]) -> bool:
    """Whether what an integrity check says is of rows alone."""
    return all(line.startswith(NULL) for line in damage)


def look(path: Path) -> None:
    """Raise Tampered(DATABASE) unless rows can be mended where they stand.

    Nothing is written: what is still right in a damaged file could suffer. Raises
    Refusal(DATABASE) for a file that is whole, but of another program's version.
    """
    database = Database(path, read_only=True, as_it_is=True)
    try:
        if not readable(Repair(database).damage()):
            raise Tampered(Reason.DATABASE, path.name)
        with database.reading() as connection:
            _check_tables(connection, path.name)
            versions = " ".join(_versions(connection))
            if versions not in {"", migrations.HEAD}:
                _check_all(read_schema(connection), f"{path.name}: schema {versions}")
    finally:
        database.close()


def _check_tables(connection: Connection, where: str) -> None:
    """Raise Tampered(DATABASE) unless our tables and their keys are as we make them.

    Read as bytes: what is damaged may be no text.
    """
    columns = ("type", "name", "tbl_name", "sql")
    asked = ", ".join(f"CAST({column} AS BLOB)" for column in columns)
    rows = connection.exec_driver_sql(f"SELECT {asked} FROM sqlite_schema")  # noqa: S608  our own names
    found = {tuple(row) for row in rows}
    for row in fresh_schema():
        ours = row[0] == "table" or (row[0] == "index" and row[-1] is None)
        if ours and tuple(_raw(value) for value in row) not in found:
            raise Tampered(Reason.DATABASE, where)


def _raw(value: Value) -> bytes | None:
    return None if value is None else str(value).encode()


@contextmanager
def opened(path: Path) -> Iterator[Repair]:
    """Open a database to mend it, whatever its schema is, while its node is stopped.

    Raises Refusal(LOCKED | DISK | DATABASE) and Tampered(DATABASE) like Store.
    """
    database = Database(path, as_it_is=True)
    try:
        yield Repair(database)
    finally:
        database.close()


# Rows.


def _order(change: Change) -> int:
    if change.now is None:
        return 0
    return 1 if change.was is not None else 2


def _make(connection: Connection, change: Change) -> bool:
    """Make one change; return whether the row stood as it was seen."""
    table, was, now = change.table, change.was, change.now
    if was is None:
        columns = ", ".join(f'"{name}"' for name in now or {})
        marks = ", ".join("?" * len(now or {}))
        sql = f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608  our own names
        values = list((now or {}).values())
    elif now is None:
        where, values = _where(was)
        sql = f'DELETE FROM "{table}" WHERE {where}'  # noqa: S608
    else:
        where, found = _where(was)
        sets = ", ".join(f'"{name}" = ?' for name in now)
        sql = f'UPDATE OR IGNORE "{table}" SET {sets} WHERE {where}'  # noqa: S608
        values = [*now.values(), *found]
    return connection.exec_driver_sql(sql, tuple(values)).rowcount > 0


def _where(was: Values) -> tuple[str, list[Value]]:
    """Return the condition that a row stands as it was seen, and its values.

    A text that is no UTF-8 comes as surrogates, which only its bytes can match.
    """
    terms: list[str] = []
    values: list[Value] = []
    for name, value in was.items():
        if isinstance(value, str) and not _encodes(value):
            terms.append(f'CAST("{name}" AS BLOB) = ?')
            values.append(value.encode("utf-8", "surrogateescape"))
        else:
            terms.append(f'"{name}" IS ?')
            values.append(value)
    return " AND ".join(terms), values


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _unbound(connection: Connection) -> Iterator[None]:
    """Take our triggers off, and put them back before the transaction ends."""
    triggers = {name: sql for name, sql in _sound_objects("trigger").items() if sql}
    for name in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')
    yield
    for sql in triggers.values():
        connection.exec_driver_sql(sql)


# The schema.


def _sound_objects(kind: str) -> dict[str, str | None]:
    """Return name -> SQL of our tables, indexes or triggers."""
    return _objects(fresh_schema(), kind)


def _objects(schema: Schema, kind: str) -> dict[str, str | None]:
    found = (row for row in schema if row[0] == kind and len(row) > 3)  # noqa: PLR2004  a row of sqlite_schema
    return {str(row[1]): None if row[3] is None else str(row[3]) for row in found}


def _mend_schema(connection: Connection) -> Iterator[str]:
    """Yield what is mended, where the tables are ours; see `look`.

    1. The version. 2. More tables, indexes, triggers; those that SQLite makes itself
    go with their table. 3. What else the file says of itself.
    """
    found = read_schema(connection)
    # 1
    if _versions(connection) != [migrations.HEAD]:
        _check_all(found, "schema")
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.exec_driver_sql(
            "INSERT INTO alembic_version VALUES (?)", (migrations.HEAD,)
        )
        yield "version"
    # 2
    more = _objects(found, "table").keys() - _sound_objects("table").keys()
    for name in sorted(more):
        connection.exec_driver_sql(f'DROP TABLE "{_quoted(name)}"')
        yield name
    for kind in ("index", "trigger", "view"):
        yield from _mend_objects(connection, kind, _objects(found, kind))
    # 3
    pragmas = [row for row in fresh_schema() - found if row[0] == "pragma"]
    for pragma, value in sorted((str(row[1]), row[2]) for row in pragmas):
        if pragma not in OURS_TO_SET:
            raise Refusal(Reason.DATABASE, f"schema: {pragma}")
        connection.exec_driver_sql(f"PRAGMA {pragma} = {value!s}")
        yield pragma


def _check_all(found: Schema, where: str) -> None:
    """Raise Refusal(DATABASE) unless all is ours, and so only the version damaged."""
    for kind in ("table", "index", "trigger", "view"):
        if _objects(found, kind) != _sound_objects(kind):
            raise Refusal(Reason.DATABASE, where)


def _mend_objects(
    connection: Connection, kind: str, found: Mapping[str, str | None]
) -> Iterator[str]:
    wanted = _sound_objects(kind)
    for name in sorted(wanted.keys() | found.keys()):
        held, sql = found.get(name), wanted.get(name)
        if held == sql:
            continue
        if held is not None:
            connection.exec_driver_sql(f'DROP {kind} IF EXISTS "{_quoted(name)}"')
        if sql is not None:
            connection.exec_driver_sql(sql)
        yield name


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _versions(connection: Connection) -> list[str]:
    asked = "SELECT CAST(version_num AS BLOB) FROM alembic_version"
    found = connection.exec_driver_sql(asked).scalars()
    return [bytes(version).decode(errors="replace") for version in found]
