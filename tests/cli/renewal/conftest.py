"""Homes whose keys end, and a clock that is moved."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Apart, Fusion, make_apart
from tests.cli.renewal.steps import At


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Move the clock of each command to so long (ms) after the home was made."""

    def move(later: int) -> None:
        monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + later)

    move(60_000)
    return move


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of homes that the first test which wants them makes for all."""
    return tmp_path_factory.mktemp("enrolled")


@pytest.fixture
def apart(enrolled: Path, tmp_path: Path, fusion: Fusion, at: At) -> Apart:  # noqa: ARG001 - first
    """A nation, a node and a desk, each enrolled in a home of its own."""
    if not (enrolled / "desk").exists():
        make_apart(enrolled, "duty-1", "chief:releaser")
        for part in ("node", "desk"):
            Apart(enrolled, fusion).enrol(part)
    return Apart(shutil.copytree(enrolled, tmp_path / "apart"), fusion)
