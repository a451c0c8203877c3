"""Whoever puts frames waits while the one who takes them does not."""

import asyncio

from exchange.net.frame_queue import FrameQueue
from exchange.v1 import exchange_service_pb2 as pb


def frame(size: int) -> pb.Frame:
    return pb.Frame(bye=pb.Bye(reason="x" * size))


async def blocked(task: "asyncio.Task[None]") -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not task.done()


async def test_it_holds_so_many_frames() -> None:
    queue = FrameQueue(frames=2)
    for _ in range(2):
        await queue.put(frame(1))

    third = asyncio.create_task(queue.put(frame(3)))

    assert await blocked(third)
    assert await queue.get()
    await third


async def test_it_holds_so_many_bytes_but_always_one_frame() -> None:
    queue = FrameQueue(size=100)
    await queue.put(frame(1_000))

    second = asyncio.create_task(queue.put(frame(1)))

    assert await blocked(second)
    found = await queue.get()
    assert found is not None
    assert found[1] == frame(1_000).ByteSize()
    await second


async def test_frames_come_in_order_and_then_the_end() -> None:
    queue = FrameQueue()
    sent = [frame(size) for size in range(5)]
    for one in sent:
        await queue.put(one)
    queue.end()

    taken = [await queue.get() for _ in range(6)]

    assert [found[0] for found in taken if found] == sent
    assert taken[-1] is None


async def test_the_end_frees_whoever_waits() -> None:
    queue = FrameQueue(frames=1)
    await queue.put(frame(1))
    waiting = [
        asyncio.create_task(queue.put(frame(2))),
        asyncio.create_task(queue.empty()),
    ]
    assert await blocked(waiting[0])

    queue.end()

    await asyncio.gather(*waiting)
    assert (await queue.get()) is not None
    assert await queue.get() is None


async def test_it_is_empty_once_all_is_taken() -> None:
    queue = FrameQueue()
    await queue.put(frame(1))
    waiting = asyncio.create_task(queue.empty())
    assert await blocked(waiting)

    await queue.get()

    await waiting
