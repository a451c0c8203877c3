"""Benchmark of a node's memory: at rest, with a long log, and with a backlog.

Each is measured in a process that was just started, after it has taken bulletins while
its partner was up: a node that has done nothing yet holds less. The files of this
program are compiled, as an installation has them: to compile them takes memory that
stays with the process. No machine sets a floor for it; the figure is compared with the
same node at rest.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from exchange import config
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.long_logs import fill_logs
from tests.benchmarks.machine import machine
from tests.benchmarks.processes import MIB, compiling_prefix, memory
from tests.benchmarks.site_pair import (
    NodeProcess,
    Sites,
    make_sites,
    run_nodes,
    run_sender,
)
from tests.benchmarks.submit_client import (
    run_apart,
    submit_all,
    submit_until_cosigned,
)

MOST = 150.0  # MiB, resident at any time
FLAT = 1.1  # times what it holds with a short log
WARM_UP = 5_000  # bulletins that a node takes before it is looked at
CALLS = 4  # at one time
MICROSECONDS = 1_000_000  # a second
SETTLE_S = 1.0  # after the last, until a node is looked at

Tell = Callable[[str], None]
Held = dict[str, float]
"""MiB: `rest` after the start, `resident` after bulletins came, `peak` until then.

And `cpu`, the us of a core that each of these bulletins cost the node meanwhile.
"""


def measure(folder: Path, entries: int, queued: int, tell: Tell) -> dict[str, object]:
    """Look at both nodes with short logs, with `entries`, and with a backlog."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {2 * WARM_UP + queued} bulletins")
    paths = [folder / name for name in ("short", "long", "queued")]
    for path, count in zip(paths, (WARM_UP, WARM_UP, queued), strict=True):
        sealed_bulletins.seal_requests(sites, path, count)
    prefix = compiling_prefix(folder)
    with run_nodes(sites, (prefix, prefix)):
        pass  # the first start compiles
    short = _exchange(sites, paths[0], prefix)
    fill_logs(sites, folder, entries, tell)
    found = {"short": short, "long": _exchange(sites, paths[1], prefix)}
    tell("making the backlog")
    found["queued"] = {"sender": _queue(sites, paths[2], prefix)}
    resident = {
        name: max(node["resident"] for node in nodes.values())
        for name, nodes in found.items()
    }
    figure = max(resident.values())
    flat = figure / resident["short"]
    return {
        "name": "memory",
        "figure": figure,
        "unit": "MiB resident",
        "floor": resident["short"],
        "ratio": round(flat, 3),
        "ok": figure <= MOST and flat <= FLAT,
        "machine": machine(),
        "entries": entries,
        "queued": queued,
        "nodes": found,
    }


def _exchange(sites: Sites, requests: Path, prefix: Sequence[str]) -> dict[str, Held]:
    """Return what both nodes hold after they exchanged all requests of a file."""
    with run_nodes(sites, (prefix, prefix)) as nodes:
        both = {"sender": _Watched(nodes.sender), "receiver": _Watched(nodes.receiver)}
        socket = config.node_home(sites[0].home).socket
        run = run_apart(submit_until_cosigned, socket, requests, CALLS)
        time.sleep(SETTLE_S)
        return {name: node.held(run.count) for name, node in both.items()}


def _queue(sites: Sites, requests: Path, prefix: Sequence[str]) -> Held:
    """Return what the sender's node holds with all that queued for its partner."""
    with run_sender(sites, (prefix, prefix)) as node:
        watched = _Watched(node)
        socket = config.node_home(sites[0].home).socket
        run = run_apart(submit_all, socket, requests, CALLS)
        time.sleep(SETTLE_S)
        return watched.held(run.count)


class _Watched:
    """A node, looked at before bulletins come and after them."""

    def __init__(self, node: NodeProcess) -> None:
        self._node = node
        self._rest, _ = memory(node.pid)
        self._cpu = node.cpu_seconds()

    def held(self, bulletins: int) -> Held:
        """Return what it holds now that so many came."""
        resident, peak = memory(self._node.pid)
        sizes = {"rest": self._rest, "resident": resident, "peak": peak}
        cpu = (self._node.cpu_seconds() - self._cpu) * MICROSECONDS / bulletins
        return {name: round(size / MIB, 1) for name, size in sizes.items()} | {
            "cpu": round(cpu, 1)
        }
