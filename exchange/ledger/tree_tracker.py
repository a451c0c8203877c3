"""Nodes of a tree, kept while its entries pass by, to prove smaller trees in it."""

from collections.abc import Iterable, Iterator

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, Id, leaf_hash

RUN = 256  # leaves added at once


class TreeTracker:
    """Keeps the root at each of `marks`, and the proof of a fork up to `size`."""

    def __init__(self, size: int, marks: Iterable[int]) -> None:
        self._marks = sorted({mark for mark in marks if 0 < mark < size})
        self._wanted = {id_ for mark in self._marks for id_ in _asked(mark, size)}
        self._nodes: dict[Id, bytes] = {}
        self._run: list[bytes] = []
        self._edge = Edge.empty()
        self.roots: dict[int, bytes] = {}

    def follow(self, entries: Iterable[bytes]) -> Iterator[bytes]:
        for entry in entries:
            self._run.append(leaf_hash(entry))
            size = self._edge.size + len(self._run)
            if len(self._run) == RUN or size in self._marks:
                self._grow()
            yield entry
        self._grow()

    def _grow(self) -> None:
        grown = self._edge.extend(self._run)
        self._edge, self._run = grown.edge, []
        for level, place, hashed in grown.nodes:
            if (level, place) in self._wanted:
                self._nodes[level, place] = hashed
        if self._edge.size in self._marks:
            self.roots[self._edge.size] = self._edge.root()

    def leads_to(self, head: Head) -> bool:
        return (self._edge.size, self._edge.root()) == (head.size, head.root)

    def get(self, level: int, place: int) -> bytes:
        """Raise Refusal(MISSING) if it was not kept."""
        if (level, place) not in self._nodes:
            raise Refusal(Reason.MISSING, f"{level}/{place}")
        return self._nodes[level, place]


def _asked(m: int, n: int) -> list[Id]:
    ids: list[Id] = [] if m & (m - 1) else [(m.bit_length() - 1, 0)]

    def get(level: int, place: int) -> bytes:
        ids.append((level, place))
        return merkle.EMPTY_ROOT

    merkle.consistency_proof(m, n, get)
    return ids
