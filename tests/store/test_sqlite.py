"""Which SQLite is behind a node's database, and who may use another one."""

import ast
import math
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal
from exchange.store import Store, sqlite, sqlite_database
from tests.store.support import ORIGIN, Log, entry, verify
from tests.store.test_database import appending, killed, read_until
from tests.test_project import PACKAGES, ROOT

IN_A_FILE_OF_ITS_OWN = (
    "opens the private temporary database '' only, which has no write-ahead log; the"
    " SQLite of sqlcipher3 would keep it in memory, however large it becomes"
)
STDLIB = {
    "exchange/audit/judge/id_index.py": IN_A_FILE_OF_ITS_OWN,
    "exchange/report/cosigning.py": IN_A_FILE_OF_ITS_OWN,
    "exchange/report/statistics.py": IN_A_FILE_OF_ITS_OWN,
    "exchange/report/header_table.py": IN_A_FILE_OF_ITS_OWN,
    "exchange/report/anomaly_queries.py": IN_A_FILE_OF_ITS_OWN,
    "exchange/report/derived_tables.py": IN_A_FILE_OF_ITS_OWN,
}
STRESS_S = 4.0
CHECKPOINTS = """
import itertools, pathlib, sys
from exchange.store import sqlite, sqlite_database
pragmas = (*sqlite_database.WRITING, ("busy_timeout", 20))
connection = sqlite.connect(pathlib.Path(sys.argv[1]), pragmas, write=True)
for way in itertools.cycle(["PASSIVE", "FULL", "PASSIVE", "RESTART", "TRUNCATE"]):
    (busy, *_), = connection.execute(f"PRAGMA wal_checkpoint({way})").fetchall()
    if not busy:
        print(way, flush=True)
"""
BACKUP = """
import sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
connection.execute("VACUUM INTO ?", (sys.argv[2],))
connection.close()
"""


# The version.


@pytest.mark.usefixtures("path")
def test_the_linked_one_loses_nothing(store: Store) -> None:
    with store._database.read_cursor() as connection:
        version = connection.execute("SELECT sqlite_version()").fetchone()[0]

    assert version == dbapi2.sqlite_version
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_one_that_is_mended_is_taken(version: tuple[int, ...]) -> None:
    sqlite.check_version(version)


# The pragmas.


@pytest.mark.usefixtures("path")
def test_each_pragma_is_so_afterwards(store: Store) -> None:
    assert ("journal_mode", "wal") in sqlite_database.WRITING
    with store._database.write_cursor() as connection:
        for name, value in sqlite_database.WRITING:
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value
    with store._database.read_cursor() as connection:
        for name, value in sqlite_database.READING:
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value


@pytest.mark.parametrize("pragma", [("secure_delete", 7), ("no_such_pragma", 1)])
def test_one_that_is_not_taken_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, pragma: tuple[str, int]
) -> None:
    name, value = pragma
    monkeypatch.setattr(sqlite_database, "WRITING", (*sqlite_database.WRITING, pragma))

    with pytest.raises(Refusal, match=f"SQLite did not take {name} = {value}") as found:
        Store(path)

    assert (found.value.reason, found.value.where) == (Reason.DATABASE, path.name)


# Errors.


def test_an_extended_code_says_what_failed(path: Path, log: Log) -> None:
    """Of these one needs room on the disk, the others do not (SQLITE_IOERR_SHMSIZE)."""
    log.append(entry(0))
    with closing(sqlite.connect(path, write=True)) as connection:
        row = connection.execute("SELECT * FROM log").fetchone()
        marks = ", ".join("?" * len(row))
        with pytest.raises(dbapi2.Error) as found:
            connection.execute(f"INSERT INTO log VALUES ({marks})", row)  # noqa: S608
    assert sqlite.code_of(found.value) == dbapi2.SQLITE_CONSTRAINT | 6 << 8
    assert sqlite.breaks_constraint(found.value)
    assert sqlite.code_of(ValueError()) == 0
    assert sqlite.SHARED_MEMORY_SIZE == 4_874


# Other processes.


@contextmanager
def checkpointing(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Copy the log back as often as can be, in a process of its own."""
    command = [sys.executable, "-c", CHECKPOINTS, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def read_for(lines: Iterable[str], seconds: float) -> Iterator[str]:
    """Yield lines from the first one on, for some time."""
    end = math.inf
    for line in lines:
        end = min(end, time.monotonic() + seconds)
        yield line
        if time.monotonic() > end:
            return


def test_who_only_reads_copies_nothing_back(path: Path) -> None:
    """Even as the last to close a database whose writer was killed."""
    process = appending(path)
    acknowledged = killed(process, read_until(process, 30))
    wal = path.with_name(f"{path.name}-wal")
    before = path.read_bytes(), wal.read_bytes()

    with closing(Store(path, read_only=True)) as store:
        size = store.logs.size(ORIGIN)

    assert size >= acknowledged
    assert (path.read_bytes(), wal.read_bytes()) == before
    with closing(sqlite.connect(path, write=False)) as connection:
        for sql in ("PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM waiting"):
            with pytest.raises(dbapi2.Error):
                connection.execute(sql).fetchall()
    assert (path.read_bytes(), wal.read_bytes()) == before


def test_a_backup_beside_the_node_by_another_sqlite_changes_nothing(
    path: Path, tmp_path: Path, store: Store, log: Log
) -> None:
    """As in docs/operations/backup.md, by the SQLite of Python, opened to read only."""
    log.append(entry(0), entry(1))
    wal = path.with_name(f"{path.name}-wal")
    before = path.read_bytes(), wal.read_bytes()
    copy = tmp_path / "copy.db"

    subprocess.run([sys.executable, "-c", BACKUP, path, copy], check=True)

    assert (path.read_bytes(), wal.read_bytes()) == before
    with closing(Store(copy)) as copied:
        assert verify(copied) == verify(store) == 2


# The product.


def test_nothing_opens_a_file_with_the_sqlite_of_python() -> None:
    """No import of it but where it is allowed."""
    found = {}
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            tree = ast.parse(source.read_text())
            name = source.relative_to(ROOT).as_posix()
            found[name] = any(imports(node) for node in ast.walk(tree))

    assert {name for name, does in found.items() if does} == STDLIB.keys()


def imports(node: ast.AST) -> bool:
    """Whether a node of a syntax tree imports the `sqlite3` of Python."""
    if isinstance(node, ast.Import):
        return any(one.name.partition(".")[0] == "sqlite3" for one in node.names)
    return isinstance(node, ast.ImportFrom) and (
        node.module is not None and node.module.partition(".")[0] == "sqlite3"
    )


def test_where_it_is_allowed_it_opens_no_file_of_ours() -> None:
    opened = [
        ast.unparse(node.args[0])
        for name in STDLIB
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sqlite3.connect"
    ]

    assert opened == ["''"] * 2
