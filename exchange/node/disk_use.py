"""The use of the disk: heads that are kept for good, and room for partners' texts.

Partners' texts have a budget in bytes a day each, and never the last of the disk. One
that finds no budget, or no room, is not kept: its entry is, and names it as lacking
until it comes again. Headers are never refused for it.

Each batch leaves a head of 7 to 10 KB. For good stays the last one of each minute,
which proves when what it covers was there, and enough of the others that what lies
between two heads still fits one frame: a partner catches up from head to head. The
newest is never forgotten, nor any of the last minutes, whose lines may still come.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from exchange.limits import (
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
    DAY,
    DISK_FLOOR,
    DISK_FLOOR_SHARE,
    HEAD_KEPT,
    TEXTS_A_DAY,
)
from exchange.store import Span, Store

SETTLED = 2 * HEAD_KEPT  # ms of elapsed time before which nothing is pruned
STEP = 512  # heads looked at in one go


def superfluous(spans: Iterable[Span]) -> Iterator[int]:
    """Yield the sizes of heads that others cover; `spans` smallest first.

    A head goes if the next one is of the same minute, has no fewer lines, and what
    then lies below that one still fits a frame.
    """
    before: Span | None = None
    entries = weight = 0
    for span in spans:
        if before is not None:
            together = (
                span.at // HEAD_KEPT == before.at // HEAD_KEPT
                and span.lines >= before.lines
                and entries + span.entries <= BATCH_ENTRIES_MAX
                and weight + span.weight <= BATCH_BYTES_MAX
            )
            if together:
                yield before.size
            else:
                entries = weight = 0
        entries, weight, before = entries + span.entries, weight + span.weight, span


class Pruner:
    """Prunes each log from where it last stopped, once a minute of elapsed time.

    A head is settled that stood in the store SETTLED ms ago: no clock can make it
    older than it is.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._from: dict[str, int] = {}
        self._next: int | None = None
        self._stood: list[tuple[int, dict[str, int]]] = []  # elapsed ms, sizes

    def run(self, elapsed: int) -> None:
        """Prune what is due; `elapsed` in ms."""
        if self._next is not None and elapsed < self._next:
            return
        self._next = elapsed + HEAD_KEPT
        settled = self._settled(elapsed)
        for origin in self._store.logs.origins():
            while self._step(origin, settled.get(origin, 0)):
                pass

    def _settled(self, elapsed: int) -> dict[str, int]:
        """Return how long each log was SETTLED ms ago, and note how long it is."""
        sizes = {log: self._store.logs.size(log) for log in self._store.logs.origins()}
        self._stood.append((elapsed, sizes))
        while len(self._stood) > 1 and self._stood[1][0] <= elapsed - SETTLED:
            del self._stood[0]
        at, stood = self._stood[0]
        return stood if at <= elapsed - SETTLED else {}

    def _step(self, origin: str, size: int) -> bool:
        """Prune some heads of a log up to `size`; return whether there may be more."""
        start = self._from.get(origin, 0)
        spans = self._store.heads.spans(origin, start, STEP)
        old = [span for span in spans if span.size <= size]
        sizes = set(superfluous(old))
        if sizes:
            self._store.heads.prune(origin, sorted(sizes))
        kept = [span.size for span in old if span.size not in sizes]
        if len(kept) > 1:  # the last one may be covered by what comes
            self._from[origin] = kept[-2]
        return len(old) == STEP and self._from.get(origin, 0) > start


class Allowance:
    """Bytes that a partner's texts may still take while one batch of his is judged."""

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

    `elapsed` in ms; `room` says whether the disk has its floor free. Use is recorded by
    one thread at a time.
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

    def allowance(self, peer: str, taken: int = 0) -> Allowance:
        """Return what a partner's texts may take now; `taken` is not counted yet."""
        return Allowance(self._left(peer) - taken if self.room() else 0)

    def _left(self, peer: str) -> int:
        left, at = self._buckets.get(peer, (self._a_day, 0))
        return min(self._a_day, left + self._a_day * (self._elapsed() - at) // DAY)

    def record_use(self, peer: str, allowance: Allowance) -> None:
        """Count what was stored, once it is; and remember what was not taken."""
        if allowance.used:
            left = self._left(peer) - allowance.used
            self._buckets[peer] = left, self._elapsed()
        if allowance.refused:
            self._refused[peer] = allowance.refused

    def peers_over(self) -> list[str]:
        """Return the partners who had a text refused and would have it refused now."""
        return sorted(
            peer for peer, size in self._refused.items() if size > self._left(peer)
        )


def has_room(folder: Path, floor: int | None) -> bool:
    """Whether the file system of a folder has so many bytes free; None: our own floor.

    One that does not say counts as one with room: then a write fails if it has none.
    """
    try:
        return free_above(folder, floor) >= 0
    except OSError:
        return True


def free_above(folder: Path, floor: int | None) -> int:
    """Return how many bytes of a folder's file system are free above a floor.

    Negative if not even the floor is free. None: DISK_FLOOR, or DISK_FLOOR_SHARE of a
    small file system. Raises OSError.
    """
    disk = os.statvfs(folder)
    if floor is None:
        floor = min(DISK_FLOOR, disk.f_blocks * disk.f_frsize // DISK_FLOOR_SHARE)
    return disk.f_bavail * disk.f_frsize - floor
