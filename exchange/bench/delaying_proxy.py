"""A proxy of TCP with the delay and rate of a line; for who may not make networks.

TCP ends at the proxy on both sides, so the windows and the losses of a real long path
are not in it: `packet_line` has these.
"""

import asyncio
import contextlib
import multiprocessing
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from random import Random

from exchange.bench.delayed_queue import DelayedQueue, NetworkLine
from exchange.errors import Unreachable

CHUNK = 16 * 1024  # bytes
HELD_MAX = 64 * 1024 * 1024  # bytes under way in one direction of a fast line
READY_S = 30.0


@contextmanager
def run_proxy(targets: Sequence[str], line: NetworkLine) -> Iterator[list[str]]:
    """Run a proxy before each host:port, in a process; yield its addresses."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(there, tuple(targets), line))
    process.start()
    try:
        if not here.poll(READY_S):
            raise Unreachable("proxy")
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _run(tell: Connection, targets: Sequence[str], line: NetworkLine) -> None:
    asyncio.run(_serve(tell, targets, line))


async def _serve(tell: Connection, targets: Sequence[str], line: NetworkLine) -> None:
    addresses = []
    async with contextlib.AsyncExitStack() as stack:
        for target in targets:
            listening = _small(socket.create_server(("127.0.0.1", 0)), line)
            addresses.append(f"127.0.0.1:{listening.getsockname()[1]}")
            server = await asyncio.start_server(
                _Forward(target, line), sock=listening, limit=CHUNK
            )
            await stack.enter_async_context(server)
        tell.send(addresses)
        await asyncio.Event().wait()


def _small(sock: socket.socket, line: NetworkLine) -> socket.socket:
    """Let the kernel hold little before a slow line, as a router would."""
    if line.rate:
        for name in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, name, line.waiting_max)
    return sock


class _Forward:
    """Forwards each connection to one address."""

    def __init__(self, target: str, line: NetworkLine) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._line = line

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Forward one connection both ways until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_connection(
                self._host, self._port, limit=CHUNK
            )
        except OSError:
            writer.close()
            return
        _small(far_writer.get_extra_info("socket"), self._line)
        ways = [
            asyncio.create_task(_carry(*way, self._line))
            for way in ((reader, far_writer), (far_reader, writer))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ways:
                task.cancel()
            for end in (writer, far_writer):
                end.close()
            await asyncio.gather(*ways, return_exceptions=True)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: NetworkLine
) -> None:
    """Carry one direction."""
    queue = DelayedQueue(line, Random(0))  # noqa: S311  no secret
    come, room, held = asyncio.Event(), asyncio.Event(), 0
    room.set()

    async def read() -> None:
        nonlocal held
        while data := await reader.read(CHUNK):
            held += len(data)
            queue.put(data, time.monotonic())
            come.set()
            await asyncio.sleep(queue.room_in(time.monotonic()))
            if held > HELD_MAX:
                room.clear()
            await room.wait()

    reading = asyncio.create_task(read())
    try:
        while not reading.done() or queue.next_at() is not None:
            at = queue.next_at()
            if at is None:
                come.clear()
                waiting = asyncio.create_task(come.wait())
                await asyncio.wait(
                    {waiting, reading}, return_when=asyncio.FIRST_COMPLETED
                )
                waiting.cancel()
                continue
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            while (data := queue.take(time.monotonic())) is not None:
                held -= len(data)
                writer.write(data)
            await writer.drain()
            room.set()
    finally:
        reading.cancel()
