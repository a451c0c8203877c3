"""A store in a temporary directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.store import Store
from tests.quick import folder_in_memory
from tests.store.support import Log


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: each test commits some hundred times."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    made = Store(path)
    yield made
    made.close()


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)
