"""Log n + 1: keys carry over, and it begins where log n ends."""

import pytest

from exchange.audit.judge import chunk
from exchange.audit.judge.pool import Pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.verify_log import verify_logs
from exchange.audit.result import LogAudit, RefusedEntry
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger import note as notes
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import leaf_hash, root_hash
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import entries
from tests.audit import log_in_memory as shown
from tests.audit.log_in_memory import CN, PK, TIME, Shown
from tests.node.world import FILED, beginning, bulletin, directory
from tests.trust.nation import ed, ml, revocation

FIRST, SECOND = (checkpoint.log_origin(PK.node, number) for number in (1, 2))


def _pinned() -> dict[str, bundles.Bundle]:
    """Return the bundles, Islamabad's with a second log."""
    plain = PK.plain(serial=2)
    plain.nodes[0].logs.extend(
        [
            Vkey(SECOND, notes.ED25519, ed(SECOND).public).encode(),
            Vkey(SECOND, notes.ML_DSA_44, ml(SECOND).public).encode(),
        ]
    )
    own = bundles.read(bundles.make(plain, *PK.roots))
    return {"pk": own, "cn": CN.bundle}


PINNED = _pinned()
BEGUN = [sent.entry for sent in beginning(PK)]
ONE, TWO, THREE = (bulletin(PK, CN, text).entry for text in (b"1", b"2", b"3"))
LOG_1 = [*BEGUN, ONE]


def note(origin: str, listed: list[bytes]) -> bytes:
    head = Head(origin, len(listed), root_hash([leaf_hash(e) for e in listed]))
    signed = checkpoint.sign_head(head, ed(origin), ml(origin), TIME)
    return shown.cosigned(signed)


def opens(end: bytes) -> bytes:
    return entries.head_envelope(end, PK.node, PK.issuer, FILED).entry


END = note(FIRST, LOG_1)
OPENING = opens(END)


def audit(*second: bytes, first: list[bytes] = LOG_1) -> list[LogAudit]:
    logs = {FIRST: first, SECOND: list(second)}
    sources = [
        Shown(listed, [note(origin, listed)], origin=origin)
        for origin, listed in reversed(logs.items())
        if listed
    ]
    found = verify_logs(sources, Means(PINNED, Pool(chunk.judge, None)))
    assert [log.origin for log in found] == [source.origin for source in sources]
    return found[::-1]


def test_keys_carry_over() -> None:
    first, second = audit(OPENING, TWO)

    assert first.ok
    assert second.ok
    assert (second.accepted, second.refused) == (2, 0)
    assert second.cosigned_size == 2


def test_the_same_envelope_may_stand_in_both() -> None:
    _, second = audit(OPENING, ONE)

    assert second.accepted == 2


@pytest.mark.parametrize(
    "log_1",
    [[*LOG_1, TWO], LOG_1[:-1], [*BEGUN, THREE]],
    ids=["longer", "shorter", "other"],
)
def test_it_must_begin_where_the_one_before_ends(log_1: list[bytes]) -> None:
    _, second = audit(OPENING, TWO, first=log_1)

    assert [(f.index, f.reason, f.what) for f in second.faults] == [
        (0, Reason.HEAD, f"end of {FIRST}")
    ]


def test_without_the_one_before_that_is_what_is_missing() -> None:
    (second,) = audit(OPENING, TWO, first=[])

    assert second.refused == 2  # nobody is known to have signed them
    assert second.ours[0].reason == Reason.SIGNER_UNKNOWN


def _by_the_log_alone() -> bytes:
    return checkpoint.only(END, PINNED["pk"].log_keys(FIRST))


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (TWO, Reason.HEAD),
        (BEGUN[1], Reason.HEAD),
        (opens(note(SECOND, LOG_1)), Reason.HEAD),
        (opens(_by_the_log_alone()), Reason.COSIGNATURE),
        (opens(b"no note"), Reason.NOTE),
    ],
    ids=["a bulletin", "a statement", "of itself", "not cosigned", "no note"],
)
def test_what_opens_it_is_judged_by_the_rules(first: bytes, reason: Reason) -> None:
    _, second = audit(first, TWO)

    assert second.ours == (RefusedEntry(0, reason),)
    assert second.accepted == 1
    assert second.ok


def test_a_head_stands_nowhere_else() -> None:
    first, second = audit(OPENING, opens(END), first=LOG_1)
    assert second.ours == (RefusedEntry(1, Reason.KIND),)

    (first,) = audit(first=[*LOG_1, OPENING])
    assert first.ours == (RefusedEntry(4, Reason.KIND),)


def test_what_is_revoked_there_was_in_use_in_both() -> None:
    since = revocation(PK.officer, PK.author.kid, 1)
    revoked = directory(PK, since, [("issuer", PK.issuer)]).entry

    first, second = audit(OPENING, TWO, revoked, THREE)

    assert second.ours == (RefusedEntry(3, Reason.SIGNER_REVOKED),)
    assert [(one.index, one.first) for one in second.revocations] == [(2, (1,))]
    assert [(one.index, one.first) for one in first.revocations] == [(4, (2, 3))]
    assert first.revocations[0].revokes == PK.author.kid


def test_what_both_revoke_is_told_once() -> None:
    statement = revocation(PK.officer, PK.author.kid, 1)
    again = revocation(PK.officer, PK.author.kid, 1)
    one, two = (
        directory(PK, said, [("issuer", PK.issuer)]).entry
        for said in (statement, again)
    )
    log_1 = [*LOG_1, one]

    first, second = audit(opens(note(FIRST, log_1)), two, first=log_1)

    assert second.ok
    assert [(one.index, one.first) for one in first.revocations] == [(4, (2, 3))]
    assert [(one.index, one.first) for one in second.revocations] == [(1, ())]
