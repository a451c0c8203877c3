"""A store in a temporary directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.store import Store
from tests.store.support import Log


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
