"""fusion fsck --repair between two real nodes: one bit flips, all comes back.

The bit flips in the file itself, under the node, while both nodes go on. The node
rebuilds its database itself, because only one process at a time writes to it; if it is
stopped, the command does. Then it fetches the rest from the partner.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from exchange import config
from tests.cli.conftest import AtHome, Fusion
from tests.cli.desk.conftest import (
    CN,
    PK,
    AtDesk,
    Pair,
    acquainted,
    make_two,
    serving,
    until,
)

OURS, THEIRS = f"{PK}.fusion/log/1", f"{CN}.fusion/log/1"


class Running:
    """Two homes whose nodes can be stopped."""

    def __init__(self, folder: Path) -> None:
        self.pk, self.cn = make_two(folder)
        self._stacks: dict[Path, ExitStack] = {}

    def start(self, home: Path) -> None:
        self._stacks[home] = ExitStack()
        self._stacks[home].enter_context(serving(home))

    def stop(self, home: Path) -> None:
        self._stacks.pop(home).close()

    @contextmanager
    def stopped(self, *homes: Path) -> Iterator[None]:
        """Stop these nodes as long as the block lasts."""
        for home in homes:
            self.stop(home)
        try:
            yield
        finally:
            for home in homes:
                self.start(home)

    def close(self) -> None:
        for stack in self._stacks.values():
            stack.close()


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
    cheap: None,  # noqa: ARG001 - first
) -> Iterator[Running]:
    nodes = Running(tmp_path_factory.mktemp("running"))
    try:
        for home in (nodes.pk, nodes.cn):
            nodes.start(home)
        acquainted(nodes.pk, nodes.cn)
        yield nodes
    finally:
        nodes.close()


@pytest.fixture
def pk(running: Running, fusion: Fusion) -> AtHome:
    return AtHome(running.pk, fusion)


@pytest.fixture
def cn(running: Running, fusion: Fusion) -> AtHome:
    return AtHome(running.cn, fusion)


def send(here: AtHome, to: str) -> None:
    """Send a bulletin from a home, and wait until the partner holds it."""
    desk = AtDesk(here.home, here.fusion)
    desk.until_cosigned(desk.send(to=[f"ops.{to}"]))


def flip(here: AtHome, table: str, column: str, where: str) -> None:
    """Flip one bit of a stored blob, where it lies in the database's file."""
    path = here.database
    with closing(dbapi2.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        asked = f'SELECT "{column}" FROM "{table}" WHERE {where}'  # noqa: S608
        (blob,) = connection.execute(asked).fetchone()
    data = path.read_bytes()
    start = data.index(blob[:40])
    handle = os.open(path, os.O_RDWR)
    try:
        os.pwrite(handle, bytes([data[start + 25] ^ 4]), start + 25)
    finally:
        os.close(handle)


def size(here: AtHome, origin: str) -> int:
    with closing(dbapi2.connect(here.database)) as connection:
        asked = "SELECT size FROM log WHERE origin = ?"
        return int(connection.execute(asked, (origin,)).fetchone()[0])


def repaired(here: AtHome, code: int = 0) -> dict[str, Any]:
    told = here("fsck", "--repair", "--json")
    assert (told.code, told.err) == (code, "")
    found: dict[str, Any] = json.loads(told.out)
    return found


def until_whole(here: AtHome) -> None:
    """Wait until the node has fetched all entries and texts."""
    whole = {"ok": True, "lacking": 0}

    def now() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(here("fsck", "--json").out)
        return {key: found[key] for key in whole}

    until(now, lambda found: found == whole)


RUNS = (
    "the node is running, or another command works on its database; stop it first,"
    " then repair"
)
BITS = [
    ("entry", "entry", 'log = {} AND "index" = 5', 5, "entry.entry"),
    ("hash", "hash", 'log = {} AND level = 0 AND "index" = 1', 1, "hash 0"),
    ("payload", "wraps", 'log = {} AND "index" = 5', 5, "wraps"),
    ("payload", "body", 'log = {} AND "index" = 5', 5, "body"),
    ("head", "note", 'log = {} AND "size" = {}', None, "head"),
]


@pytest.mark.parametrize("bit", BITS, ids=lambda bit: f"{bit[0]}-{bit[1]}")
@pytest.mark.parametrize("origin", [OURS, THEIRS])
def test_one_bit_is_named_beside_both_nodes_and_its_node_fetches_the_rest(
    pk: AtHome, cn: AtHome, bit: tuple[str, str, str, int | None, str], origin: str
) -> None:
    send(pk, CN)
    send(cn, PK)
    table, column, where, index, what = bit
    with closing(dbapi2.connect(pk.database)) as connection:
        asked = "SELECT number FROM log WHERE origin = ?"
        (number,) = connection.execute(asked, (origin,)).fetchone()
        asked = "SELECT min(size) FROM head WHERE log = ? AND size > 5"
        (end,) = connection.execute(asked, (number,)).fetchone()
    if index is None:  # of a head that is kept: a batch may pass several
        index, what = end - 1, f"head {end}"
    flip(pk, table, column, where.format(number, end))

    found = pk("fsck", "--json")
    (log,) = [one for one in json.loads(found.out)["logs"] if one["origin"] == origin]
    assert (found.code, log["first_bad_index"]) == (1, index)
    before = size(pk, THEIRS)
    send(cn, PK)  # the other log goes on
    assert size(pk, THEIRS) > before

    # its node goes on afterwards
    lost = table == "head" or (origin == OURS and table in {"entry", "payload"})
    told = repaired(pk, int(lost))

    assert told["ok"]
    before = told["before"]["faults"]
    assert (origin, index, what) in [
        (one["origin"], one["index"], one["what"]) for one in before
    ]
    send(pk, CN)
    until_whole(pk)


def test_with_its_own_node_stopped(running: Running, pk: AtHome) -> None:
    send(pk, CN)
    with running.stopped(running.pk):
        flip(pk, "entry", "entry", 'log = 1 AND "index" = 5')
        flip(pk, "payload", "body", 'log = 1 AND "index" = 5')

        found = pk("fsck", "--repair")

        assert (found.code, found.err) == (1, "")
        lines = found.out.splitlines()
        assert any(line.startswith(f"{OURS}: 5 of ") for line in lines)
        assert lines[-3].endswith("signatures: all as signed")
        assert lines[-2].startswith(f"{OURS} is read-only until")
        assert lines[-1] == "The damaged file is kept as node/ledger.db.damaged1."
        digest = pk.database.with_name("ledger.db.sha256")
        assert digest.exists()  # no byte of the file may change from here on
        assert pk("fsck").code == 0
    send(pk, CN)
    until_whole(pk)


def test_with_the_partner_away_it_waits_for_the_partner(
    running: Running, pk: AtHome
) -> None:
    send(pk, CN)
    with running.stopped(running.cn):
        flip(pk, "payload", "body", 'log = 1 AND "index" = 5')
        flip(pk, "hash", "hash", 'log = 1 AND level = 0 AND "index" = 1')

        told = repaired(pk, 1)

        assert (told["ok"], told["lost"], told["lost_texts"]) == (True, [], 1)
        assert repaired(pk, 1)["before"]["ok"]
        (own,) = (log for log in told["kept_logs"] if log["origin"] == OURS)
        assert (own["size"], own["texts"]) == (own["of"], 1)

    until_whole(pk)


def test_a_node_that_ends_during_a_repair_is_named(
    running: Running, pk: AtHome
) -> None:
    """As after kill -9: its lock is free, and it has left no outcome."""
    folder = pk.node.folder

    def take_and_end() -> None:
        with config.hold_lock(folder):
            held.set()
            while not (folder / "repair.asked").exists():
                time.sleep(0.01)
            (folder / "repair.asked").unlink()

    held = threading.Event()
    with running.stopped(running.pk):
        database = pk.database
        before = database.read_bytes()
        node = threading.Thread(target=take_and_end)
        node.start()
        held.wait()
        found = pk("fsck", "--repair")
        node.join()

        assert (found.code, found.out) == (2, "")
        assert found.err.startswith("node: the node ended before its repair did; ")
        assert database.read_bytes() == before


def test_what_stops_a_repair_in_the_node_is_told(pk: AtHome) -> None:
    """In one line; and it serves again."""
    proof = config.private_folder(pk.node.evidence) / "x.fork"
    proof.mkdir()  # where a file is to be read

    found = pk("fsck", "--repair")

    proof.rmdir()
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("Is a directory: ")
    assert found.reason == "DISK"
    for _ in range(100):
        if not pk("status").code:
            break
        time.sleep(0.1)
    assert pk("status").code == 0


def test_two_repairs_do_not_run_at_once(running: Running, pk: AtHome) -> None:
    folder = pk.node.folder
    with running.stopped(running.pk), config.hold_lock(folder):
        before = pk.database.read_bytes()
        assert pk("fsck", "--repair").refused().err == f"node: {RUNS}\n"
        assert pk.database.read_bytes() == before


def test_a_sound_home_is_told_so(running: Running, pk: AtHome) -> None:
    with running.stopped(running.pk):
        told = repaired(pk)

    assert (told["ok"], told["before"]["ok"], told["kept_logs"]) == (True, True, [])


def test_a_file_that_is_no_database_is_told_what_to_do(
    pair: Pair, fusion: Fusion, tmp_path: Path
) -> None:
    home = tmp_path / PK
    (home / "node").mkdir(parents=True)
    for name in ("config.toml", "tls.key", "tls.crt", "trust"):
        (home / "node" / name).symlink_to(pair.template / "node" / name)
    (home / "node" / "ledger.db").write_bytes(b"x" * 8_192)

    told = fusion("fsck", "--repair", "--home", home)

    assert (told.code, told.err) == (1, "")
    assert told.out.splitlines()[-1].startswith("The file itself is damaged beyond")
    assert (home / "node" / "ledger.db").read_bytes() == b"x" * 8_192


def test_what_is_lost_comes_back_from_the_outbox_of_its_desk(
    running: Running, pk: AtHome, fusion: Fusion
) -> None:
    """The partner was away when it was signed, and has it only afterwards."""
    desk = AtDesk(running.pk, fusion)
    node = pk.node
    send(pk, CN)  # the node has heard its partner since it started
    with running.stopped(running.cn):
        sent = desk.json("send", desk.file(to=[f"ops.{CN}"]))
        assert sent["state"] == "local"
        running.stop(running.pk)
    signed = size(pk, OURS)  # the desk may have handed in more behind it
    with closing(dbapi2.connect(node.database)) as connection:
        asked = 'SELECT "index" FROM entry WHERE log = 1 AND name = ?'
        name = bytes.fromhex(sent["name"])
        (lost,) = connection.execute(asked, (name,)).fetchone()
    flip(pk, "entry", "entry", f'log = 1 AND "index" = {lost}')

    told = pk("fsck", "--repair").ended(1)
    assert f"{OURS}: {lost} of " in told.out
    assert f"{OURS} is read-only until the missing entries are back" in told.out
    assert (size(pk, OURS), (node.folder / "lost").exists()) == (lost, True)
    running.start(running.pk)
    desk.until_cosigned(sent["name"])
    until(
        lambda: {"size": size(pk, OURS), "lost": (node.folder / "lost").exists()},
        lambda found: found["size"] >= signed and not found["lost"],
    )
    assert pk("fsck").code == 0
