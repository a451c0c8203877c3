"""A long, lossy line on one machine: a TCP forwarder that delays what it carries.

Bytes go in order, as TCP gives them. A lost segment is one that comes late, by the
time after which its sender repeats it: what stands behind it waits, too.
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

LEAST_RTO = 0.2  # s, of Linux
SEGMENT = 16 * 1024  # bytes that go or are lost together


@dataclass
class Line:
    """How far the other end is: a round trip in s, and the share that is lost."""

    port: int
    """Of the server at the far end."""
    rtt: float
    loss: float = 0.05
    draw: random.Random = field(default_factory=lambda: random.Random(10))  # noqa: S311  not a secret

    async def carry(
        self, near: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        """Carry one connection to its end."""
        with contextlib.closing(back):
            await asyncio.sleep(self.rtt)  # TCP's own greeting
            there, far = await asyncio.open_connection("127.0.0.1", self.port)
            with contextlib.closing(far):
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(self._one_way(near, far))
                    ways.create_task(self._one_way(there, back))

    async def _one_way(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as ends:
            ends.create_task(self._leave(source, under_way))
            ends.create_task(self._arrive(under_way, sink))

    async def _leave(
        self,
        source: asyncio.StreamReader,
        under_way: "asyncio.Queue[tuple[float, bytes]]",
    ) -> None:
        clock = asyncio.get_running_loop().time
        due, data = 0.0, b" "
        while data:
            try:
                data = await source.read(SEGMENT)
            except OSError:
                data = b""
            late = max(LEAST_RTO, 2 * self.rtt) if self._lost() else 0.0
            due = max(due, clock() + self.rtt / 2 + late)
            under_way.put_nowait((due, data))

    def _lost(self) -> bool:
        return self.draw.random() < self.loss

    async def _arrive(
        self,
        under_way: "asyncio.Queue[tuple[float, bytes]]",
        sink: asyncio.StreamWriter,
    ) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(OSError):
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(due - clock())
                if not data:
                    break
                sink.write(data)
                await sink.drain()
        sink.close()


@contextlib.contextmanager
def carried(line: Line) -> Iterator[int]:
    """Run the forwarder in a thread of its own; yields the port of its near end."""
    ready: list[int] = []
    began = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def run() -> None:
        calls: set[asyncio.Task[None]] = set()

        def called(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            call = loop.create_task(line.carry(near, back))
            calls.add(call)
            call.add_done_callback(calls.discard)

        server = await asyncio.start_server(called, "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])
        began.set()
        await over.wait()
        server.close()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(0.1)  # what was closed is let go

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    began.wait()
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
