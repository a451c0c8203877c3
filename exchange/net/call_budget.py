"""Budgets of one identity: calls a minute, and calls at one time.

Each identity has its own bucket and places, so none starves another.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from exchange.errors import Reason, Refusal
from exchange.limits import (
    BUCKETS_MAX,
    CALLS_AT_WORK,
    CALLS_BURST,
    CALLS_RATE,
    SECOND,
)


class Budget:
    """Buckets by identity; only identities that passed the gate get one."""

    def __init__(self, rate: int = CALLS_RATE, burst: int = CALLS_BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._left: dict[Hashable, tuple[float, int]] = {}

    def spend(self, identity: Hashable, now: int) -> None:
        """Take one call from an identity's bucket, `now` in ms of elapsed time.

        Raises Refusal(RATE) if it is empty. A clock that goes back fills nothing.
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


class Places:
    """Running calls of each identity, with their limit."""

    def __init__(self, most: int = CALLS_AT_WORK) -> None:
        self._most = most
        self._taken: Counter[Hashable] = Counter()

    @contextmanager
    def hold(self, identity: Hashable) -> Iterator[None]:
        """Hold a place for one call; raises Refusal(RATE) if all are taken."""
        if self._taken[identity] >= self._most:
            raise Refusal(Reason.RATE)
        self._taken[identity] += 1
        try:
            yield
        finally:
            self._taken[identity] -= 1
            if not self._taken[identity]:
                del self._taken[identity]
