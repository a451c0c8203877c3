"""Homes whose keys end, and a clock that is moved."""

from pathlib import Path

import pytest

from exchange.home.plan import Plan, check_plan, make
from tests.cli.conftest import NOW, PASSPHRASE, Fusion
from tests.cli.renewal.steps import At, ask, install


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Move the clock of each command to so long (ms) after the home was made."""

    def move(later: int) -> None:
        monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + later)

    move(60_000)
    return move


@pytest.fixture
def apart(tmp_path: Path, fusion: Fusion, at: At) -> Path:  # noqa: ARG001 - first
    """A nation, a node and a desk, each enrolled in a home of its own."""
    folder = tmp_path / "apart"
    for name, plan in (
        ("nation", Plan(nation="pk")),
        ("node", Plan(node="lahore.pk")),
        ("desk", Plan(desk="rescue.lahore.pk", officers=("duty-1", "chief:releaser"))),
    ):
        make(folder / name, check_plan(plan), PASSPHRASE, NOW)
    for part in ("node", "desk"):
        answer = ask(folder, fusion, part)
        assert install(folder, fusion, part, answer).code == 0
    return folder
