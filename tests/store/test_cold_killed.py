"""A node that is killed while it moves old entries loses none, and moves them again."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from exchange import atomic_file
from exchange.ledger.tiles import WIDTH
from exchange.store import Store, cold_rows
from exchange.store.cold_files import ColdFiles
from tests.store.support import NOW, ORIGIN, Log, verify
from tests.store.test_cold import bare

BUNDLES = 6
ROUNDS = 6
KILLED = 9


def fill(path: Path) -> list[bytes]:
    """Make a log of some bundles; return its entries."""
    entries = [bare(number) for number in range(BUNDLES * WIDTH)]
    with closing(Store(path)) as store:
        log = Log(store)
        for start in range(0, len(entries), WIDTH):
            log.append(*entries[start : start + WIDTH])
    return [new.entry for new in entries]


def run_apart(work: Callable[[], None]) -> int:
    """Start a process that does it, and return its id."""
    if pid := os.fork():
        return pid
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def move_all(path: Path) -> None:
    with closing(Store(path)) as store:
        moved = store.cold.moved(ORIGIN, 0, BUNDLES)
        for tile in range(BUNDLES):
            if tile not in moved:
                store.cold.move(ORIGIN, tile, NOW)


def look(path: Path, entries: list[bytes]) -> int:
    """Demand that all entries are there; return how many bundles lie in files."""
    with closing(Store(path)) as store:
        assert store.entries.bare(ORIGIN, 0, len(entries)) == entries
        assert verify(store) == len(entries)
        return len(store.cold.moved(ORIGIN, 0, BUNDLES))


def leftovers(path: Path) -> list[str]:
    """Return the files beside a database that nobody will read."""
    return [left.name for left in ColdFiles(path).folder.rglob(".*")]


STEPS = [
    (atomic_file, "_place"),
    (ColdFiles, "_put"),
    (ColdFiles, "bundle"),
    (ColdFiles, "write"),
    (cold_rows, "row_sum"),
    (cold_rows, "rest"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("where", "step"), STEPS, ids=lambda step: str(step)[:20])
def test_killed_at_a_step_every_entry_is_there(
    path: Path, where: object, step: str, *, after: bool
) -> None:
    entries = fill(path)

    def work() -> None:
        done = getattr(where, step)

        def end(*given: object) -> None:
            if after:
                done(*given)
            os._exit(KILLED)

        setattr(where, step, end)
        move_all(path)

    pid = run_apart(work)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == KILLED

    assert look(path, entries) == (step == "rest")
    move_all(path)
    assert look(path, entries) == BUNDLES
    assert leftovers(path) == []


def test_killed_at_any_moment_every_entry_is_there(path: Path) -> None:
    """The seed says when; what a moment holds is the machine's."""
    draw = random.Random(17)  # noqa: S311  to do it once more
    entries = fill(path)
    for _ in range(ROUNDS):
        pid = run_apart(lambda: move_all(path))
        time.sleep(draw.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        look(path, entries)
    move_all(path)
    assert look(path, entries) == BUNDLES
    assert leftovers(path) == []
