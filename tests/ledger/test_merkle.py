"""The tree: what was appended bit by bit is what was hashed at once."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle, subtree
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.tree_tracker import TreeTracker
from tests.expecting import refusing
from tests.ledger.merkle_adapter import tree

SIZES = st.integers(1, 300)


def leaf(index: int) -> bytes:
    return merkle.leaf_hash(b"leaf %d" % index)


def raw(size: int) -> list[bytes]:
    return [b"leaf %d" % index for index in range(size)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = max(k for k in (2**n for n in range(12)) if k < len(leaves))
    return merkle.node_hash(
        by_definition(leaves[:split]), by_definition(leaves[split:])
    )


@given(st.lists(st.integers(0, 40), max_size=12))
def test_batches_add_up_to_the_whole(batches: list[int]) -> None:
    edge = Edge.empty()
    nodes = []
    for count in batches:
        grown = edge.extend([leaf(edge.size + n) for n in range(count)])
        edge = grown.edge
        nodes += grown.nodes
    whole = Edge.empty().extend([leaf(n) for n in range(sum(batches))])

    assert edge == whole.edge
    assert sorted(nodes) == sorted(whole.nodes)
    assert edge.root() == by_definition([leaf(n) for n in range(edge.size)])


@given(SIZES)
def test_a_tree_is_its_complete_nodes(size: int) -> None:
    whole = Edge.empty().extend([leaf(n) for n in range(size)])
    get = tree(raw(size))

    assert len(whole.nodes) == 2 * size - size.bit_count()
    assert len(merkle.edge_ids(size)) == size.bit_count()
    assert Edge.read(size, get) == whole.edge
    assert merkle.root_at(size, get) == whole.edge.root()


@pytest.mark.parametrize("size", [2**62, 2**63 - 1])
def test_an_append_needs_63_hashes_at_most(size: int) -> None:
    assert len(merkle.edge_ids(size)) == size.bit_count() <= 63


@given(SIZES, st.data())
def test_inclusion_is_proved_and_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    get = tree(raw(size))
    root = merkle.root_at(size, get)
    proof = merkle.inclusion_proof(index, size, get)
    merkle.verify_inclusion(index, size, leaf(index), proof, root)

    wrong = data.draw(mutations(proof))
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    for given_index, given_leaf, given_proof in (
        (index, leaf(index), wrong),
        (index, leaf(index + 1), proof),
        (other, leaf(index), proof),
    ):
        with refusing(Reason.PROOF):
            merkle.verify_inclusion(given_index, size, given_leaf, given_proof, root)


@given(SIZES, st.data())
def test_consistency_is_proved_and_nothing_else(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    get = tree(raw(size))
    roots = merkle.root_at(old, get), merkle.root_at(size, get)
    proof = merkle.consistency_proof(old, size, get)
    merkle.verify_consistency(old, size, proof, *roots)

    forked = merkle.root_at(old, tree([*raw(old - 1), b"forked"]))
    for given_proof, root in (
        (data.draw(mutations(proof)), roots[0]),
        (proof, forked),
        (proof, roots[0][:31]),
    ):
        with refusing(Reason.PROOF):
            merkle.verify_consistency(old, size, given_proof, root, roots[1])


def mutations(proof: Sequence[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Return ways to spoil a proof: a bit, a hash more, one less, one cut."""

    def flip(place: tuple[int, int]) -> list[bytes]:
        at, bit = place
        number = int.from_bytes(proof[at]) ^ 1 << bit
        return [*proof[:at], number.to_bytes(32), *proof[at + 1 :]]

    longer = st.integers(0, len(proof)).map(
        lambda at: [*proof[:at], bytes(32), *proof[at:]]
    )
    if not proof:
        return longer
    places = st.integers(0, len(proof) - 1)
    return st.one_of(
        longer,
        st.tuples(places, st.integers(0, 255)).map(flip),
        places.map(lambda at: [*proof[:at], *proof[at + 1 :]]),
        places.map(lambda at: [*proof[:at], proof[at][:31], *proof[at + 1 :]]),
    )


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Refusal):
        merkle.inclusion_proof(index, size, tree(raw(3)))


@pytest.mark.parametrize(("m", "n"), [(4, 3), (-1, 3)])
def test_no_proof_backwards(m: int, n: int) -> None:
    with pytest.raises(Refusal):
        merkle.consistency_proof(m, n, tree(raw(3)))


def test_every_tree_continues_the_empty_one() -> None:
    root = merkle.root_at(3, tree(raw(3)))
    merkle.verify_consistency(0, 3, [], merkle.EMPTY_ROOT, root)
    merkle.verify_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)

    for sizes, roots in (((0, 3), (root, root)), ((0, 0), (root, root))):
        with pytest.raises(Refusal):
            merkle.verify_consistency(*sizes, [], *roots)


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [(-1, 1, ()), (-1, 2, (bytes(32),)), (1, 1, ()), (0, 0, ()), (0, 2**64, ())],
)
def test_no_leaf_stands_beyond_its_tree(
    index: int, size: int, proof: tuple[bytes, ...]
) -> None:
    """Shifted to the right, -1 is the last place of every tree."""
    end = merkle.leaf_hash(b"last")
    root = merkle.node_hash(bytes(32), end) if proof else end
    with refusing(Reason.PROOF, where="index"):
        merkle.verify_inclusion(index, size, end, proof, root)
    merkle.verify_inclusion(0, 1, end, (), end)


