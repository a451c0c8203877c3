"""A store in a temporary directory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.store import Store
from tests.quick import folder_in_memory
from tests.store.support import Log

ENGINES = ("sqlite", "postgres")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: each test commits some hundred times."""
    with folder_in_memory() as folder:
        yield folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let each test of a store run on both engines; one that names `path` on a file."""
    if "engine" in metafunc.fixturenames:
        of_a_file = "path" in metafunc.fixturenames
        metafunc.parametrize("engine", ENGINES[:1] if of_a_file else ENGINES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
def place(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Path | DatabaseUrl:
    """Return where a new database is, of either engine."""
    of_engine = {"sqlite": "path", "postgres": "database_url"}
    found: Path | DatabaseUrl = request.getfixturevalue(of_engine[engine])
    if isinstance(found, DatabaseUrl):
        return replace(found, file=tmp_path / "ledger.db")
    return found


@pytest.fixture
def store(place: Path | DatabaseUrl) -> Iterator[Store]:
    made = Store(place)
    yield made
    made.close()


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)
