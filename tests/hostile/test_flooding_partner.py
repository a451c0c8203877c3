"""A pinned partner at a running node: it can neither fill it nor stop its desks.

Each attack goes on for seconds against `fusion serve`, while a desk hands over
bulletins at its socket.
"""

import asyncio
import itertools
import statistics
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from exchange import config
from exchange.errors import Reason
from exchange.net import desk_client
from exchange.node.session import VERSION
from exchange.v1 import envelope_pb2, exchange_service_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized
from tests.chaos.served import Served
from tests.expecting import present
from tests.net import hostile
from tests.net.test_link import CN, PK, Site, held, linked, until

ATTACK = 5.0  # s
RESIDENT_MAX = 250  # MiB
SEND_MAX = 1.0  # s, as a rule: other work of this machine may delay one
TEXT = bytes(8_000)


@dataclass
class Attacked:
    """A node that serves, and what its desk hands over meanwhile."""

    served: Served
    port: int
    partner: Path
    sends: Iterator[envelope_pb2.Envelope]
    origin: str  # of the partner's log, of which it holds some
    head: bytes  # of that log, signed

    @property
    def pid(self) -> int:
        assert self.served.process is not None
        return self.served.process.pid


@pytest.fixture
async def attacked(homes: tuple[Path, Path]) -> AsyncIterator[Attacked]:
    pk, cn = pair = Site(homes[0]), Site(homes[1])
    await linked(pair)
    await cn.submit(*(cn.bulletin(b"%d" % n + TEXT, pk) for n in range(120)))
    await until(lambda: held(pair))
    sends = [pk.bulletin(b"%d" % n, cn) for n in range(200)]
    origin = cn.node.origin
    head = present(cn.node.store.heads.newest(origin))
    for site in pair:
        await site.stop()
    served = Served(homes[0])
    said = await asyncio.to_thread(served.start)
    assert "ready" in said
    try:
        port = int(said.split()[-1])
        yield Attacked(served, port, homes[1], iter(sends), origin, head.note)
    finally:
        await asyncio.to_thread(served.end)


async def withstands(node: Attacked, frames: Iterator[pb.Frame]) -> None:
    """Say frames on stream after stream; assert that the node bears it."""
    over = asyncio.Event()
    socket = desk_client.channel(config.node_home(node.served.home).socket)
    desk = desk_client.NodeClient(socket)
    memory = asyncio.create_task(hostile.most_resident(node.pid, over))
    times = asyncio.create_task(
        hostile.slowest(lambda: desk.submit([next(node.sends)]), over)
    )
    loop = asyncio.get_running_loop()
    until = loop.time() + ATTACK
    said = 0
    try:
        while loop.time() < until:
            async with (
                hostile.channel(node.partner, PK, node.port) as opened,
                hostile.stream(opened, hostile.hello(CN)) as call,
            ):
                said += await hostile.flood(call, frames, until - loop.time())
    finally:
        over.set()
        found, took = await asyncio.gather(memory, times)
        desk.close()
    assert said
    assert found < RESIDENT_MAX
    assert statistics.median(took) < SEND_MAX


async def test_a1_p65_a_partner_that_asks_and_never_reads(attacked: Attacked) -> None:
    want = pb.Frame(want=pb.Want(origin=attacked.origin))

    await withstands(attacked, itertools.repeat(want, 1_500))


async def test_a2_a_partner_whose_batches_are_refused(attacked: Attacked) -> None:
    entries = serialized([envelope_pb2.Envelope(entry=b"x" * 1_900)] * 1_000)
    batch = ledger_pb2.Batch(
        origin=attacked.origin, start=10**6, envelopes=entries, head=attacked.head
    )

    await withstands(attacked, itertools.repeat(pb.Frame(batch=batch)))


async def test_a2_a_partner_that_says_a_million_empty_parts(attacked: Attacked) -> None:
    batch = ledger_pb2.Batch(origin=attacked.origin)
    batch.envelopes.extend([b""] * 1_000_000)

    await withstands(attacked, itertools.repeat(pb.Frame(batch=batch)))


async def test_a10_a_partner_that_says_a_hundred_thousand_heads(
    attacked: Attacked,
) -> None:
    """One log line, and nothing to wait for: what it lists is counted, not read."""
    one = ledger_pb2.LogPosition(origin=attacked.origin, size=1, head=b"junk")
    junk = exchange_service_pb2.Hello(node=CN, logs=[one] * 40_000, version=VERSION)
    async with (
        hostile.channel(attacked.partner, PK, attacked.port) as opened,
        hostile.stream(opened, pb.Frame(hello=junk)) as call,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await hostile.exhaust(call)
    assert Reason.SIZE in str(ended.value.details())

    _, said = await asyncio.to_thread(attacked.served.end)

    lines = [line for line in said.splitlines() if CN in line and "up" not in line]
    assert len(lines) == 1, said
    assert Reason.SIZE in lines[0]
