"""The schema: the one of the tables, upgraded by versions, and what it forbids."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine
from sqlcipher3 import dbapi2
from sqlmodel import SQLModel

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Refusal
from exchange.store import Store, StoredTimes, file_digest, migrations, raw_rows
from exchange.v1 import envelope_pb2 as pb
from tests.store.support import DIRECTORY, ORIGIN, Log, entry, verify


def test_a_new_database_is_as_the_tables_say(
    place: Path | DatabaseUrl, engine: str
) -> None:
    """By Alembic's own comparison, which looks at columns, types and indexes."""
    Store(place).close()
    with raw_rows.open_view(place) as raw:
        assert raw.strange_schema() == []
    with inspected(place, engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


@contextmanager
def inspected(place: Path | DatabaseUrl, engine: str) -> Iterator[Connection]:
    """Connect by SQLAlchemy, as nothing of the product does."""
    if isinstance(place, DatabaseUrl):
        make = partial(psycopg.connect, place.text)
        made = create_engine("postgresql+psycopg://", creator=make, poolclass=NullPool)
    else:
        made = create_engine(f"sqlite:///{place}", module=dbapi2, poolclass=NullPool)
    with made.connect() as connection:
        assert made.dialect.name.startswith(engine[:6])
        yield connection
    made.dispose()


LATER = """
from alembic import op
import sqlalchemy as sa

revision, down_revision = "0014", "0013"


def upgrade():
    op.add_column("clock", sa.Column("drift", sa.Integer(), server_default="7"))
    op.execute("UPDATE clock SET drift = drift + signed")
"""


def test_a_later_version_upgrades_what_is_there(
    store: Store,
    place: Path | DatabaseUrl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its rows; a second opener finds it done, an older program stays out."""
    store.retention.set_times(StoredTimes(5, "beijing.cn", 6))
    store.close()
    versions = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, versions)
    (versions / "versions/0014_measure_drift.py").write_text(LATER)
    with monkeypatch.context() as later:
        later.setattr(migrations, "__file__", str(versions / "__init__.py"))
        later.setattr(migrations, "HEAD", "0014")
        migrations.statements.cache_clear()
        with pytest.raises(Refusal, match="run fusion serve once"):
            Store(place, read_only=True)
        for _ in range(2):
            with closing(Store(place)) as opened:
                assert read(opened, "SELECT drift FROM clock") == [(12,)]
                assert read(opened, "SELECT version_num FROM alembic_version") == [
                    ("0014",)
                ]
    migrations.statements.cache_clear()

    with pytest.raises(Refusal, match="written by a newer program"):
        Store(place)


def read(store: Store, query: str) -> list[tuple[object, ...]]:
    with store._database.read_cursor() as cursor:
        return [tuple(row) for row in cursor.execute(query).fetchall()]


def test_what_was_made_before_the_first_release_is_refused(path: Path) -> None:
    Store(path).close()
    with closing(dbapi2.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
        connection.commit()

    with pytest.raises(Refusal, match="make a new home"):
        Store(path)
    with pytest.raises(Refusal, match="make a new home"):
        Store(path, read_only=True)


def test_a_node_that_runs_loads_no_sqlmodel(path: Path) -> None:
    Store(path).close()
    code = (
        "import sys, pathlib; from exchange.store import Store;"
        "Store(pathlib.Path(sys.argv[1])).close();"
        "assert not {'sqlmodel', 'sqlalchemy', 'alembic', 'pydantic'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=60)


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
