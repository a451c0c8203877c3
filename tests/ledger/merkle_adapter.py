"""Our functions under the names that tests/vectors/merkle/verify_vectors.py asks for.

Subtrees, tiles and the witness are absent: the ledger has none of them.
"""

from collections.abc import Sequence

from exchange.errors import Refusal
from exchange.ledger import merkle
from exchange.ledger.merkle import leaf_hash, node_hash

__all__ = ["leaf_hash", "node_hash"]

REJECT = Refusal


def tree(leaves: Sequence[bytes]) -> merkle.Get:
    nodes = merkle.Edge.empty().extend([leaf_hash(leaf) for leaf in leaves]).nodes
    stored = {(level, index): hashed for level, index, hashed in nodes}
    return lambda level, index: stored[level, index]


def root_hash(leaves: Sequence[bytes]) -> bytes:
    return merkle.root_hash([leaf_hash(leaf) for leaf in leaves])


def append_roots(leaves: Sequence[bytes]) -> list[bytes]:
    edge = merkle.Edge.empty()
    roots = [edge.root()]
    for leaf in leaves:
        edge = edge.extend([leaf_hash(leaf)]).edge
        roots.append(edge.root())
    return roots


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    return merkle.inclusion_proof(index, len(leaves), tree(leaves))


def prove_consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    return merkle.consistency_proof(size, len(leaves), tree(leaves))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    merkle.verify_inclusion(index, size, leaf, proof, root)
    return True


def verify_consistency(
    m: int, n: int, root_m: bytes, root_n: bytes, proof: Sequence[bytes]
) -> bool:
    merkle.verify_consistency(m, n, proof, root_m, root_n)
    return True
