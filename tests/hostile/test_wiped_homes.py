"""Homes with links and leftovers in them: a wipe takes them, or says what it left."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli import conftest as commands
from tests.cli.conftest import Fusion

cheap = commands.cheap
fusion = commands.fusion
made = commands.made
home = commands.home


@pytest.fixture
def homes(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "homes"))


def test_t5_a_link_out_of_the_home_stays_and_is_named(
    fusion: Fusion, home: Path
) -> None:
    """Nobody can say what else is there, and the keys must not stay in silence."""
    folder = home.parent / "outside"
    (home / "desk").rename(folder)
    (home / "desk").symlink_to(folder)
    outside = home.parent / "outside.key"
    outside.write_bytes(b"of somebody else")
    (home / "node/linked.key").symlink_to(outside)

    done = fusion("wipe", "--home", home, "--yes")

    assert done.code == 1
    assert outside.read_bytes() == b"of somebody else"
    assert (folder / "officers/duty-1.key").exists()
    assert f"{home / 'desk'} leads out of this home, to {folder}; erase" in done.out
    assert f"{home / 'node/linked.key'} leads out of this home" in done.out
    left = [home / "desk", home / "node", home / "node/linked.key"]
    assert sorted(home.rglob("*")) == left


def test_t5_a_link_into_the_home_is_followed(fusion: Fusion, home: Path) -> None:
    (home / "data").mkdir()
    (home / "desk").rename(home / "data/desk")
    (home / "desk").symlink_to(home / "data/desk")
    (home / "data/desk/self").symlink_to(home)
    (home / "node/nowhere.key").symlink_to(home / "node/gone.key")

    done = fusion("wipe", "--home", home, "--yes", "--json")

    assert list(home.rglob("*")) == [home / "data"]
    assert done.code == 1
    assert json.loads(done.out)["remaining"] == [str(home / "data")]


@pytest.mark.parametrize("part", [(), ("--part", "desk")])
def test_t5_g9_what_killed_commands_left_goes_too(
    fusion: Fusion, home: Path, part: tuple[str, ...]
) -> None:
    for folder in (".desk.0123456789abcdef", ".making/desk", ".made/desk"):
        (home / folder).mkdir(parents=True)
        (home / folder / "duty-1.key").write_bytes(b"a key")

    done = fusion("wipe", "--home", home, "--yes", *part)

    assert done.code == 0
    assert not [path for path in home.rglob("duty-1.key") if "desk" in str(path)]
