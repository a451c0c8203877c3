"""SIGKILL at random moments, over and over.

`pytest tests/hostile/test_killed_nodes.py --long` kills 10,000 times, each time from
other seeds; a failure names the seed with which it can be had again.
"""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos import conftest as chaos_fixtures

long = chaos_fixtures.long

SHORT, LONG = 40, 5_000  # rounds of each process
PROCESSES = 2
PATIENCE = 900  # s, for the short form


@pytest.mark.timeout(0)
@pytest.mark.long
def test_b5_a_pair_killed_at_random_moments(tmp_path: Path, *, long: bool) -> None:
    """Each round: all verifies, nothing acknowledged is lost, none stands twice.

    No two heads that left a node exclude each other, and what was cosigned is held, as
    is what was held ahead of its log.
    """
    first = random.randrange(2**32) if long else 0  # noqa: S311  for other rounds
    rounds = LONG if long else SHORT
    started = [
        killing(tmp_path / str(seed), rounds, seed)
        for seed in range(first, first + PROCESSES * rounds, rounds)
    ]
    for process in started:
        said, failed = process.communicate(timeout=None if long else PATIENCE)
        assert process.returncode == 0, f"{process.args!r}\n{failed}"
        acknowledged, idle, ahead = map(int, said.split())
        assert acknowledged > rounds
        assert ahead > rounds / 10
        assert idle < rounds / 2


def killing(folder: Path, rounds: int, seed: int) -> subprocess.Popen[str]:
    folder.mkdir()
    asked = [sys.executable, "-m", "tests.chaos.killing", folder, rounds, seed]
    return subprocess.Popen(
        list(map(str, asked)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
