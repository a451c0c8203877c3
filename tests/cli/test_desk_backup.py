"""fusion desk backup, restore, move: one sealed file, a proof, never a second desk."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from exchange import config
from exchange.cli import run
from exchange.desk import officer as officers
from exchange.desk.mailbox import NONE, Mailbox
from exchange.home import backup_file
from exchange.home.backup_file import BackedUpFile, Manifest
from keys.sealed_stream import seal_under
from tests.cli.conftest import NOW, PASSPHRASE, Result, piped

SEALED = "a passphrase of the backup"
OFFICER = "duty-1@ops.islamabad.pk"


@pytest.fixture(autouse=True)
def cheap_seals() -> Iterator[None]:
    """Derive at the floor that every sealed file must have, not above it."""
    from keys import keystore  # noqa: PLC0415 - beside what it patches

    with pytest.MonkeyPatch.context() as patch:
        assert seal_under.__kwdefaults__
        patch.setitem(seal_under.__kwdefaults__, "cost", keystore.FLOOR)
        yield


@pytest.fixture
def desk(home: Path) -> Path:
    """A home in whose mailbox a draft is kept."""
    with opened(home) as mailbox:
        mailbox.drafts.save(OFFICER, NONE, b"kept", NOW)
    return home


@contextmanager
def opened(home: Path) -> Iterator[Mailbox]:
    """The mailbox of a home, for as long as a block lasts."""
    folder = config.DeskHome(home / "desk")
    unlocked = officers.unlock(folder, "ops.islamabad.pk", "duty-1", PASSPHRASE)
    with closing(Mailbox(folder.mailbox, unlocked.database_key)) as mailbox:
        yield mailbox


@pytest.fixture
def fusion(capfd: pytest.CaptureFixture[str]) -> "Command":
    return Command(capfd)


class Command:
    """Runs a command with an officer's passphrase and that of the backup."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(
        self, *arguments: object, words: str = PASSPHRASE, sealed: str = SEALED
    ) -> Result:
        with piped(words) as one, piped(sealed) as other:
            fds = (f"--passphrase-fd={one}", f"--backup-passphrase-fd={other}")
            return self.alone(*arguments, *fds)

    def alone(self, *arguments: object) -> Result:
        """Run a command that asks for nothing."""
        code = run([*map(str, arguments)])
        out, err = self._capfd.readouterr()
        return Result(code, out, err)

    def told(self, *arguments: object) -> dict[str, Any]:
        done = self(*arguments, "--json").well()
        found = json.loads(done.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def saved(desk: Path, fusion: Command, tmp_path: Path) -> Path:
    """A backup of the desk."""
    out = tmp_path / "desk.backup"
    fusion.told("desk", "backup", "--home", desk, "--out", out)
    return out


def drafts(home: Path) -> list[bytes]:
    with opened(home) as mailbox:
        return [one.data for one in mailbox.drafts.of(OFFICER)]


def test_a_desk_comes_back_as_it_was(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"

    made = fusion.told("desk", "backup", "--home", desk, "--out", out)
    with opened(desk) as mailbox:  # what is written later is in no backup
        mailbox.drafts.save(OFFICER, NONE, b"later", NOW)
    restored = fusion.told("desk", "restore", out, "--home", new)

    assert out.stat().st_mode & 0o777 == 0o600
    assert made["rows"]["draft"] == 1
    assert restored == made | {"caught_up": False}
    assert drafts(new) == [b"kept"]
    for path in (desk / "desk").rglob("*"):
        name = path.relative_to(desk)
        if path.is_file() and not path.name.startswith(("mailbox.db", "lock")):
            assert (new / name).read_bytes() == path.read_bytes()
            assert (new / name).stat().st_mode & 0o077 == 0
    assert not list((desk / "desk").glob(".*"))
    assert not list(new.glob(".*"))


def test_it_is_made_beside_a_program_of_the_desk(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out = tmp_path / "desk.backup"
    with opened(desk) as mailbox, mailbox.database.transaction():
        mailbox.drafts.save(OFFICER, NONE, b"not committed", NOW)
        made = fusion.told("desk", "backup", "--home", desk, "--out", out)

    assert made["rows"]["draft"] == 1


def test_what_is_there_is_never_replaced(
    desk: Path, fusion: Command, saved: Path
) -> None:
    before = saved.read_bytes()

    again = fusion("desk", "backup", "--home", desk, "--out", saved)
    over = fusion("desk", "restore", saved, "--home", desk)

    assert (again.code, over.code) == (2, 2)
    assert saved.read_bytes() == before
    assert drafts(desk) == [b"kept"]


def sealed(path: Path, pieces: Sequence[bytes]) -> Path:
    """Write what somebody who knows the passphrase can."""
    with path.open("wb") as file:
        writer = seal_under(file, backup_file.MAGIC, backup_file.ROLE, SEALED)
        for piece in pieces:
            writer.write(piece)
        writer.finish()
    return path


def manifest(files: Sequence[dict[str, object]], **changes: object) -> bytes:
    said = {"version": 2, "desk": "ops.islamabad.pk", "made": 1, "rows": {}}
    data = json.dumps(said | {"files": list(files)} | changes).encode()
    return len(data).to_bytes(4) + data


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a/b/c", ".x", "a/../x", "", "a/", "a\\b", "x" * 101, "ز", 7, None],
)
def test_no_name_leads_out_of_the_desk(
    fusion: Command, tmp_path: Path, name: object
) -> None:
    one = {"name": name, "size": 0, "sha256": EMPTY}
    path = sealed(tmp_path / "file", [manifest([one])])

    fusion("desk", "restore", path, "--home", tmp_path / "new").ended(2)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "new"]
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"\xff\xff\xff\xff"],
        [(5).to_bytes(4), b"{}"],
        [(2).to_bytes(4), b"[]"],
        [manifest([], version=2)],
        [manifest([{"name": "a", "size": 3, "sha256": EMPTY}]), b"ab"],
        [manifest([{"name": "a", "size": 2, "sha256": EMPTY}]), b"ab"],
        [manifest([{"name": "a", "size": -1, "sha256": EMPTY}])],
        [manifest([{"name": "a", "size": 0, "sha256": EMPTY}] * 2)],
        [manifest([]), b"more"],
        [manifest([])],
    ],
)
def test_a_form_that_is_not_ours_is_refused(
    fusion: Command, tmp_path: Path, pieces: list[bytes]
) -> None:
    path = sealed(tmp_path / "file", pieces)

    done = fusion("desk", "restore", path, "--home", tmp_path / "new").ended(2)
    assert done.err.count("\n") == 1
    assert list((tmp_path / "new").iterdir()) == []


