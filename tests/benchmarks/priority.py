"""Benchmark of a FLASH: how soon it passes a backlog of ROUTINE.

From its Submit at one node until a desk's Watch at the partner's has it with its text,
in `urgent` or, where that is sooner, in its order.
The partner was down and takes a backlog; while that is at work, and SHARE_LEFT of it is
left at least, a FLASH is submitted each second. The desk at the partner is catching up
meanwhile. When the backlog runs low, both nodes start again, until enough were sent.
Then one FLASH on a slow line, behind ROUTINE that is under way; and one behind a
single envelope with the largest text, which is half a minute on its way there.

The floor is a gRPC call with the same bytes twice, to the node and to its partner, and
a page synced at each of them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from exchange import config
from exchange.cli import speed
from exchange.errors import Unreachable
from exchange.limits import STREAM_AGE, SUBMIT_MAX
from exchange.net import desk_client
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import desk_service_pb2_grpc as rpc
from exchange.v1.envelope_pb2 import Envelope
from tests.benchmarks import floors, sealed_bulletins
from tests.benchmarks.delayed_queue import NetworkLine
from tests.benchmarks.latency import FLOOR_CALLS, spread
from tests.benchmarks.link import joined
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import Moment
from tests.benchmarks.sealed_bulletins import read_request, read_requests
from tests.benchmarks.site_pair import (
    NodeProcess,
    Sites,
    copy_homes,
    make_sites,
    run_sender,
)
from tests.benchmarks.submit_client import (
    cosigned_size,
    own_size,
    run_apart,
    submit_all,
    submit_method,
    submit_one,
    wait_until_up,
)

MOST = 100.0  # ms, p99
SLOW_MOST = 10.0  # s, on the slow line
SLOW = NetworkLine(150, 64_000)
SLOW_BEHIND = 200  # ROUTINE that are under way there
SHARE_LEFT = 0.5  # of the backlog that is there at least when a FLASH comes
EVERY_S = 1.0  # between two of them
AHEAD_S = 2.0  # s that the slow line has been at work
CALLS = 4  # at one time, while the backlog is made
STALL_S = 300.0  # for one FLASH
MS = 1_000  # ms in a second

Tell = Callable[[str], None]


def measure(folder: Path, flashes: int, backlog: int, tell: Tell) -> dict[str, object]:
    """Measure that many FLASH behind a backlog, and one on a slow line."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {backlog + flashes + SLOW_BEHIND} bulletins")
    paths = _seal(sites, folder, flashes, backlog)
    urgent = list(read_requests(paths["flashes"]))
    waits: list[float] = []
    with watch_load() as load:
        echo = floors.echo_seconds(urgent[0], folder, FLOOR_CALLS)
        floor = 2 * (echo + 1 / speed.syncs(folder)) * MS
        others, lowest, enough = 0.0, backlog, round(backlog * SHARE_LEFT)
        while len(waits) < flashes:
            tell(f"FLASH {len(waits) + 1} of {flashes}")
            with copy_homes(sites, folder / "run") as copies:
                before = Moment.now()
                rest = urgent[len(waits) :]
                found, left = _run(copies, paths["backlog"], rest, enough)
                others = max(others, Moment.now().others(before))
            waits, lowest = waits + found, min(lowest, left)
        tell("a FLASH on a slow line")
        slow = [
            _run_slow(sites, folder / "run", paths[behind], urgent[-1])
            for behind in ("behind", "large")
        ]
    told = spread(waits)
    return {
        "name": "priority",
        "figure": told["p99"],
        "unit": "ms p99, from Submit to the other desk",
        "floor": round(floor, 2),
        "ratio": round(told["p99"] / floor, 1),
        "ok": told["p99"] <= MOST and max(slow) <= SLOW_MOST and lowest >= enough,
        "machine": machine() | load.as_json(others),
        "flashes": told | {"count": len(waits), "least_backlog": lowest},
        "backlog": backlog,
        "slow": _slow_json(*slow),
    }


def _slow_json(behind_many: float, behind_large: float) -> dict[str, object]:
    return {
        "bits_per_s": SLOW.rate,
        "behind": SLOW_BEHIND,
        "s": round(behind_many, 2),
        "s_behind_large": round(behind_large, 2),
    }


