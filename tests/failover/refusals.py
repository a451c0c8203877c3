"""How soon a process that does not write says so, to a desk and to a partner.

    python -m tests.failover.refusals [--times N]

Two `fusion serve` of one node on a server of PostgreSQL that it starts: Submit and
Replicate are called N times each at the one that stands by, then again while every
table of the database is locked, so that whatever is asked of it hangs. Prints a line
for each, and ends with exit code 1 if an answer took longer than 100 ms, or was another
than NOT_WRITER.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import grpc

from exchange import config
from exchange.errors import Reason
from exchange.net import desk_client
from exchange.net.grpc_status import from_rpc_error
from exchange.trust import bundle
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import desk_service_pb2_grpc as desk_rpc
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys import tls
from tests.postgres.cluster import running_cluster
from tests.postgres.two_processes import Site, hanging, running_site, stands_by, writes

MOST = 100.0  # ms
TIMES = 1_000
PAUSE = 0.005  # s between two calls: a flood is measured elsewhere
DEADLINE = 20.0  # s
Call = Callable[[], object]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.failover.refusals")
    parser.add_argument("--times", type=int, default=TIMES)
    times = parser.parse_args().times
    with (
        tempfile.TemporaryDirectory(prefix="fusion-refusals-") as folder,
        running_cluster() as cluster,
        cluster.database() as url,
        running_site(Path(folder), url) as site,
        contextlib.ExitStack() as lines,
    ):
        site.wait_for(0, writes)
        site.wait_for(1, stands_by)
        calls = {"Submit": _submit(site, lines), "Replicate": _replicate(site, lines)}
        soon = [_measure(name, call, times) for name, call in calls.items()]
        with hanging(url):
            for name, call in calls.items():
                soon.append(_measure(f"{name}, database hangs", call, times))
    return 0 if all(soon) else 1


def _measure(name: str, call: Call, times: int) -> bool:
    """Call so often; return whether each was refused as it should, soon enough."""
    took, reasons = list[float](), set[str]()
    for _ in range(times):
        began = time.perf_counter()
        try:
            call()
        except grpc.RpcError as error:
            reasons.add(from_rpc_error(error, "node").reason)
        took.append((time.perf_counter() - began) * 1e3)
        time.sleep(PAUSE)
    said = ", ".join(sorted(reasons)) or "taken"
    p99 = statistics.quantiles(took, n=100)[-1]
    line = (
        f"{name}: {said} after {statistics.median(took):.1f} ms (median),"
        f" {p99:.1f} ms (p99), {max(took):.1f} ms (longest of {times})"
    )
    print(line, flush=True)  # noqa: T201  a command
    return reasons == {Reason.NOT_WRITER} and max(took) <= MOST


def _submit(site: Site, lines: contextlib.ExitStack) -> Call:
    """Return the call of a desk at the process that stands by."""
    home = site.homes[0]
    shown = _shown(site, config.read_tls(config.desk_home(home)))
    line = lines.enter_context(desk_client.channel(site.addresses[1], shown))
    stub = desk_rpc.DeskServiceStub(line)
    return lambda: stub.Submit(desk_pb.SubmitRequest(), timeout=DEADLINE)


def _replicate(site: Site, lines: contextlib.ExitStack) -> Call:
    """Return the call of the partner's node there."""
    shown = _shown(site, config.read_tls(config.node_home(site.beijing)))
    line = lines.enter_context(desk_client.channel(site.addresses[1], shown))
    stub = rpc.ExchangeServiceStub(line)
    return lambda: list(stub.Replicate(iter(()), timeout=DEADLINE))


def _shown(site: Site, own: tuple[bytes, bytes]) -> desk_client.Tls:
    name = site.homes[0].name
    nations = bundle.load_all(config.node_home(site.homes[0]).trust)
    roots = nations[name.rpartition(".")[2]].tls_roots_pem
    return desk_client.Tls(roots, *own, tls.dns_of_node(name))


if __name__ == "__main__":
    sys.exit(main())
