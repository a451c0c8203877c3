"""The end of a log, as the first entry of the next one must name it."""

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.trust.rules import Opening
from tests.expecting import refusing
from tests.ledger.test_checkpoint import ED, MIRROR, MIRRORS, ML, NOW, PARTNER, vkey

LOGS = [f"islamabad.pk.fusion/log/{number}" for number in (1, 2)]
KEYS = [vkey(origin, signer) for origin in LOGS for signer in (ED, ML)]
OPENING = Opening(LOGS[1], KEYS, MIRRORS)


def end(origin: str) -> bytes:
    """Return a head of a log, cosigned by a partner."""
    note = checkpoint.sign_head(Head(origin, 5, bytes(32)), ED, ML, NOW)
    return checkpoint.cosign(note, MIRROR, PARTNER, NOW)


def test_a_cosigned_end_is_of_the_log_before_and_of_no_other() -> None:
    """Whatever the other log, though its keys are known: the vectors show the rest."""
    assert OPENING.end(end(LOGS[1])).head.size == 5
    with refusing(Reason.HEAD):
        OPENING.end(end(LOGS[0]))
