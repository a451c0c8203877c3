"""How often one identity may call: a token bucket each, so nobody starves another."""

from collections.abc import Hashable

from exchange.errors import Reason, Refusal
from exchange.limits import CALLS_BURST, CALLS_RATE, SECOND


class Budget:
    """Buckets by identity; only identities that passed the gate ever get one."""

    def __init__(self, rate: int = CALLS_RATE, burst: int = CALLS_BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._left: dict[Hashable, tuple[float, int]] = {}

    def spend(self, identity: Hashable, now: int) -> None:
        """Take one call from the bucket of an identity, `now` in ms of elapsed time.

        Raises Refusal(RATE) where it is empty. Going back fills nothing.
        """
        left, at = self._left.get(identity, (float(self._burst), now))
        gained = max(0, now - at) * self._rate / SECOND
        left = min(float(self._burst), left + gained)
        if left < 1:
            self._left[identity] = left, now
            raise Refusal(Reason.RATE)
        self._left[identity] = left - 1, now
