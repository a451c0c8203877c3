"""A desk that floods its node: others are served, and the node stays small."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange import config
from exchange.bulletin.content import from_json
from exchange.cli import options, run
from exchange.desk.client import Desk
from exchange.home.plan import Plan, check_plan, make
from tests.chaos.served import acquainted, make_homes
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import SERVE, bulletin
from tests.hostile.flood import ATTACKS

pytestmark = pytest.mark.timeout(300)  # two homes and three desks are made
SECONDS = 3.0  # of an attack
RESIDENT_MAX = 250  # MiB
SEND_MAX = 1.0  # s
SEEDED, SEGMENTS = 20, 24  # of the hostile desk, for pages that are worth leaving


@dataclass
class Node:
    """A node as a process, an honest desk of it and a hostile one."""

    honest: Path
    hostile: Path
    port: str
    pid: int
    said: Path

    def resident(self) -> int:
        """Return the MiB that the process has in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = (x for x in status.splitlines() if x.startswith("VmRSS"))
        return int(line.split()[1]) // 1024


def fusion(*arguments: object) -> None:
    """Run a command that may ask for a passphrase."""
    reader, writer = os.pipe()
    os.write(writer, f"{PASSPHRASE}\n".encode())
    os.close(writer)
    given = [str(argument) for argument in arguments]
    given = [
        str(reader) if argument == "PASSPHRASE" else argument for argument in given
    ]
    assert not run(given)
    os.close(reader)


def make_hostile(folder: Path, pk: Path, cn: Path) -> Path:
    """Make a second desk of the node, enrolled as any other."""
    home, asked, answer = (folder / name for name in ("rescue", "asked", "answer"))
    plan = Plan(desk="rescue.islamabad.pk", officers=("duty-1",))
    make(home, check_plan(plan), PASSPHRASE, options.now())
    carried = folder / "cn.bundle"
    issue = ("keys", "issue", asked, "--home", pk, "--yes", "--out", answer)
    fusion("keys", "request", "--home", home, "--out", asked)
    fusion(*issue, "--passphrase-fd", "PASSPHRASE")
    fusion("keys", "install", answer, "--home", home, "--yes")
    fusion("trust", "export", "--home", cn, "--out", carried)
    fusion("trust", "import", carried, "--yes", "--home", home)
    listen = config.read_node(config.node_home(pk)).listen
    with (home / "desk" / "config.toml").open("a") as file:
        file.write(f'address = "{listen}"\n')
    return home


@contextmanager
def serving(home: Path, said: Path) -> Iterator[int]:
    """Run a node whose log goes to a file; yields its process id."""
    command = [sys.executable, "-c", SERVE, "serve", "--home", str(home), "--until-eof"]
    pipe = subprocess.PIPE
    with (
        said.open("w") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log) as process,
    ):
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        yield process.pid
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("hostile")
    pk, cn = make_homes(folder)
    hostile = make_hostile(folder, pk, cn)
    port = config.read_node(config.node_home(pk)).listen.rpartition(":")[2]
    with ExitStack() as stack:
        pid = stack.enter_context(serving(pk, folder / "pk.log"))
        stack.enter_context(serving(cn, folder / "cn.log"))
        acquainted([pk, cn])
        with Desk.open(hostile, "", PASSPHRASE) as desk:
            while "ops.beijing.cn" not in desk.pinned.desks():
                desk.sync()
            said = bulletin(
                to=["ops.beijing.cn"],
                segments=[
                    {"id": f"s{n}", "lang": "en", "text": "Two hours. " * 360}
                    for n in range(1, SEGMENTS)
                ],
                translations=[],
            )
            desk.send_all([from_json(said)] * SEEDED)
        yield Node(pk, hostile, port, pid, folder / "pk.log")


@contextmanager
def attacked(node: Node, attack: str) -> Iterator[None]:
    """Let the hostile desk flood the node from a process of its own."""
    script = [sys.executable, "-m", "tests.hostile.flood", str(node.hostile), node.port]
    with subprocess.Popen(
        [*script, attack], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
        assert process.poll() is None, "the attack ended before the test"
        process.kill()


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_a4_p64_others_are_served_and_the_node_stays_small(
    node: Node, attack: str
) -> None:
    draft = from_json(bulletin(translations=[]))
    took, sizes = [], [node.resident()]
    with Desk.open(node.honest, "", PASSPHRASE) as desk, attacked(node, attack):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            began = time.monotonic()
            sent = desk.send(draft)
            took.append(time.monotonic() - began)
            assert sent.state != "queued"
            sizes.append(node.resident())
            time.sleep(0.1)
    assert max(sizes) < RESIDENT_MAX
    assert statistics.median(took) < SEND_MAX
