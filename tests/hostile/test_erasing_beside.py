"""Texts erased beside a process that reads them."""

import random
from contextlib import closing
from pathlib import Path

from exchange.store import Erasure, Store
from tests.store import conftest as store_fixtures
from tests.store.support import NOW, ORIGIN, Log, entry
from tests.store.test_erase import sealed, traces

path = store_fixtures.path
place = store_fixtures.path  # an engine that a second process opens by its file
log = store_fixtures.log
store = store_fixtures.store


def test_a5_beside_another_process_that_has_it_open(log: Log, path: Path) -> None:
    """A second Store is a second process to SQLite."""
    draw = random.Random(7)  # noqa: S311
    entries = [sealed(number, draw) for number in range(4)]
    log.append(*entries)

    with closing(Store(path)) as beside:
        assert beside.retention.erase(Erasure(ORIGIN, [0, 1, 2], NOW)) == 3
        log.append(entry(9))
        beside.retention.empty_wal()

        assert [traces(path, new) for new in entries[:3]] == [0, 0, 0]
        assert [bool(one.body) for one in log.store.entries.page(ORIGIN, 0, 9)] == [
            *(False, False, False),
            *(True, True),
        ]
