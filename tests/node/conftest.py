"""Islamabad and Beijing, begun, on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node import world as worlds
from tests.node.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as made:
        yield made
