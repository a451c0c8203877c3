"""The commands say how much of a log is in files, and how much room that takes."""

import shutil
from contextlib import closing
from functools import partial
from pathlib import Path

from exchange.cli import log_output
from exchange.ledger.tiles import WIDTH
from exchange.limits import DAY
from exchange.net.assemble import open_home
from exchange.store import Store
from tests.cli.conftest import AtHome
from tests.clocks import stopped
from tests.store.support import NOW, Log
from tests.store.test_cold import bare

MIB = 1 << 20
LOG = "lahore.pk.fusion/log/1"


def test_a_doctor_tells_what_lies_in_files(here: AtHome) -> None:
    assert list(log_output.cold_logs(here.home)) == []
    with closing(Store(here.home / "node" / "ledger.db")) as store:
        store.claim(bytes(16))
        Log(store, LOG).append(*(bare(number) for number in range(WIDTH)))
        store.cold.move(LOG, 0, NOW)

    found = here.json("doctor")

    lines = [one["line"] for one in found["checks"] if one["about"] == "cold"]
    assert lines == [f"{LOG}: 256 old entries in files, 0.0 MiB"]
    (shown,) = log_output.cold_json(log_output.cold_logs(here.home))
    assert (shown["origin"], shown["entries"]) == (LOG, WIDTH)


def test_a_node_moves_only_above_its_floor(home: Path, tmp_path: Path) -> None:
    """By the disk on which the files are to lie: the folder may be a link."""
    with (home / "node" / "config.toml").open("r+") as settings:
        text = settings.read()
        settings.seek(0)
        settings.write(f"cold_after_days = 365\ndisk_floor_mib = 7\n{text}")
    for folder in (home / "node", home / "node" / "ledger.db.cold"):
        with open_home(home, stopped(NOW)) as (node, _):
            room = node.cold.room
            assert node.cold.after == 365 * DAY
            assert isinstance(room, partial)
            assert room.args == (folder, 7 * MIB)
        link = home / "node" / "ledger.db.cold"
        if not link.exists():
            link.symlink_to(tmp_path)


def test_what_cannot_be_read_is_left_to_others(here: AtHome) -> None:
    (here.home / "node" / "ledger.db.cold").mkdir()
    (here.home / "node" / "ledger.db").write_bytes(b"no database at all")

    assert list(log_output.cold_logs(here.home)) == []
    shutil.rmtree(here.home / "node")
    assert list(log_output.cold_logs(here.home)) == []
    assert here("doctor").err == ""
