"""States that no signature bears out."""

import pytest

from exchange.desk.link.log_states import LogStates
from exchange.ledger.checkpoint import Head
from tests.desk.bench import Bench
from tests.desk.test_arrivals import (
    ISLAMABAD,
    MIRROR,
    cosigned,
    head_arrived,
    own_head,
    refusal_arrived,
    signed,
    state,
)
from tests.node.refusing import proof_of
from tests.node.world import CN, PK, keys_of


def test_i6_without_a_partners_line_nothing_is_delivered(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    assert state(bench.pk, name) == "local"
    assert bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99)


def test_a15_a_refusal_never_overrides_a_partners_verified_line(bench: Bench) -> None:
    """Also where the partner has signed both."""
    name = bench.send()
    bench.meet()
    assert state(bench.pk, name) == "cosigned"

    bench.pk.apply([refusal_arrived(bench.pk, 3)])

    assert state(bench.pk, name) == "cosigned"
    claims = [
        s for s in bench.pk.mailbox.messages.read(name).states if s.state == "refused"
    ]
    assert [(s.by, s.why, s.reporter) for s in claims] == [(CN, "LABEL", "")]


@pytest.mark.parametrize(
    "invented",
    [
        {"proof": b""},
        {"proof": b"\0" * 84},
        {"reason": "KIND"},
        {"by": "shanghai.cn"},
        {"index": 2},
    ],
    ids=["unsigned", "zeros", "another reason", "another node", "another entry"],
)
def test_t11_a_refusal_that_no_partner_signed_is_not_shown(
    bench: Bench, invented: dict[str, object]
) -> None:
    name = bench.send()
    bench.pk.sync()

    bench.pk.apply([refusal_arrived(bench.pk, 3, **invented)])

    assert state(bench.pk, name) == "local"
    assert not [
        one
        for one in bench.pk.mailbox.messages.read(name).states
        if one.state == "refused"
    ]


def test_t11_a_refusal_that_the_own_node_signed_is_not_shown(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    entry = bench.pk.mailbox.messages.read(name).entry
    key = keys_of(PK).log
    proof = proof_of(CN, ISLAMABAD, entry, 3, "LABEL", signer=key)

    bench.pk.apply([refusal_arrived(bench.pk, 3, proof=proof)])

    assert state(bench.pk, name) == "local"


def test_p52_a_broken_line_of_a_pinned_mirror_is_an_alarm(bench: Bench) -> None:
    sent = bench.send()
    bench.pk.sync()
    right = cosigned(signed(own_head(bench)), MIRROR, MIRROR)
    other = cosigned(signed(Head(ISLAMABAD, 9, bytes(32))), MIRROR, MIRROR)
    line = next(x for x in other.splitlines(keepends=True) if MIRROR.encode() in x)
    kept = [x for x in right.splitlines(keepends=True) if MIRROR.encode() not in x]
    bench.pk.apply([head_arrived(bench.pk, b"".join([*kept, line]))])
    assert state(bench.pk, sent) == "local"
    assert LogStates(bench.pk.mailbox).alarm(ISLAMABAD) == "COSIGNATURE #4"
