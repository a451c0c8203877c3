"""One ledger for all, made once, a copy to be spoilt for each test, and a partner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.node.node import Node
from tests.audit import ledger as ledgers
from tests.audit.conftest import ledger, sound, world
from tests.audit.ledger import Ledger
from tests.quick import folder_in_memory
from tests.rebuild import support

__all__ = ["ledger", "sound", "world"]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: each test commits some hundred times."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def partner(sound: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Return a partner that holds all entries."""
    with support.serving(sound, tmp_path_factory.mktemp("partner")) as made:
        yield made


@pytest.fixture
def open_ledger(ledger: Ledger) -> Ledger:
    """Return a ledger without a fork, which freezes a log, or anything that waits."""
    with ledgers.opened(ledger.path) as connection:
        connection.execute("DELETE FROM fork")
        connection.execute("DELETE FROM waiting")
    return ledger


@pytest.fixture(scope="session")
def right(sound: Ledger) -> dict[str, list[object]]:
    """Return what must stand there in the end."""
    return support.rows(sound.path)
