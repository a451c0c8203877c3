"""The directory tree: grown by runs of blanks, it is the tree grown leaf by leaf."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason
from exchange.ledger import directory_tree
from exchange.ledger.merkle import Edge, leaf_hash
from tests.expecting import refusing
from tests.ledger.merkle_adapter import directory_leaves

BEGIN = bytes.fromhex("0a0c080110011805")


@given(st.lists(st.lists(st.booleans(), max_size=70), max_size=6))
def test_a_tree_grown_in_runs_is_the_tree_grown_by_leaves(
    runs: list[list[bool]],
) -> None:
    edge = plain = Edge.empty()
    for run in runs:
        entries = [
            (BEGIN if of_it else b"") + b"%d" % index
            for index, of_it in enumerate(run, edge.size)
        ]
        leaves = directory_leaves(edge.size, entries)
        edge = directory_tree.extend(edge, leaves, edge.size + len(entries))
        all_leaves = [leaf_hash(entry if of_it else b"") for entry, of_it in
                      zip(entries, run, strict=True)]  # fmt: skip
        plain = plain.extend(all_leaves).edge

        assert edge == plain


def test_a_long_run_of_blanks_costs_little() -> None:
    edge = directory_tree.extend(Edge.empty(), [], 2**40 + 5)

    assert (edge.size, len(edge.hashes)) == (2**40 + 5, 3)
    assert edge.hashes[0] == directory_tree.BLANK[40]


@pytest.mark.parametrize("places", [[3, 2], [2, 2], [9], [1]])
def test_leaves_out_of_order_are_refused(places: list[int]) -> None:
    edge = directory_tree.extend(Edge.empty(), [], 2)

    with refusing(Reason.POSITION):
        directory_tree.extend(edge, [(place, bytes(32)) for place in places], 9)
