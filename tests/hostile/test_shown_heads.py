"""Heads that a partner shows: beside what is here, twice, in vain."""

import pytest

from exchange.errors import Reason
from exchange.node import peer_heads, told_refusals
from tests.batches import changing
from tests.expecting import refusing
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.refusing import refuse
from tests.node.test_shown import OURS, answered, forks, head_of
from tests.node.world import CN, PK, World, forged

met = node_fixtures.met


@pytest.mark.parametrize("index", [4, 2**63 - 1, 2**63, 2**64 - 1])
def test_a3_a16_refusals_of_what_was_never_sent_are_not_kept(
    met: World, index: int
) -> None:
    answer = answered(met)
    refuse(answer, met.pk.store, CN, (3, Reason.TIME), (index, Reason.TIME))
    before = len(met.pk.store.arrivals.page(0, 1_000))

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert len(met.pk.store.arrivals.page(0, 1_000)) == before + 1  # the line
    assert not met.pk.store.partners.refusals(OURS, 3)


def test_a3_a16_a_refusal_for_no_reason_is_not_kept(met: World) -> None:
    answer = answered(met)
    refuse(answer, met.pk.store, CN, (2, Reason.TIME), (3, "X" * 10_000))

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert not met.pk.store.partners.refusals(OURS, 3)


def test_a3_no_more_refusals_are_looked_at_than_a_frame_has_entries(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_refusals, "BATCH_ENTRIES_MAX", 2)
    answer = answered(met)
    refuse(answer, met.pk.store, CN, *((index, Reason.TIME) for index in (1, 2, 3)))

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert not met.pk.store.partners.refusals(OURS, 3)


def test_p51_two_heads_of_one_size_are_a_fork_before_the_log_is_as_long(
    met: World,
) -> None:
    peer_heads.hear_desk(met.cn.node, "ops.islamabad.pk", [head_of(OURS, 9)])
    peer_heads.hear_desk(
        met.cn.node, "ops.islamabad.pk", [head_of(OURS, 9, b"\6" * 32)]
    )

    forks(met.cn, OURS)


def test_p50_the_head_of_a_batch_that_was_refused_was_shown_all_the_same(
    met: World,
) -> None:
    edge = met.cn.store.logs.edge(OURS)
    batch = forged(met.pk.nation, edge, [b"one history"])
    with changing(batch) as sent:
        sent.entry += b"\0"
    with refusing(Reason.ROOT):
        receive_batch(met.cn.node, PK, batch)
    assert not met.cn.node.forks

    with refusing(Reason.FORK):
        receive_batch(
            met.cn.node, PK, forged(met.pk.nation, edge, [b"another", b"history"])
        )

    forks(met.cn, OURS)
