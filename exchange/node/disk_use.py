"""The use of the disk: heads that are kept for good, and the floor that stays free.

Each batch leaves a head of 7 to 10 KB. Kept for good are the last of each minute, which
proves when its entries existed, and enough others that a partner catches up from head
to head. The heads of the last minutes, whose lines may still come, are never pruned;
nor the newest.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from exchange.limits import (
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
    DISK_FLOOR,
    DISK_FLOOR_SHARE,
    HEAD_KEPT,
)
from exchange.store import Span, Store

SETTLED = 2 * HEAD_KEPT  # ms of elapsed time before which nothing is pruned
STEP = 512  # heads looked at in one go


def superfluous(spans: Iterable[Span]) -> Iterator[int]:
    """Yield heads to drop; `spans` smallest first.

    A head goes if the next is of the same minute with no fewer lines, and the entries
    below that still fit a frame.
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
    """Prunes each log once a minute of elapsed time.

    A head is settled if the store had it SETTLED ms of elapsed time ago: a clock step
    cannot age it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._from: dict[str, int] = {}
        self._next: int | None = None
        self._stood: list[tuple[int, dict[str, int]]] = []  # elapsed ms, sizes

    def run(self, elapsed: int) -> None:
        """`elapsed` in ms."""
        if self._next is not None and elapsed < self._next:
            return
        self._next = elapsed + HEAD_KEPT
        settled = self._settled(elapsed)
        for origin in self._store.logs.origins():
            while self._step(origin, settled.get(origin, 0)):
                pass

    def _settled(self, elapsed: int) -> dict[str, int]:
        """Return the sizes of SETTLED ms ago, and note those of now."""
        sizes = {log: self._store.logs.size(log) for log in self._store.logs.origins()}
        self._stood.append((elapsed, sizes))
        while len(self._stood) > 1 and self._stood[1][0] <= elapsed - SETTLED:
            del self._stood[0]
        at, stood = self._stood[0]
        return stood if at <= elapsed - SETTLED else {}

    def _step(self, origin: str, size: int) -> bool:
        start = self._from.get(origin, 0)
        spans = self._store.heads.spans(origin, start, STEP)
        old = [span for span in spans if span.size <= size]
        sizes = set(superfluous(old))
        if sizes:
            self._store.heads.prune(origin, sorted(sizes))
        kept = [span.size for span in old if span.size not in sizes]
        if len(kept) > 1:  # the next head may cover the last one
            self._from[origin] = kept[-2]
        return len(old) == STEP and self._from.get(origin, 0) > start


def has_room(folder: Path, floor: int | None, parts: int = 1) -> bool:
    """Return whether `floor` // `parts` bytes are free.

    None means the default floor. True if the file system does not say: writes fail if
    it is full.
    """
    try:
        return free_above(folder, floor, parts) >= 0
    except OSError:
        return True


def free_above(folder: Path, floor: int | None, parts: int = 1) -> int:
    """Return the bytes above part of a floor; negative if less is free.

    `floor` None: DISK_FLOOR, or DISK_FLOOR_SHARE of a small file system. Raises
    OSError.
    """
    disk = os.statvfs(folder)
    if floor is None:
        floor = min(DISK_FLOOR, disk.f_blocks * disk.f_frsize // DISK_FLOOR_SHARE)
    return disk.f_bavail * disk.f_frsize - floor // parts
