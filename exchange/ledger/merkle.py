"""The tree: hashes, incremental append, proofs (RFC 6962 section 2, RFC 9162 2.1).

A node (level, index) is the root of the complete subtree over the leaves [index <<
level, (index + 1) << level). Complete nodes never change, so the store keeps them; the
ragged right side is always computed. An append needs an `Edge`: the complete subtrees
of a size, at most 64 hashes.
"""

import hashlib
from collections.abc import Callable, Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal

HASH_SIZE = 32  # bytes
SIZE_MAX = 2**63 - 1  # leaves; a signed 64-bit column holds it
EMPTY_ROOT = hashlib.sha256(b"").digest()

Id = tuple[int, int]
"""(level, index) of a complete node; level 0 are the leaf hashes."""
Node = tuple[int, int, bytes]
"""(level, index, hash)."""
Get = Callable[[int, int], bytes]
"""Returns the stored hash at (level, index), or raises Refusal(MISSING)."""


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def edge_ids(size: int) -> list[Id]:
    """List the complete subtrees, left to right."""
    ids = []
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            ids.append((level, start >> level))
            start += 1 << level
    return ids


class Edge(Struct, frozen=True):
    """The right side of a tree: one hash for each 1 bit of `size`, left to right."""

    size: int
    hashes: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> "Edge":
        return cls(0, ())

    @classmethod
    def read(cls, size: int, get: Get) -> "Edge":
        return cls(size, tuple(get(*node) for node in edge_ids(size)))

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def extend(self, leaves: Sequence[bytes]) -> "Extended":
        """Append leaf *hashes*; costs two hashes per leaf, whatever the size."""
        stack = list(self.hashes)
        nodes: list[Node] = []
        for index, leaf in enumerate(leaves, self.size):
            nodes.append((0, index, leaf))
            hashed, level, place = leaf, 0, index
            while place & 1:
                hashed = node_hash(stack.pop(), hashed)
                level, place = level + 1, place >> 1
                nodes.append((level, place, hashed))
            stack.append(hashed)
        return Extended(Edge(self.size + len(leaves), tuple(stack)), nodes)


class Extended(Struct, frozen=True):
    """`Edge.extend`: the new edge, and the nodes that it completed."""

    edge: Edge
    nodes: list[Node]


def root_hash(leaves: Sequence[bytes]) -> bytes:
    return Edge.empty().extend(leaves).edge.root()


def _range(start: int, end: int, get: Get) -> bytes:
    """Hash the leaves [start, end); start is aligned to its split."""
    count = end - start
    level = count.bit_length() - 1
    if count == 1 << level:
        return get(level, start >> level)
    middle = start + (1 << level)
    return node_hash(get(level, start >> level), _range(middle, end, get))


def root_at(size: int, get: Get) -> bytes:
    return _range(0, size, get) if size else EMPTY_ROOT


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, get: Get) -> list[bytes]:
    """PATH(index, D[size]), leaf to root (RFC 6962 section 2.1.1).

    Refusal(POSITION) if there is no such leaf.
    """
    if not 0 <= index < size:
        raise Refusal(Reason.POSITION, f"leaf {index} of {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(middle, end, get))
            end = middle
        else:
            path.append(_range(start, middle, get))
            start = middle
    return path[::-1]


def consistency_proof(m: int, n: int, get: Get) -> list[bytes]:
    """PROOF(m, D[n]) (RFC 6962 section 2.1.2); empty for m = 0 and m = n.

    Refusal(POSITION) unless 0 <= m <= n.
    """
    if not 0 <= m <= n:
        raise Refusal(Reason.POSITION, f"size {m} of {n}")
    if m in (0, n):
        return []
    path = []
    start, end = 0, n
    while m != end:
        middle = start + _split(end - start)
        if m <= middle:
            path.append(_range(middle, end, get))
            end = middle
        else:
            path.append(_range(start, middle, get))
            start = middle
    # The old tree's last subtree, unless it is the whole old tree, which verifiers
    # know.
    if start:
        path.append(_range(start, end, get))
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162 section 2.1.3.2; raises Refusal(PROOF)."""
    _check_lengths([root])
    if included_root(index, size, leaf, proof) != root:
        raise Refusal(Reason.PROOF, "root")


def included_root(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that a path from leaf `index` gives.

    Refusal(PROOF) if the path has the wrong length.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise Refusal(Reason.PROOF, "index")
    _check_lengths([leaf, *proof])
    place, last = index, size - 1
    hashed = leaf
    for step in proof:
        if last == 0:
            raise Refusal(Reason.PROOF, "too long")
        if place & 1 or place == last:
            hashed = node_hash(step, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        place, last = place >> 1, last >> 1
    if last:
        raise Refusal(Reason.PROOF, "root")
    return hashed


def verify_consistency(
    m: int, n: int, proof: Sequence[bytes], root_m: bytes, root_n: bytes
) -> None:
    """RFC 9162 section 2.1.4.2; raises Refusal(PROOF).

    For other programs, which call GetConsistency; ours know the nodes and use `fold`.
    For m = 0 only the empty proof and the empty root are accepted, as by C2SP
    witnesses.
    """
    if not 0 <= m <= n <= SIZE_MAX:
        raise Refusal(Reason.PROOF, "sizes")
    _check_lengths([root_m, root_n, *proof])
    if m in (0, n):
        known = root_n if m else EMPTY_ROOT
        if proof or root_m != known or (n == 0 and root_n != EMPTY_ROOT):
            raise Refusal(Reason.PROOF, "root")
        return
    steps = list(proof) if m & (m - 1) else [root_m, *proof]
    if fold(m, n, steps) != (root_m, root_n):
        raise Refusal(Reason.PROOF, "root")


def fold(m: int, n: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots at m and n (0 < m < n) that `steps` give.

    `steps` are a consistency proof that always has its first hash: for a power of two
    m, the proof omits the root at m. Root n determines each step, and so root m.
    Refusal(PROOF) unless their number fits the sizes.
    """
    if not steps:
        raise Refusal(Reason.PROOF, "too short")
    place, last = m - 1, n - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Refusal(Reason.PROOF, "too long")
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    if last:
        raise Refusal(Reason.PROOF, "too short")
    return old, new


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_SIZE for each in hashes):
        raise Refusal(Reason.PROOF, "length of a hash")
