"""The schema: arrived at step by step, and the same as the tables say."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.store import Store, file_digest, migrations, raw_rows, tables
from exchange.v1 import envelope_pb2 as pb
from tests.store.support import DIRECTORY, ORIGIN, Log, entry, verify


def test_migrations_arrive_at_the_tables(path: Path) -> None:
    """Columns in their order, keys, indexes; a server's are compared by its view."""
    Store(path).close()
    with closing(dbapi2.connect(path)) as connection:
        made = {
            name: (columns(connection, name), indexes(connection, name))
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema"
                " WHERE type = 'table' AND name <> 'alembic_version'"
            ).fetchall()
        }

    assert made == {
        table.name: (
            [
                (one.name, TYPES[one.type], 1 + at if at < table.key else 0)
                for at, one in enumerate(table.columns)
            ],
            {(one.name, one.columns, one.where) for one in table.indexes},
        )
        for table in tables.BY_NAME.values()
    }


TYPES = {**migrations.TYPES, "BOOL": "BOOLEAN"}


def columns(connection: dbapi2.Connection, table: str) -> list[tuple[str, str, int]]:
    rows = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    assert all(not_null for _, _, _, not_null, _, _ in rows)
    return [(name, type_, key) for _, name, type_, _, _, key in rows]


def indexes(connection: dbapi2.Connection, table: str) -> set[object]:
    asked = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
    return {
        (
            name,
            tuple(row[2] for row in connection.execute(f"PRAGMA index_info({name})")),
            sql.partition(" WHERE ")[2],
        )
        for name, sql in connection.execute(asked, (table,)).fetchall()
        if sql
    }


def test_a_server_arrives_at_the_tables(database_url: DatabaseUrl) -> None:
    Store(database_url).close()
    with raw_rows.open_view(database_url) as raw:
        assert raw.strange_schema() == []


def test_a_newer_schema_is_not_touched(path: Path) -> None:
    Store(path).close()
    with closing(dbapi2.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(Refusal) as refused:
        Store(path)
    assert refused.value.reason is Reason.DATABASE
    assert "9999" in str(refused.value)


def test_the_directory_index_knows_its_kind() -> None:
    assert pb.KIND_DIRECTORY == DIRECTORY


FORBIDDEN = [
    "UPDATE entry SET entry = x''",
    "UPDATE entry SET reason = ''",
    "DELETE FROM entry",
    "UPDATE hash SET hash = x''",
    "DELETE FROM hash",
    "UPDATE payload SET body = x''",
    "UPDATE head SET root = x''",
    "UPDATE head SET size = 7",
    "UPDATE arrival SET kind = 2",
    "DELETE FROM arrival",
    "UPDATE log SET size = 0",
    "UPDATE log SET origin = 'other'",
    "DELETE FROM log",
]
REPLACED = [
    "INSERT OR REPLACE INTO entry SELECT * FROM entry",
    "INSERT OR REPLACE INTO hash SELECT * FROM hash",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_ledger_only_grows(
    store: Store, log: Log, engine: str, statement: str
) -> None:
    if engine == "postgres":
        statement = statement.replace("x''", "''")
    refuse(store, log, statement)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("statement", REPLACED)
def test_nothing_is_replaced_past_the_triggers(
    store: Store, log: Log, statement: str
) -> None:
    refuse(store, log, statement)


def refuse(store: Store, log: Log, statement: str) -> None:
    log.append(entry(0), entry(1))

    with pytest.raises(Exception, match="the ledger only grows"):  # noqa: SIM117
        with store._database.write_cursor() as connection:
            connection.execute(statement)
    assert verify(store) == 2


def test_two_openers_of_a_new_file_agree(path: Path) -> None:
    """Both find it empty; one migrates, the other finds it done."""
    code = (
        "import sys, pathlib; from exchange.store import Store;"
        "Store(pathlib.Path(sys.argv[1])).close()"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(2)]

    assert [process.wait(30) for process in both] == [0, 0]
    store = Store(path)
    assert Log(store).append(entry(0)).head.origin == ORIGIN
    store.close()


def test_no_other_file_is_needed(path: Path, tmp_path: Path) -> None:
    """A closed database is one file, which may be copied; beside it, its digest."""
    store = Store(path)
    Log(store).append(entry(0))
    store.close()
    found = {found.name for found in path.parent.iterdir()}
    assert found == {path.name, file_digest.digest_path(path).name}
    copy = Store(Path(shutil.copy(path, tmp_path / "copy.db")))
    assert verify(copy) == 1
    copy.close()
