"""A mesh of nations whose links are counted, for `members`.

The nodes dial each other through proxies, which count TCP payload: TLS, HTTP/2 and all
that the nodes send. Nodes count the signatures that they verify.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import permutations
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.demo.sites import PROGRAM, DemoSite, Tell, make_homes
from exchange.demo.traffic import open_desk, wait_for_keys
from exchange.errors import Unreachable
from exchange.net import desk_client
from tests.benchmarks import delaying_proxy
from tests.benchmarks.counting_node import count_verifications
from tests.benchmarks.delayed_queue import NetworkLine
from tests.benchmarks.delaying_proxy import WAYS, Counts
from tests.benchmarks.site_pair import NodeProcess, address_of, dial_at

CITIES = (
    "islamabad.pk",
    "beijing.cn",
    "astana.kz",
    "tashkent.uz",
    "kabul.af",
    "dushanbe.tj",
    "bishkek.kg",
    "ankara.tr",
    "tehran.ir",
)
ROOT = Path(__file__).parents[2]  # a node imports nothing from the current folder
COUNTING = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    f"from {count_verifications.__module__} import {count_verifications.__name__}; "
    f"{count_verifications.__name__}(); {PROGRAM}"
)
MEETING_S = 180.0  # for all nodes to hold each other's logs
PAUSE_S = 0.2

Way = tuple[str, str]
"""From one node to another."""


class Mesh(Struct, frozen=True):
    """Nations of which each is paired with each, and the bytes on their links."""

    nodes: tuple[NodeProcess, ...]
    _ways: tuple[Way, ...]
    _counts: Counts

    @property
    def sites(self) -> tuple[DemoSite, ...]:
        """Their homes, in the order of their nodes."""
        return tuple(node.site for node in self.nodes)

    def socket(self, place: int) -> Path:
        """Return the address at which the desk of a nation calls its node."""
        return config.node_home(self.sites[place].home).socket

    def carried(self) -> dict[Way, int]:
        """Return the bytes that went each way since the mesh was made."""
        found = dict.fromkeys(self._ways, 0)
        for number, (dialler, called) in enumerate(self._ways):
            there, back = self._counts[WAYS * number : WAYS * (number + 1)]
            found[dialler, called] += there
            found[called, dialler] += back
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all nodes for as long as the block lasts; within, all have met."""
        with ExitStack() as stack, ThreadPoolExecutor(len(self.nodes)) as threads:
            list(threads.map(stack.enter_context, self.nodes))
            for place in range(len(self.nodes)):
                self.wait_settled(place)
            yield

    def wait_settled(self, place: int, *, without: str = "") -> None:
        """Wait until all partners of a node hold its log; Unreachable if they do not.

        A partner that `without` names is not waited for.
        """
        until, node = time.monotonic() + MEETING_S, self.sites[place].node
        with desk_client.channel(self.socket(place)) as channel:
            client = desk_client.NodeClient(channel)
            while True:
                status = client.status()
                peers = [peer for peer in status.peers if peer.name != without]
                if status.signing and all(p.up and not p.queued for p in peers):
                    return
                if time.monotonic() > until:
                    raise Unreachable(node)
                time.sleep(PAUSE_S)


@contextmanager
def joined_mesh(folder: Path, count: int, tell: Tell) -> Iterator[Mesh]:
    """Make so many nations, each paired with each; their nodes do not run yet.

    Each desk knows the keys of the others' when the block begins.
    """
    sites = _make_sites(folder, count, tell)
    ways = tuple(permutations((site.node for site in sites), 2))
    addresses = {site.node: address_of(site) for site in sites}
    targets = [addresses[called] for _, called in ways]
    counts = delaying_proxy.new_counts(len(ways))
    with delaying_proxy.run_proxy(targets, NetworkLine(0), counts) as proxies:
        for site in sites:
            dialled = {
                called: proxy
                for (dialler, called), proxy in zip(ways, proxies, strict=True)
                if dialler == site.node
            }
            dial_at(site, dialled)
        nodes = (NodeProcess(site, program=COUNTING) for site in sites)
        mesh = Mesh(tuple(nodes), ways, counts)
        with mesh.running():
            _exchange_keys(sites)
        yield mesh


def _make_sites(folder: Path, count: int, tell: Tell) -> tuple[DemoSite, ...]:
    folder.mkdir()
    homes, passphrase = [folder / city for city in CITIES[:count]], secrets.token_hex(8)
    make_homes(homes, passphrase, tell)
    return tuple(DemoSite(home.name, home, passphrase) for home in homes)


def _exchange_keys(sites: Sequence[DemoSite]) -> None:
    """Let each desk learn the keys of all others'."""
    for site in sites:
        with open_desk(site) as desk:
            for other in sites:
                wait_for_keys(desk, other.desk)
