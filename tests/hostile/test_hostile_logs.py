"""A partner's log that forks, breaks the rules or is cosigned amiss."""

from exchange.errors import Reason
from exchange.ledger.checkpoint import Head, sign_head
from exchange.node import peer_heads
from tests.batches import put
from tests.expecting import present, refusing
from tests.hostile.traces import nothing_kept
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.test_receive import HOSTILE, cosigned_by_beijing
from tests.node.world import CN, FILED, PK, World, bulletin, forged, keys_of, name_of

met = node_fixtures.met


def test_p45_p50_i3_a_second_history_is_a_fork(met: World) -> None:
    """Two heads of one size: the second is never stored, and never cosigned."""
    ours = met.pk.nation
    edge = met.pk.store.logs.edge(met.pk.node.origin)
    told_us = forged(ours, edge, [b"one story"])
    told_others = forged(ours, edge, [b"another"])
    receive_batch(met.cn.node, PK, told_us)
    before = met.cn.store.heads.newest(told_us.origin)

    with (
        nothing_kept(met.cn.store, but={"fork"}),
        refusing(Reason.FORK),
    ):
        receive_batch(met.cn.node, PK, told_others)

    assert met.cn.store.heads.newest(told_us.origin) == before


def test_p53_hostile_entries_are_mirrored_as_refused_and_do_not_stop_the_log(
    met: World,
) -> None:
    """All of them in one batch, with an honest bulletin before and after."""
    nation, origin = met.pk.nation, met.pk.node.origin
    edge = met.cn.store.logs.edge(origin)
    entries = [make(met) for make, _ in HOSTILE]
    honest = [bulletin(nation, met.cn.nation, b"%d" % number) for number in range(2)]
    batch = forged(nation, edge, [honest[0].entry, *entries, honest[1].entry])
    put(batch, 0, honest[0])
    put(batch, -1, honest[1])

    cosigned = receive_batch(met.cn.node, PK, batch)

    told = {refusal.index: refusal.reason for refusal in cosigned.refusals}
    expected = {
        edge.size + 1 + place: reason for place, (_, reason) in enumerate(HOSTILE)
    }
    assert told == expected
    for index in expected:
        (stored,) = met.cn.store.entries.page(origin, index, 1)
        assert (stored.reason, stored.wraps, stored.body) == (told[index], (), b"")
        assert stored.desks == ()
    for sent in honest:
        mirrored = present(met.cn.store.entries.by_name(name_of(sent)))
        assert mirrored.reason == ""


def test_p52_a_line_that_does_not_verify_is_not_recorded(met: World) -> None:
    cosigned = cosigned_by_beijing(met)
    head = cosigned.head
    cosigned.head = (
        head[:-8] + (b"AAAA" if head[-8:-4] != b"AAAA" else b"BBBB") + (head[-4:])
    )

    with nothing_kept(met.pk.store), refusing(Reason.COSIGNATURE):
        peer_heads.record_cosignature(met.pk.node, CN, cosigned)


def test_p52_a_head_that_we_never_signed_is_not_recorded(met: World) -> None:
    cosigned = cosigned_by_beijing(met)
    origin = met.pk.node.origin
    keys = keys_of(CN)
    cosigned.head = sign_head(
        Head(origin, 4, bytes(32)), keys.log, keys.log_pq, FILED // 1000
    )

    with nothing_kept(met.pk.store), refusing(Reason.HEAD):
        peer_heads.record_cosignature(met.pk.node, CN, cosigned)
