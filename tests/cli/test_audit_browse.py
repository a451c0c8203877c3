"""`fusion audit browse` in a real terminal: an export, a home, and what is refused."""

import signal
from pathlib import Path

import pytest

from exchange.audit.browse.home_shelf import HomeShelf
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS
from tests.audit.test_browse import exported, make_home, trust
from tests.cli.conftest import Fusion
from tests.cli.desk.officers_terminal import terminal
from tests.node.world import FILED

ENTER, ESC = "\r", "\x1b"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browse")
    made = ledgers.make(folder)
    home = make_home(made, folder)
    exported(HomeShelf(home, lambda: FILED), folder)
    for name, data in trust(made):
        (folder / f"{name}.bundle").write_bytes(data)
    return home


def test_an_auditor_without_any_key_verifies_an_entry_of_a_home(home: Path) -> None:
    with terminal(home, command=("audit", "browse")) as at:
        at.until(OURS)
        at.type(ENTER)
        at.until("#0-")
        at.type(ENTER)
        at.until("Every step passed")
        at.type(ESC)
        at.until("#0-")
        at.type(ESC + ESC)
        assert at.ended() == 0


def test_it_ends_with_its_terminal(home: Path) -> None:
    with terminal(home, command=("audit", "browse"), controls=False) as at:
        at.until(OURS)
        assert at.hang_up() == 128 + signal.SIGHUP


def test_an_export_is_looked_into_by_its_trust_files(home: Path) -> None:
    folder = home.parent
    files = [str(folder / f"{nation}.bundle") for nation in ("pk", "cn")]
    given = ("audit", "browse", str(folder / "ledger.export"), "--trust", *files)
    with terminal(home, command=given) as at:
        at.until(OURS)
        at.type("f")
        at.until("signature")
        at.type("\x11")
        assert at.ended() == 0


@pytest.mark.parametrize("given", ["nothing.export", "pk.bundle"])
def test_what_is_no_export_is_one_line(
    home: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr("exchange.cli.options.at_terminal", lambda: True)
    folder = home.parent
    trust = ("--trust", folder / "pk.bundle")
    told = fusion("audit", "browse", folder / given, *trust).refused()
    assert "no terminal" not in told.err