def _seal(sites: Sites, folder: Path, flashes: int, backlog: int) -> dict[str, Path]:
    routine, *_ = sealed_bulletins.write_forms(sites[0], sites[1].desk)
    flash = sealed_bulletins.flash_form(routine)
    wanted = {
        "backlog": (routine, backlog, SUBMIT_MAX),
        "behind": (routine, SLOW_BEHIND, SUBMIT_MAX),
        "large": (sealed_bulletins.large_form(routine), 1, 1),
        "flashes": (flash, flashes, 1),
    }
    for name, (form, count, group) in wanted.items():
        envelopes = sealed_bulletins.seal(sites[0], [form], count)
        sealed_bulletins.write_requests(folder / name, envelopes, group)
    return {name: folder / name for name in wanted}


def _run(
    sites: Sites, requests: Path, urgent: list[bytes], enough: int
) -> tuple[list[float], int]:
    """Return the s that each FLASH took, and the least that was queued at a Submit."""
    sockets = [config.node_home(site.home).socket for site in sites]
    with run_sender(sites):
        goal = run_apart(submit_all, sockets[0], requests, CALLS).goal
        with NodeProcess(sites[1]):
            return run_apart(send_flashes, *sockets, urgent, goal, enough)


def _run_slow(sites: Sites, folder: Path, requests: Path, urgent: bytes) -> float:
    """Return the s that a FLASH took on a slow line behind all requests of a file."""
    with (
        copy_homes(sites, folder) as copies,
        joined(copies, SLOW) as prefixes,
        NodeProcess(copies[0], prefixes[0]),
        NodeProcess(copies[1], prefixes[1]),
    ):
        sockets = [config.node_home(site.home).socket for site in copies]
        run_apart(submit_all, sockets[0], requests, CALLS)
        time.sleep(AHEAD_S)
        (took,), _ = run_apart(send_flashes, *sockets, [urgent], 0, 0)
        return took


def send_flashes(
    sender: Path, receiver: Path, urgent: list[bytes], goal: int, enough: int
) -> tuple[list[float], int]:
    """Submit a FLASH each EVERY_S while `enough` is queued, but one in any case.

    `goal` is the size of the log with all that is queued, which bounds the least.
    Return the s until each came, and the least that was queued at a Submit.
    """
    with (
        desk_client.channel(sender) as channel,
        _Arrivals.watch(receiver, urgent) as arrivals,
    ):
        node, submit = desk_client.NodeClient(channel), submit_method(channel)
        wait_until_up(node)
        sent: list[float] = []
        lowest = goal
        for number, request in enumerate(urgent):
            status = node.status()
            queued = own_size(status) - cosigned_size(status)
            if queued < enough and sent:
                break
            lowest = min(lowest, queued)
            sent.append(time.monotonic())
            submit_one(submit, request)
            arrivals.wait(number)
            time.sleep(max(0.0, sent[-1] + EVERY_S - time.monotonic()))
        return [arrivals.at[n] - began for n, began in enumerate(sent)], lowest


class _Arrivals:
    """When each of some bulletins came to a desk, by a Watch from the start."""

    def __init__(self, urgent: list[bytes]) -> None:
        self._numbers = {
            next(read_request(request)).entry: number
            for number, request in enumerate(urgent)
        }
        self._come = threading.Condition()
        self.at: dict[int, float] = {}

    @classmethod
    @contextmanager
    def watch(cls, socket: Path, urgent: list[bytes]) -> "Iterator[_Arrivals]":
        """Watch for as long as the block lasts."""
        arrivals = cls(urgent)
        with desk_client.channel(socket) as channel:
            stub = rpc.DeskServiceStub(channel)
            call = stub.Watch(pb.WatchRequest(), timeout=STREAM_AGE / MS)
            thread = threading.Thread(target=arrivals.read, args=(call,))
            thread.start()
            try:
                yield arrivals
            finally:
                call.cancel()
                thread.join()

    def read(self, call: Iterator[pb.WatchResponse]) -> None:
        """Read until the Watch ends."""
        try:
            for response in call:
                now = time.monotonic()
                for urgent in response.urgent:
                    self._note(urgent.envelope, now)
                for arrival in response.arrivals:
                    self._note(arrival.entry.envelope, now)
        except grpc.RpcError:
            return  # cancelled

    def _note(self, came: Envelope, now: float) -> None:
        number = self._numbers.get(came.entry)
        if number is not None and came.body:
            with self._come:
                self.at.setdefault(number, now)
                self._come.notify_all()

    def wait(self, number: int) -> None:
        """Wait until that bulletin has come; Unreachable after STALL_S."""
        with self._come:
            if not self._come.wait_for(lambda: number in self.at, STALL_S):
                raise Unreachable("node")
