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
    """Queued effects; each track carries out one at a time."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._queues = [deque[effects.Disk]() for _ in range(effects.REST + 1)]
        self._busy = [0] * len(self._queues)  # running or queued
        self._came = [asyncio.Event() for _ in self._queues]
        self._changed = asyncio.Event()  # set when an effect was carried out

    def put(self, effect: effects.Disk) -> None:
        """Queue an effect behind those of its track."""
        track = effects.TRACKS.get(type(effect), effects.REST)
        self._busy[track] += 1
        self._queues[track].append(effect)
        self._came[track].set()

    async def run(self, track: int) -> None:
        """Carry out the effects of one track, until cancelled."""
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
        """Return how many effects of these tracks have not begun."""
        return sum(len(self._queues[track]) for track in tracks)

    def lents_waiting(self) -> int:
        """Return how many loads of a partner's own log are queued."""
        queue = self._queues[effects.LOAD]
        return sum(isinstance(effect, effects.LoadLent) for effect in queue)

    def idle(self, tracks: Iterable[int]) -> bool:
        """Whether these tracks have no work."""
        return not any(self._busy[track] for track in tracks)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition that carrying out effects changes."""
        while not holds():
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _take(queue: deque[effects.Disk]) -> effects.Disk:
    """Take the first effect; merge an answer with those queued behind it."""
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
