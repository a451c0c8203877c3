"""A partner that sends ahead of its log what no honest one would, over its link."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.clock import Clock
from exchange.errors import Reason
from exchange.limits import (
    EXPRESS_OPEN_MAX,
    EXPRESS_RATE,
    PIECE_MIN,
    URGENT_OUT_MAX,
    WINDOW_FIRST,
)
from exchange.net import frames as wire
from exchange.net.assemble import open_home
from exchange.net.link import Link
from exchange.net.links import Links
from exchange.node import outbox
from exchange.node.node import Node
from exchange.node.posture import SILENT, Posture
from exchange.node.recent_batches import frame_batch
from exchange.node.urgent import UrgentWatch
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized
from tests.hostile.test_lying_window import Said
from tests.net.test_express import flash
from tests.net.test_link import CN, Site, held, until
from tests.net.test_link_bounds import link_of
from tests.net.test_posture import peer, restrict

MANY = EXPRESS_RATE + 10
BATCHES = 4
OWN = 3  # bulletins that the node has for its partner


@dataclass
class Attacked:
    """A node that met its partner, and what that may send it ahead of its log."""

    node: Node
    size: int
    """Of the partner's log, here and there."""
    flashes: Sequence[envelope_pb2.Envelope]
    batches: Sequence[ledger_pb2.Batch]
    """Of the partner's log above `size`, an entry each."""

    def rows(self) -> int:
        return len(self.node.store.express.brief())


@pytest.fixture
async def attacked(
    homes: tuple[Path, Path], links_of: dict[str, Links]
) -> AsyncIterator[Attacked]:
    pair = pk, cn = Site(homes[0]), Site(homes[1])
    await pk.start()
    await cn.start()
    try:
        await until(lambda: held(pair))
        flashes = [flash(cn, pk, b"%d" % number) for number in range(MANY)]
        own = [pk.bulletin(b"own %d" % n, cn) for n in range(OWN)]
        size = pk.node.store.logs.size(cn.node.origin)
        restrict(pk, Posture(emcon=SILENT))
        await until(lambda: not peer(pk, links_of).up)
        await pk.submit(*own)
        batches = [await _write(cn, pk, number) for number in range(BATCHES)]
        restrict(pk, Posture())
    finally:
        await cn.stop()
        await pk.stop()
    with open_home(homes[0], Clock()) as (node, _):
        assert node.store.logs.size(node.members.origin(CN)) == size
        yield Attacked(node, size, flashes, batches)


async def _write(site: Site, other: Site, number: int) -> ledger_pb2.Batch:
    """Let a site log one more bulletin; return the batch that brings it."""
    size = site.node.store.logs.size(site.node.origin)
    await site.submit(site.bulletin(b"written %d" % number, other))
    return outbox.next_batch(site.node, other.node.name, size).batch


@asynccontextmanager
async def talk(
    node: Node, frames: Iterable[pb.Frame]
) -> AsyncIterator[tuple[Link, list[pb.Frame]]]:
    """Say all these to a node; lend its link, and what it answers as it does."""
    link = link_of(node)
    answers: list[pb.Frame] = []

    async def read() -> None:
        async for message in link.messages():
            answers.append(wire.read(message))  # noqa: PERF401  seen as they come

    said = Said(frames)
    driven = asyncio.create_task(link.drive(said.__aiter__()))
    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(30):
            yield link, answers
    finally:
        driven.cancel()
        reading.cancel()
        await asyncio.gather(driven, reading, return_exceptions=True)


def words(answers: Iterable[pb.Frame]) -> list[str]:
    """Return what was answered to what came ahead."""
    return [one.expressed.reason for one in answers if one.HasField("expressed")]


def refusals(answers: Iterable[pb.Frame]) -> list[pb.Refused]:
    return [one.refused for one in answers if one.HasField("refused")]


def express(sent: envelope_pb2.Envelope, below: int) -> pb.Frame:
    return pb.Frame(express=pb.Express(envelope=sent, below=below))


