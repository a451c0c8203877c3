"""A desk restored beside its running node takes what came since, and then sends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import written
from tests.cli.test_desk_backup import Command, cheap_seals

__all__ = ["cheap_seals"]  # a fixture

At = Callable[..., Result]


@pytest.mark.usefixtures("cheap_seals")
def test_it_knows_again_what_it_sent_after_the_backup(
    pair: Pair, at: At, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command, out, new = Command(capfd), tmp_path / "desk.backup", tmp_path / "new"
    command.told("desk", "backup", "--home", pair.pk, "--out", out)
    name = loaded(at(pair.pk, "send", written(tmp_path), "--json"))["name"]
    new.mkdir(mode=0o700)
    (new / "node").symlink_to(pair.pk / "node")

    restored = command.told("desk", "restore", out, "--home", new)

    assert restored["caught_up"]
    found = json.loads(at(new, "list", "--json").out)["bulletins"]
    assert name in {row["name"] for row in found}
    again = loaded(at(new, "send", written(tmp_path), "--json"))
    assert again["state"] == "local"


@pytest.mark.usefixtures("cheap_seals")
def test_without_its_node_it_sends_nothing_yet(
    stopped: Path, at: At, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command, out, new = Command(capfd), tmp_path / "desk.backup", tmp_path / "new"
    command.told("desk", "backup", "--home", stopped, "--out", out)
    command.told("desk", "restore", out, "--home", new)
    (new / "node").symlink_to(stopped / "node")

    at(new, "send", written(tmp_path)).ended(2, "BUSY")
