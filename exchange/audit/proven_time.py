"""The time by which each entry existed (docs/spec/ledger.md, "Proven time").

The proven time of an entry: over the kept heads that contain it and meet the policy,
the minimum of (the latest time among the head's counted lines, including the log's).
Later heads contain earlier ones, so it never falls with the index, and a few numbers
per head are enough.
"""

from array import array
from bisect import bisect_left, bisect_right


class ProvenTimes:
    """Proven times of a log, from heads that come smallest first."""

    def __init__(self) -> None:
        # Both rise: a head is dropped if a larger one has an earlier or equal time.
        self._sizes = array("q")
        self._times = array("q")

    def add(self, size: int, time_s: int) -> None:
        """Expect one that meets the policy; `time_s` is its latest counted one."""
        while self._times and self._times[-1] >= time_s:
            self._times.pop()
            self._sizes.pop()
        self._sizes.append(size)
        self._times.append(time_s)

    def time(self, index: int) -> int | None:
        """Return s; None if no head proves it."""
        place = bisect_right(self._sizes, index)
        return self._times[place] if place < len(self._times) else None

    def first(self, time_s: int) -> int:
        """Return the lowest one not proven to be older than a time (s)."""
        place = bisect_left(self._times, time_s)
        return self._sizes[place - 1] if place else 0

    @property
    def size(self) -> int:
        return self._sizes[-1] if self._sizes else 0
