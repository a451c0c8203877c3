"""A tree grown from pieces is the tree grown leaf by leaf."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from exchange.ledger import subtree
from exchange.ledger.merkle import Edge, leaf_hash


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
