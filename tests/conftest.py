"""Options of the tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`, for the loops of tests/chaos."""
    parser.addoption(
        "--long", action="store_true", help="Kill, and fail disks, many times more."
    )
