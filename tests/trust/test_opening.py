"""The end of a log, as the first entry of the next one must name it."""

import pytest

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.trust.rules import Opening
from tests.expecting import refusing
from tests.ledger.test_checkpoint import ED, MIRROR, MIRRORS, ML, NOW, PARTNER, vkey

LOGS = [f"islamabad.pk.fusion/log/{number}" for number in (1, 2)]
KEYS = [vkey(origin, signer) for origin in LOGS for signer in (ED, ML)]
OPENING = Opening(LOGS[1], KEYS, MIRRORS)


def end(origin: str, *, cosigned: bool = True) -> bytes:
    """Return a head of a log, cosigned by a partner."""
    note = checkpoint.sign_head(Head(origin, 5, bytes(32)), ED, ML, NOW)
    return checkpoint.cosign(note, MIRROR, PARTNER, NOW) if cosigned else note


def test_the_end_is_a_head_that_a_partner_cosigned() -> None:
    assert OPENING.end(end(LOGS[1])).head.size == 5


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (end(LOGS[0]), Reason.HEAD),
        (end(LOGS[1], cosigned=False), Reason.COSIGNATURE),
        (end(LOGS[1]).replace(LOGS[1].encode(), LOGS[0].encode()), Reason.HEAD),
        (b"no note", Reason.NOTE),
    ],
    ids=["of the log before", "by nobody else", "renamed", "no note"],
)
def test_another_end_is_refused(note: bytes, reason: Reason) -> None:
    with refusing(reason):
        OPENING.end(note)
