"""Clocks that tests set."""

from exchange.clock import Clock


def stopped(now: int) -> Clock:
    """Return a clock at which it is `now` (ms UTC) for ever."""
    return Clock(lambda: now, lambda: now)


class Hands:
    """A wall clock and time elapsed, each set by itself; ms."""

    def __init__(self, wall: int, elapsed: int = 0) -> None:
        self.wall = wall
        self.elapsed = elapsed

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.elapsed)

    def go(self, ms: int) -> None:
        """Let time go by, on both."""
        self.wall += ms
        self.elapsed += ms
