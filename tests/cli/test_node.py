"""fusion node: what the operator allows a partner."""

from pathlib import Path

import pytest

from exchange import config
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.net.assemble import take_allowed
from exchange.node.quota import ENTRIES, MIB, DailyBudgets, Quota
from tests.cli.conftest import AtHome

PEER = "beijing.cn"


def put(folder: Path, name: str, said: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(said)


def test_what_is_allowed_is_taken_once_and_added_up(tmp_path: Path) -> None:
    folder = tmp_path / "allowed"
    assert take_allowed(folder) == {}
    put(folder, "a.allow", b"beijing.cn 5\n")
    put(folder, "b.allow", b"beijing.cn 7\n")
    put(folder, "c.allow", b"tehran.ir 1\n")

    assert take_allowed(folder) == {PEER: 12 * MIB, "tehran.ir": MIB}
    assert take_allowed(folder) == {}


def test_what_is_no_allowance_adds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "allowed"
    bad = (b"", b"beijing.cn", b"beijing.cn -1", b"beijing.cn 1e3", b"\xff", b"9" * 99)
    for number, said in enumerate((*bad, b"beijing.cn " + b"9" * 300)):
        put(folder, f"{number}.allow", said)

    assert take_allowed(folder) == {}
    assert list(folder.iterdir()) == []


@pytest.fixture
def paired(homes: Path, here: AtHome) -> AtHome:
    """Islamabad's home, with Beijing's bundle."""
    install_partner(here.home, own_bundle(homes / PEER).data)
    return here


def test_the_command_gives_a_partner_more(paired: AtHome) -> None:
    paired("node", "allow", PEER, "--entries", 300).well()

    quota = Quota(lambda: 0, DailyBudgets())
    folder = config.node_home(paired.home).allowed
    for peer, size in take_allowed(folder).items():
        quota.allow(peer, size)

    assert quota.left(PEER, ENTRIES) == DailyBudgets().entries + 300 * MIB


def test_a_name_that_is_no_partner_is_refused(paired: AtHome) -> None:
    done = paired("node", "allow", "tehran.ir", "--entries", 1).ended(2, "NOT_PINNED")
    assert "beijing.cn" in done.err
    assert not config.node_home(paired.home).allowed.exists()
