"""Which heads are kept for good (DESIGN section 5).

Each batch leaves a head of 7 to 10 KB. For good stays the last one of each minute,
which proves when what it covers was there, and enough of the others that what lies
between two heads still fits one frame: a partner catches up from head to head. The
newest is never forgotten, nor any of the last minutes, whose lines may still come.
"""

from collections.abc import Iterable, Iterator

from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, HEAD_KEPT
from exchange.store import Span, Store

SETTLED = 2 * HEAD_KEPT  # ms before which nothing is pruned
STEP = 512  # heads looked at in one go


def covered(spans: Iterable[Span]) -> Iterator[int]:
    """Yield the sizes of heads that others cover; `spans` smallest first.

    A head goes if the next one is of the same minute, has no fewer lines, and what
    then lies below that one still fits a frame.
    """
    held: Span | None = None
    entries = weight = 0
    for span in spans:
        if held is not None:
            together = (
                span.at // HEAD_KEPT == held.at // HEAD_KEPT
                and span.lines >= held.lines
                and entries + span.entries <= BATCH_ENTRIES_MAX
                and weight + span.weight <= BATCH_BYTES_MAX
            )
            if together:
                yield held.size
            else:
                entries = weight = 0
        entries, weight, held = entries + span.entries, weight + span.weight, span


class Pruner:
    """Prunes each log from where it last stopped, once a minute."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._from: dict[str, int] = {}
        self._next = 0

    def run(self, now: int) -> None:
        """Prune what is due; `now` in ms."""
        if now < self._next:
            return
        self._next = now + HEAD_KEPT
        for origin in self._store.origins():
            while self._step(origin, now - SETTLED):
                pass

    def _step(self, origin: str, before: int) -> bool:
        """Prune some heads of a log; return whether there may be more."""
        start = self._from.get(origin, 0)
        spans = self._store.spans(origin, start, STEP)
        old = [span for span in spans if span.at < before]
        sizes = set(covered(old))
        if sizes:
            self._store.prune(origin, sorted(sizes))
        kept = [span.size for span in old if span.size not in sizes]
        if len(kept) > 1:  # the last one may be covered by what comes
            self._from[origin] = kept[-2]
        return len(old) == STEP and self._from.get(origin, 0) > start
