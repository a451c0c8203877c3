"""Budgets of one identity: calls a minute, and calls at one time.

Each identity has its own bucket and places, so none starves another.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from exchange.errors import Reason, Refusal
from exchange.limits import (
    BUCKETS_MAX,
    CALLS_AT_WORK,
    CALLS_BURST,
    CALLS_RATE,
    CALLS_WAITING,
    PLACE_WAIT,
    SECOND,
)


class Budget:
    """Buckets by identity; only identities that passed the gate get one."""

    def __init__(self, rate: int = CALLS_RATE, burst: int = CALLS_BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._left: dict[Hashable, tuple[float, int]] = {}

    def spend(self, identity: Hashable, now: int) -> None:
        """Take one call; `now` in ms of elapsed time.

        Refusal(RATE) if the bucket is empty. A clock that goes back fills nothing.
        """
        left, at = self._left.get(identity, (float(self._burst), now))
        gained = max(0, now - at) * self._rate / SECOND
        left = min(float(self._burst), left + gained)
        if left < 1:
            self._left[identity] = left, now
            raise Refusal(Reason.RATE)
        self._left[identity] = left - 1, now
        if len(self._left) > BUCKETS_MAX:
            self._drop_full(now)

    def _drop_full(self, now: int) -> None:
        """Drop buckets that are full again: a new one starts full."""
        full = self._burst * SECOND / self._rate
        self._left = {
            identity: (left, at)
            for identity, (left, at) in self._left.items()
            if now - at < full
        }


class _Queue:
    def __init__(self, most: int) -> None:
        self.places = asyncio.Semaphore(most)
        self.calls = 0  # at work or waiting


class Places:
    """A call beyond the limit waits for a place, in order.

    A caller that is refused at once and calls again at once would cost the node more
    than the calls that it admits.
    """

    def __init__(
        self,
        most: int = CALLS_AT_WORK,
        waiting: int = CALLS_WAITING,
        wait_ms: int = PLACE_WAIT,
    ) -> None:
        self._most, self._waiting = most, waiting
        self._wait_s = wait_ms / SECOND
        self._queues: dict[Hashable, _Queue] = {}

    @asynccontextmanager
    async def hold(self, identity: Hashable) -> AsyncIterator[None]:
        """Raise Refusal(RATE) if too many wait, or no place is free in time."""
        queue = self._queues.setdefault(identity, _Queue(self._most))
        if queue.calls >= self._most + self._waiting:
            raise Refusal(Reason.RATE)
        queue.calls += 1
        try:
            await self._wait(queue.places)
            try:
                yield
            finally:
                queue.places.release()
        finally:
            queue.calls -= 1
            if not queue.calls:
                del self._queues[identity]

    async def _wait(self, places: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._wait_s if places.locked() else None):
                await places.acquire()
        except TimeoutError:
            raise Refusal(Reason.RATE) from None
