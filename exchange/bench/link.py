"""Benchmark of long and slow links: the rate of the exchange against RTT and bandwidth.

As `exchange`, with a line between the nodes. Where this process may make network
namespaces, packets are delayed and lost between them, and TCP is that of the kernel
over a long path; elsewhere a proxy delays, which says nothing of loss. Either needs a
share of the cores that nodes and client have: the figure at RTT 0 is over the same
line, and the ratio is of these two. All goes to the node that dials; on the long line
also to the one that was dialled, whose port takes less unread.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from exchange.bench import delaying_proxy, packet_line, sealed_bulletins
from exchange.bench.delayed_queue import NetworkLine
from exchange.bench.exchange import run
from exchange.bench.machine import machine, watch_load
from exchange.bench.site_pair import (
    Prefixes,
    Sites,
    address_of,
    copy_homes,
    dial_at,
    listen_at,
    make_sites,
)
from exchange.words import say

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


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Measure the rate at each RTT, with loss, and on slow lines."""
    tell(say("making two nations"))
    sites = make_sites(folder / "made")
    tell(say("sealing {n} bulletins", n=bulletins))
    paths = _seal(sites, folder, {bulletins, *(count for _, count in SLOW)})
    back = _seal(sites[::-1], folder, [bulletins])
    packets, long = packet_line.can_run(), NetworkLine(LONG)
    cases = [(NetworkLine(rtt), bulletins) for rtt in RTTS]
    cases += [(LOSSY, bulletins)] if packets else []

    def go(ways: Sites, line: NetworkLine, count: int, path: Path) -> dict[str, Any]:
        tell(say("RTT {rtt} ms, {n} bulletins", rtt=line.rtt, n=count))
        with (
            copy_homes(ways, folder / "run") as copies,
            joined(copies, line) as prefixes,
        ):
            return _as_json(line) | {"bulletins": count} | run(copies, path, prefixes)

    with watch_load() as load:
        done = [go(sites, line, count, paths[count]) for line, count in cases]
        done += [go(sites, line, count, paths[count]) for line, count in SLOW]
        dialled = go(sites[::-1], long, bulletins, back[bulletins])
    rates = {line: one["rate"] for (line, _), one in zip(cases, done, strict=False)}
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


def _seal(sites: Sites, folder: Path, counts: Iterable[int]) -> dict[int, Path]:
    """Return the files of so many bulletins each, of the first site's desk."""
    paths = {count: folder / f"{sites[0].node}-{count}" for count in counts}
    for count, path in paths.items():
        sealed_bulletins.seal_requests(sites, path, count)
    return paths


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
    """Let each node listen in a namespace of its own, and the other dial it there."""
    with packet_line.run_line(line) as names:
        places = zip(sites, packet_line.ADDRESSES, reversed(sites), strict=True)
        for site, address, other in places:
            _, _, port = address_of(site).rpartition(":")
            listen_at(site, f"{address}:{port}")
            dial_at(other, site.node, f"{address}:{port}")
        yield packet_line.inside(names[0]), packet_line.inside(names[1])


@contextmanager
def _by_proxy(sites: Sites, line: NetworkLine) -> Iterator[Prefixes]:
    """Let each node dial the other at a proxy before it."""
    targets = [address_of(site) for site in sites]
    with delaying_proxy.run_proxy(targets, line) as addresses:
        for site, address, other in zip(sites, addresses, reversed(sites), strict=True):
            dial_at(other, site.node, address)
        yield (), ()