@pytest.mark.parametrize(("m", "n"), [(-1, 1), (2, 1), (1, 2**64)])
def test_no_tree_goes_on_from_a_larger_one(m: int, n: int) -> None:
    with refusing(Reason.PROOF, where="sizes"):
        merkle.verify_consistency(m, n, (bytes(32),), bytes(32), bytes(32))


def test_nothing_has_the_root_of_nothing_alone() -> None:
    empty = merkle.EMPTY_ROOT
    merkle.verify_consistency(0, 0, (), empty, empty)
    with refusing(Reason.PROOF, where="root"):
        merkle.verify_consistency(0, 0, (), empty, bytes(32))


A, B, C = (merkle.leaf_hash(bytes([number])) for number in range(3))
AB = merkle.node_hash(A, B)
SPREAD = A[:31], A[31:] + B
"""What is hashed as A and B are, cut elsewhere."""


@pytest.mark.parametrize(
    ("size", "leaf_", "proof", "root", "where"),
    [
        (1, B, (A,), AB, "too long"),
        (4, A, (B,), AB, "root"),
        (2, SPREAD[0], SPREAD[1:], AB, "length of a hash"),
    ],
)
def test_who_chose_the_root_proves_no_leaf_of_another_size(
    size: int, leaf_: bytes, proof: tuple[bytes, ...], root: bytes, where: str
) -> None:
    """The hashes add up to the root: only their number and lengths are wrong."""
    with refusing(Reason.PROOF, where=where):
        merkle.verify_inclusion(0, size, leaf_, proof, root)


@pytest.mark.parametrize(
    ("sizes", "proof", "roots", "where"),
    [
        ((1, 2), (), (A, A), "too short"),
        ((3, 4), (), (A, A), "too short"),
        ((1, 4), (B,), (A, AB), "too short"),
        ((1, 2), SPREAD[1:], (SPREAD[0], AB), "length of a hash"),
        (
            (3, 4),
            (A, B, C, C),
            (
                merkle.node_hash(C, merkle.node_hash(C, A)),
                merkle.node_hash(C, merkle.node_hash(C, AB)),
            ),
            "too long",
        ),
    ],
)
def test_who_chose_the_roots_proves_no_tree_of_another_size(
    sizes: tuple[int, int],
    proof: tuple[bytes, ...],
    roots: tuple[bytes, bytes],
    where: str,
) -> None:
    """The hashes add up to both roots: only their number and lengths are wrong."""
    with refusing(Reason.PROOF, where=where):
        merkle.verify_consistency(*sizes, proof, *roots)


# The nodes of a growing tree for which a proof may ask.


def test_a_node_that_was_not_kept_is_missing() -> None:
    """Not a KeyError, which nobody who walks a foreign log expects."""
    tracker = TreeTracker(0, ())

    with refusing(Reason.MISSING):
        tracker.get(0, 5)


# A tree grown from pieces is the tree grown leaf by leaf.


def some(count: int) -> list[bytes]:
    return [hashlib.sha256(b"%d" % n).digest() for n in range(count)]


@given(st.integers(0, 300), st.lists(st.integers(0, 40), max_size=8))
def test_pieces_add_up_to_the_whole(start: int, lengths: list[int]) -> None:
    """Start anywhere; each piece is cut once more inside."""
    row = some(start + sum(lengths))
    edge = whole = Edge.empty().extend(row[:start]).edge
    at = start
    for length in lengths:
        piece = row[at : at + length]
        cuts = sorted({at + length // 3, at + length // 2} - {at})
        for cover, end in zip(
            subtree.covers(at, piece, cuts), [*cuts, at + length], strict=False
        ):
            edge = subtree.fold(edge, cover)
            assert edge == Edge.empty().extend(row[:end]).edge
        whole = whole.extend(piece).edge
        at += length
    assert edge == whole
    assert edge.root() == whole.root()


@given(st.integers(0, 1 << 40), st.integers(0, 300))
def test_a_cover_is_small_and_complete(start: int, count: int) -> None:
    nodes = subtree.cover(start, some(count))

    places = [(place << level, (place + 1) << level) for level, place, _ in nodes]
    ends = [start, *(end for _, end in places)]
    assert [begin for begin, _ in places] == ends[:-1]
    assert ends[-1] == start + count
    assert len(nodes) <= 2 * count.bit_length()


def test_leaves_are_hashed_as_the_log_hashes_them() -> None:
    assert subtree.leaves([b"", b"x"]) == [leaf_hash(b""), leaf_hash(b"x")]
