"""The clocks of a process: the wall clock, and time elapsed, both in ms.

Elapsed time orders and paces what a process does; the wall clock dates what people
read. Both are parameters of whatever asks for them.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from exchange.limits import CLOCK_STEP_MAX


def wall_ms() -> int:
    """Return the wall clock, ms UTC."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Return the ms since some moment in the past; never set, suspend counted."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def date_of(ms: int) -> str:
    """Return the date of a time, as `2026-11-27`; UTC."""
    return datetime.fromtimestamp(ms // 1000, UTC).date().isoformat()


def time_of(ms: int) -> str:
    """Return a time, as `2026-11-27T06:08:00Z`."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Clock:
    """The one clock of a process; for any thread.

    `now()` is the wall clock when it was last agreed with, plus the time elapsed
    since. They agree at the start, and at each `tick` that finds both within
    CLOCK_STEP_MAX. After a larger step of the wall clock `now()` goes on by elapsed
    time, until another nation's time bears the wall clock out (`bear_out`), an
    operator does (`confirm`), or the wall clock comes back.
    """

    def __init__(
        self, wall: Callable[[], int] = wall_ms, elapsed: Callable[[], int] = elapsed_ms
    ) -> None:
        self.wall = wall
        self.elapsed = elapsed
        self._lock = threading.Lock()
        self._agreed = wall(), elapsed()
        self._stepped_at: int | None = None
        self._doubted_at: int | None = None

    def __call__(self) -> int:
        """Return the time, ms UTC: what is signed, stored and shown carries it."""
        return self.now()

    def now(self) -> int:
        """Return the time, ms UTC."""
        wall, elapsed = self._agreed
        return wall + self.elapsed() - elapsed

    @property
    def alarmed_at(self) -> int | None:
        """Since when, by `now()`, the wall clock is not to be relied upon; or None."""
        times = [at for at in (self._stepped_at, self._doubted_at) if at is not None]
        return min(times, default=None)

    def tick(self) -> None:
        """Agree with the wall clock, or find that it was moved."""
        with self._lock:
            now, wall = self.now(), self.wall()
            if abs(wall - now) <= CLOCK_STEP_MAX:
                self._agree(wall)
                self._stepped_at = None
            elif self._stepped_at is None:
                self._stepped_at = now

    def doubt(self) -> None:
        """Raise the alarm: the wall clock is not what the store or a partner says."""
        with self._lock:
            if self._doubted_at is None:
                self._doubted_at = self.now()

    def bear_out(self, signed: int) -> None:
        """Follow the wall clock if it is near the time (ms) that another nation says.

        `signed` must have been signed just now. With the wall clock elsewhere it
        moves nothing.
        """
        with self._lock:
            wall = self.wall()
            if self.alarmed_at is not None and abs(wall - signed) <= CLOCK_STEP_MAX:
                self._trust(wall)

    def confirm(self) -> None:
        """Follow the wall clock: an operator has looked at it."""
        with self._lock:
            self._trust(self.wall())

    def _trust(self, wall: int) -> None:
        self._agree(wall)
        self._stepped_at = self._doubted_at = None

    def _agree(self, wall: int) -> None:
        self._agreed = wall, self.elapsed()
