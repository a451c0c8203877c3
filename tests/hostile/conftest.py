"""Two desks at two nodes that have met, of which Beijing's turn hostile."""

import pytest

from tests.desk.bench import Bench
from tests.desk.conftest import bench, met, tmp_path
from tests.hostile.partner import Partner
from tests.net.conftest import homes, links_of, paired
from tests.node.conftest import world

__all__ = [
    "bench",
    "homes",
    "links_of",
    "met",
    "paired",
    "partner",
    "tmp_path",
    "world",
]


@pytest.fixture
def partner(bench: Bench) -> Partner:
    """Beijing, with valid keys and no scruples; Islamabad is honest."""
    return Partner(bench)
