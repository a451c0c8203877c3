"""The nodes of a growing tree for which a proof may ask."""

from exchange.errors import Reason
from exchange.ledger.tree_tracker import TreeTracker
from tests.expecting import refusing


def test_a_node_that_was_not_kept_is_missing() -> None:
    """Not a KeyError, which nobody who walks a foreign log expects."""
    tracker = TreeTracker(0, ())

    with refusing(Reason.MISSING):
        tracker.get(0, 5)
