"""Backups of a desk: opened, changed and searched by who may not."""

from pathlib import Path

import pytest

from tests.cli import conftest as cli_fixtures
from tests.cli import test_desk_backup as origin
from tests.cli.conftest import PASSPHRASE
from tests.cli.test_desk_backup import SEALED, Command

cheap = cli_fixtures.cheap
cheap_seals = origin.cheap_seals
fusion = origin.fusion
desk = origin.desk
home = cli_fixtures.home
homes = cli_fixtures.homes
made = cli_fixtures.made


def test_b4_nothing_of_the_desk_is_in_the_file_in_clear(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out = tmp_path / "desk.backup"
    fusion.told("desk", "backup", "--home", desk, "--out", out)
    data = out.read_bytes()

    assert b"islamabad" not in data
    assert (desk / "desk/tls.key").read_bytes()[30:60] not in data
    assert (desk / "desk/officers/duty-1.key").read_bytes()[-60:] not in data


@pytest.mark.parametrize(
    ("words", "sealed"), [(PASSPHRASE, "another"), ("another", SEALED)]
)
def test_b1_both_passphrases_are_needed(
    desk: Path, fusion: Command, tmp_path: Path, words: str, sealed: str
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"
    fusion.told("desk", "backup", "--home", desk, "--out", out)

    done = fusion("desk", "restore", out, "--home", new, words=words, sealed=sealed)

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert list(new.iterdir()) == []


def test_b1_a_damaged_file_restores_nothing(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"
    fusion.told("desk", "backup", "--home", desk, "--out", out)
    data = out.read_bytes()
    middle = len(data) // 2
    for spoilt in (
        b"",
        data[:3],
        data[:60],
        data[:-1],
        data[:middle],
        data + b"x",
        data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        b"FKS2" + data[4:],
        b"FDB1" + data[4:],
    ):
        out.write_bytes(spoilt)
        done = fusion("desk", "restore", out, "--home", new)
        assert done.code == 2
        assert done.err.count("\n") == 1
        assert list(new.iterdir()) == []
