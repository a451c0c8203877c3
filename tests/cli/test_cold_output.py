"""What of a log lies in files is told, with its room."""

import json
import shutil
from contextlib import closing
from pathlib import Path

from exchange.cli import cold_output
from exchange.ledger.tiles import WIDTH
from exchange.store import Store
from tests.cli.conftest import Fusion
from tests.store.support import NOW, Log
from tests.store.test_cold import bare

LOG = "lahore.pk.fusion/log/1"


def test_a_doctor_tells_what_lies_in_files(fusion: Fusion, home: Path) -> None:
    assert list(cold_output.cold_logs(home)) == []
    with closing(Store(home / "node" / "ledger.db")) as store:
        store.claim(bytes(16))
        Log(store, LOG).append(*(bare(number) for number in range(WIDTH)))
        store.cold.move(LOG, 0, NOW)

    found = json.loads(fusion("doctor", "--home", home, "--json").out)

    lines = [one["line"] for one in found["checks"] if one["about"] == "cold"]
    assert lines == [f"{LOG}: 256 old entries in files, 0.0 MiB"]
    (shown,) = cold_output.as_json(cold_output.cold_logs(home))
    assert (shown["origin"], shown["entries"]) == (LOG, WIDTH)


def test_what_cannot_be_read_is_left_to_others(fusion: Fusion, home: Path) -> None:
    (home / "node" / "ledger.db.cold").mkdir()
    (home / "node" / "ledger.db").write_bytes(b"no database at all")

    assert list(cold_output.cold_logs(home)) == []
    shutil.rmtree(home / "node")
    assert list(cold_output.cold_logs(home)) == []
    assert fusion("doctor", "--home", home).err == ""
