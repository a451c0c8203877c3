"""What these tests need of the machine, and how long they may go on."""

import shutil
from pathlib import Path

import pytest

from tests.chaos.pair import Pair

POOL = 120  # envelopes of each side


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether it may take as long as it takes: `pytest tests/chaos --long`."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The databases of two nodes that have just met."""
    folder = tmp_path_factory.mktemp("template")
    pair = Pair(folder)
    pair.begin()
    pair.seal(POOL)
    return folder


@pytest.fixture
def pair(template: Path, tmp_path: Path) -> Pair:
    """Two nodes that have just met, closed."""
    return Pair(Path(shutil.copytree(template, tmp_path / "pair")))
