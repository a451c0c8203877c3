"""One ledger for all, made once, a copy to be spoilt for each test, and a partner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.conftest import ledger, sound, world
from tests.audit.ledger import Ledger
from tests.quick import folder_in_memory
from tests.rebuild import support
from tests.rebuild.support import Partner

__all__ = ["ledger", "sound", "world"]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: each test commits some hundred times."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def partner(
    sound: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Partner]:
    """Return an honest partner."""
    with support.partner(sound, tmp_path_factory.mktemp("partner")) as made:
        yield made


@pytest.fixture(scope="session")
def right(sound: Ledger) -> dict[str, list[object]]:
    """Return what must stand there in the end."""
    return support.rows(sound.path)
