"""Options of the tests."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A run starts a thousand processes: each would compile what it imports where the
# environment forbids to keep what is compiled, as images of containers do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from exchange import words  # noqa: E402  after what stands above
from exchange.words.build_hook import build  # noqa: E402
from tests.quick import quick_stores  # noqa: E402

build(Path(__file__).parent.parent)  # what was edited since it was installed

# How fast the machine is, and what else it does, is no test's matter.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# The commands speak the language of the tester otherwise.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("FUSION_LANG", None)
# The readline module sets these; a process in a terminal of the tests has its own size.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """Open stores quickly."""
    with quick_stores():
        yield


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Speak English again after a test."""
    yield
    words.use(words.DEFAULT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`, for the loops of tests/chaos and the machines of tests/model."""
    parser.addoption(
        "--long",
        action="store_true",
        help="Kill, fail disks and play the model many times more.",
    )
