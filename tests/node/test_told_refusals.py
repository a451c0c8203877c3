"""What is refused is told under a signature, and kept by whom it concerns."""

from collections.abc import Callable

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import HEARTBEAT
from exchange.node import outbox, peer_heads, replicas
from exchange.node.start_up import StartUp
from exchange.trust.key_ends import KeyEnds
from exchange.trust.signed_refusals import RefusedPlace, ShownRefusal
from exchange.v1 import exchange_service_pb2 as rpc
from tests.node.receiving import receive_batch, restore_batch
from tests.node.refusing import AT, proof_of
from tests.node.world import CN, PK, World, forged

BAD = (b"no entry", b"nor this")
FIRST = 3


@pytest.fixture
def met(world: World) -> World:
    world.meet()
    return world


def answer_to(met: World, *entries: bytes) -> rpc.Cosigned:
    """Let Islamabad's log have these; return what Beijing answers."""
    batch = forged(met.pk.nation, met.cn.store.logs.edge(met.pk.node.origin), entries)
    restore_batch(met.pk.node, CN, batch)
    return receive_batch(met.cn.node, PK, batch)


def kept(met: World, index: int) -> list[tuple[str, str]]:
    """Return what is kept of an entry, each refusal verified by its own proof."""
    origin, members = met.pk.node.origin, met.pk.node.members
    found = met.pk.store.partners.refusals(origin, index)
    for one in found:
        leaf = met.pk.store.logs.hash(origin, 0, index)
        shown = ShownRefusal(one.by, origin, RefusedPlace(index, leaf, one.reason))
        shown.verify(one.proof, members.log_keys(members.origin(CN)), members.ends)
    return [(one.by, one.reason) for one in found]


def test_each_refusal_of_an_answer_is_kept_with_what_proves_it(met: World) -> None:
    answer = answer_to(met, *BAD)

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    for index in (FIRST, FIRST + 1):
        assert kept(met, index) == [(CN, Reason.NOT_CANONICAL)]


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer.ClearField("refused"),
        lambda answer: setattr(answer.refused, "size", answer.size - 1),
        lambda answer: setattr(answer.refused, "time", AT + 1),
        lambda answer: setattr(answer.refusals[0], "reason", Reason.LABEL),
        lambda answer: setattr(answer.refusals[1], "index", FIRST),
        lambda answer: answer.refusals.pop(),
        lambda answer: answer.refusals.reverse(),
        lambda answer: setattr(answer.refused, "signature", b"short"),
    ],
    ids=["none", "size", "time", "reason", "twice", "fewer", "order", "short"],
)
def test_what_its_partner_did_not_sign_is_not_kept(
    met: World, change: Callable[[rpc.Cosigned], object]
) -> None:
    answer = answer_to(met, *BAD)
    change(answer)

    size = peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert size == met.pk.store.partners.get_peer(CN).cosigned_size == FIRST + 2
    assert not kept(met, FIRST)
    assert not kept(met, FIRST + 1)


def test_a_node_that_may_not_sign_tells_of_no_refusal_until_it_may(met: World) -> None:
    node = met.cn.node
    node.startup = StartUp([PK])

    silent = answer_to(met, *BAD)

    assert not silent.refusals
    assert not silent.HasField("refused")
    peer_heads.record_cosignature(met.pk.node, CN, silent)
    assert not outbox.hello_positions(node, PK)[1].refusals
    node.startup.note_answer(PK, node.clock.elapsed())
    met.cn.now += HEARTBEAT
    line = replicas.cosign_again(node, PK)
    assert line is not None
    peer_heads.record_cosignature(met.pk.node, CN, line)

    for index in (FIRST, FIRST + 1):
        assert kept(met, index) == [(CN, Reason.NOT_CANONICAL)]
    met.cn.now += HEARTBEAT
    again = replicas.cosign_again(node, PK)
    assert again is not None
    assert not again.refusals


def test_a_hello_brings_what_was_lost_with_a_stream(met: World) -> None:
    answer_to(met, *BAD)  # and it is lost
    origin = met.pk.node.origin

    (position,) = [
        one
        for one in outbox.hello_positions(met.cn.node, PK)
        if one.origin == origin and one.size == FIRST + 2
    ]
    lost = rpc.Cosigned(
        origin=origin,
        size=position.size,
        head=position.head,
        refusals=position.refusals,
        refused=position.refused,
    )
    peer_heads.record_cosignature(met.pk.node, CN, lost)

    assert kept(met, FIRST) == [(CN, Reason.NOT_CANONICAL)]


def test_a_partners_own_log_is_no_business_of_its_hello(met: World) -> None:
    origin = met.pk.node.origin
    answer_to(met, *BAD)

    positions = outbox.hello_positions(met.pk.node, CN)

    assert [one.origin for one in positions if one.refusals] == []
    assert origin in {one.origin for one in positions}


@pytest.mark.parametrize(
    ("ends", "counts"),
    [
        (lambda key: KeyEnds({}, {key: AT}, frozenset({key})), True),
        (lambda key: KeyEnds({}, {key: AT - 1}, frozenset({key})), False),
        (lambda key: KeyEnds({key: 9}, {}, signed_s={key: AT}), True),
        (lambda key: KeyEnds({key: 9}, {}, signed_s={key: AT - 1}), False),
    ],
    ids=["revoked later", "revoked", "retired later", "retired"],
)
def test_a_refusal_counts_up_to_the_end_of_its_key(
    met: World, ends: Callable[[object], KeyEnds], *, counts: bool
) -> None:
    members = met.pk.node.members
    keys = members.log_keys(members.origin(CN))
    origin, place = met.pk.node.origin, met.pk.store.entries.page
    (entry,) = place(origin, 0, 1)
    proof = proof_of(CN, origin, entry.entry, 0, "LABEL")
    shown = ShownRefusal(CN, origin, RefusedPlace(0, entry.leaf, "LABEL"))

    if counts:
        assert shown.verify(proof, keys, ends(keys[0].key)) == AT
        return
    with pytest.raises(Refusal) as refused:
        shown.verify(proof, keys, ends(keys[0].key))
    assert refused.value.reason is Reason.SIGNER_TIME
