"""The nodes of a growing tree for which a proof may ask."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger.tree_tracker import TreeTracker


def test_a_node_that_was_not_kept_is_missing() -> None:
    """Not a KeyError, which nobody who walks a foreign log expects."""
    tracker = TreeTracker(0, ())

    with pytest.raises(Refusal) as refused:
        tracker.get(0, 5)

    assert refused.value.reason is Reason.MISSING
