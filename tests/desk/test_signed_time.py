"""Which times count at a desk before anything is destroyed."""

from exchange.desk.link.heads import Believed
from exchange.desk.link.signed_time import DeskSignedTime
from exchange.ledger.checkpoint import Head
from exchange.limits import MINUTE, SECOND
from tests.desk.bench import Bench
from tests.node.world import CN, PK

OWN, OTHER = f"{PK}.fusion/log/1", f"{CN}.fusion/log/1"
MINUTE_S = MINUTE // SECOND
HOUR_S = 60 * MINUTE_S
WITNESS = ("witness.example", b"1234")
OWN_MIRROR = (f"{PK}.fusion/mirror", b"5678")


def head(
    origin: str,
    at: int,
    lines: dict[str, int] | None = None,
    sizes: dict[tuple[str, bytes], int] | None = None,
) -> Believed:
    return Believed(Head(origin, 9, bytes(32)), at, b"", lines or {}, sizes or {})


def test_the_newest_of_others_times_counts(bench: Bench) -> None:
    now = bench.now // SECOND
    time = DeskSignedTime(bench.pk.mailbox, bench.pk.pinned, PK, lambda: bench.now)
    begun = time.newest
    assert begun <= bench.now

    def heard(believed: Believed) -> int:
        time.heard(believed.head.origin, believed)
        return time.newest

    own_words = head(OWN, now + MINUTE_S, sizes={OWN_MIRROR: now + MINUTE_S})
    assert heard(own_words) == begun
    mirrored = head(OTHER, 1, {PK: now + MINUTE_S}, {OWN_MIRROR: now + MINUTE_S})
    assert heard(mirrored) == begun
    ahead = head(OWN, 1, {CN: now + HOUR_S + 1})
    assert heard(ahead) == begun
    assert heard(head(OWN, 1, {CN: now + 2})) == (now + 2) * SECOND
    assert heard(head(OWN, 1, {CN: now + 1})) == (now + 2) * SECOND
    assert heard(head(OTHER, now + 3)) == (now + 3) * SECOND
    assert heard(head(OWN, 1, sizes={WITNESS: now + 4})) == (now + 4) * SECOND
    assert time.past == bench.now
    bench.now += 60 * MINUTE
    assert time.past == (now + 4) * SECOND
