"""What stands of a log's entries and hashes, read side by side, strays set apart."""

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from exchange.ledger.merkle import HASH_SIZE, leaf_hash
from exchange.store.raw import Raw
from exchange.store.sums import Value

Stand: TypeAlias = tuple[Value] | None
"""A value as it stands, None where there is no row."""


class Rows:
    """The entries of a log in order; holes are None."""

    def __init__(self, rows: Iterator[tuple[Value, Value]]) -> None:
        self._rows = rows
        self._ahead: deque[tuple[int, Value]] = deque()
        self._strays: list[Value] = []
        self._last = -1

    def take(self, start: int, end: int) -> list[Stand]:
        """Return what stands at [start, end), which is read for the last time."""
        found = self.look(start, end)
        while self._ahead and self._ahead[0][0] < end:
            self._ahead.popleft()
        return found

    def look(self, start: int, end: int) -> list[Stand]:
        """Return what stands at [start, end)."""
        while not self._ahead or self._ahead[-1][0] < end:
            if not self._read():
                break
        found: list[Stand] = [None] * (end - start)
        for index, entry in self._ahead:
            if start <= index < end:
                found[index - start] = (entry,)
        return found

    def stands(self, index: int) -> bool:
        """Whether there is an entry at an index that was not taken yet."""
        return self.look(index, index + 1) != [None]

    def strays(self) -> Iterator[Value]:
        """Yield the indexes of what has not been taken."""
        yield from self._strays
        yield from (index for index, _ in self._ahead)
        yield from (index for index, _ in self._rows)

    def _read(self) -> bool:
        for index, entry in self._rows:
            if isinstance(index, int) and index > self._last:
                self._last = index
                self._ahead.append((index, entry))
                return True
            self._strays.append(index)
        return False


class Nodes:
    """The nodes of a log's tree, each level in order."""

    def __init__(self, raw: Raw, log: Value) -> None:
        self._raw, self._log = raw, log
        self._levels: dict[int, Iterator[tuple[Value, ...]]] = {}
        self._ahead: dict[int, tuple[Value, Value] | None] = {}
        self._leaves: dict[int, Stand] = {}
        self._strays: list[tuple[Value, Value]] = []

    def leaf(self, index: int) -> bytes | None:
        """Return a stored leaf hash; it is taken later."""
        if index not in self._leaves:
            self._leaves[index] = self._next(0, index)
        stand = self._leaves[index]
        if stand is None or not isinstance(stand[0], bytes):
            return None
        return stand[0] if len(stand[0]) == HASH_SIZE else None

    def take(self, level: int, index: int) -> Stand:
        """Return what stands for a node."""
        if level == 0 and index in self._leaves:
            return self._leaves.pop(index)
        return self._next(level, index)

    def skip(self, size: int) -> None:
        """Pass over the nodes of the first `size` leaves."""
        self._leaves.clear()
        for level in range(size.bit_length()):
            self._next(level, (size >> level) - 1, drop=False)

    def strays(self) -> Iterator[tuple[Value, Value]]:
        """Yield (level, index) of what has not been taken."""
        yield from self._strays
        for level in self._raw.levels(self._log):
            if not isinstance(level, int) or level not in self._levels:
                rows = self._raw.nodes(self._log, level)
            else:
                rows = self._levels[level]
                ahead = self._ahead[level]
                if ahead is not None:
                    yield level, ahead[0]
            yield from ((level, index) for index, _ in rows)

    def _next(self, level: int, index: int, *, drop: bool = True) -> Stand:
        """Return what stands at `index`; what stands before it is a stray."""
        if level not in self._levels:
            self._levels[level] = self._raw.nodes(self._log, level)
            self._advance(level)
        while (ahead := self._ahead[level]) is not None:
            place, hashed = ahead
            if isinstance(place, int) and place > index:
                return None
            self._advance(level)
            if place == index and isinstance(place, int):
                return (hashed,)
            if drop:
                self._strays.append((level, place))
        return None

    def _advance(self, level: int) -> None:
        row = next(self._levels[level], None)
        self._ahead[level] = None if row is None else (row[0], row[1])


def leaf_of(one: Stand) -> bytes | None:
    """Return the leaf hash of an entry as it stands."""
    return leaf_hash(one[0]) if one and isinstance(one[0], bytes) else None
