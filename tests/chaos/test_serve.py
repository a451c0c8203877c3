"""`fusion serve`, killed under load with SIGKILL, and started again."""

import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange import config
from tests.chaos import strace
from tests.chaos.served import (
    PATIENCE,
    Officer,
    Served,
    acquainted,
    make_homes,
    serving,
    settle,
    verify,
)

SHORT, LONG = 6, 200  # rounds
LIFE_MAX = 0.5  # s under load
ERRORS = {  # which call fails, from which on; each thread counts for itself
    "a write": ("pwrite64", "60"),
    "all writes": ("pwrite64", "60+"),
    "a sync": ("fsync", "4"),
    "all syncs": ("fsync", "4+"),
}


@pytest.fixture
def homes(tmp_path: Path) -> list[Path]:
    return make_homes(tmp_path)


def at_work(homes: Sequence[Path]) -> list[Officer]:
    """Let an officer at each side send to the other, and wait until both do."""
    ways = zip(homes, reversed(homes), strict=True)
    officers = [Officer(home, f"ops.{other.name}") for home, other in ways]
    for officer in officers:
        officer.start()
    for officer in officers:
        assert officer.began.wait(PATIENCE)
    return officers


@pytest.mark.timeout(0)
def test_nodes_killed_under_load(homes: list[Path], *, long: bool) -> None:
    """After each kill all that was taken is there; in the end all is cosigned.

    The desks go on meanwhile, and hand over later what no node took.
    """
    nodes = [Served(home) for home in homes]
    taken = [set[bytes](), set[bytes]()]
    with serving(nodes):
        acquainted(homes)
        for number in range(LONG if long else SHORT):
            chance = random.Random(number)  # noqa: S311  as good as any
            officers = at_work(homes)
            time.sleep(chance.random() * LIFE_MAX)
            hit = chance.choice([[0], [1], [0, 1]])
            for one in hit:
                nodes[one].end(signal.SIGKILL)
            for home, officer, names in zip(homes, officers, taken, strict=True):
                names.update(officer.stop())
                verify(home, names)
            for one in hit:
                assert "ready" in nodes[one].start()
        settle(homes)
    for home, names in zip(homes, taken, strict=True):
        assert names
        verify(home, names)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_node_whose_disk_fails(
    homes: list[Path], tmp_path: Path, error: tuple[str, str]
) -> None:
    """It answers, or ends with a line; on a sound disk all that was taken is there."""
    with serving([Served(home) for home in homes]):
        acquainted(homes)
    trace = tmp_path / "trace"
    touched = strace.paths(config.node_home(homes[0]).database)
    # As a grandchild (-D), so that our signals reach the node.
    options = ["-D", "-f", "-o", trace, *touched, *strace.fails(*error)]
    bad = Served(homes[0], ["strace", *options, "--"])
    good = Served(homes[1])
    with serving([bad, good]):
        officers = at_work(homes)
        time.sleep(LIFE_MAX)
        taken = [officer.stop() for officer in officers]
        code, said = bad.end()
        assert code in (0, -signal.SIGTERM), said
        assert "Traceback" not in said
    assert "(INJECTED)" in trace.read_text()
    for home, names in zip(homes, taken, strict=True):
        verify(home, names)
    with serving([Served(home) for home in homes]):
        settle(homes)
    for home, names in zip(homes, taken, strict=True):
        verify(home, names)
