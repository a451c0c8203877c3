"""The rate at which a partner sends ahead, and whether its log follows; pure.

By elapsed time, while this process lives: a wrong wall clock must delay nothing. State
that must survive the process is in the store.
"""

from collections import deque

from msgspec import Struct, field

from exchange.errors import Reason, Refusal
from exchange.limits import (
    EXPRESS_DECLINE,
    EXPRESS_RATE,
    EXPRESS_STALLED,
    EXPRESS_UNLOGGED_MAX,
    MINUTE,
    SECOND,
)

STEP_MAX = 5 * SECOND  # ms between two ticks of one link; after more it was down


class ExpressPace(Struct):
    """Times are elapsed ms."""

    stalled: bool = False
    """Whether its log does not grow although the link is up and more is due."""
    _came: deque[int] = field(default_factory=lambda: deque(maxlen=EXPRESS_RATE))
    _unlogged: deque[int] = field(
        default_factory=lambda: deque(maxlen=EXPRESS_UNLOGGED_MAX)
    )
    _named: set[bytes] = field(default_factory=set)
    _ticked_at: int | None = None
    _size: int = -1
    _standing: int = 0
    _linked: int = 0

    def spend(self, elapsed: int) -> None:
        """Raise Refusal(RATE) for too many a minute.

        NOT_LOGGED, for a day, if too many were announced and never logged.
        """
        if self.declines(elapsed):
            raise Refusal(Reason.NOT_LOGGED)
        full = len(self._came) == EXPRESS_RATE
        if full and elapsed - self._came[0] < MINUTE:
            raise Refusal(Reason.RATE)
        self._came.append(elapsed)

    def declines(self, elapsed: int) -> bool:
        full = len(self._unlogged) == EXPRESS_UNLOGGED_MAX
        return full and elapsed - self._unlogged[0] < EXPRESS_DECLINE

    def note_unlogged(self, name: bytes, elapsed: int) -> bool:
        """Return False if it was counted before."""
        if name in self._named:
            return False
        self._named.add(name)
        self._unlogged.append(elapsed)
        return True

    def retain(self, names: set[bytes]) -> None:
        self._named &= names

    def tick(self, elapsed: int, size: int, *, awaits: bool) -> int:
        """Return the link time (ms) since the last return.

        Once it is a minute, else 0. `awaits`: an envelope with a place in the log is
        still due.
        """
        before, self._ticked_at = self._ticked_at, elapsed
        passed = 0 if before is None else elapsed - before
        passed = passed if 0 <= passed <= STEP_MAX else 0
        if size != self._size or not awaits:
            self._size, self._standing = size, 0
        self._standing += passed
        self.stalled = self._standing >= EXPRESS_STALLED
        self._linked += passed
        if self._linked < MINUTE:
            return 0
        linked, self._linked = self._linked, 0
        return linked
