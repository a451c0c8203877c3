"""Benchmark of one bulletin at a time: from Submit until the partner has cosigned it.

At the node: a client submits one and reads, from a Watch that is open, the head with
the partner's line that covers it. At the desk: an officer's desk hands one over, and
its mailbox says `cosigned`, all of it verified there. And one bulletin a request, so
many requests at one time, until the last is cosigned.

The floor of the first is what no design can avoid: a gRPC call with the same bytes
twice, to the node and to its partner, and a page synced at each of them.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from exchange import config
from exchange.bulletin.content import from_json
from exchange.cli import speed
from exchange.clock import wall_ms
from exchange.demo.sites import DemoSite
from exchange.demo.traffic import open_desk
from exchange.desk.link.background_sync import BackgroundSync
from exchange.desk.outgoing import enqueue
from exchange.errors import Unreachable
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.net import desk_client
from exchange.v1 import desk_service_pb2 as pb
from tests.benchmarks import floors, sealed_bulletins
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import Moment
from tests.benchmarks.sealed_bulletins import read_requests
from tests.benchmarks.site_pair import Nodes, Sites, make_sites, run_nodes
from tests.benchmarks.submit_client import (
    own_size,
    run_apart,
    submit_method,
    submit_one,
    submit_until_cosigned,
)

NODE_MAX = (8.0, 30.0)  # ms, p50 and p99
DESK_MAX = (12.0, 40.0)  # likewise
SINGLE_RATE = 1_000  # bulletins/s, one a request
AT_ONCE = 8  # requests
SINGLES = 4  # so many times the bulletins of the other two
STALL_S = 60.0  # for one bulletin
LOOK_S = 0.0005  # between two looks into the mailbox
MS = 1_000  # ms in a second
FLOOR_CALLS = 200

Tell = Callable[[str], None]


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Measure so many bulletins at the node, at the desk, and SINGLES times as many."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {bulletins * (1 + SINGLES)} bulletins")
    singles, many = _seal(sites, folder, bulletins)
    socket = config.node_home(sites[0].home).socket
    with watch_load() as load:
        data = next(read_requests(singles))
        echo = floors.echo_seconds(data, folder, FLOOR_CALLS)
        floor = 2 * (echo + 1 / speed.syncs(folder)) * MS
        with run_nodes(sites) as nodes:
            before, used = Moment.now(nodes.pids), _used(nodes)
            tell("one at a time, at the node")
            node = run_apart(time_at_node, socket, singles)
            cost = [now - was for now, was in zip(_used(nodes), used, strict=True)]
            tell("one at a time, at the desk")
            desk = run_apart(time_at_desk, sites[0], sites[1].desk, bulletins)
            tell(f"{AT_ONCE} requests at one time")
            went = run_apart(submit_until_cosigned, socket, many, AT_ONCE)
            others = Moment.now(nodes.pids).others(before)
    at_node, at_desk = spread(node), spread(desk)
    rate = went.count / went.cosigned
    met = _met(at_node, NODE_MAX) and _met(at_desk, DESK_MAX)
    return {
        "name": "latency",
        "figure": at_node["p50"],
        "unit": "ms p50, submit to cosigned at the node",
        "floor": round(floor, 2),
        "ratio": round(at_node["p50"] / floor, 2),
        "ok": met and rate >= SINGLE_RATE,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "node": at_node,
        "desk": at_desk,
        "cpu_ms": [round(each / bulletins * MS, 2) for each in cost],
        "eight_at_once": {"rate": round(rate), "submitted": went.count},
        "echo_ms": round(echo * MS, 3),
    }


def _seal(sites: Sites, folder: Path, bulletins: int) -> tuple[Path, Path]:
    """Write the requests of one bulletin each: so many, and SINGLES times as many."""
    singles, many = folder / "singles", folder / "many"
    for path, count in ((singles, bulletins), (many, bulletins * SINGLES)):
        sealed_bulletins.seal_requests(sites, path, count, 1)
    return singles, many


def _met(found: dict[str, float], most: tuple[float, float]) -> bool:
    return found["p50"] <= most[0] and found["p99"] <= most[1]


def spread(seconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile, in ms, and the largest."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    found = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {name: round(value * MS, 2) for name, value in found.items()}


def _used(nodes: Nodes) -> tuple[float, float]:
    return nodes.sender.cpu_seconds(), nodes.receiver.cpu_seconds()


def time_at_node(socket: Path, path: Path) -> list[float]:
    """Return the seconds from each Submit to the head with its partner's line."""
    taken = []
    with desk_client.channel(socket) as channel:
        node, submit = desk_client.NodeClient(channel), submit_method(channel)
        status = node.status()
        size, line = own_size(status), checkpoint.cosigner_name(status.peers[0].name)
        with node.watch(0) as pages:
            sizes = _cosigned_sizes(pages, checkpoint.log_origin(status.node), line)
            _wait(sizes, size)
            for request in read_requests(path):
                began = time.perf_counter()
                size += submit_one(submit, request)
                _wait(sizes, size)
                taken.append(time.perf_counter() - began)
    return taken


def _cosigned_sizes(
    pages: Iterator[list[pb.Arrival]], origin: str, line: str
) -> Iterator[int]:
    """Yield the size of each head of a log that has a partner's line, as it arrives."""
    for page in pages:
        for arrival in page:
            if arrival.WhichOneof("arrival") != "head":
                continue
            note = parse_note(arrival.head.head)
            head = checkpoint.parse_head(note.text)
            if head.origin == origin and line in {one.name for one in note.lines}:
                yield head.size


def _wait(sizes: Iterator[int], goal: int) -> None:
    if not any(size >= goal for size in sizes):
        raise Unreachable("node")


def time_at_desk(site: DemoSite, to: str, count: int) -> list[float]:
    """Return the seconds from each hand-over to `cosigned` in the desk's mailbox.

    The bulletin is composed and kept before; a Watch is open, as in the terminal.
    """
    taken = []
    with open_desk(site) as desk:
        syncing = BackgroundSync(desk, lambda: None)
        syncing.start()
        try:
            for _ in range(count):
                made, _ = desk.compose(
                    from_json(sealed_bulletins.draft_json(to, wall_ms()))
                )
                with desk.mailbox.database.transaction():
                    enqueue.keep(desk.mailbox, made, desk.officer.name, wall_ms())
                began = time.perf_counter()
                desk.hand_over()
                while desk.mailbox.messages.row(made.name).state != "cosigned":
                    if time.perf_counter() - began > STALL_S:
                        raise Unreachable(site.node)
                    time.sleep(LOOK_S)
                taken.append(time.perf_counter() - began)
        finally:
            syncing.stop()
    return taken
