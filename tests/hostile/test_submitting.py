"""What a desk may hand over, once, twice, and in another's name."""

import hashlib

from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.node import conftest as node_fixtures
from tests.node.test_node import reason_of
from tests.node.world import (
    FILED,
    World,
    bulletin,
    name_of,
    receipt,
)

world = node_fixtures.world
tmp_path = node_fixtures.tmp_path


def test_p42_the_same_name_again_is_answered_with_its_place(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)

    first, second = world.pk.from_desk(sent, sent)
    (third,) = world.pk.from_desk(sent)

    assert first == second == third
    assert world.pk.store.logs.size(world.pk.node.origin) == 4


def test_p43_p44_an_id_is_used_once(world: World) -> None:
    world.meet()
    ours, theirs = world.pk.nation, world.cn.nation
    id_ = hashlib.sha256(b"one").digest()[:16]
    world.pk.from_desk(bulletin(ours, theirs, b"one", id=id_))

    assert reason_of(world, bulletin(ours, theirs, b"two", id=id_)) == (
        Reason.DUPLICATE_ID
    )


def test_p44_an_id_is_used_once_also_across_the_heads_of_one_call(world: World) -> None:
    world.meet()
    ours, theirs = world.pk.nation, world.cn.nation
    id_ = hashlib.sha256(b"one").digest()[:16]
    large = [bytes([n]) * 250_000 for n in range(8)]
    sent = [bulletin(ours, theirs, text, id=id_) for text in (large[0], large[7])]
    between = [bulletin(ours, theirs, text) for text in large[1:7]]

    answers = world.pk.from_desk(sent[0], *between, sent[1], sent[0])

    assert [answer.reason for answer in answers] == [*[""] * 7, "DUPLICATE_ID", ""]
    assert answers[0] == answers[8]


def test_p47_what_is_filed_ahead_of_the_clock_is_refused(world: World) -> None:
    world.meet()
    sent = bulletin(
        world.pk.nation,
        world.cn.nation,
        filed=FILED + 301_000,
        valid_from=FILED + 301_000,
    )

    assert reason_of(world, sent) == Reason.TIME


def test_p55_a_receipt_for_what_nobody_knows_is_refused(world: World) -> None:
    world.meet()

    answer = receipt(world.pk.nation, bytes(32), pb.RELATION_OPENED)

    assert reason_of(world, answer) == Reason.REFERENCES


def test_p57_a_recall_by_another_desk_than_the_authors_is_refused(world: World) -> None:
    world.meet()
    sent = bulletin(world.cn.nation, world.pk.nation)
    world.cn.from_desk(sent)
    world.meet()
    recall = bulletin(
        world.pk.nation,
        world.cn.nation,
        kind=pb.KIND_RECALL,
        references=[pb.Reference(relation=pb.RELATION_RECALLS, name=name_of(sent))],
    )

    assert reason_of(world, recall) == Reason.REFERENCES


def test_i5_c4_the_node_holds_no_key_that_opens_anything(world: World) -> None:
    for secret in (world.pk.nation.sealing, world.cn.nation.sealing):
        for path in world.folder.iterdir():
            assert secret.seed not in path.read_bytes()
