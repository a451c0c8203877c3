"""What a desk may hand over, once, twice, and in another's name."""

import hashlib

import pytest

from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.hostile.partner import resigned, with_core
from tests.hostile.traces import nothing_kept
from tests.node.test_node import reason_of
from tests.node.world import FILED, World, bulletin, name_of, receipt
from tests.trust.nation import DAY


def refused_as(world: World, sent: pb.Envelope) -> str:
    """Return why Islamabad refuses it: kept is that it was refused, and no more."""
    with nothing_kept(world.pk.store, world.cn.store, but={"refused"}):
        return reason_of(world, sent)


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

    assert refused_as(world, bulletin(ours, theirs, b"two", id=id_)) == (
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

    assert refused_as(world, sent) == Reason.TIME


def test_p55_a_receipt_for_what_nobody_knows_is_refused(world: World) -> None:
    world.meet()

    answer = receipt(world.pk.nation, bytes(32), pb.RELATION_OPENED)

    assert refused_as(world, answer) == Reason.REFERENCES


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

    assert refused_as(world, recall) == Reason.REFERENCES


def test_i5_c4_the_node_holds_no_key_that_opens_anything(world: World) -> None:
    for secret in (world.pk.nation.sealing, world.cn.nation.sealing):
        for path in world.folder.iterdir():
            assert secret.seed not in path.read_bytes()


def test_p42_months_later_and_after_a_restart_it_is_answered_with_its_place(
    world: World,
) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation, precedence=pb.PRECEDENCE_FLASH)
    (first,) = world.pk.from_desk(sent)
    world.meet()

    world.reopen()
    (restarted,) = world.pk.from_desk(sent)
    world.pk.reach(FILED + 90 * DAY)
    (later,) = world.pk.from_desk(sent)

    assert first == restarted == later
    assert world.pk.store.logs.size(world.pk.node.origin) == 4


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"filed": FILED - 3_650 * DAY, "valid_from": FILED}, Reason.SIGNER_TIME),
        ({"expires": FILED - 1}, Reason.TIME),
        ({"valid_from": FILED + 31 * DAY}, Reason.TIME),
    ],
    ids=["ten years ago", "expired before it was filed", "valid after it expires"],
)
def test_p47_times_that_contradict_each_other_are_refused(
    world: World, times: dict[str, object], reason: Reason
) -> None:
    world.meet()

    made = bulletin(world.pk.nation, world.cn.nation)
    signer = ("author", world.pk.nation.author)
    sent = resigned(made, signer, core=with_core(made, **times))

    assert refused_as(world, sent) == reason


def test_p56_a_receipt_does_not_move_to_another_bulletin(world: World) -> None:
    world.meet()
    ours, theirs = world.pk.nation, world.cn.nation
    one, other = (bulletin(ours, theirs, text) for text in (b"one", b"other"))
    world.pk.from_desk(one, other)
    world.meet()
    answer = receipt(theirs, name_of(one), pb.RELATION_ACKNOWLEDGED)
    moved = pb.Envelope(entry=answer.entry.replace(name_of(one), name_of(other)))
    assert moved != answer

    with nothing_kept(world.cn.store, but={"refused"}):
        (refused,) = world.cn.from_desk(moved)

    assert refused.reason == Reason.SIGNATURE
    assert world.cn.store.entries.by_name(name_of(moved)) is None


def test_o15_texts_of_one_bucket_are_equally_long(world: World) -> None:
    """Every part of them, so that who sees the line learns nothing of the text."""
    short, long = (
        bulletin(world.pk.nation, world.cn.nation, text, id=bytes(range(16)))
        for text in (b"x", b"x" * 400)
    )

    assert len(short.SerializeToString()) == len(long.SerializeToString())
    assert [len(short.entry), len(short.body)] == [len(long.entry), len(long.body)]
    assert list(map(len, short.wraps)) == list(map(len, long.wraps))
