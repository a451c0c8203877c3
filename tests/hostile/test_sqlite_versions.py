"""Editions of SQLite that can lose what was committed."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.errors import Reason
from exchange.store import Store
from tests.expecting import refusing
from tests.store import conftest as store_fixtures
from tests.store.support import verify
from tests.store.test_database import appending, killed, read_until
from tests.store.test_sqlite import STRESS_S, checkpointing, read_for

path = store_fixtures.path


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 46, 1), (3, 51, 2)])
@pytest.mark.parametrize("read_only", [True, False])
def test_a5_one_that_can_lose_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, ...],
    *,
    read_only: bool,
) -> None:
    monkeypatch.setattr(dbapi2, "sqlite_version_info", version)

    with refusing(Reason.DATABASE) as refused:
        Store(tmp_path / "node.db", read_only=read_only)

    named = ".".join(map(str, version))
    assert f"SQLite of sqlcipher3 is {named}, which can lose" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a5_a_checkpoint_beside_a_commit_loses_nothing(path: Path) -> None:
    """Two processes write at once, which the node's lock else forbids."""
    Store(path).close()
    writer = appending(path)
    begun = read_until(writer, 1)
    with checkpointing(path) as other:
        assert other.stdout is not None
        made = set(read_for(other.stdout, STRESS_S))
        other.kill()
    acknowledged = killed(writer, begun)

    assert made == {"PASSIVE\n", "FULL\n", "RESTART\n", "TRUNCATE\n"}
    with closing(Store(path)) as store:
        assert verify(store) >= acknowledged > begun
