"""Two nations' nodes to be measured: made once, copied for each run.

The homes are those of the demo: real keys, mTLS, SQLite on disk. Each node has heard
the other's keys before anything is measured, and each run begins with the same logs.
"""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from exchange import config
from exchange.demo.sites import LOG, PROGRAM, STOP_S, DemoSite, prepare, spawn_node
from exchange.demo.traffic import open_desk, wait_for_keys
from exchange.desk.client import Desk
from exchange.errors import Unreachable
from exchange.net import desk_client
from tests.benchmarks import processes
from tests.benchmarks.submit_client import wait_until_signing

MEETING_S = 60.0  # for both nodes to hold each other's logs
PAUSE_S = 0.1

Sites = tuple[DemoSite, DemoSite]
Prefixes = tuple[Sequence[str], Sequence[str]]
"""The words before the commands of both nodes."""
NO_PREFIXES: Prefixes = ((), ())


class NodeProcess:
    """A node of a home as a process of its own; `with` runs it."""

    def __init__(
        self, site: DemoSite, prefix: Sequence[str] = (), program: str = PROGRAM
    ) -> None:
        """`prefix` are the words before the command, `program` what Python runs."""
        self.site = site
        self._prefix, self._program = prefix, program
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id; Unreachable while it does not run."""
        if self._process is None:
            raise Unreachable(self.site.node)
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it is ready; Unreachable if it ends before."""
        with (self.site.home / LOG).open("ab") as output:
            self._process = spawn_node(
                self.site.home, output, self._prefix, self._program
            )
        if self._process.stdout is None or not self._process.stdout.readline():
            self.stop()
            said = (self.site.home / LOG).read_text().splitlines()[-1:]
            raise Unreachable(", ".join([self.site.node, *said]))

    def stop(self) -> None:
        """Stop it in good order, by force where that takes longer than STOP_S."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def cpu_seconds(self) -> float:
        """Return the seconds of a core that it has used."""
        return processes.cpu_seconds(self.pid)


class Nodes(Struct, frozen=True):
    """The two nodes while they run: the one whose desk writes, and its partner."""

    sender: NodeProcess
    receiver: NodeProcess

    @property
    def pids(self) -> tuple[int, int]:
        """The ids of both processes."""
        return self.sender.pid, self.receiver.pid


@contextmanager
def run_nodes(sites: Sites, prefixes: Prefixes = NO_PREFIXES) -> Iterator[Nodes]:
    """Run both nodes for as long as the block lasts."""
    with (
        NodeProcess(sites[0], prefixes[0]) as sender,
        NodeProcess(sites[1], prefixes[1]) as receiver,
    ):
        yield Nodes(sender, receiver)


@contextmanager
def copy_homes(sites: Sites, folder: Path) -> Iterator[Sites]:
    """Copy both homes for one run, and remove the copies after it."""
    copies = [folder / site.node for site in sites]
    for site, copy in zip(sites, copies, strict=True):
        shutil.copytree(site.home, copy, ignore=shutil.ignore_patterns("*.sock"))
    try:
        sender, receiver = (
            replace(site, home=copy) for site, copy in zip(sites, copies, strict=True)
        )
        yield sender, receiver
    finally:
        for copy in copies:
            shutil.rmtree(copy)


@contextmanager
def run_sender(sites: Sites, prefixes: Prefixes = NO_PREFIXES) -> Iterator[NodeProcess]:
    """Run the sender's node, whose partner goes down once it was heard.

    A node that has not heard its partner since its start would only keep what desks
    hand over, and give it a place later.
    """
    with NodeProcess(sites[0], prefixes[0]) as sender:
        socket = config.node_home(sites[0].home).socket
        with NodeProcess(sites[1], prefixes[1]), desk_client.channel(socket) as channel:
            wait_until_signing(desk_client.NodeClient(channel))
        yield sender


def make_sites(
    folder: Path, give: Callable[[DemoSite], None] = lambda _: None
) -> Sites:
    """Make both homes, and let their nodes meet; the sender's is the first.

    `give` prepares each home further before its node starts.
    """
    sites = prepare(folder, lambda _: None)
    for site in sites:
        give(site)
    with run_nodes(sites):
        for site, other in (sites, sites[::-1]):
            with open_desk(site) as desk:
                wait_for_keys(desk, other.desk)
                _wait_for_agreement(desk)
    return sites


def address_of(site: DemoSite) -> str:
    """Return the host:port at which a node listens."""
    return config.read_node(config.node_home(site.home)).listen


def listen_at(site: DemoSite, address: str) -> None:
    """Let a node that is not running listen there from now on."""
    path, old = config.node_home(site.home).config, address_of(site)
    path.write_text(path.read_text("utf-8").replace(old, address), "utf-8")


def listen_for_partners_at(site: DemoSite, address: str) -> None:
    """Let a node that is not running listen there for partners alone, too."""
    path = config.node_home(site.home).config
    settings = path.read_text("utf-8")
    path.write_text(f'listen_partners = "{address}"\n{settings}', "utf-8")


def dial_at(site: DemoSite, addresses: Mapping[str, str]) -> None:
    """Let a node that is not running dial partners at these addresses from now on."""
    path = config.node_home(site.home).config
    lines = (f'"{name}" = "{address}"\n' for name, address in addresses.items())
    settings = path.read_text("utf-8")
    path.write_text(f"{settings}[addresses]\n{''.join(lines)}", "utf-8")


def _wait_for_agreement(desk: Desk) -> None:
    """Wait until each node holds the other's whole log."""
    until = time.monotonic() + MEETING_S
    while not desk.ask().agree:
        if time.monotonic() > until:
            raise Unreachable(desk.officer.node)
        time.sleep(PAUSE_S)
