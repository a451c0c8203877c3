"""fusion store copy, backup and drill: a restore is tried before it is needed."""

import json
import shutil
from pathlib import Path

import pytest

from exchange.audit.verify_database import verify_file
from exchange.errors import Reason
from exchange.limits import DISK_FLOOR_MAX
from exchange.net.assemble import open_home
from exchange.trust import bundle
from tests.cli.conftest import NOW, AtHome, Fusion, Result
from tests.clocks import stopped

NODE = "islamabad.pk"
LOG = f"{NODE}.fusion/log/1"
INFINITE = {"origin": LOG, "size": float("inf"), "root": ""}


@pytest.fixture
def backup(fusion: Fusion, home: Path, tmp_path: Path) -> Path:
    """Return a backup that was backup beside the running node."""
    out = tmp_path / "backup"
    with open_home(home, stopped(NOW)):
        found = fusion("store", "backup", "--out", out, "--home", home)
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines()[-1] == f"written to {out}"
    return out


def drilled(fusion: Fusion, backup: Path, home: Path) -> Result:
    before = times(home)
    found = fusion("store", "drill", backup, "--home", home)
    assert times(home) == before
    return found


def times(home: Path) -> dict[str, int]:
    """Return when each file of a node changed; a look makes companions of one."""
    return {
        path.name: path.stat().st_mtime_ns
        for path in (home / "node").iterdir()
        if not path.name.endswith(("-wal", "-shm"))
    }


def test_a_backup_is_proven(fusion: Fusion, home: Path, backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o700
    assert (backup / "ledger.db").stat().st_mode & 0o777 == 0o600

    found = drilled(fusion, backup, home).well()
    assert "all as signed" in found.out
    assert (
        f"{LOG}: 5 entries: matches the start of today's database; 0 entries"
        in found.out
    )
    shown = fusion.json("store", "drill", backup, "--home", home)
    assert (shown["ok"], shown["now"][LOG]) == (True, 5)


def test_without_a_database_of_today_it_is_verified_too(
    fusion: Fusion, home: Path, backup: Path
) -> None:
    for path in (home / "node").glob("ledger.db*"):
        path.unlink()

    found = drilled(fusion, backup, home).ended(0)
    assert "all as signed" in found.out
    assert "no later state here" in found.out


def test_a_byte_that_changed_is_found(fusion: Fusion, home: Path, backup: Path) -> None:
    data = bytearray((backup / "ledger.db").read_bytes())
    data[-1] ^= 1
    (backup / "ledger.db").write_bytes(data)

    found = drilled(fusion, backup, home).ended(1, Reason.DATABASE)
    assert found.err.count("\n") == 1


def test_a_log_that_today_does_not_begin_so_is_found(
    fusion: Fusion, home: Path, backup: Path
) -> None:
    text = json.loads((backup / "backup.json").read_text())
    text["logs"][0]["root"] = "A" * 43 + "="
    (backup / "backup.json").write_text(json.dumps(text))

    drilled(fusion, backup, home).ended(1, Reason.ROOT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "fusion/2 node backup"}',
        '{"format": "fusion/1 node backup", "logs": [{"origin": "o", "size": "x"}]}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_what_is_no_manifest_is_refused(
    fusion: Fusion, home: Path, backup: Path, text: str
) -> None:
    (backup / "backup.json").write_text(text)

    found = drilled(fusion, backup, home).ended(2, Reason.INPUT)
    assert found.err.count("\n") == 1


@pytest.mark.parametrize(
    "changed", [{"made": "\x1b]0;evil\x07"}, {"made": "\u202e"}, {"logs": [INFINITE]}]
)
def test_a_manifest_that_says_more_than_it_may_is_refused(
    fusion: Fusion, home: Path, backup: Path, changed: dict[str, object]
) -> None:
    text = json.loads((backup / "backup.json").read_text()) | changed
    (backup / "backup.json").write_text(json.dumps(text))

    found = drilled(fusion, backup, home).ended(2, Reason.INPUT)
    assert "evil" not in found.out + found.err


def test_it_asks_for_room_above_what_the_node_keeps_free(
    fusion: Fusion, home: Path, backup: Path
) -> None:
    floor = DISK_FLOOR_MAX  # MiB: no disk of a test has so much free
    with (home / "node" / "config.toml").open("a") as settings:
        settings.write(f"disk_floor_mib = {floor}\n")

    found = drilled(fusion, backup, home).ended(2, Reason.DISK)
    assert "needs 1 MiB; 0 MiB are free above the node's reserve" in found.err
    assert found.err.count("\n") == 1


def test_another_nodes_backup_is_refused(
    fusion: Fusion, home: Path, backup: Path
) -> None:
    text = json.loads((backup / "backup.json").read_text()) | {"node": "beijing.cn"}
    (backup / "backup.json").write_text(json.dumps(text))

    found = drilled(fusion, backup, home).ended(2, Reason.CONFLICT)
    assert "backup of beijing.cn" in found.err


def test_a_part_that_lacks_is_named(fusion: Fusion, home: Path, backup: Path) -> None:
    (backup / "ledger.db").unlink()
    drilled(fusion, backup, home).ended(2, Reason.DATABASE)
    shutil.rmtree(backup)
    assert drilled(fusion, backup, home).code == 2


def test_it_writes_over_nothing(here: AtHome, backup: Path) -> None:
    before = (backup / "backup.json").read_bytes()

    here("store", "backup", "--out", backup).ended(2, Reason.HOME_EXISTS)
    assert (backup / "backup.json").read_bytes() == before
    assert {path.name for path in backup.parent.iterdir() if "backup" in path.name} == {
        "backup"
    }


def test_a_copy_beside_the_running_node_is_sound(here: AtHome, tmp_path: Path) -> None:
    to = tmp_path / "copy.db"
    with open_home(here.home, stopped(NOW)):
        found = here("store", "copy", "--to", to)

    assert (found.code, found.err, found.out) == (0, "", f"written to {to}\n")
    assert to.stat().st_mode & 0o777 == 0o600
    pinned = bundle.load_all(here.home / "node" / "trust")
    report = verify_file(to, "islamabad.pk", pinned)
    assert (report.ok, report.entries) == (True, 5)


def test_a_copy_is_written_over_nothing_and_of_a_database_alone(
    here: AtHome, tmp_path: Path
) -> None:
    to = tmp_path / "copy.db"
    found = here("store", "copy", "--to", to).ended(2)
    assert found.err.startswith("node/ledger.db: ")
    assert not to.exists()
    with open_home(here.home, stopped(NOW)):
        pass
    to.write_bytes(b"mine")

    found = here("store", "copy", "--to", to).ended(2)
    assert to.read_bytes() == b"mine"
    assert found.err.startswith(f"{to}: already exists")
