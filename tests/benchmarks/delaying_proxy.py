"""A proxy of TCP with a line's delay and rate, for users who may not make networks.

TCP ends at the proxy on both sides, so it lacks the windows and losses of a real long
path: `packet_line` has these. It counts the bytes that it carries, if asked to.
"""

import asyncio
import contextlib
import ctypes
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from random import Random

from exchange.errors import Unreachable
from tests.benchmarks.delayed_queue import DelayedQueue, NetworkLine

CHUNK = 16 * 1024  # bytes
HELD_MAX = 64 * 1024 * 1024  # bytes under way in one direction of a fast line
READY_S = 30.0
WAYS = 2  # to a target, and from it
CONTEXT = multiprocessing.get_context("spawn")

Counts = ctypes.Array[ctypes.c_uint64]
"""Bytes, in memory that the process of the proxy shares."""


def new_counts(targets: int) -> Counts:
    """Return counters for `run_proxy`, for so many targets."""
    return CONTEXT.RawArray(ctypes.c_uint64, WAYS * targets)


@contextmanager
def run_proxy(
    targets: Sequence[str], line: NetworkLine, counts: Counts | None = None
) -> Iterator[list[str]]:
    """Run a proxy before each host:port, in a process; yield its addresses.

    Into `counts` go, for each target, the bytes to it and those from it.
    """
    here, there = multiprocessing.Pipe()
    counts = counts or new_counts(len(targets))
    given = there, tuple(targets), line, counts
    process = CONTEXT.Process(target=_run, args=given)
    process.start()
    try:
        if not here.poll(READY_S):
            raise Unreachable("proxy")
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _run(
    tell: Connection, targets: Sequence[str], line: NetworkLine, counts: Counts
) -> None:
    asyncio.run(_serve(tell, targets, line, counts))


async def _serve(
    tell: Connection, targets: Sequence[str], line: NetworkLine, counts: Counts
) -> None:
    addresses = []
    async with contextlib.AsyncExitStack() as stack:
        for number, target in enumerate(targets):
            listening = _small(socket.create_server(("127.0.0.1", 0)), line)
            addresses.append(f"127.0.0.1:{listening.getsockname()[1]}")
            server = await asyncio.start_server(
                _Forward(target, line, counts, WAYS * number),
                sock=listening,
                limit=CHUNK,
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

    def __init__(
        self, target: str, line: NetworkLine, counts: Counts, first: int
    ) -> None:
        """Bytes to the target count at place `first`, those from it behind."""
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._line = line
        self._counts, self._first = counts, first

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
        directions = [
            _Direction(*way, self._line, partial(self._count, place))
            for place, way in enumerate(((reader, far_writer), (far_reader, writer)))
        ]
        ways = [asyncio.create_task(one.carry()) for one in directions]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ways:
                task.cancel()
            for end in (writer, far_writer):
                end.close()
            await asyncio.gather(*ways, return_exceptions=True)

    def _count(self, place: int, size: int) -> None:
        self._counts[self._first + place] += size


class _Direction:
    """Carries the bytes of a connection one way, as a line does."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        line: NetworkLine,
        count: Callable[[int], None],
    ) -> None:
        self._reader, self._writer, self._count = reader, writer, count
        self._queue = DelayedQueue(line, Random(0))  # noqa: S311  no secret
        self._come, self._room, self._held = asyncio.Event(), asyncio.Event(), 0
        self._room.set()

    async def carry(self) -> None:
        """Carry until the reader ends and all that it gave has gone on."""
        reading = asyncio.create_task(self._read())
        try:
            while not reading.done() or self._queue.next_at() is not None:
                at = self._queue.next_at()
                if at is None:
                    await self._wait_for_more(reading)
                else:
                    await asyncio.sleep(max(0.0, at - time.monotonic()))
                    await self._write()
        finally:
            reading.cancel()

    async def _read(self) -> None:
        while data := await self._reader.read(CHUNK):
            self._held += len(data)
            self._count(len(data))
            self._queue.put(data, time.monotonic())
            self._come.set()
            await asyncio.sleep(self._queue.room_in(time.monotonic()))
            if self._held > HELD_MAX:
                self._room.clear()
            await self._room.wait()

    async def _wait_for_more(self, reading: asyncio.Task[None]) -> None:
        """Wait until something has come, or nothing more will."""
        self._come.clear()
        waiting = asyncio.create_task(self._come.wait())
        try:
            await asyncio.wait({waiting, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()

    async def _write(self) -> None:
        """Write what is due."""
        while (data := self._queue.take(time.monotonic())) is not None:
            self._held -= len(data)
            self._writer.write(data)
        await self._writer.drain()
        self._room.set()
