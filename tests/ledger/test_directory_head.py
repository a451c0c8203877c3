"""The head of a directory: signed by its log, and by its name no head of a log."""

import pytest

from exchange.errors import Reason
from exchange.ledger import checkpoint, directory_head
from exchange.ledger.merkle import Edge, leaf_hash
from tests.expecting import refusing
from tests.ledger.test_checkpoint import ED, KEYS, ML, NOTE, NOW, ORIGIN, vkey

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
