"""A desk restored beside its running node takes what came since, and then sends."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import AtDesk
from tests.cli.test_desk_backup import Command, cheap_seals

__all__ = ["cheap_seals"]  # a fixture


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], cheap_seals: None) -> Command:  # noqa: ARG001 - first
    return Command(capfd)


def test_it_knows_again_what_it_sent_after_the_backup(
    pk: AtDesk, fusion: Fusion, command: Command, tmp_path: Path
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"
    command.told("desk", "backup", "--home", pk.home, "--out", out)
    name = pk.send()
    new.mkdir(mode=0o700)
    (new / "node").symlink_to(pk.home / "node")

    restored = command.told("desk", "restore", out, "--home", new)

    assert restored["caught_up"]
    desk = AtDesk(new, fusion)
    found = json.loads(desk("list", "--json").out)["bulletins"]
    assert name in {row["name"] for row in found}
    assert desk.json("send", desk.file())["state"] == "local"


def test_without_its_node_it_sends_nothing_yet(
    desk: AtDesk, fusion: Fusion, command: Command, tmp_path: Path
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"
    command.told("desk", "backup", "--home", desk.home, "--out", out)
    command.told("desk", "restore", out, "--home", new)
    (new / "node").symlink_to(desk.home / "node")

    AtDesk(new, fusion)("send", desk.file()).ended(2, "BUSY")
