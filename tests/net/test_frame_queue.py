"""Whoever fills it waits for room; what is urgent passes what is large."""

import asyncio
from typing import Any

import pytest

from exchange.net import frames as wire
from exchange.net.frame_queue import FrameQueue, OutgoingMessage
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2


def frame(size: int) -> pb.Frame:
    return pb.Frame(bye=pb.Bye(reason="x" * size))


def read(found: OutgoingMessage | None) -> pb.Frame:
    """Return the frame in a message, which is as protobuf writes it."""
    assert found is not None
    read = wire.read(found.data)
    assert found.data == read.SerializeToString()
    return read


async def blocked(task: "asyncio.Task[Any]") -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not task.done()


async def test_it_has_room_for_so_many_frames() -> None:
    queue = FrameQueue(frames=2)
    queue.put(frame(1))
    assert queue.has_room()
    queue.put(frame(1))

    waiting = [
        asyncio.create_task(queue.room()),
        asyncio.create_task(queue.answers_taken()),
    ]

    assert await blocked(waiting[0])
    assert await queue.get()
    await asyncio.gather(*waiting)


async def test_it_has_room_for_so_many_bytes() -> None:
    queue = FrameQueue(size=100)
    queue.put(frame(1_000))

    waiting = asyncio.create_task(queue.room())

    assert await blocked(waiting)
    assert read(await queue.get()) == frame(1_000)
    await waiting


async def test_frames_come_in_order_and_then_the_end() -> None:
    queue = FrameQueue()
    sent = [frame(size) for size in range(5)]
    for one in sent:
        queue.put(one)
    queue.end()

    taken = [await queue.get() for _ in range(6)]

    assert [read(found) for found in taken if found] == sent
    assert taken[-1] is None


async def test_urgent_frames_pass_the_others() -> None:
    queue = FrameQueue()
    batch = pb.Frame(batch=ledger_pb2.Batch(origin="a"))
    text = pb.Frame(bodies=pb.Bodies(origin="a"))
    answer = pb.Frame(cosigned=pb.Cosigned(origin="a"))
    for one in (batch, text, answer, frame(1)):
        queue.put(one)

    taken = [await queue.get() for _ in range(4)]

    assert [read(found) for found in taken if found] == [answer, frame(1), batch, text]


async def test_answers_do_not_wait_for_batches() -> None:
    """Else two nodes whose batches fill both ways would never read on."""
    queue = FrameQueue(frames=2, size=10)
    for _ in range(4):
        queue.put(pb.Frame(batch=ledger_pb2.Batch(origin="a")))

    assert not queue.has_room()
    await asyncio.wait_for(queue.answers_taken(), 60)


async def test_the_end_frees_whoever_waits() -> None:
    queue = FrameQueue(frames=1)
    queue.put(frame(1))
    waiting = [
        asyncio.create_task(queue.room()),
        asyncio.create_task(queue.empty()),
        asyncio.create_task(queue.answers_taken()),
    ]
    assert await blocked(waiting[0])

    queue.end()

    await asyncio.gather(*waiting)
    queue.put(frame(2))
    assert (await queue.get()) is not None
    assert await queue.get() is None


async def test_it_is_empty_once_all_is_taken() -> None:
    queue = FrameQueue()
    queue.put(frame(1))
    waiting = asyncio.create_task(queue.empty())
    assert await blocked(waiting)

    await queue.get()

    await waiting


# Pieces.


def batch(size: int) -> pb.Frame:
    return pb.Frame(batch=ledger_pb2.Batch(origin="a", head=bytes(size)))


async def taken(queue: FrameQueue) -> list[pb.Frame]:
    """Return all that may go now."""
    queue.end()
    found = []
    while (one := await queue.get()) is not None:
        found.append(read(one))
    return found


@pytest.mark.parametrize("lane", [1, 2])
async def test_pieces_of_a_lane_are_its_message(lane: int) -> None:
    sent = batch(100_000) if lane > 1 else pb.Frame(bye=pb.Bye(reason="x" * 100_000))
    queue = FrameQueue()
    queue.piece, queue.limit = 10_000, 1_000_000
    queue.put(sent)

    pieces = [frame.piece for frame in await taken(queue)]

    assert [piece.lane for piece in pieces] == [lane] * 11
    assert [piece.last for piece in pieces] == [False] * 10 + [True]
    joined = b"".join(piece.data for piece in pieces)
    assert wire.read(joined) == sent
    size = sum(len(pb.Frame(piece=piece).SerializeToString()) for piece in pieces)
    assert queue.sent == (size if lane > 1 else 0)


async def test_what_is_urgent_goes_between_two_pieces() -> None:
    queue = FrameQueue()
    queue.piece, queue.limit = 10_000, 1_000_000
    queue.put(batch(15_000))
    first = await queue.get()
    queue.put(frame(5))

    rest = await taken(queue)

    assert read(first).WhichOneof("frame") == "piece"
    assert [one.WhichOneof("frame") for one in rest] == ["bye", "piece"]


async def test_lane_2_goes_as_far_as_was_granted_and_lane_1_further() -> None:
    queue = FrameQueue()
    queue.piece, queue.limit = 8_000, 30_000
    queue.put(batch(50_000))
    queue.put(frame(20_000))
    kinds = [(await queue.get()) for _ in range(7)]
    assert queue.sent <= 30_000
    waiting = asyncio.create_task(queue.get())
    assert await blocked(waiting)

    queue.limit = 60_000
    queue.wake()

    kinds.append(await waiting)
    lanes = [read(found).piece.lane for found in kinds if found]
    assert lanes == [1] * 3 + [2] * 5
    queue.limit = 0
    assert not await taken(queue)


async def test_no_piece_is_tiny_but_the_last() -> None:
    queue = FrameQueue()
    queue.piece, queue.limit = 8_000, 8_100
    queue.put(batch(50_000))
    assert await queue.get()

    waiting = asyncio.create_task(queue.get())

    assert await blocked(waiting)
    queue.end()
    assert await waiting is None


async def test_a_small_frame_is_not_cut() -> None:
    queue = FrameQueue()
    queue.piece, queue.limit = 4_096, 10_000
    queue.put(batch(100))

    assert await taken(queue) == [batch(100)]


async def test_a_hello_is_not_cut() -> None:
    hello = pb.Frame(hello=pb.Hello(node="x" * 50_000))
    queue = FrameQueue()
    queue.piece, queue.limit = 4_096, 10_000
    queue.put(hello)

    assert await taken(queue) == [hello]
