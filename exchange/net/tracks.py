"""The tracks of a link: disk work in threads, in order within a track."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable

from exchange.node import effects
from exchange.node.window import join_answers

Finish = Callable[[], list[effects.Effect]]
"""The rest of the work, on the event loop: tells the session, returns its effects."""
Carry = Callable[[effects.Disk], Coroutine[None, None, None]]


class Tracks:
    """Each track carries out one effect at a time."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._queues = [deque[effects.Disk]() for _ in range(effects.REST + 1)]
        self._busy = [0] * len(self._queues)  # running or queued
        self._came = [asyncio.Event() for _ in self._queues]
        self._changed = asyncio.Event()  # set when an effect was carried out

    def put(self, effect: effects.Disk) -> None:
        track = effects.TRACKS.get(type(effect), effects.REST)
        self._busy[track] += 1
        self._queues[track].append(effect)
        self._came[track].set()

    async def run(self, track: int) -> None:
        queue, came = self._queues[track], self._came[track]
        while True:
            while not queue:
                came.clear()
                await came.wait()
            before = len(queue)
            effect = _take(queue)
            taken = before - len(queue)
            await self._carry(effect)
            self._busy[track] -= taken
            self._wake()

    def waiting(self, tracks: Iterable[int]) -> int:
        return sum(len(self._queues[track]) for track in tracks)

    def lents_waiting(self) -> int:
        queue = self._queues[effects.LOAD]
        return sum(isinstance(effect, effects.LoadLent) for effect in queue)

    def idle(self, tracks: Iterable[int]) -> bool:
        return not any(self._busy[track] for track in tracks)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _take(queue: deque[effects.Disk]) -> effects.Disk:
    """Merge an answer with those queued behind it."""
    first = queue.popleft()
    while isinstance(first, effects.RecordCosigned) and queue:
        later = queue[0]
        if not isinstance(later, effects.RecordCosigned):
            break
        joined = join_answers(first.cosigned, later.cosigned)
        if joined is None:
            break
        queue.popleft()
        first = effects.RecordCosigned(joined)
    return first
