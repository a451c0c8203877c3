"""A pinned partner at a running node: it can neither fill it nor stop its desks.

Each attack goes on for seconds against `fusion serve`, while a desk hands over
bulletins at its socket.
"""

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import grpc
import pytest

from exchange import config
from exchange.errors import Reason
from exchange.ledger.checkpoint import Head, sign_head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import PIECE_MAX, REFUSED_A_DAY
from exchange.net import desk_client
from exchange.net.frame_queue import FrameQueue
from exchange.node.session import VERSION
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2, exchange_service_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1.desk_service_pb2_grpc import DeskServiceStub
from keys.signing import Signer
from tests.batches import serialized
from tests.chaos.served import Served
from tests.expecting import present
from tests.net import hostile
from tests.net.test_express import flash
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
    edge: Edge  # of that log
    flash: Callable[[bytes], envelope_pb2.Envelope]  # makes one of the partner's desk

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
    sends = (pk.bulletin(b"%d" % n, cn) for n in itertools.count())
    origin = cn.node.origin
    head = present(cn.node.store.heads.newest(origin))
    edge = cn.node.store.logs.edge(origin)
    for site in pair:
        await site.stop()
    served = Served(homes[0])
    said = await asyncio.to_thread(served.start)
    assert "ready" in said
    try:
        port = int(said.split()[-1])
        made = partial(flash, cn, pk)
        yield Attacked(served, port, homes[1], sends, origin, head.note, edge, made)
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


# T4: junk under true heads, at full speed.

JUNK_S = 30.0
JUNK = 20  # entries of 65,000 bytes in a batch
FLASH_EVERY, FLASH_MAX = 5.0, 10.0  # s
GROWTH_MAX = 3 * REFUSED_A_DAY  # bytes: the database, its log, what own desks send


@dataclass
class JunkLog:
    """Beijing's log, which goes on with junk; at one place always the same.

    It says as much as it has credit for, so that an urgent frame can pass.
    """

    origin: str
    log: Signer
    log_pq: Signer
    edges: dict[int, Edge]
    size: int = 0  # of the log as the victim has it, with what was said since
    queue: FrameQueue = field(default_factory=FrameQueue)
    said: int = 0  # bytes
    reasons: set[str] = field(default_factory=set)  # of refused batches
    flash: pb.Frame | None = None  # said first on each stream

    def send_ahead(self, sent: envelope_pb2.Envelope) -> None:
        self.flash = pb.Frame(express=pb.Express(envelope=sent))
        self.queue.put(self.flash)

    def next(self) -> pb.Frame:
        """Return what follows the first `size` entries."""
        some = [b"%8d" % (self.size + n) * 8_125 for n in range(JUNK)]
        grown = self.edges[self.size].extend([leaf_hash(one) for one in some]).edge
        head = Head(self.origin, grown.size, grown.root())
        note = sign_head(head, self.log, self.log_pq, int(time.time()))
        entries = serialized(envelope_pb2.Envelope(entry=one) for one in some)
        start, self.size = self.size, grown.size
        self.edges[grown.size] = grown
        batch = ledger_pb2.Batch(
            origin=self.origin, start=start, envelopes=entries, head=note
        )
        return pb.Frame(batch=batch)

    async def talk(self, call: hostile.Call) -> None:
        """Say junk at full speed until the stream ends."""
        hello = (await call.read()).hello
        self.queue.piece, self.queue.limit = PIECE_MAX, hello.credit
        self.size = next(one.size for one in hello.logs if one.origin == self.origin)
        if self.flash:
            self.queue.put(self.flash)
        async with asyncio.TaskGroup() as tasks:
            saying = tasks.create_task(self._say(call))
            await self._listen(call)
            saying.cancel()

    async def _say(self, call: hostile.Call) -> None:
        while True:
            while self.queue.has_room():
                self.queue.put(self.next())
            if message := await self.queue.get():
                await call.write(pb.Frame.FromString(message.data))
                self.said += len(message.data)

    async def _listen(self, call: hostile.Call) -> None:
        while frame := await call.read():
            if frame.HasField("received"):
                self.queue.limit = frame.received.bytes + frame.received.credit
                self.queue.wake()
            elif frame.HasField("refused"):
                self.reasons.add(frame.refused.reason)
                self.size = frame.refused.size


async def log_junk(node: Attacked, junk: JunkLog) -> None:
    """Log junk on stream after stream, until cancelled."""
    while True:
        junk.queue = FrameQueue()
        with contextlib.suppress(grpc.aio.AioRpcError, ExceptionGroup):
            async with (
                hostile.channel(node.partner, PK, node.port) as opened,
                hostile.stream(opened, hostile.hello(CN)) as call,
            ):
                await junk.talk(call)


def disk_used(home: Path) -> int:
    """Return the bytes on disk of a home."""
    return sum(one.stat().st_size for one in home.rglob("*") if one.is_file())


async def read_flash(socket: Path, sent: envelope_pb2.Envelope) -> float:
    """Return the seconds until a desk has it."""

    def wait(began: float) -> float:
        with grpc.insecure_channel(f"unix:{socket}") as opened:
            watch = desk_pb.WatchRequest()
            for page in DeskServiceStub(opened).Watch(watch, timeout=60):
                if any(one.envelope.entry == sent.entry for one in page.urgent):
                    break
        return time.monotonic() - began

    return await asyncio.to_thread(wait, time.monotonic())


@pytest.mark.long
async def test_t4_a_partner_that_logs_junk_at_full_speed(attacked: Attacked) -> None:
    over, flashes = asyncio.Event(), list[float]()
    socket = config.node_home(attacked.served.home).socket
    opened = desk_client.channel(socket)
    desk = desk_client.NodeClient(opened)
    before = disk_used(attacked.served.home)
    keys = config.read_log_key(config.node_home(attacked.partner))
    junk = JunkLog(attacked.origin, *keys, edges={attacked.edge.size: attacked.edge})
    until = time.monotonic() + JUNK_S
    flood = asyncio.create_task(log_junk(attacked, junk))
    own = asyncio.create_task(
        hostile.slowest(lambda: desk.submit([next(attacked.sends)]), over)
    )
    try:
        while time.monotonic() < until:
            sent = attacked.flash(b"flash %d" % len(flashes))
            junk.send_ahead(sent)
            flashes.append(await read_flash(socket, sent))
            await asyncio.sleep(FLASH_EVERY)
    finally:
        over.set()
        flood.cancel()
        took = await own
    alarms = [(one.reason, one.where) for one in desk.status().alarms]
    desk.close()
    assert junk.said > 2 * REFUSED_A_DAY
    assert max(flashes) < FLASH_MAX
    assert statistics.median(took) < SEND_MAX
    assert disk_used(attacked.served.home) - before < GROWTH_MAX
    assert junk.reasons == {Reason.QUOTA}
    assert alarms == [(Reason.BUDGET, f"{CN} REFUSED 64/64 MiB")]
