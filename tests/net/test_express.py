"""A FLASH behind a backlog, over a real link: it is there first, and once."""

import threading
from typing import Any

import pytest

from exchange import envelope
from exchange.net.links import Links
from exchange.node import batch_chain, express_inbox, views
from exchange.node.batch_chain import JudgedBatch
from exchange.node.node import Node
from exchange.node.urgent import UrgentWatch
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.net.test_link import PATIENCE, Pair, Site, held, met, pair, until

__all__ = ["met", "pair"]

BACKLOG = 600
FEW = 30  # bulletins before it, more than go before a FLASH in their turn


def flash(site: Site, other: Site, text: bytes) -> pb.Envelope:
    """Return a FLASH from one site's desk to the other's."""
    changes = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
    return site.bulletin(text, other, **changes)


async def test_a_flash_passes_the_backlog(
    met: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk, cn = met
    routine = [pk.bulletin(b"%d" % number, cn) for number in range(BACKLOG)]
    for at in range(0, BACKLOG, 200):
        await pk.submit(*routine[at : at + 200])
    urgent = flash(pk, cn, b"flash")
    await pk.submit(urgent)
    name, total = envelope.split(urgent.entry).name, size_at(pk, pk)
    seen: list[tuple[int, bytes]] = []
    receive = express_inbox.receive

    def note(node: Node, peer: str, sent: rpc.Express) -> rpc.Expressed:
        told = receive(node, peer, sent)
        news = UrgentWatch(node, f"ops.{node.name}", 0).news()
        size = node.store.logs.size(pk.node.origin)
        seen.extend((size, one.envelope.entry) for one in news)
        return told

    monkeypatch.setattr(express_inbox, "receive", note)
    await cn.start()
    await until(lambda: held(met))

    size, entry = seen[0]
    assert entry == urgent.entry
    assert size < total - BACKLOG // 2
    assert cn.node.store.express.brief() == []
    assert cn.node.store.entries.by_name(name) is not None


async def test_the_sender_knows_what_is_shown_at_its_partner(
    met: Pair, links_of: dict[str, Links], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its word, while the backlog is judged there; then no more."""
    pk, cn = met
    await pk.stop()
    await pk.start()
    going_on = threading.Event()
    judge = batch_chain.judge_next

    def judge_late(*asked: Any) -> JudgedBatch | None:  # noqa: ANN401  as they came
        going_on.wait(PATIENCE)
        return judge(*asked)

    monkeypatch.setattr(batch_chain, "judge_next", judge_late)
    routine = [pk.bulletin(b"%d" % number, cn) for number in range(FEW)]
    urgent = flash(pk, cn, b"flash")
    try:
        await pk.submit(*routine, urgent)
        name = envelope.split(urgent.entry).name
        await cn.start()
        await until(lambda: shown(pk, links_of) == [name])
    finally:
        going_on.set()
    await until(lambda: held(met))
    await until(lambda: shown(pk, links_of) == [])


def shown(site: Site, links_of: dict[str, Links]) -> list[bytes]:
    """Return what a node's partner shows ahead of its log."""
    status = links_of[site.node.name].describe(views.status(site.node))
    return list(status.peers[0].shown)


def size_at(site: Site, of: Site) -> int:
    return site.node.store.logs.size(of.node.origin)


def alarms(site: Site) -> set[tuple[str, str]]:
    """Return the alarms of a node: why, and where."""
    return {(one.reason, one.where) for one in views.status(site.node).alarms}
