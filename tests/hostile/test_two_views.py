"""Two views of one log, shown to two auditors."""

import pytest

from exchange.errors import Reason
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import leaf_hash, root_hash
from exchange.ledger.note import parse_note
from tests.audit.log_in_memory import CN, ORIGIN
from tests.audit.test_verify_nodes import ENTRIES, KEYS, OTHERS, faults, log, only, pair


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(40, 40), (40, 39), (40, 32), (40, 5), (40, 4), (33, 40), (31, 40), (8, 40)],
)
def test_i4_two_histories_make_a_proof(ours: int, theirs: int) -> None:
    """Each is sound by itself: only beside each other they show it."""
    found = only(pair(log(ENTRIES, ours), log(OTHERS, theirs)))

    assert not found.ok
    assert not found.agree
    assert found.fork is not None
    proof = fork.verify(found.fork, KEYS)
    for one in (proof.first, proof.second):
        assert {line.name for line in parse_note(one).lines} == {ORIGIN}
    heads = {
        checkpoint.verify_head(one, KEYS).head for one in (proof.first, proof.second)
    }
    assert heads == {
        Head(ORIGIN, ours, root_hash([leaf_hash(e) for e in ENTRIES[:ours]])),
        Head(ORIGIN, theirs, root_hash([leaf_hash(e) for e in OTHERS[:theirs]])),
    }
    assert all(view.audit and view.audit.ok for view in found.views)


def test_i3_i4_another_entry_under_the_same_heads() -> None:
    theirs = log(ENTRIES)
    theirs.entries = [*ENTRIES[:30], OTHERS[30], *ENTRIES[31:]]

    found = only(pair(log(ENTRIES), theirs))

    assert not found.ok
    assert found.agree  # the heads are the same
    assert found.fork is None
    assert faults(found)[0] == (CN.node, 39, Reason.ROOT)
    assert {node for node, *_ in faults(found)} == {CN.node}
