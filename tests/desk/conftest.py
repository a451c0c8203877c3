"""Two desks at two nodes that have begun and met."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.bench import Bench
from tests.desk.bench import bench as benches
from tests.node import world as worlds


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with worlds.world(tmp_path) as world, benches(world, tmp_path) as made:
        made.meet()
        yield made
