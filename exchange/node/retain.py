"""What is past its retention: not served, and once a day erased.

From `expires` + retention on, wraps and bodies are as if they were not here, whether
they were erased already or not; entries stay for ever.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from exchange.limits import DAY, ERASED_AT_ONCE, MINUTE
from exchange.node.members import Members
from exchange.store import Store, StoredEntry
from exchange.trust import retention
from exchange.trust.retention import Retention, expires_of


def kept(stored: StoredEntry, members: Members, now: int) -> StoredEntry:
    """Return an entry with wraps and body, without them past their retention."""
    if not (stored.wraps or stored.body):
        return stored
    period = _retention(members, stored.origin)
    if period is None or not period.over(expires_of(stored.entry), now):
        return stored
    return replace(stored, wraps=(), body=b"")


def _retention(members: Members, origin: str) -> Retention | None:
    """Return the retention of a log; None where it is no member's."""
    directory = members.directory(origin.partition(".fusion/")[0])
    return retention.of(directory) if directory else None


def due(store: Store, members: Members, now: int) -> Iterator[tuple[str, list[int]]]:
    """Yield origin and indexes of what is to be erased, a transaction's at a time."""
    for origin in store.origins():
        period = _retention(members, origin)
        start = 0
        while period and (page := store.held(origin, start, ERASED_AT_ONCE)):
            over = [i for i, entry in page if period.over(expires_of(entry), now)]
            if over:
                yield origin, over
            start = page[-1][0] + 1


def count(store: Store, members: Members, now: int) -> Counter[str]:
    """Return of how many entries of each log `erase` would delete it."""
    found: Counter[str] = Counter()
    for origin, some in due(store, members, now):
        found[origin] += len(some)
    return found


def erase(store: Store, members: Members, now: int) -> Counter[str]:
    """Delete what is past its retention at `now`; return of how many entries a log.

    Beside readers and writers, in short transactions; stopped anywhere, again is safe.
    """
    erased: Counter[str] = Counter()
    for origin, some in due(store, members, now):
        erased[origin] += store.erase(origin, some)
    return erased


def erase_due(store: Store, members: Members, now: int) -> int:
    """Delete it, and leave no trace of it in the files; return of how many entries.

    Raises Refusal(LOCKED) where somebody reads an older state for long: all is deleted
    then, but the WAL still holds it.
    """
    erased = erase(store, members, now)
    store.empty_wal()
    return erased.total()


class Retainer:
    """Erases once a day, and after a failure again soon."""

    def __init__(self, store: Store, members: Members) -> None:
        self._store, self._members = store, members
        self._last: int | None = None
        self._wait = 0

    def run(self, now: int) -> int:
        """Erase what is due at `now` (ms UTC) if it is time; return how many.

        A clock that was put back is no reason to wait. Raises what `erase_due` raises.
        """
        if self._last is not None and 0 <= now - self._last < self._wait:
            return 0
        self._last, self._wait = now, MINUTE
        erased = erase_due(self._store, self._members, now)
        self._wait = DAY
        return erased
