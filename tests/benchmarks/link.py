"""Benchmark of long and slow links: the rate of the exchange against RTT and bandwidth.

As `exchange`, with a line between the nodes. Where this process may make network
namespaces, packets are delayed and lost between them, and TCP is that of the kernel
over a long path; elsewhere a proxy delays, which says nothing of loss. Either needs a
share of the cores that nodes and client have: the figure at RTT 0 is over the same
line, and the ratio is of these two. All goes to the node that dials; on the long line
also to the one that was dialled.

A link stays up for months, so several runs go over each, one after the other. Figures
are their means; the first of them, which begins with a cold line, is told beside them.
Beside each line that delays or loses packets stands what one TCP connection alone
carries over it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

from msgspec import Struct

from tests.benchmarks import (
    delaying_proxy,
    packet_line,
    raw_tcp,
    sealed_bulletins,
)
from tests.benchmarks.delayed_queue import NetworkLine
from tests.benchmarks.exchange import submit_once
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.site_pair import (
    Prefixes,
    Sites,
    address_of,
    copy_homes,
    dial_at,
    listen_at,
    listen_for_partners_at,
    make_sites,
    run_nodes,
)

RUNS = 5  # over one link
RTTS = (0, 50, 150, 300)  # ms
LOSSY = NetworkLine(150, loss=0.01)
SLOW = (  # and bulletins
    (NetworkLine(150, 64_000), 40),
    (NetworkLine(150, 2_000_000), 400),
)
LONG = 150  # ms, of the bars
SHARE = 0.9  # of the rate at RTT 0
LOSSY_SHARE = 0.5

Tell = Callable[[str], None]


class Presealed(Struct, frozen=True):
    """Files of requests, one for each run, that the first site sends to the second."""

    sites: Sites
    files: list[Path]
    count: int  # of bulletins in each
    size: int  # bytes of one, the mean


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Measure the rate at each RTT, with loss, and on slow lines."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {2 * RUNS * bulletins} bulletins")
    many = _seal(sites, folder / "there", bulletins, RUNS)
    back = _seal(sites[::-1], folder / "back", bulletins, RUNS)
    packets, long = packet_line.can_run(), NetworkLine(LONG)
    cases = [(NetworkLine(rtt), many) for rtt in RTTS]
    cases += [(LOSSY, many)] if packets else []
    slow = enumerate(SLOW)
    cases += [(line, _seal(sites, folder / f"{n}", few)) for n, (line, few) in slow]

    def go(line: NetworkLine, given: Presealed) -> dict[str, Any]:
        tell(f"RTT {line.rtt} ms, {given.count} bulletins")
        raw = _measure_raw(line, given) if packets and not line.rate else {}
        return _as_json(line) | raw | _run_all(line, given, folder / "run")

    with watch_load() as load:
        done = [go(line, given) for line, given in cases]
        dialled = go(long, back)
    rates = {line: one["rate"] for (line, _), one in zip(cases, done, strict=True)}
    figure, floor = min(rates[long], dialled["rate"]), rates[NetworkLine(0)]
    lossy = rates.get(LOSSY, figure)
    others = max(one["others"] for one in (*done, dialled))
    return {
        "name": "link",
        "figure": figure,
        "unit": f"bulletins/s at RTT {LONG} ms",
        "floor": floor,
        "ratio": round(figure / floor, 3),
        "ok": figure / floor >= SHARE and lossy / floor >= LOSSY_SHARE,
        "machine": machine() | load.as_json(others),
        "by": "packets between network namespaces" if packets else "a proxy of TCP",
        "lines": done,
        "to_dialled": dialled,
    }


def _seal(sites: Sites, folder: Path, count: int, runs: int = 1) -> Presealed:
    """Seal so many bulletins of the first site's desk for each run."""
    folder.mkdir()
    files = [folder / f"{number}" for number in range(runs)]
    sizes = [sealed_bulletins.seal_requests(sites, file, count) for file in files]
    return Presealed(sites, files, count, sizes[0])


def _measure_raw(line: NetworkLine, given: Presealed) -> dict[str, Any]:
    """Measure plain TCP over such a line, in the bulletins that its bytes would be."""
    with packet_line.run_line(line) as names:
        raw = raw_tcp.measure(names)
    return {"tcp": round(raw.rate / given.size), "kernel": raw.settings}


def _run_all(line: NetworkLine, given: Presealed, folder: Path) -> dict[str, Any]:
    """Run all files one after the other over one line; return the means of the runs.

    The link stays up from one to the next, so the first finds TCP and window small.
    """
    with (
        copy_homes(given.sites, folder) as copies,
        joined(copies, line) as prefixes,
        run_nodes(copies, prefixes) as nodes,
    ):
        runs = [submit_once(nodes, file) for file in given.files]
    means = {name: round(fmean(run[name] for run in runs), 3) for name in runs[0]}
    rates = [run["rate"] for run in runs]
    return {"bulletins": given.count} | means | {"first": rates[0], "runs": rates}


def _as_json(line: NetworkLine) -> dict[str, object]:
    return {"rtt_ms": line.rtt, "bits_per_s": line.rate or None, "loss": line.loss}


def joined(sites: Sites, line: NetworkLine) -> AbstractContextManager[Prefixes]:
    """Join two nodes that do not run yet by a line, for as long as the block lasts.

    It gives the words before their commands.
    """
    by = _by_packets if packet_line.can_run() else _by_proxy
    return by(sites, line)


@contextmanager
def _by_packets(sites: Sites, line: NetworkLine) -> Iterator[Prefixes]:
    """Let each node listen in a namespace of its own, and the other dial it there.

    Each has a port for partners alone, as operators of long lines are advised.
    """
    with packet_line.run_line(line) as names:
        places = zip(sites, packet_line.ADDRESSES, reversed(sites), strict=True)
        for site, address, other in places:
            _, _, port = address_of(site).rpartition(":")
            listen_at(site, f"{address}:{port}")
            listen_for_partners_at(site, f"{address}:{packet_line.PARTNERS_PORT}")
            dial_at(other, {site.node: f"{address}:{packet_line.PARTNERS_PORT}"})
        yield packet_line.inside(names[0]), packet_line.inside(names[1])


@contextmanager
def _by_proxy(sites: Sites, line: NetworkLine) -> Iterator[Prefixes]:
    """Let each node dial the other at a proxy before it."""
    targets = [address_of(site) for site in sites]
    with delaying_proxy.run_proxy(targets, line) as addresses:
        for site, address, other in zip(sites, addresses, reversed(sites), strict=True):
            dial_at(other, {site.node: address})
        yield (), ()
