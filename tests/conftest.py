"""Options of the tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`, for the loops of tests/chaos and the machines of tests/model."""
    parser.addoption(
        "--long",
        action="store_true",
        help="Kill, fail disks and play the model many times more.",
    )
