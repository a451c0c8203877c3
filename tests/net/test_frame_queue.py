"""Whoever fills it waits for room; what is urgent passes what is large."""

import asyncio

from exchange.net.frame_queue import FrameQueue
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2


def frame(size: int) -> pb.Frame:
    return pb.Frame(bye=pb.Bye(reason="x" * size))


async def blocked(task: "asyncio.Task[None]") -> bool:
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
    found = await queue.get()
    assert found is not None
    assert found[1] == frame(1_000).ByteSize()
    await waiting


async def test_frames_come_in_order_and_then_the_end() -> None:
    queue = FrameQueue()
    sent = [frame(size) for size in range(5)]
    for one in sent:
        queue.put(one)
    queue.end()

    taken = [await queue.get() for _ in range(6)]

    assert [found[0] for found in taken if found] == sent
    assert taken[-1] is None


async def test_urgent_frames_pass_the_others() -> None:
    queue = FrameQueue()
    batch = pb.Frame(batch=ledger_pb2.Batch(origin="a"))
    text = pb.Frame(bodies=pb.Bodies(origin="a"))
    answer = pb.Frame(cosigned=pb.Cosigned(origin="a"))
    for one in (batch, text, answer, frame(1)):
        queue.put(one)

    taken = [await queue.get() for _ in range(4)]

    assert [found[0] for found in taken if found] == [answer, frame(1), batch, text]


async def test_answers_do_not_wait_for_batches() -> None:
    """Else two nodes whose batches fill both ways would never read on."""
    queue = FrameQueue(frames=2, size=10)
    for _ in range(4):
        queue.put(pb.Frame(batch=ledger_pb2.Batch(origin="a")))

    assert not queue.has_room()
    await asyncio.wait_for(queue.answers_taken(), 1)


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
