"""Benchmark of an honest desk beside another one that floods their node with junk.

The figure is a Submit of one bulletin, until it is answered: it is on disk then. First
alone, then while the other desk hands over junk on CONNECTIONS connections, a full call
at a time on each, and a new one at once whatever the answer. The floor is the figure
alone, so the ratio says by how much one desk can delay another.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import grpc

from exchange import config
from exchange.clock import wall_ms
from exchange.demo.sites import OFFICERS, DemoSite
from exchange.desk.link.connect import load_bundles
from exchange.errors import Unreachable
from exchange.home import enrolment, plan
from exchange.home.nation import unlock_nation
from exchange.home.trust_files import read_request
from exchange.limits import SUBMIT_MAX
from exchange.net import desk_client
from exchange.net.grpc_status import from_rpc_error
from exchange.trust import names, wire
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1.envelope_pb2 import Envelope
from keys import tls
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.latency import spread
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import Moment
from tests.benchmarks.sealed_bulletins import read_requests
from tests.benchmarks.site_pair import (
    Nodes,
    Sites,
    address_of,
    copy_homes,
    make_sites,
    run_nodes,
)
from tests.benchmarks.submit_client import (
    SUBMIT,
    run_apart,
    submit_method,
    submit_one,
    wait_until_signing,
)

RATIO_MAX = 3.0  # of the median alone
CONNECTIONS = 16
HOSTILE = "rescue"  # the desk that floods
JUNK_ENTRY, JUNK_BODY = 600, 7_300  # bytes: 256 of them fill a call
CALL_S = 60.0
EVERY_S = 0.05  # between two of the honest desk's
AHEAD_S = 2.0  # s that the flood has been at work
BEGUN, OVER = "begun", "over"  # files by which the processes tell each other
STALL_S = 60.0

Tell = Callable[[str], None]


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Measure so many Submits alone, and as many beside the flood."""
    tell("making two nations")
    hostile = folder / HOSTILE
    sites = make_sites(folder / "made")
    tell(f"sealing {2 * bulletins} bulletins")
    paths = [folder / name for name in ("alone", "beside")]
    for path in paths:
        sealed_bulletins.seal_requests(sites, path, bulletins, 1)
    with (
        watch_load() as load,
        _run_nodes(sites, folder / "run", hostile) as (
            copies,
            nodes,
        ),
    ):
        before = Moment.now(nodes.pids)
        socket = config.node_home(copies[0].home).socket
        tell("one at a time, at the node")
        alone = spread(run_apart(time_submits, socket, paths[0]))
        others = Moment.now(nodes.pids).others(before)
        tell("beside a flood of junk")
        with _flooding(folder, hostile, copies) as ends:
            beside = spread(run_apart(time_submits, socket, paths[1]))
    ratio = beside["p50"] / alone["p50"]
    return {
        "name": "flood",
        "figure": beside["p50"],
        "unit": "ms p50 of a Submit, beside a flood of junk",
        "floor": alone["p50"],
        "ratio": round(ratio, 2),
        "ok": ratio <= RATIO_MAX,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "alone": alone,
        "beside": beside,
        "connections": CONNECTIONS,
        "junk": dict(ends),
    }


@contextmanager
def _run_nodes(
    sites: Sites, folder: Path, hostile: Path
) -> Iterator[tuple[Sites, Nodes]]:
    """Run both nodes from copies, the first with a second desk, in a home `hostile`."""
    with copy_homes(sites, folder) as copies:
        _enrol(copies[0], hostile)
        with run_nodes(copies) as nodes:
            client = desk_client.channel(config.node_home(copies[0].home).socket)
            with client as channel:
                wait_until_signing(desk_client.NodeClient(channel))
            yield copies, nodes


