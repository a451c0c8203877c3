"""The clocks of a process: the wall clock, and time elapsed, both in ms.

Elapsed time orders and paces a process; the wall clock dates data for people. Both are
passed as parameters.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from exchange.limits import CLOCK_STEP_MAX


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Return ms since a fixed moment in the past; never set, counts suspend."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def date_of(ms: int) -> str:
    """Return `2026-11-27`."""
    return datetime.fromtimestamp(ms // 1000, UTC).date().isoformat()


def time_of(ms: int) -> str:
    """Return `2026-11-27T06:08:00Z`."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Clock:
    """The one clock of a process; for any thread.

    `now()` is the wall clock at the last agreement, plus the time elapsed since. They
    agree at the start, and at each `tick` within CLOCK_STEP_MAX. After a larger step
    `now()` goes on by elapsed time, until another nation's time supports the wall clock
    (`bear_out`), an operator confirms it (`confirm`), or it comes back.
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
        """Return the time (ms UTC) for signing, storage and display."""
        return self.now()

    def now(self) -> int:
        wall, elapsed = self._agreed
        return wall + self.elapsed() - elapsed

    @property
    def alarmed_at(self) -> int | None:
        """The time, by `now()`, since when the wall clock is in doubt."""
        times = [at for at in (self._stepped_at, self._doubted_at) if at is not None]
        return min(times, default=None)

    def tick(self) -> None:
        """Agree with the wall clock, or detect that it was moved."""
        with self._lock:
            now, wall = self.now(), self.wall()
            if abs(wall - now) <= CLOCK_STEP_MAX:
                self._agree(wall)
                self._stepped_at = None
            elif self._stepped_at is None:
                self._stepped_at = now

    def doubt(self) -> None:
        with self._lock:
            if self._doubted_at is None:
                self._doubted_at = self.now()

    def bear_out(self, signed: int) -> None:
        """Follow the wall clock if another nation just signed a time (ms) near it."""
        with self._lock:
            wall = self.wall()
            if self.alarmed_at is not None and abs(wall - signed) <= CLOCK_STEP_MAX:
                self._trust(wall)

    def confirm(self) -> None:
        with self._lock:
            self._trust(self.wall())

    def _trust(self, wall: int) -> None:
        self._agree(wall)
        self._stepped_at = self._doubted_at = None

    def _agree(self, wall: int) -> None:
        self._agreed = wall, self.elapsed()
