"""States that no signature bears out."""

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
    send,
    signed,
    state,
)
from tests.node.world import CN, PK


def test_i6_without_a_partners_line_nothing_is_delivered(bench: Bench) -> None:
    name = send(bench)
    bench.pk.sync()
    assert state(bench.pk, name) == "local"
    assert bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99)


def test_a15_a_refusal_never_overrides_a_partners_verified_line(bench: Bench) -> None:
    """The own node can say of the partner what it likes: nothing signs that word."""
    name = send(bench)
    bench.meet()
    assert state(bench.pk, name) == "cosigned"

    bench.pk.apply([refusal_arrived(bench.pk, 3)])

    assert state(bench.pk, name) == "cosigned"
    claims = [
        s for s in bench.pk.mailbox.messages.read(name).states if s.state == "refused"
    ]
    assert [(s.by, s.why, s.reporter(PK)) for s in claims] == [(CN, "LABEL", PK)]


def test_p52_a_broken_line_of_a_pinned_mirror_is_an_alarm(bench: Bench) -> None:
    sent = send(bench)
    bench.pk.sync()
    right = cosigned(signed(own_head(bench)), MIRROR, MIRROR)
    other = cosigned(signed(Head(ISLAMABAD, 9, bytes(32))), MIRROR, MIRROR)
    line = next(x for x in other.splitlines(keepends=True) if MIRROR.encode() in x)
    kept = [x for x in right.splitlines(keepends=True) if MIRROR.encode() not in x]
    bench.pk.apply([head_arrived(bench.pk, b"".join([*kept, line]))])
    assert state(bench.pk, sent) == "local"
    assert LogStates(bench.pk.mailbox).alarm(ISLAMABAD) == "COSIGNATURE #4"