def _enrol(site: DemoSite, home: Path) -> None:
    """Make a second desk of a site's node; the node takes it up as it starts."""
    name = f"{HOSTILE}.{site.node}"
    asked = plan.check_plan(plan.Plan(desk=name, officers=OFFICERS[:1]))
    plan.make(home, asked, site.passphrase, wall_ms())
    nation, now = config.nation_home(site.home), wall_ms()
    keys = unlock_nation(nation, site.passphrase)
    request = read_request(config.desk_home(home))
    answer = enrolment.issue(nation, keys, request, now)
    enrolment.refresh(site.home)
    enrolment.admit(site.home, answer)
    part, answered = enrolment.read_answer_here(home, wire.encode(answer), name, now)
    enrolment.install(home, part, answered, now)


def time_submits(socket: Path, path: Path) -> list[float]:
    """Return the seconds that each request of a file took, one each EVERY_S."""
    taken = []
    with desk_client.channel(socket) as channel:
        submit = submit_method(channel)
        for request in read_requests(path):
            began = time.perf_counter()
            submit_one(submit, request)
            taken.append(time.perf_counter() - began)
            time.sleep(EVERY_S)
    return taken


@contextmanager
def _flooding(folder: Path, home: Path, sites: Sites) -> Iterator[Counter[str]]:
    """Flood the first site's node meanwhile; how the calls ended is there at the end.

    Raises Unreachable where the flood does not begin.
    """
    ends: Counter[str] = Counter()
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        flooding = executor.submit(run_flood, folder, home, address_of(sites[0]))
        try:
            until = time.monotonic() + STALL_S
            while not (folder / BEGUN).exists():
                if time.monotonic() > until or flooding.done():
                    raise Unreachable(sites[0].node)
                time.sleep(EVERY_S)
            time.sleep(AHEAD_S)
            yield ends
        finally:
            (folder / OVER).touch()
            ends.update(flooding.result())


def run_flood(folder: Path, home: Path, address: str) -> dict[str, int]:
    """Flood a node until it is over; return how often calls ended in which way."""
    return dict(asyncio.run(_flood(folder, home, address)))


async def _flood(folder: Path, home: Path, address: str) -> Counter[str]:
    ends: Counter[str] = Counter()
    junk = _junk()
    channels = [_channel(home, address) for _ in range(CONNECTIONS)]
    tasks = [asyncio.create_task(_repeat(one, junk, ends)) for one in channels]
    while not (folder / OVER).exists():
        if ends:
            (folder / BEGUN).touch()
        await asyncio.sleep(EVERY_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for one in channels:
        await one.close()
    return ends


def _junk() -> bytes:
    """Return a Submit of as much nonsense as one call may carry."""
    made = (
        Envelope(entry=os.urandom(JUNK_ENTRY), body=bytes(JUNK_BODY))
        for _ in range(SUBMIT_MAX)
    )
    junk = [one.SerializeToString() for one in made]
    return pb.SubmitRequest(envelopes=junk).SerializeToString()


def _channel(home: Path, address: str) -> grpc.aio.Channel:
    """Return a connection of the desk in a home, which it shares with no other."""
    desk = config.desk_home(home)
    node = names.node_of(config.read_desk(desk).name)
    roots = load_bundles(home)[names.domain_of(node)].tls_roots_pem
    credentials = grpc.ssl_channel_credentials(roots, *config.read_tls(desk))
    options = [one for one in desk_client.OPTIONS if one[0] != "grpc.default_authority"]
    options.append(("grpc.ssl_target_name_override", tls.dns_of_node(node)))
    options.append(("grpc.use_local_subchannel_pool", 1))
    return grpc.aio.secure_channel(address, credentials, options=options)


async def _repeat(channel: grpc.aio.Channel, junk: bytes, ends: Counter[str]) -> None:
    """Hand over junk again and again."""
    submit: grpc.aio.UnaryUnaryMultiCallable[bytes, pb.SubmitResponse] = (
        channel.unary_unary(SUBMIT, response_deserializer=pb.SubmitResponse.FromString)
    )
    with suppress(asyncio.CancelledError):
        while True:
            try:
                await submit(junk, timeout=CALL_S)
                ends["answered"] += 1
            except grpc.aio.AioRpcError as error:
                ends[from_rpc_error(error, "node").reason] += 1
