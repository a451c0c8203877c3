"""The directory tree of a log: its DIRECTORY entries, and blanks for all others.

A second tree over the same indexes: a reader of DIRECTORY entries alone can detect a
withheld one (docs/spec/ledger.md, "Directory heads"). An entry's bytes alone decide its
leaf, whatever the verdict. A run of blanks costs as many hashes as it has complete
subtrees, which are precomputed.
"""

import re
from collections.abc import Iterator, Sequence

from exchange.errors import Reason, Refusal
from exchange.ledger import subtree
from exchange.ledger.merkle import Edge, Node, leaf_hash, node_hash

Leaf = tuple[int, bytes]
"""The index of a DIRECTORY entry, and its leaf hash."""

_BEGIN = re.compile(
    rb"\x0a[\x80-\xff]{0,2}[\x00-\x7f]\x08\x01\x10\x01\x18\x05", re.DOTALL
)
_LEVELS = 63  # of a tree of the largest size


def _blank_nodes() -> tuple[bytes, ...]:
    hashes = [leaf_hash(b"")]
    while len(hashes) < _LEVELS:
        hashes.append(node_hash(hashes[-1], hashes[-1]))
    return tuple(hashes)


BLANK = _blank_nodes()
"""Roots of complete subtrees of blanks, by level; the first is a blank's leaf."""


def is_directory(entry: bytes) -> bool:
    """Return whether the bytes of an entry begin like kind DIRECTORY.

    They are the field `core` with 1 to 3 bytes of length, then version 1, suite 1, kind
    5.
    """
    return _BEGIN.match(entry) is not None


def extend(edge: Edge, leaves: Sequence[Leaf], size: int) -> Edge:
    """Return the edge at `size`, with these leaves and blanks elsewhere.

    Refusal(POSITION) if a leaf is out of order, or outside the new range.
    """
    return subtree.fold(edge, _cover(edge.size, leaves, size))


def _cover(at: int, leaves: Sequence[Leaf], size: int) -> Iterator[Node]:
    for index, leaf in leaves:
        if not at <= index < size:
            raise Refusal(Reason.POSITION, f"#{index}")
        yield from _blanks(at, index)
        yield 0, index, leaf
        at = index + 1
    yield from _blanks(at, size)


def _blanks(start: int, end: int) -> Iterator[Node]:
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level, BLANK[level]
        start += 1 << level
