"""EMCON over a real link: what goes, what does not, and that all goes on behind it."""

import asyncio

import pytest

from exchange import config
from exchange.net.links import Links
from exchange.node import posture, views
from exchange.node.posture import OFF, QUIET, SILENT, Posture
from exchange.v1.desk_service_pb2 import PeerStatus
from tests.net.test_link import Pair, Site, held, linked, pair, until
from tests.node.world import PK

__all__ = ["pair"]

QUIET_S = 2.5  # long enough for what is not held back to come


@pytest.fixture
async def met(pair: Pair, links_of: dict[str, Links]) -> Pair:
    """Let both nodes meet; `links_of` is there before they are made."""
    assert not links_of
    await linked(pair)
    return pair


def restrict(site: Site, new: Posture) -> None:
    """Set a posture as `fusion doctor` does."""
    posture.write(config.node_home(site.home).posture, new)


def peer(site: Site, links_of: dict[str, Links]) -> PeerStatus:
    """Return how a node sees its partner."""
    return links_of[site.node.name].describe(views.status(site.node)).peers[0]


def way(site: Site, links_of: dict[str, Links]) -> list[tuple[object, ...]]:
    """Return what a node counts as on its way, and why."""
    status = links_of[site.node.name].describe(views.status(site.node))
    rows = status.on_the_way
    return [(r.state, r.to, r.node, r.reason, r.count) for r in rows]


def size_at(site: Site, other: Site) -> int:
    return site.node.store.logs.size(other.node.origin)


async def test_in_emcon_quiet_the_link_stays_and_nothing_goes(
    met: Pair, links_of: dict[str, Links]
) -> None:
    pk, cn = met
    restrict(pk, Posture(emcon=QUIET))
    await until(lambda: peer(cn, links_of).emcon)
    before = size_at(cn, pk)

    await pk.submit(pk.bulletin(b"kept here", cn))
    await cn.submit(cn.bulletin(b"received", pk))
    await asyncio.sleep(QUIET_S)

    assert peer(pk, links_of).up
    assert size_at(cn, pk) == before
    assert size_at(pk, cn) == cn.node.store.logs.size(cn.node.origin)  # it receives
    assert peer(cn, links_of).queued == 1  # and answers nothing
    waits = [way(site, links_of) for site in met]  # each knows whose posture it is
    assert waits == [[("local", site.node.name, PK, "EMCON", 1)] for site in (cn, pk)]

    restrict(pk, Posture(emcon=OFF))
    await until(lambda: held(met))


async def test_in_emcon_silent_there_is_no_link(
    met: Pair, links_of: dict[str, Links]
) -> None:
    pk, cn = met
    restrict(pk, Posture(emcon=SILENT))

    await until(lambda: not peer(pk, links_of).up)
    await until(lambda: peer(cn, links_of).reason == "EMCON")
    await pk.submit(pk.bulletin(b"kept here", cn))
    await asyncio.sleep(QUIET_S)
    assert not held(met)
    assert way(pk, links_of) == [("local", cn.node.name, PK, "EMCON", 1)]

    restrict(pk, Posture())
    await until(lambda: held(met))


async def test_partners_see_minimize(met: Pair, links_of: dict[str, Links]) -> None:
    pk, cn = met
    restrict(pk, Posture(minimize=True))

    await until(lambda: peer(cn, links_of).minimize)

    assert views.status(pk.node).minimize
    await pk.submit(pk.bulletin(b"it goes on", cn))
    await until(lambda: held(met))
