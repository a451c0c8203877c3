"""The directory tree: grown by runs of blanks, it is the tree grown leaf by leaf."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason
from exchange.ledger import checkpoint, directory_head, directory_tree
from exchange.ledger.merkle import Edge, leaf_hash
from tests.expecting import refusing
from tests.ledger.merkle_adapter import directory_leaves
from tests.ledger.test_checkpoint import ED, KEYS, ML, NOTE, NOW, ORIGIN, vkey

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


# Its head: signed by its log, and by its name no head of a log.


EDGE = Edge.empty().extend([leaf_hash(b"statement")]).edge
OTHER = checkpoint.log_origin("beijing.cn")
DIRECTORY = directory_head.sign_directory_head(ORIGIN, EDGE, ED, ML, NOW)
THEIRS = directory_head.sign_directory_head(OTHER, EDGE, ED, ML, NOW)


def test_a_directory_head_verifies() -> None:
    found = directory_head.verify_directory_head(DIRECTORY, ORIGIN, KEYS)

    assert (found.head.size, found.head.root) == (1, EDGE.root())
    assert found.time_s == NOW


@pytest.mark.parametrize(
    "note",
    [NOTE, THEIRS, DIRECTORY.replace(ORIGIN.encode(), OTHER.encode())],
    ids=["of the log itself", "of another directory", "renamed"],
)
def test_another_head_of_these_keys_is_none(note: bytes) -> None:
    """Else who signed that a log has a size would have signed what it revokes."""
    keys = [*KEYS, vkey(OTHER, ED), vkey(OTHER, ML)]
    with refusing(Reason.HEAD):
        directory_head.verify_directory_head(note, ORIGIN, keys)


def test_a_directory_head_is_no_head_of_the_log() -> None:
    with refusing(Reason.HEAD):
        checkpoint.verify_head(DIRECTORY, KEYS)
