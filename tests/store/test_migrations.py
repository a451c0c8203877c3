"""The schema: arrived at step by step, and the same as the tables say."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlcipher3 import dbapi2
from sqlmodel import SQLModel

from exchange.errors import Reason, Refusal
from exchange.store import (
    Store,
    directory_models,
    file_digest,
    index_models,
    migrations,
    models,
    tables,
)
from exchange.v1 import envelope_pb2 as pb
from tests import quick
from tests.store.support import DIRECTORY, ORIGIN, Log, entry, verify


def test_migrations_arrive_at_the_models(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection)

        assert compare_metadata(context, SQLModel.metadata) == []
        assert compare_metadata(context, tables.METADATA) == []


def test_the_models_are_the_tables_that_a_node_runs_on() -> None:
    """They say a thing twice, since SQLModel alone takes 18 MiB of a process."""
    dialect = sqlite.dialect()

    def described(metadata: MetaData) -> dict[str, tuple[list[str], str]]:
        return {
            table.name: (
                sorted(
                    str(CreateIndex(index).compile(dialect=dialect))
                    for index in table.indexes
                ),
                str(CreateTable(table).compile(dialect=dialect)),
            )
            for table in metadata.sorted_tables
        }

    for added in (index_models.StatementRow, directory_models.DirectoryRow):
        assert added.metadata is models.LogRow.metadata
    assert described(models.LogRow.metadata) == described(tables.METADATA)


def test_a_store_runs_without_sqlmodel(path: Path) -> None:
    Store(path).close()
    code = (
        "import sys, pathlib; from exchange.store import Store;"
        "Store(pathlib.Path(sys.argv[1])).close();"
        "sys.exit(any(name in sys.modules for name in"
        " ('sqlmodel', 'pydantic', 'sqlalchemy.orm')))"
    )

    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_head_is_the_newest_revision(store: Store) -> None:
    with store._database.reading() as connection:
        scripts = ScriptDirectory.from_config(migrations.config(connection))

        assert scripts.get_heads() == [migrations.HEAD]
        assert migrations.version(connection) == migrations.HEAD


def test_opening_at_head_does_not_import_alembic(path: Path) -> None:
    Store(path).close()
    code = (
        "import sys, pathlib; from exchange.store import Store;"
        "Store(pathlib.Path(sys.argv[1])).close();"
        "sys.exit('alembic' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code, path], check=True)


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
        with store._database.writing() as connection:
            connection.exec_driver_sql(statement)
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


def test_what_the_tests_remember_of_the_schema_is_what_the_migrations_make(
    tmp_path: Path,
) -> None:
    """tests/quick.py replays what Alembic executed: the same in each byte."""
    replayed, upgraded = tmp_path / "replayed.db", tmp_path / "upgraded.db"
    for _ in range(2):  # the second surely is replayed
        replayed.unlink(missing_ok=True)
        Store(replayed).close()
    assert quick.SCHEMA
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "SCHEMA", [])
        Store(upgraded).close()

    assert replayed.read_bytes() == upgraded.read_bytes()
