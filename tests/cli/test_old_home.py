"""A home that was made before the first release is refused in one line, and stays."""

import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Fusion

ARCHIVE = Path(__file__).parents[1] / "vectors/homes/schema-0002.tar.xz"
COMMANDS = [
    ("serve",),
    ("fsck",),
    ("fsck", "--repair"),
    ("audit", "export", "--out", "all.audit"),
    ("keys", "list"),
    ("trust", "export", "--out", "pk.bundle"),
    ("list",),
    ("status", "--officer", "duty-1"),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="tar")  # keys keep their mode, 0600
    return tmp_path / "islamabad.pk"


def contents(home: Path) -> dict[str, bytes]:
    """Return all files but what SQLite leaves beside a database that it reads."""
    files = (path for path in home.rglob("*") if path.is_file())
    found = {str(path.relative_to(home)): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if data and "-shm" not in name}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_old_home_is_refused_in_one_line(
    fusion: Fusion, old: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    words = [str(tmp_path / word) if "." in word else word for word in command]
    asks = PASSPHRASE if command[0] in {"serve", "list", "status"} else None
    before = contents(old)

    found = fusion(*words, "--home", old, words=asks)

    assert (found.code, found.out) == (2, ""), found
    assert found.err.endswith("made before the first release; make a new home\n")
    assert found.err.count("\n") == 1
    assert contents(old) == before
