"""Islamabad and Beijing, begun, on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node import world as worlds
from tests.node.world import World
from tests.quick import folder_in_memory


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: each test commits some hundred times."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as made:
        yield made


@pytest.fixture
def met(world: World) -> World:
    """Islamabad and Beijing, each with the other's log."""
    world.meet()
    return world
