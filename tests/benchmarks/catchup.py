"""Benchmark of a drain: how fast a backlog reaches a partner that was down.

The sender's node takes all bulletins while its partner does not run; then the partner
starts. The time runs from the moment at which the link is up, as the sender's node
says, until the partner has cosigned the last. Only the partner verifies meanwhile, so
the floor is the rate at which all cores verify Ed25519 and do nothing else.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.net import desk_client
from tests.benchmarks import floors, sealed_bulletins
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import MIB, Moment, memory
from tests.benchmarks.site_pair import NodeProcess, make_sites, run_sender
from tests.benchmarks.submit_client import (
    cosigned_size,
    run_apart,
    submit_all,
    wait_until_cosigned,
    wait_until_up,
)

LEAST_RATE = 7_000  # bulletins/s
CALLS = 4  # at one time, while the backlog is made
RAW_SECONDS = 1.5  # s that the floor is measured, before and after
MICRO = 1_000_000  # us in a second

Tell = Callable[[str], None]


class Drain(Struct, frozen=True):
    """How many entries a partner took from the time on at which its link was up."""

    count: int
    seconds: float


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Make a backlog of so many bulletins, and let the partner take it."""
    tell("making two nations")
    sites, path = make_sites(folder / "made"), folder / "requests"
    tell(f"sealing {bulletins} bulletins")
    sealed_bulletins.seal_requests(sites, path, bulletins)
    with watch_load() as load:
        before = floors.verifications(RAW_SECONDS)
        socket = config.node_home(sites[0].home).socket
        with run_sender(sites) as sender:
            tell("making the backlog")
            taken = run_apart(submit_all, socket, path, CALLS)
            queued = memory(sender.pid)
            tell("draining it")
            receiver = NodeProcess(sites[1])
            with watch_drain(socket, taken.goal) as drained, receiver:
                began, pids = _used(sender, receiver), (sender.pid, receiver.pid)
                start = Moment.now(pids)
                drain = drained.result()
                ended = _used(sender, receiver)
                others = Moment.now(pids).others(start)
        floor = (before + floors.verifications(RAW_SECONDS)) / 2
    figure = drain.count / drain.seconds
    return {
        "name": "catchup",
        "figure": round(figure, 1),
        "unit": "bulletins/s",
        "floor": round(floor),
        "ratio": round(figure / floor, 3),
        "ok": figure >= LEAST_RATE,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "seconds": round(drain.seconds, 2),
        "submitted_per_s": round(taken.count / taken.answered),
        "cpu_us": [
            round((now - was) / bulletins * MICRO, 1)
            for now, was in zip(ended, began, strict=True)
        ],
        "queued_mib": [round(each / MIB, 1) for each in queued],
    }


def _used(*nodes: NodeProcess) -> list[float]:
    return [node.cpu_seconds() for node in nodes]


@contextmanager
def watch_drain(socket: Path, goal: int) -> Iterator[Future[Drain]]:
    """Watch, in a process of its own, how a backlog up to that size is taken.

    It is at work before the block begins: a short backlog is gone at once.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        before = executor.submit(read_cosigned, socket).result()
        yield executor.submit(time_drain, socket, before, goal)


def read_cosigned(socket: Path) -> int:
    """Return how many entries the partner has cosigned."""
    with desk_client.channel(socket) as channel:
        return cosigned_size(desk_client.NodeClient(channel).status())


def time_drain(socket: Path, before: int, goal: int) -> Drain:
    """Wait until the link is up and the partner has cosigned from one size to another.

    Raises Unreachable where nothing moves for a while.
    """
    with desk_client.channel(socket) as channel:
        node = desk_client.NodeClient(channel)
        wait_until_up(node)
        began = time.monotonic()
        wait_until_cosigned(node, goal)
        return Drain(goal - before, time.monotonic() - began)
