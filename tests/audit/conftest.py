"""One ledger for all, made once; a copy to be spoilt for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit import ledger as ledgers
from tests.audit.ledger import Ledger
from tests.node import world as worlds
from tests.node.world import World
from tests.quick import folder_in_memory


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: what is written need not survive a power cut."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Return the ledger that nobody changes."""
    return ledgers.make(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def ledger(sound: Ledger, tmp_path: Path) -> Ledger:
    """Return a ledger to be spoilt."""
    return sound.copy(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return two nodes at work."""
    with worlds.world(tmp_path) as made:
        yield made
