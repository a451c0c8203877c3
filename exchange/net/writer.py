"""Between the event loop and the node: group commit, and word of changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.errors import Unreachable
from exchange.node.node import Node
from exchange.node.submit import Asked
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb


class Changes:
    """Wakes everyone who waits for the store to move on."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tell(self) -> None:
        """Say that something changed; from any thread."""
        self._loop.call_soon_threadsafe(self._fire)

    def _fire(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seen: int, seconds: float) -> bool:
        """Return whether anything changed since `seen`, waiting for it."""
        if self.count != seen:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


@dataclass(slots=True)
class _Call:
    asked: list[Asked]
    answers: asyncio.Future[list[desk_pb.Submitted]]


class Writer:
    """Gathers what comes in while a commit runs, so that one fsync serves many."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._calls: asyncio.Queue[_Call] = asyncio.Queue()

    async def submit(
        self, envelopes: Sequence[pb.Envelope], desk: str | None
    ) -> list[desk_pb.Submitted]:
        """Return one answer an envelope, after they are on disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[desk_pb.Submitted]] = loop.create_future()
        asked = [Asked(envelope, desk) for envelope in envelopes]
        await self._calls.put(_Call(asked, future))
        return await future

    async def run(self) -> None:
        """Record what is submitted, until cancelled."""
        while True:
            calls = [await self._calls.get()]
            while not self._calls.empty():
                calls.append(self._calls.get_nowait())
            await self._record(calls)

    async def _record(self, calls: list[_Call]) -> None:
        asked = [one for call in calls for one in call.asked]
        try:
            answers = await asyncio.to_thread(self._node.submit, asked)
        except Exception as error:  # noqa: BLE001  each caller must be answered
            _fail(calls, error)
            return
        for call in calls:
            count = len(call.asked)
            if not call.answers.done():  # its caller may have gone away
                call.answers.set_result(answers[:count])
            answers = answers[count:]


def _fail(calls: list[_Call], error: Exception) -> None:
    told = Unreachable("node")
    told.__cause__ = error
    for call in calls:
        if not call.answers.done():
            call.answers.set_exception(told)
