"""Faults of a real cluster under load: nothing is lost, doubled or forked."""

import random
from collections.abc import Iterator

import pytest

from tests.failover.cluster import running_cluster
from tests.failover.faults import FAULTS
from tests.failover.nations import Nations, running_nations
from tests.failover.processes import lacking
from tests.failover.rounds import play

FIRST = {"writer-killed", "primary-killed", "commit-cut-after"}
pytestmark = pytest.mark.timeout(0)  # each wait has a time limit of its own


@pytest.fixture(scope="module")
def nations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nations]:
    if missing := lacking():
        pytest.skip(f"not installed: {missing}")
    folder = tmp_path_factory.mktemp("failover")
    with running_cluster(folder) as cluster, running_nations(cluster, folder) as made:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let faults beyond FIRST be a further round."""
    given = [
        pytest.param(name, marks=() if name in FIRST else pytest.mark.long)
        for name in FAULTS
    ]
    metafunc.parametrize("fault", given)


def test_nothing_is_lost(fault: str, nations: Nations) -> None:
    chance = random.Random(fault)  # noqa: S311  the same each time
    assert play(nations, fault, chance).acknowledged
