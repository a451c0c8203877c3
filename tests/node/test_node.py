"""Submit, replicate, cosign: over real stores, without a network."""

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.node import outbox
from exchange.v1 import envelope_pb2 as pb
from tests.expecting import present
from tests.node.world import CN, PK, World, bulletin, name_of, receipt, recipients


def test_a_bulletin_reaches_the_partner_and_comes_back_cosigned(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)

    (answer,) = world.pk.from_desk(sent)
    world.meet()

    assert (answer.index, answer.reason) == (3, "")
    mirrored = present(world.cn.store.entries.by_name(name_of(sent)))
    assert (mirrored.entry, mirrored.wraps) == (sent.entry, tuple(sent.wraps))
    assert mirrored.body == sent.body
    head = present(world.pk.store.heads.newest(world.pk.node.origin))
    lines = checkpoint.cosignatures(head.note, world.pk.node.members.cosigner_keys(CN))
    assert set(lines) == {"beijing.cn.fusion/mirror"}
    assert world.pk.store.partners.get_peer(CN).cosigned_size == 4


def reason_of(world: World, sent: pb.Envelope) -> str:
    before = world.pk.store.logs.size(world.pk.node.origin)
    (answer,) = world.pk.from_desk(sent)
    assert world.pk.store.logs.size(world.pk.node.origin) == before
    return answer.reason


def test_a_partners_bulletin_is_not_ours_to_record(world: World) -> None:
    world.meet()

    assert reason_of(world, bulletin(world.cn.nation, world.pk.nation)) == (
        Reason.SIGNER_UNKNOWN
    )


def test_a_key_under_another_desks_name_is_refused(world: World) -> None:
    world.meet()
    listed = recipients(world.pk.nation, world.cn.nation)
    for recipient in listed:
        if recipient.kid == world.cn.nation.sealing.kid:
            recipient.desk = "port.beijing.cn"
    sent = bulletin(world.pk.nation, world.cn.nation, recipients=listed)

    assert reason_of(world, sent) == Reason.RECIPIENT_UNKNOWN


def test_body_and_wraps_of_another_envelope_are_refused(world: World) -> None:
    world.meet()
    sent, other = (
        bulletin(world.pk.nation, world.cn.nation, text) for text in (b"one", b"other")
    )
    for wraps, body, reason in (
        (sent.wraps, other.body, Reason.BODY),
        (other.wraps, sent.body, Reason.WRAPS),
    ):
        spoilt = pb.Envelope(entry=sent.entry, wraps=wraps, body=body)
        assert reason_of(world, spoilt) == reason


def test_a_receipt_goes_to_the_author_and_the_addressed(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    world.pk.from_desk(sent)
    world.meet()
    answer = receipt(world.cn.nation, name_of(sent), pb.RELATION_ACKNOWLEDGED)

    (submitted,) = world.cn.from_desk(answer)
    world.meet()

    assert submitted.reason == ""
    arrived = present(world.pk.store.entries.by_name(name_of(answer)))
    assert arrived.desks == ("ops.beijing.cn", "ops.islamabad.pk")


def test_views_of_unknown_logs_are_empty(world: World) -> None:
    assert {
        position.origin for position in outbox.log_positions(world.pk.node.store)
    } == {checkpoint.log_origin(PK)}
