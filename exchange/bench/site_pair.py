"""Two nations' nodes to be measured: made once, copied for each run.

The homes are those of the demo: real keys, mTLS, SQLite on disk. Each node has heard
the other's keys before anything is measured, and each run begins with the same logs.
"""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from exchange.bench import processes
from exchange.demo.sites import LOG, STOP_S, DemoSite, prepare, spawn_node
from exchange.demo.traffic import open_desk, wait_for_keys
from exchange.desk.client import Desk
from exchange.errors import Unreachable

MEETING_S = 60.0  # for both nodes to hold each other's logs
PAUSE_S = 0.1

Sites = tuple[DemoSite, DemoSite]


class NodeProcess:
    """A node of a home as a process of its own; `with` runs it."""

    def __init__(self, site: DemoSite) -> None:
        self.site = site
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
            self._process = spawn_node(self.site.home, output)
        if self._process.stdout is None or not self._process.stdout.readline():
            self.stop()
            raise Unreachable(self.site.node)

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


@dataclass(frozen=True, slots=True)
class Nodes:
    """The two nodes while they run: the one whose desk writes, and its partner."""

    sender: NodeProcess
    receiver: NodeProcess

    @property
    def pids(self) -> tuple[int, int]:
        """The ids of both processes."""
        return self.sender.pid, self.receiver.pid


@contextmanager
def run_nodes(sites: Sites) -> Iterator[Nodes]:
    """Run both nodes for as long as the block lasts."""
    with ExitStack() as stack:
        yield Nodes(*(stack.enter_context(NodeProcess(site)) for site in sites))


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


def make_sites(folder: Path) -> Sites:
    """Make both homes, and let their nodes meet; the sender's is the first."""
    sites = prepare(folder, lambda _: None)
    with run_nodes(sites):
        for site, other in (sites, sites[::-1]):
            with open_desk(site) as desk:
                wait_for_keys(desk, other.desk)
                _wait_for_agreement(desk)
    return sites


def _wait_for_agreement(desk: Desk) -> None:
    """Wait until each node holds the other's whole log."""
    until = time.monotonic() + MEETING_S
    while not desk.ask().agree:
        if time.monotonic() > until:
            raise Unreachable(desk.officer.node)
        time.sleep(PAUSE_S)
