"""`fusion serve`, killed under load with SIGKILL, and started again."""

import random
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange import config
from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.ledger import checkpoint
from exchange.store import Store
from tests.chaos import strace
from tests.chaos.served import (
    PATIENCE,
    TAKEN,
    Officer,
    Served,
    acquainted,
    make_homes,
    serving,
    settle,
    verify,
)
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import bulletin
from tests.stored import all_names

SHORT, LONG = 3, 200  # rounds
BACKLOG = 400  # bulletins, far more than the first windows take
LIFE_MAX = 0.5  # s under load
ERRORS = {  # which call fails, from which on; each thread counts for itself
    "a write": ("pwrite64", "60"),
    "all writes": ("pwrite64", "60+"),
    "a sync": ("fsync", "4"),
    "all syncs": ("fsync", "4+"),
}

FIRST = {"all writes", "a sync"}  # the others are a further round


@pytest.fixture
def homes(tmp_path: Path) -> list[Path]:
    return make_homes(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both homes, whose desks know each other's keys."""
    homes = make_homes(tmp_path_factory.mktemp("made"))
    with serving([Served(home) for home in homes]):
        acquainted(homes)
    return homes


@pytest.fixture
def met(made: list[Path], tmp_path: Path) -> list[Path]:
    """Copies of them."""
    of_a_run = shutil.ignore_patterns("desk.sock", "lock")
    return [
        Path(shutil.copytree(home, tmp_path / home.name, ignore=of_a_run))
        for home in made
    ]


def at_work(homes: Sequence[Path]) -> list[Officer]:
    """Let an officer at each side send to the other, and wait until both do."""
    ways = zip(homes, reversed(homes), strict=True)
    officers = [Officer(home, f"ops.{other.name}") for home, other in ways]
    for officer in officers:
        officer.start()
    for officer in officers:
        assert officer.began.wait(PATIENCE)
    return officers


@pytest.mark.timeout(0)
def test_nodes_killed_under_load(homes: list[Path], *, long: bool) -> None:
    """After each kill all that was taken is there; in the end all is cosigned.

    The desks go on meanwhile, and hand over later what no node took.
    """
    nodes = [Served(home) for home in homes]
    taken = [set[bytes](), set[bytes]()]
    with serving(nodes):
        acquainted(homes)
        for number in range(LONG if long else SHORT):
            chance = random.Random(number)  # noqa: S311  as good as any
            officers = at_work(homes)
            time.sleep(chance.random() * LIFE_MAX)
            hit = chance.choice([[0], [1], [0, 1]])
            for one in hit:
                nodes[one].end(signal.SIGKILL)
            for home, officer, names in zip(homes, officers, taken, strict=True):
                names.update(officer.stop())
                verify(home, names)
            for one in hit:
                assert "ready" in nodes[one].start()
        settle(homes)
    for home, names in zip(homes, taken, strict=True):
        assert names
        verify(home, names)


@pytest.mark.timeout(0)
def test_both_killed_with_a_full_window_and_an_urgent_one_ahead(
    homes: list[Path],
) -> None:
    """The sender is killed when a FLASH is there ahead of a backlog, then who has it.

    That starts alone: its desk is told of the FLASH with its text. When both are up all
    is cosigned, and stands once.
    """
    nodes = [Served(home) for home in homes]
    with serving(nodes):
        acquainted(homes)
        nodes[1].end()
        name, taken = hand_over_backlog(homes)
        assert "ready" in nodes[1].start()
        wait_until_ahead(homes[1], name)
        for node in nodes:
            node.end(signal.SIGKILL)
        verify(homes[0], taken)
        verify(homes[1], set())
        assert "ready" in nodes[1].start()
        with Desk.open(homes[1], "", PASSPHRASE) as desk:
            desk.try_sync(1)
            shown = desk.mailbox.messages.read(name)
            assert shown.content
            assert shown.row.state == "ahead"
        assert "ready" in nodes[0].start()
        settle(homes[:1])
        with Desk.open(homes[1], "", PASSPHRASE) as desk:
            desk.try_sync(1)
            assert desk.mailbox.messages.read(name).row.index is not None
    verify(homes[0], taken)
    assert set(names_in_replica(homes)) >= taken


def hand_over_backlog(homes: Sequence[Path]) -> tuple[bytes, set[bytes]]:
    """Send more than a window from one desk to the other, a FLASH last.

    Return its name, and those of all.
    """
    to = [f"ops.{homes[1].name}"]
    routine = from_json(bulletin(to=to, translations=[]))
    flash = from_json(
        bulletin(to=to, translations=[], precedence="FLASH", mode="ACTUAL")
    )
    with Desk.open(homes[0], "", PASSPHRASE) as desk:
        sent = desk.send_all([routine] * BACKLOG)
        (last,) = desk.send_all([flash])
        assert {one.state for one in (*sent, last)} <= TAKEN
    return last.name, {one.name for one in (*sent, last)}


def wait_until_ahead(home: Path, name: bytes) -> None:
    """Wait until an envelope is at a node and not in its log."""
    store = Store(config.node_home(home).database, read_only=True)
    try:
        until = time.monotonic() + PATIENCE
        while store.express.by_name(name) is None:
            assert time.monotonic() < until
    finally:
        store.close()


def names_in_replica(homes: Sequence[Path]) -> list[bytes]:
    """Return the names of the first node's log as the second one holds them."""
    store = Store(config.node_home(homes[1]).database, read_only=True)
    try:
        names = all_names(store, checkpoint.log_origin(homes[0].name))
    finally:
        store.close()
    assert len(set(names)) == len(names)
    return names


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, id=name, marks=() if name in FIRST else pytest.mark.long)
        for name, error in ERRORS.items()
    ],
)
def test_a_node_whose_disk_fails(
    met: list[Path], tmp_path: Path, error: tuple[str, str]
) -> None:
    """It answers, or ends with a line; on a sound disk all that was taken is there."""
    trace = tmp_path / "trace"
    touched = strace.paths(config.node_home(met[0]).database)
    # As a grandchild (-D), so that our signals reach the node.
    options = ["-D", "-f", "-o", trace, *touched, *strace.fails(*error)]
    bad = Served(met[0], ["strace", *options, "--"])
    good = Served(met[1])
    with serving([bad, good]):
        officers = at_work(met)
        until = time.monotonic() + PATIENCE
        while "(INJECTED)" not in trace.read_text() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(LIFE_MAX)
        taken = [officer.stop() for officer in officers]
        code, said = bad.end()
        assert code in (0, -signal.SIGTERM), said
        assert "Traceback" not in said
    assert "(INJECTED)" in trace.read_text()
    for home, names in zip(met, taken, strict=True):
        verify(home, names)
    with serving([Served(home) for home in met]):
        settle(met)
    for home, names in zip(met, taken, strict=True):
        verify(home, names)
