"""Benchmark of the exchange: bulletins a second, durable and cosigned at both nodes.

Two nodes and a client, each a process of its own, on this machine: mTLS between the
nodes, both write to disk and sync. Bulletins of 2 KB were sealed and signed before.
The time runs from the first Submit until the sender's node knows that its partner has
cosigned the last.

The floor is the rate at which all cores verify Ed25519 and do nothing else, before and
after the runs. Each bulletin is verified at both nodes, so the ratio is twice the
figure by the floor.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from exchange import config
from exchange.limits import SUBMIT_MAX
from tests.benchmarks import floors, sealed_bulletins
from tests.benchmarks.long_logs import fill_logs
from tests.benchmarks.machine import Load, machine, watch_load
from tests.benchmarks.processes import Moment
from tests.benchmarks.site_pair import (
    NO_PREFIXES,
    Nodes,
    Prefixes,
    Sites,
    copy_homes,
    make_sites,
    run_nodes,
)
from tests.benchmarks.submit_client import SubmitRun, run_apart, submit_until_cosigned

LEAST_RATE = 5_000  # bulletins/s, in each run
MEAN_RATE = 5_500  # bulletins/s, in the mean of all runs
RATIO = 0.33
CALLS = 4  # of SUBMIT_MAX envelopes, at one time
RAW_SECONDS = 1.5  # s that the floor is measured, before and after
MICRO = 1_000_000  # us in a second

Tell = Callable[[str], None]


Run = dict[str, float]
"""One run: rates in bulletins/s, costs in us of a core a bulletin, and

    cosigned_then  the share that the partner had cosigned when all were submitted
    cores          that nodes and client kept busy, on average
    others         cores that the rest of the machine kept busy meanwhile
"""


def measure(
    folder: Path, bulletins: int, runs: int, entries: int, tell: Tell
) -> dict[str, object]:
    """Make two nodes whose logs hold `entries` already, and measure `runs` times."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {bulletins} bulletins")
    path = folder / "requests"
    size = sealed_bulletins.seal_requests(sites, path, bulletins)
    fill_logs(sites, folder, entries, tell)
    with watch_load() as load:
        before = floors.verifications(RAW_SECONDS)
        done = []
        for number in range(runs):
            tell(f"run {number + 1} of {runs}")
            with copy_homes(sites, folder / "run") as copies:
                done.append(run(copies, path))
        floor = (before + floors.verifications(RAW_SECONDS)) / 2
    return _report(done, floor, load, entries) | {
        "bulletins": bulletins,
        "envelope_bytes": size,
        "calls": {"envelopes": SUBMIT_MAX, "at_once": CALLS},
    }


def run(sites: Sites, requests: Path, prefixes: Prefixes = NO_PREFIXES) -> Run:
    """Run both nodes once, submit all requests, and wait until all are cosigned."""
    with run_nodes(sites, prefixes) as nodes:
        return submit_once(nodes, requests)


def submit_once(nodes: Nodes, requests: Path) -> Run:
    """Submit all requests to nodes that run, and wait until all are cosigned."""
    socket = config.node_home(nodes.sender.site.home).socket
    before = Moment.now(nodes.pids)
    used = [node.cpu_seconds() for node in (nodes.sender, nodes.receiver)]
    went = run_apart(submit_until_cosigned, socket, requests, CALLS)
    costs = [
        node.cpu_seconds() - start
        for node, start in zip((nodes.sender, nodes.receiver), used, strict=True)
    ]
    return _run(went, costs, Moment.now(nodes.pids).others(before))


def _run(went: SubmitRun, costs: Sequence[float], others: float) -> Run:
    sender, receiver, client = (
        round(cost / went.count * MICRO, 1) for cost in (*costs, went.cpu)
    )
    return {
        "rate": round(went.count / went.cosigned),
        "submitted": round(went.count / went.answered),
        "cosigned_then": round(went.cosigned_then / went.count, 3),
        "sender_us": sender,
        "receiver_us": receiver,
        "client_us": client,
        "cores": round((sum(costs) + went.cpu) / went.cosigned, 2),
        "others": round(others, 2),
    }


def _report(
    done: Sequence[Run], floor: float, load: Load, entries: int
) -> dict[str, object]:
    rates = [one["rate"] for one in done]
    figure = fmean(rates)
    ratio = 2 * figure / floor
    others = max(one["others"] for one in done)
    return {
        "name": "exchange",
        "figure": round(figure),
        "unit": "bulletins/s",
        "floor": round(floor),
        "ratio": round(ratio, 3),
        "ok": min(rates) >= LEAST_RATE and figure >= MEAN_RATE and ratio >= RATIO,
        "machine": machine() | load.as_json(others),
        "entries": entries,
        "least": min(rates),
        "runs": list(done),
    }
