"""Submit, replicate, cosign: over real stores, without a network."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.node import outbox, submissions
from exchange.node.submission_check import Submission
from exchange.v1 import envelope_pb2 as pb
from tests.node.world import (
    CN,
    PK,
    World,
    bulletin,
    core,
    directory,
    name_of,
    receipt,
    recipients,
)
from tests.trust.nation import ed, key


def test_a_bulletin_reaches_the_partner_and_comes_back_cosigned(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)

    (answer,) = world.pk.from_desk(sent)
    world.meet()

    assert (answer.index, answer.reason) == (3, "")
    mirrored = world.cn.store.entries.by_name(name_of(sent))
    assert mirrored is not None
    assert (mirrored.entry, mirrored.wraps) == (sent.entry, tuple(sent.wraps))
    assert mirrored.body == sent.body
    head = world.pk.store.heads.newest(world.pk.node.origin)
    assert head is not None
    lines = checkpoint.cosignatures(head.note, world.pk.node.members.cosigner_keys(CN))
    assert set(lines) == {"beijing.cn.fusion/mirror"}
    assert world.pk.store.partners.get_peer(CN).cosigned_size == 4


def test_a_node_started_anew_goes_on(world: World) -> None:
    world.meet()
    world.reopen()
    sent = bulletin(world.pk.nation, world.cn.nation)

    (answer,) = world.pk.from_desk(sent)
    world.meet()

    assert answer.index == 3
    assert world.cn.store.entries.by_name(name_of(sent)) is not None


def test_a_group_too_large_for_a_frame_gets_several_heads(world: World) -> None:
    world.meet()
    texts = [b"%d" % number + b"x" * 200_000 for number in range(8)]
    sent = [bulletin(world.pk.nation, world.cn.nation, text) for text in texts]

    answers = world.pk.from_desk(*sent)
    heads = world.pk.store.heads.falling(world.pk.node.origin)
    world.meet()

    assert [answer.index for answer in answers] == list(range(3, 11))
    assert len(heads) > 2
    assert world.cn.store.logs.size(world.pk.node.origin) == 11


def reason_of(world: World, sent: pb.Envelope) -> str:
    before = world.pk.store.logs.size(world.pk.node.origin)
    (answer,) = world.pk.from_desk(sent)
    assert world.pk.store.logs.size(world.pk.node.origin) == before
    return answer.reason


def test_a_desk_submits_only_its_own(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)

    (answer,) = submissions.submit(
        world.pk.node, [Submission(sent, "port.islamabad.pk")]
    )

    assert answer.reason == Reason.METHOD


def test_a_partners_bulletin_is_not_ours_to_record(world: World) -> None:
    world.meet()

    assert reason_of(world, bulletin(world.cn.nation, world.pk.nation)) == (
        Reason.SIGNER_UNKNOWN
    )


def test_a_recipient_whose_log_is_not_here_is_refused(world: World) -> None:
    assert reason_of(world, bulletin(world.pk.nation, world.cn.nation)) == (
        Reason.RECIPIENT_UNKNOWN
    )


def test_a_key_under_another_desks_name_is_refused(world: World) -> None:
    world.meet()
    listed = recipients(world.pk.nation, world.cn.nation)
    for recipient in listed:
        if recipient.kid == world.cn.nation.sealing.kid:
            recipient.desk = "port.beijing.cn"
    sent = bulletin(world.pk.nation, world.cn.nation, recipients=listed)

    assert reason_of(world, sent) == Reason.RECIPIENT_UNKNOWN


def test_a_body_exchanged_after_signing_is_refused(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    other = bulletin(world.pk.nation, world.cn.nation, b"other")
    sent.body = other.body

    assert reason_of(world, sent) == Reason.BODY


def test_wraps_of_another_envelope_are_refused(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    other = bulletin(world.pk.nation, world.cn.nation, b"other")
    del sent.wraps[:]
    sent.wraps.extend(other.wraps)

    assert reason_of(world, sent) == Reason.WRAPS


def test_one_refused_leaves_the_others_of_its_call(world: World) -> None:
    world.meet()
    good = bulletin(world.pk.nation, world.cn.nation)
    bad = pb.Envelope(entry=b"\xff" * 40)

    answers = world.pk.from_desk(bad, good, pb.Envelope())

    assert [answer.reason for answer in answers] == [
        Reason.NOT_CANONICAL,
        "",
        Reason.NOT_CANONICAL,
    ]


def test_a_receipt_goes_to_the_author_and_the_addressed(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    world.pk.from_desk(sent)
    world.meet()
    answer = receipt(world.cn.nation, name_of(sent), pb.RELATION_ACKNOWLEDGED)

    (submitted,) = world.cn.from_desk(answer)
    world.meet()

    assert submitted.reason == ""
    arrived = world.pk.store.entries.by_name(name_of(answer))
    assert arrived is not None
    assert arrived.desks == ("ops.beijing.cn", "ops.islamabad.pk")


def test_a_key_that_the_disk_did_not_take_is_not_in_use(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = world.pk.nation
    second = key(nation.officer, "author", ed("second author"))
    sent = directory(nation, second, [("issuer", nation.issuer)])

    def full(*_: object, **__: object) -> None:
        raise Refusal(Reason.DISK)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.pk.store), "append", full)
        (answer,) = world.pk.from_desk(sent)
    (again,) = world.pk.from_desk(sent)

    assert answer.reason == Reason.DISK
    assert (again.reason, again.index) == ("", 3)


def test_a_failed_commit_takes_its_answers_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)

    def full(*_: object, **__: object) -> None:
        raise Refusal(Reason.DISK)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.pk.store), "append", full)
        (answer,) = world.pk.from_desk(sent)
    (again,) = world.pk.from_desk(sent)

    assert (answer.reason, answer.index) == (Reason.DISK, 0)
    assert (again.reason, again.index) == ("", 3)


def test_a_commit_that_took_place_though_it_was_said_to_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    append = type(world.pk.store).append

    def applied(*arguments: object, **named: object) -> None:
        append(*arguments, **named)  # type: ignore[arg-type]  # as they came
        raise Refusal(Reason.DISK)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.pk.store), "append", applied)
        (answer,) = world.pk.from_desk(sent)
    (again,) = world.pk.from_desk(sent)

    assert answer.reason == Reason.DISK
    assert (again.reason, again.index) == ("", 3)
    assert world.pk.store.logs.size(world.pk.node.origin) == 4


def test_clear_kinds_carry_no_recipients(world: World) -> None:
    world.meet()
    header = core(world.pk.nation, kind=pb.KIND_HEAD, clear=b"note")
    from exchange import envelope  # noqa: PLC0415  only here

    sent = envelope.sign(
        envelope.seal(header, b"", {}), [("author", world.pk.nation.author)]
    )

    assert reason_of(world, sent) == Reason.KIND


def test_views_of_unknown_logs_are_empty(world: World) -> None:
    assert {
        position.origin for position in outbox.log_positions(world.pk.node.store)
    } == {checkpoint.log_origin(PK)}


def test_what_one_head_could_not_take_does_not_spoil_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails under the first of two heads of one call."""
    world.meet()
    texts = [bytes([n]) * 250_000 for n in range(8)]
    sent = [bulletin(world.pk.nation, world.cn.nation, text) for text in texts]
    append = type(world.pk.store).append
    fails = [True, False]

    def once(*arguments: object, **named: object) -> object:
        if fails.pop(0):
            raise Refusal(Reason.DISK)
        return append(*arguments, **named)  # type: ignore[arg-type]  # as they came

    with monkeypatch.context() as patched:
        patched.setattr(type(world.pk.store), "append", once)
        answers = world.pk.from_desk(*sent)
    again = world.pk.from_desk(*sent)

    assert {answer.reason for answer in answers} == {"", Reason.DISK}
    assert not any(answer.reason for answer in again)
    assert sorted(answer.index for answer in again) == list(range(3, 11))
