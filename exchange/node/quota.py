"""What texts of partners may take: bytes a day each, and never the last of the disk.

A text that finds no budget, or no room, is not kept: its entry is, and names it as
lacking until it comes again (FORMATS B4). Headers are never refused for it.
"""

import os
from collections.abc import Callable
from pathlib import Path

from exchange.limits import DAY, DISK_FLOOR, DISK_FLOOR_SHARE, TEXTS_A_DAY


class Allowance:
    """What one partner's texts may still take, while one batch of his is judged."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.used = 0
        """Bytes of the texts that were taken."""
        self.refused = 0
        """Bytes of the first text that was not, 0 where all were."""

    def takes(self, size: int) -> bool:
        """Take a text of so many bytes, or say that it may not be kept."""
        if self.used + size > self._left:
            self.refused = self.refused or size
            return False
        self.used += size
        return True


class Quota:
    """A bucket of bytes for each partner, filled by elapsed time; full at the start.

    `elapsed` in ms; `room` says whether the disk has its floor free. One thread at a
    time.
    """

    def __init__(
        self,
        elapsed: Callable[[], int],
        a_day: int = TEXTS_A_DAY,
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        self.room = room
        self._elapsed = elapsed
        self._a_day = a_day
        self._buckets: dict[str, tuple[int, int]] = {}  # bytes left, and when
        self._refused: dict[str, int] = {}  # bytes of a text

    def allowance(self, peer: str) -> Allowance:
        """Return what a partner's texts may take now."""
        return Allowance(self._left(peer) if self.room() else 0)

    def _left(self, peer: str) -> int:
        left, at = self._buckets.get(peer, (self._a_day, 0))
        return min(self._a_day, left + self._a_day * (self._elapsed() - at) // DAY)

    def settle(self, peer: str, allowance: Allowance) -> None:
        """Count what was stored, once it is; and remember what was not taken."""
        if allowance.used:
            left = self._left(peer) - allowance.used
            self._buckets[peer] = left, self._elapsed()
        if allowance.refused:
            self._refused[peer] = allowance.refused

    def short(self) -> list[str]:
        """Return the partners who had a text refused and would have it refused now."""
        return sorted(
            peer for peer, size in self._refused.items() if size > self._left(peer)
        )


def has_room(folder: Path, floor: int | None) -> bool:
    """Whether the file system of a folder has so many bytes free for us.

    None: DISK_FLOOR, or DISK_FLOOR_SHARE of a file system that is small. One that
    does not say counts as one with room: then a write says it.
    """
    try:
        disk = os.statvfs(folder)
    except OSError:
        return True
    if floor is None:
        floor = min(DISK_FLOOR, disk.f_blocks * disk.f_frsize // DISK_FLOOR_SHARE)
    return disk.f_bavail * disk.f_frsize >= floor
