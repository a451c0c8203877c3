"""fusion store copy: one state of the database, beside its running node."""

from pathlib import Path

from exchange.audit.verify_database import verify_file
from exchange.net.assemble import open_home
from exchange.trust import bundle
from tests.cli.conftest import NOW, AtHome
from tests.clocks import stopped


def test_a_copy_beside_the_running_node_is_sound(here: AtHome, tmp_path: Path) -> None:
    to = tmp_path / "copy.db"
    with open_home(here.home, stopped(NOW)):
        found = here("store", "copy", "--to", to)

    assert (found.code, found.err, found.out) == (0, "", f"written to {to}\n")
    assert to.stat().st_mode & 0o777 == 0o600
    pinned = bundle.load_all(here.home / "node" / "trust")
    report = verify_file(to, "islamabad.pk", pinned)
    assert (report.ok, report.entries) == (True, 5)


def test_it_writes_over_nothing(here: AtHome, tmp_path: Path) -> None:
    with open_home(here.home, stopped(NOW)):
        pass
    to = tmp_path / "copy.db"
    to.write_bytes(b"mine")

    found = here("store", "copy", "--to", to)

    assert (found.code, to.read_bytes()) == (2, b"mine")
    assert found.err.startswith(f"{to}: already exists")


def test_without_a_database_it_is_2(here: AtHome, tmp_path: Path) -> None:
    to = tmp_path / "copy.db"

    found = here("store", "copy", "--to", to)

    assert (found.code, to.exists()) == (2, False)
    assert found.err.startswith("node/ledger.db: ")
