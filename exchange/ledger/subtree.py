"""A log's tree, grown from pieces hashed elsewhere.

The verifier of a run of leaves returns the largest complete nodes (merkle.py) inside
it, a few hashes for hundreds of leaves; the holder of the tree folds them in, in order.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

from exchange.ledger.merkle import Edge, Node, node_hash

_sha256 = hashlib.sha256


def leaves(entries: Iterable[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1."""
    return [_sha256(b"\x00" + entry).digest() for entry in entries]


def cover(start: int, row: Sequence[bytes]) -> list[Node]:
    left: list[Node] = []
    right: list[Node] = []
    level, place = 0, start
    while row:
        if place & 1:  # a right child; its sibling is before the run
            left.append((level, place, row[0]))
            row, place = row[1:], place + 1
        if len(row) & 1:  # a left child; its sibling is behind the run
            right.append((level, place + len(row) - 1, row[-1]))
        pairs = zip(row[::2], row[1::2], strict=False)
        row = [_sha256(b"\x01" + a + b).digest() for a, b in pairs]
        level, place = level + 1, place >> 1
    return left + right[::-1]


def covers(start: int, row: Sequence[bytes], cuts: Iterable[int]) -> list[list[Node]]:
    """Return the covers of a run, cut at these sizes of the whole log.

    `cuts` rise, from above `start` to at most the end of the run.
    """
    ends = [0, *(cut - start for cut in cuts)]
    if ends[-1] != len(row):
        ends.append(len(row))
    return [cover(start + a, row[a:b]) for a, b in pairwise(ends)]


def fold(edge: Edge, nodes: Iterable[Node]) -> Edge:
    stack = list(edge.hashes)
    size = edge.size
    for level, place, hashed in nodes:
        size += 1 << level
        grown, at = hashed, place
        while at & 1:
            grown, at = node_hash(stack.pop(), grown), at >> 1
        stack.append(grown)
    return Edge(size, tuple(stack))