async def test_p42_express_twice(attacked: Attacked) -> None:
    """Each is answered; it stands once, and is shown once."""
    node, (first, *_) = attacked.node, attacked.flashes
    twice = [express(first, 0), express(first, attacked.size + 1)] * 2

    async with talk(node, twice) as (_, answers):
        await until(lambda: len(words(answers)) == len(twice))

    assert words(answers) == [""] * len(twice)
    assert attacked.rows() == 1
    news = UrgentWatch(node, f"ops.{node.name}", 0).news()
    assert [one.envelope.entry for one in news] == [first.entry]


async def test_p62_a_flood_of_flash(attacked: Attacked) -> None:
    """So many a minute are taken, the rest declined, and the link goes on."""
    flood = [express(one, 0) for one in attacked.flashes]

    async with talk(attacked.node, flood) as (link, answers):
        await until(lambda: len(words(answers)) == MANY)
        assert not link.reason

    assert words(answers) == [""] * EXPRESS_RATE + [Reason.RATE] * (MANY - EXPRESS_RATE)
    assert attacked.rows() == EXPRESS_RATE <= EXPRESS_OPEN_MAX


async def test_p62_p65_a_flood_of_flash_whose_answers_are_not_read(
    attacked: Attacked,
) -> None:
    """What waits to be read is bounded, and the stream ends for its reason."""
    junk = envelope_pb2.Envelope(entry=bytes(PIECE_MIN))
    said = Said(express(junk, 0) for _ in range(10 * URGENT_OUT_MAX))
    link = link_of(attacked.node)

    driven = asyncio.create_task(link.drive(said.__aiter__()))
    await asyncio.wait([driven], timeout=30)

    assert driven.done()
    assert link.reason == Reason.RATE
    assert said.taken <= URGENT_OUT_MAX + 8
    assert not attacked.rows()


async def test_p54_express_of_what_never_comes_into_its_log(attacked: Attacked) -> None:
    """Its log has come as far already: nothing is kept, and the reason is told."""
    frames = [express(one, attacked.size) for one in attacked.flashes[:5]]

    async with talk(attacked.node, frames) as (link, answers):
        await until(lambda: len(words(answers)) == len(frames))
        assert not link.reason

    assert words(answers) == [Reason.NOT_LOGGED] * len(frames)
    assert not attacked.rows()


async def test_p46_batches_out_of_order(attacked: Attacked) -> None:
    """One answer for the round; what follows in it is dropped, and nothing stored.

    On the next stream they come in order, and are taken.
    """
    node, sent = attacked.node, attacked.batches
    origin = node.members.origin(CN)
    batches = [pb.Frame(batch=one) for one in (*sent[1:], *sent)]

    async with talk(node, [*batches, express(attacked.flashes[0], 0)]) as (link, got):
        await until(lambda: bool(words(got)) and bool(refusals(got)))
        assert not link.reason

    (refused,) = refusals(got)
    assert (refused.size, refused.round) == (attacked.size, 0)
    assert refused.reason == Reason.POSITION
    assert node.store.logs.size(origin) == attacked.size
    async with talk(node, [pb.Frame(batch=one) for one in sent]) as (link, got):
        end = attacked.size + len(sent)
        await until(lambda: node.store.logs.size(origin) == end)
        assert not link.reason


async def test_p51_cosignatures_for_what_it_was_not_sent(
    attacked: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice it is passed over; then the stream ends. Nothing is recorded."""

    def load(_: Node, _peer: str, start: int, origin: str, **_named: object) -> object:
        sent = serialized([envelope_pb2.Envelope(entry=b"e", body=bytes(WINDOW_FIRST))])
        return frame_batch(origin, start, sent, b"", b"")

    monkeypatch.setattr(outbox, "next_batch", load)
    node = attacked.node
    size = node.store.logs.size(node.origin)
    claim = pb.Frame(cosigned=pb.Cosigned(origin=node.origin, size=size))
    before = node.store.partners.get_peer(CN)

    async with talk(node, [claim] * 3) as (link, _):
        await until(lambda: bool(link.reason))

    assert link.reason == Reason.POSITION
    assert node.store.partners.get_peer(CN).cosigned_size == before.cosigned_size
