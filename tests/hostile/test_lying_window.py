"""A partner that opens a window and does not keep to it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest

from exchange.clock import Clock
from exchange.limits import CHAIN_BYTES_MAX, PIECE_MAX, TINY_BURST, WINDOW_FIRST
from exchange.net import frames as wire
from exchange.net.assemble import open_home
from exchange.net.link import Link
from exchange.node import outbox
from exchange.node.node import Node
from exchange.node.recent_batches import frame_batch
from exchange.node.session import VERSION
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized
from tests.net.test_link import CN, until
from tests.net.test_link_bounds import link_of

HELLO = pb.Frame(hello=pb.Hello(node=CN, version=VERSION, credit=2**40))


class Said:
    """Frames of a peer; counts those that were taken."""

    def __init__(self, frames: Iterable[pb.Frame]) -> None:
        self._frames = frames
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in itertools.chain([HELLO], self._frames):
            yield frame.SerializeToString()
            self.taken += 1
            await asyncio.sleep(0)
        await asyncio.Event().wait()


@pytest.fixture
def node(homes: tuple[Path, Path]) -> Iterator[Node]:
    with open_home(homes[0], Clock()) as (made, _):
        yield made


async def answers(link: Link) -> list[pb.Frame]:
    """Read what is said to the peer, to the end of the stream."""
    return [wire.read(message) async for message in link.messages()]


async def heard(node: Node, frames: Iterable[pb.Frame]) -> tuple[str, Said]:
    """Return the word with which a stream ends, for both; and what was taken."""
    link, said = link_of(node), Said(frames)
    reading = asyncio.create_task(answers(link))
    async with asyncio.timeout(30):
        await link.drive(said.__aiter__())
        told = await reading
    assert told[-1].bye.reason == link.reason
    return link.reason, said


def pieces(lane: int, size: int) -> Iterator[pb.Frame]:
    return itertools.repeat(pb.Frame(piece=pb.Piece(lane=lane, data=bytes(size))))


@pytest.mark.parametrize("lane", [1, 2])
async def test_p65_pieces_of_one_byte(node: Node, lane: int) -> None:
    reason, said = await heard(node, pieces(lane, 1))

    assert reason == "RATE"
    assert said.taken < 3 * TINY_BURST


async def test_p62_tiny_frames_without_end(node: Node) -> None:
    received = pb.Frame(received=pb.Received(bytes=1, credit=1))

    reason, said = await heard(node, itertools.repeat(received))

    assert reason == "RATE"
    assert said.taken < 3 * TINY_BURST


@pytest.mark.parametrize("lane", [1, 2])
async def test_a1_a_message_of_pieces_without_end(node: Node, lane: int) -> None:
    reason, said = await heard(node, pieces(lane, PIECE_MAX))

    assert reason == "SIZE"
    assert said.taken <= 4


async def test_p62_a_batch_in_the_urgent_lane(node: Node) -> None:
    batch = ledger_pb2.Batch(origin=node.members.origin(CN))
    message = pb.Frame(batch=batch).SerializeToString()
    piece = pb.Frame(piece=pb.Piece(lane=1, last=True, data=message))

    reason, _ = await heard(node, [piece])

    assert reason == "INPUT"


async def test_a2_batches_beyond_the_credit(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for the disk, and nothing more was granted."""
    going_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    link = link_of(node)
    work = link.disk.carry_out

    def carry_out(effect: object, *rest: object) -> object:
        if type(effect).__name__ == "JudgeBatch":
            asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result()
        return work(effect, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(link.disk, "carry_out", carry_out)
    monkeypatch.setattr("exchange.net.link.LINK_IN_FRAMES", 1_000)
    text = envelope_pb2.Envelope(entry=b"e", body=bytes(1_000_000))
    batch = ledger_pb2.Batch(
        origin=node.members.origin(CN), envelopes=serialized([text])
    )
    said = Said(itertools.repeat(pb.Frame(batch=batch)))
    reading = asyncio.create_task(answers(link))

    async with asyncio.timeout(30):
        await link.drive(said.__aiter__())
        going_on.set()
        await reading

    assert link.reason == "RATE"
    assert said.taken <= CHAIN_BYTES_MAX // 1_000_000 + 2


async def test_p65_a_partner_that_grants_and_never_reads(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = 0

    def load(_: Node, _peer: str, start: int, origin: str, **_named: object) -> object:
        nonlocal loads
        loads += 1
        sent = serialized([envelope_pb2.Envelope(entry=b"e", body=bytes(20_000))])
        return frame_batch(origin, start, sent, b"", b"")

    monkeypatch.setattr(outbox, "next_batch", load)
    monkeypatch.setattr(Link, "_size", lambda _: 10_000)
    link = link_of(node)
    driven = asyncio.create_task(link.drive(Said([]).__aiter__()))

    await until(lambda: loads > 0)
    await asyncio.sleep(1)

    assert not driven.done()
    assert loads <= WINDOW_FIRST // 20_000 + 1
    driven.cancel()
    await asyncio.gather(driven, return_exceptions=True)
