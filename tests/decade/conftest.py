"""What runs the commands of the tests of a decade."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.decade.commands import Commands


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    with closing(Commands()) as made:
        yield made