def test_a_mailbox_without_the_rows_that_were_counted_is_not_taken(
    fusion: Command, saved: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    with backup_file.open_backup(saved, SEALED) as backup:
        files: list[BackedUpFile] = list(backup.manifest.files)
        content = [b"".join(backup.content(one)) for one in files]
        rows = {**backup.manifest.rows, "draft": 2}
        head = Manifest(backup.manifest.desk, NOW, files, rows).encode()
    saved.unlink()
    sealed(saved, [len(head).to_bytes(4), head, *content])

    fusion("desk", "restore", saved, "--home", new).ended(1)
    assert list(new.iterdir()) == []


def test_a_moved_desk_opens_at_its_new_place_alone(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out, new = tmp_path / "desk.backup", tmp_path / "new"

    moved = fusion.told("desk", "move", "--home", desk, "--out", out, "--yes")

    mark = json.loads((desk / "desk/moved").read_text())
    assert (mark["file"], mark["sha256"]) == (out.name, moved["sha256"])
    again = ("desk", "backup", "--out", tmp_path / "second", "--home", desk)
    assert fusion(*again).code == 2
    assert fusion.alone("list", "--home", desk).code == 2
    assert not (tmp_path / "second").exists()
    fusion.told("desk", "restore", out, "--home", new)
    assert not (new / "desk/moved").exists()
    assert drafts(new) == [b"kept"]


def test_a_desk_that_is_in_use_is_not_moved_nor_without_a_yes(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    move = ("desk", "move", "--home", desk, "--out", tmp_path / "x")
    fusion(*move).ended(2)
    with config.hold_lock(desk / "desk", shared=True):  # as each of its programs
        fusion(*move, "--yes").ended(2)
    assert not (desk / "desk/moved").exists()
    assert not (tmp_path / "x").exists()


def test_a_move_that_fails_leaves_the_desk_where_it_is(
    desk: Path, fusion: Command, tmp_path: Path
) -> None:
    out = tmp_path / "x"
    out.write_bytes(b"there already")

    fusion("desk", "move", "--home", desk, "--out", out, "--yes").ended(2)
    assert out.read_bytes() == b"there already"
    assert not (desk / "desk/moved").exists()
    shutil.rmtree(desk / "node")
    assert drafts(desk) == [b"kept"]
