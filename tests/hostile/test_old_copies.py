"""Nodes that were restored from an old copy, or are shown one."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.node import outbox, peer_heads, replicas
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.expecting import refusing
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.test_restart import (
    OURS,
    THEIRS,
    contents,
    copy_of,
    fetch,
    forked_head,
    restart,
    send,
)
from tests.node.world import CN, PK, World, bulletin, name_of

met = node_fixtures.met


def test_b2_before_a_partner_is_heard_nothing_is_signed(met: World) -> None:
    pk = restart(met, copy_of(met))
    sent = bulletin(pk.nation, met.cn.nation, b"waits")
    size = pk.store.logs.size(OURS)

    (answer,) = pk.from_desk(sent)

    assert (answer.waiting, answer.reason, answer.name) == (True, "", name_of(sent))
    assert pk.store.logs.size(OURS) == size
    assert not pk.node.may_sign


def test_b2_b3_a_node_restored_from_an_old_copy_comes_back_complete(met: World) -> None:
    copy = copy_of(met)
    send(met, b"one", b"two")
    met.meet()
    before = contents(met.pk.store, OURS)
    pk = restart(met, copy)

    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(met.cn.node.store))
    (waiting,) = pk.from_desk(bulletin(pk.nation, met.cn.nation, b"three"))
    assert waiting.waiting  # the partner is ahead: nothing is signed below it
    fetch(met)

    assert contents(pk.store, OURS)[: len(before)] == before
    assert pk.store.logs.size(OURS) == len(before) + 1  # and then what waited
    met.meet()
    assert contents(met.cn.store, OURS) == contents(pk.store, OURS)


def test_p49_b2_a_cosigner_restored_from_an_old_copy_signs_nothing_below_its_own_line(
    met: World,
) -> None:
    """Its own line is ahead of its replica, though newer heads stand above it."""
    copy = copy_of(met)
    for text in (b"1", b"2"):
        met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation, text))
        met.meet()
    met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation, b"3"))
    pk = restart(met, copy)
    peer_heads.hear_partner(pk.node, CN, outbox.hello_positions(met.cn.node, PK))

    first = outbox.next_batch(met.cn.node, PK, 3).batch
    del first.envelopes[1:]
    first.head = met.cn.store.heads.note(THEIRS, 4) or b""
    below = receive_batch(pk.node, CN, first)
    last = receive_batch(pk.node, CN, outbox.next_batch(met.cn.node, PK, 4).batch)

    mirror = checkpoint.cosigner_name(PK).encode()
    assert mirror not in below.head
    assert mirror in last.head


@pytest.mark.parametrize("size", [1, 2, 3])
def test_p50_a_head_beside_the_replica_freezes_the_log_with_a_proof(
    met: World, size: int
) -> None:
    note = forked_head(size)
    position = ledger_pb2.LogPosition(origin=OURS, size=size, head=note)

    peer_heads.hear_partner(met.cn.node, PK, [position])

    proof = met.cn.node.forks[OURS].proof
    fork.verify(proof, met.cn.node.members.log_keys(OURS))
    with refusing(Reason.FORK):
        receive_batch(met.cn.node, PK, outbox.next_batch(met.pk.node, CN, 0).batch)
    assert replicas.cosign_again(met.cn.node, PK) is None
    peer_heads.judge_fork(met.pk.node, rpc.Forked(origin=OURS, proof=proof))
    assert not met.pk.node.may_sign
    (answer,) = met.pk.from_desk(bulletin(met.pk.nation, met.cn.nation))
    assert answer.reason == Reason.FORK
    assert met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation))[0].reason == ""
    met.carry(met.cn, met.pk)  # the other log goes on
    assert met.pk.store.logs.size(THEIRS) == 4


def test_p50_a_batch_past_a_seen_head_and_beside_it_is_a_fork(met: World) -> None:
    seen = forked_head(4)
    peer_heads.hear_desk(met.cn.node, "ops.islamabad.pk", [seen])
    send(met, b"one", b"two")

    with refusing(Reason.FORK):
        met.carry(met.pk, met.cn)

    fork.verify(met.cn.node.forks[OURS].proof, met.cn.node.members.log_keys(OURS))
    assert met.cn.store.logs.size(OURS) == 3


def test_p50_a_proof_that_proves_nothing_freezes_nothing(met: World) -> None:
    peer_heads.hear_partner(
        met.cn.node,
        PK,
        [ledger_pb2.LogPosition(origin=OURS, size=2, head=forked_head(2))],
    )
    proof = met.cn.node.forks[OURS].proof

    for forked in (
        rpc.Forked(origin=OURS, proof=proof[:-40]),
        rpc.Forked(origin=THEIRS, proof=proof),
        rpc.Forked(origin="lahore.pk.fusion/log/1", proof=proof),
        rpc.Forked(origin=OURS),
    ):
        with pytest.raises(Refusal):
            peer_heads.judge_fork(met.pk.node, forked)
    assert not met.pk.node.forks


def test_p52_a_desk_cannot_stop_its_node_by_a_head_that_was_never_signed(
    met: World,
) -> None:
    note = met.pk.store.heads.newest(OURS).note  # type: ignore[union-attr]

    peer_heads.hear_desk(
        met.pk.node,
        "ops.islamabad.pk",
        [b"no note", note.replace(b"\n3\n", b"\n9\n"), b""],
    )

    assert met.pk.node.may_sign
