"""What a hostile partner may log or put on the wire, and what becomes of it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger.note import Line, Note, parse_note
from exchange.limits import JUDGE_THREADS, JUDGED_AT_ONCE
from exchange.node import outbox, peer_heads
from exchange.node.judges import judge_all
from exchange.trust import policies, wire
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Ed25519Signer
from tests.batches import changing
from tests.expecting import refusing
from tests.node import receiving
from tests.node.receiving import receive_batch
from tests.node.refusing import refuse
from tests.node.world import (
    CN,
    FILED,
    PK,
    World,
    bulletin,
    core,
    directory,
    forged,
    policy,
    recipients,
)
from tests.trust.nation import DAY, Nation, ed, key

NAMES = {"ops.islamabad.pk": ("pk", "islamabad"), "ops.beijing.cn": ("cn", "beijing")}

Batch = ledger_pb2.Batch


def next_batch(world: World, *texts: bytes) -> Batch:
    """Submit bulletins in Islamabad; return the batch that Beijing lacks."""
    ours, theirs = world.pk.nation, world.cn.nation
    start = world.pk.store.logs.size(world.pk.node.origin)
    world.pk.from_desk(*(bulletin(ours, theirs, text) for text in texts))
    return outbox.next_batch(world.pk.node, CN, start).batch


# A wire fault: the batch is refused whole, and nothing is stored.


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def spoil(batch: Batch, field: str, made: Callable[[Any], object]) -> None:
    """Change a field of the second envelope of a batch."""
    with changing(batch, 1) as sent:
        setattr(sent, field, made(getattr(sent, field)))


def spoil_wraps(batch: Batch, made: Callable[[list[bytes]], list[bytes]]) -> None:
    with changing(batch, 1) as sent:
        sent.wraps[:] = made(list(sent.wraps))


def move(batch: Batch, by: int) -> None:
    batch.start += by


def empty(batch: Batch) -> None:
    del batch.envelopes[:]
    move(batch, 1)


def drop_entry(batch: Batch) -> None:
    del batch.envelopes[1]


def swap_entries(batch: Batch) -> None:
    batch.envelopes[:2] = reversed(batch.envelopes[:2])


def spoil_head(batch: Batch, made: Callable[[bytes], bytes]) -> None:
    batch.head = made(batch.head)


DAMAGES: dict[str, tuple[Callable[[Batch], object], Reason]] = {
    "entry": (lambda b: spoil(b, "entry", flipped), Reason.ROOT),
    "body": (lambda b: spoil(b, "body", flipped), Reason.BODY),
    "no body": (lambda b: spoil(b, "body", lambda _: b""), Reason.BODY),
    "wraps swapped": (lambda b: spoil_wraps(b, lambda all_: all_[::-1]), Reason.WRAPS),
    "a wrap less": (lambda b: spoil_wraps(b, lambda all_: all_[1:]), Reason.WRAPS),
    "an entry less": (drop_entry, Reason.ROOT),
    "an entry twice": (lambda b: b.envelopes.append(b.envelopes[1]), Reason.ROOT),
    "entries swapped": (swap_entries, Reason.ROOT),
    "ahead": (lambda b: move(b, 1), Reason.POSITION),
    "early": (lambda b: move(b, -1), Reason.POSITION),
    "empty": (empty, Reason.POSITION),
    "head": (
        lambda b: spoil_head(
            b, lambda head: head.replace(b"/log/1\n4", b"/log/1\n9", 1)[:-3] + b"AA\n"
        ),
        Reason.HEAD,
    ),
    "no post-quantum line": (lambda b: spoil_head(b, first_line_only), Reason.HEAD),
    "a long entry": (lambda b: spoil(b, "entry", lambda _: bytes(65_536)), Reason.SIZE),
    "a long head": (
        lambda b: spoil_head(b, lambda head: head + bytes(70_000)),
        Reason.SIZE,
    ),
}


def first_line_only(head: bytes) -> bytes:
    text, _, lines = head.partition(b"\n\n")
    return text + b"\n\n" + lines.splitlines(keepends=True)[0]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_batch_is_refused_and_nothing_of_it_stored(
    met: World, damage: str
) -> None:
    batch = next_batch(met, b"one", b"two")
    whole = Batch.FromString(batch.SerializeToString())
    before = met.cn.store.heads.newest(batch.origin)
    spoilt, reason = DAMAGES[damage]
    spoilt(batch)

    with refusing(reason):
        receive_batch(met.cn.node, PK, batch)

    assert met.cn.store.heads.newest(batch.origin) == before
    assert not met.cn.node.forks
    assert receive_batch(met.cn.node, PK, whole).size == 5


def test_what_a_refused_batch_states_does_not_count(met: World) -> None:
    """Else the statement is a second one of its serial when the batch comes whole."""
    start = met.pk.store.logs.size(met.pk.node.origin)
    met.pk.submit(policy(met.pk.nation, policies.retention(30)))
    met.pk.from_desk(bulletin(met.pk.nation, met.cn.nation, b"one"))
    batch = receiving.next_batch(met.cn.node, met.pk.node)
    whole = Batch.FromString(batch.SerializeToString())
    spoil(batch, "body", flipped)

    with pytest.raises(Refusal):
        receive_batch(met.cn.node, PK, batch)

    receive_batch(met.cn.node, PK, whole)
    kept = met.cn.store.entries.page(batch.origin, start, 2)
    assert [entry.reason for entry in kept] == ["", ""]


def test_a_log_comes_only_from_its_own_node(met: World) -> None:
    batch = next_batch(met, b"one")

    with refusing(Reason.ORIGIN):
        receive_batch(met.cn.node, CN, batch)


def test_the_same_batch_again_is_answered_alike(met: World) -> None:
    batch = next_batch(met, b"one")

    assert receive_batch(met.cn.node, PK, batch) == receive_batch(
        met.cn.node, PK, batch
    )


# An entry fault: mirrored as REFUSED, reported, and never in the way.


def signed(header: pb.Core, *signers: tuple[str, Ed25519Signer]) -> bytes:
    publics = {
        recipient.kid: Nation(*NAMES[recipient.desk]).sealing.public
        for recipient in header.recipients
    }
    return envelope.sign(envelope.seal(header, b"", publics), signers).entry


def ours(world: World) -> tuple[str, Ed25519Signer]:
    return "author", world.pk.nation.author


def stranger(world: World) -> bytes:
    key = ed("stranger")
    return signed(header(world, author=key.kid), ("author", key))


def header(world: World, **changes: object) -> pb.Core:
    listed = recipients(world.pk.nation, world.cn.nation)
    return core(world.pk.nation, **({"recipients": listed} | changes))


def sealed(world: World, **changes: object) -> bytes:
    sent = bulletin(world.pk.nation, world.cn.nation, **changes)  # type: ignore[arg-type]
    return sent.entry


def clear(world: World, **changes: object) -> bytes:
    """Sign what goes to nobody, as the officer does."""
    return signed(core(world.pk.nation, **changes), ours(world))


def receipt(world: World, *relations: int, **changes: object) -> bytes:
    about = [
        pb.Reference(relation=one, name=bytes([number]) * 32)  # type: ignore[arg-type]
        for number, one in enumerate(relations)
    ]
    return clear(world, kind=pb.KIND_RECEIPT, references=about, **changes)


def issuer_as_author(world: World) -> bytes:
    key = world.pk.nation.issuer
    return signed(header(world, author=key.kid), ("author", key))


def filed_after_the_key(world: World) -> bytes:
    late = FILED + 400 * DAY
    return sealed(world, filed=late, valid_from=late, expires=late + DAY)


def without_copy(world: World) -> bytes:
    listed = recipients(world.pk.nation, world.cn.nation)
    theirs = [one for one in listed if one.desk == world.cn.nation.desk]
    return sealed(world, recipients=theirs)


def red_for_information(world: World) -> bytes:
    listed = recipients(world.pk.nation, world.cn.nation)
    for recipient in listed:
        if recipient.recipient_class == pb.RECIPIENT_CLASS_ACTION:
            recipient.recipient_class = pb.RECIPIENT_CLASS_INFO
    return sealed(world, tlp=pb.TLP_RED, recipients=listed)


def key_once_more(world: World) -> bytes:
    nation = world.pk.nation
    return directory(
        nation,
        nation.state_author(until=FILED + DAY),
        [("issuer", nation.issuer)],
    ).entry


def issuer_by_one_root(world: World) -> bytes:
    nation = world.pk.nation
    statement = key("issuer@pk", "issuer", ed("second issuer"))
    return directory(nation, statement, [("root", nation.roots[0])]).entry


def as_never_sealed(world: World, field: str, value: int) -> bytes:
    """Sign a core that our own `seal` would refuse to make."""
    entry = pb.Entry.FromString(sealed(world))
    header = pb.Core.FromString(entry.core)
    setattr(header, field, value)
    entry.core = header.SerializeToString(deterministic=True)
    author = world.pk.nation.author
    entry.signatures[0].signature = author.sign(
        envelope.to_sign("author", author.kid, entry.core, entry.dw, entry.db)
    )
    return entry.SerializeToString(deterministic=True)


def signature_of_another(world: World) -> bytes:
    one = pb.Entry.FromString(sealed(world, id=b"1" * 16))
    two = pb.Entry.FromString(sealed(world, id=b"2" * 16))
    one.signatures[0].CopyFrom(two.signatures[0])
    return one.SerializeToString(deterministic=True)


EARLY = {"filed": FILED - DAY, "valid_from": FILED - DAY}
UNURGENT = {"release": pb.RELEASE_EMERGENCY, "precedence": pb.PRECEDENCE_ROUTINE}
DIRECTORY = pb.KIND_DIRECTORY
HOSTILE: list[tuple[Callable[[World], bytes], Reason]] = [
    (lambda _: b"\xff" * 100, Reason.NOT_CANONICAL),
    (lambda _: b"", Reason.NOT_CANONICAL),
    (stranger, Reason.SIGNER_UNKNOWN),
    (lambda w: sealed(w, origin=CN), Reason.ORIGIN),
    (issuer_as_author, Reason.SIGNER_UNKNOWN),
    (
        lambda w: signed(header(w), ("issuer", w.pk.nation.author)),
        Reason.SIGNER_UNKNOWN,
    ),
    (lambda w: sealed(w, **EARLY), Reason.SIGNER_TIME),
    (filed_after_the_key, Reason.SIGNER_TIME),
    (lambda w: sealed(w, release=pb.RELEASE_RELEASED), Reason.SIGNERS),
    (lambda w: sealed(w, **UNURGENT), Reason.RELEASE),
    (lambda w: sealed(w, releasable_to=["pk"]), Reason.NOT_RELEASABLE),
    (lambda w: sealed(w, releasable_to=[]), Reason.LABEL),
    (without_copy, Reason.RECIPIENTS),
    (red_for_information, Reason.NOT_RELEASABLE),
    (lambda w: clear(w, kind=pb.KIND_HEAD, clear=b"n"), Reason.KIND),
    (
        lambda w: clear(
            w, kind=DIRECTORY, clear=wire.encode(w.pk.nation.state_author())
        ),
        Reason.SIGNERS,
    ),
    (lambda w: clear(w, kind=DIRECTORY, clear=b"?"), Reason.STATEMENT),
    (key_once_more, Reason.KEY),
    (issuer_by_one_root, Reason.SIGNERS),
    (lambda w: receipt(w, *[pb.RELATION_OPENED] * 2), Reason.REFERENCES),
    (lambda w: receipt(w, pb.RELATION_ANSWERS), Reason.REFERENCES),
    (lambda w: sealed(w, clear=b"for every node to read"), Reason.KIND),
    (lambda w: receipt(w, pb.RELATION_OPENED, clear=b"KEY_GONE"), Reason.KIND),
    (lambda w: receipt(w, pb.RELATION_UNOPENABLE, clear=b"not a word"), Reason.KIND),
    (lambda w: as_never_sealed(w, "suite", 2), Reason.SUITE),
    (lambda w: as_never_sealed(w, "kind", 99), Reason.KIND),
    (signature_of_another, Reason.SIGNATURE),
    (lambda w: as_never_sealed(w, "expires", FILED - 1), Reason.TIME),
]


def test_a_verdict_is_the_same_when_the_log_is_judged_later(met: World) -> None:
    """One batch or one by one: a third member comes to the same reasons."""
    nation, origin = met.pk.nation, met.pk.node.origin
    edge = met.cn.store.logs.edge(origin)
    for make, reason in HOSTILE:
        batch = forged(nation, edge, [make(met)])
        cosigned = receive_batch(met.cn.node, PK, batch)
        assert [refusal.reason for refusal in cosigned.refusals] == [reason]
        edge = met.cn.store.logs.edge(origin)


# What comes back to the sender.


def cosigned_by_beijing(met: World) -> rpc.Cosigned:
    return receive_batch(met.cn.node, PK, next_batch(met, b"one"))


def test_an_answer_without_the_partners_line_says_only_what_it_holds(
    met: World,
) -> None:
    batch = next_batch(met, b"one")
    answer = rpc.Cosigned(origin=batch.origin, size=4, head=batch.head)

    assert peer_heads.record_cosignature(met.pk.node, CN, answer) == 4
    assert met.pk.store.partners.get_peer(CN).cosigned_size == 3


@pytest.mark.parametrize("which", [0, 1])
def test_a_second_line_of_our_own_key_must_verify_too(met: World, which: int) -> None:
    cosigned = cosigned_by_beijing(met)
    parsed = parse_note(cosigned.head)
    own = [line for line in parsed.lines if line.name == met.pk.node.origin][which]
    more = Line(own.name, own.key_id, own.signature[:8] + bytes(len(own.signature) - 8))
    cosigned.head = Note(parsed.text, (*parsed.lines, more)).encode()

    with refusing({Reason.HEAD, Reason.NOTE}):
        peer_heads.record_cosignature(met.pk.node, CN, cosigned)

    assert met.pk.store.partners.get_peer(CN).cosigned_size == 3


def test_refusals_are_kept_where_the_sender_can_see_them(met: World) -> None:
    cosigned = cosigned_by_beijing(met)
    refuse(cosigned, met.pk.store, CN, (3, Reason.LABEL))

    peer_heads.record_cosignature(met.pk.node, CN, cosigned)

    (kept,) = met.pk.store.partners.refusals(met.pk.node.origin, 3)
    assert (kept.by, kept.reason) == (CN, Reason.LABEL)


# Verdicts in threads: in the order of the items, and each item once.


@pytest.mark.parametrize("count", [0, 1, JUDGED_AT_ONCE, 5 * JUDGED_AT_ONCE + 1])
def test_each_is_judged_once_and_told_in_order(count: int) -> None:
    judged: list[int] = []

    def judge(item: int) -> int:
        judged.append(item)
        return -item

    assert judge_all(judge, range(count)) == [-item for item in range(count)]
    assert sorted(judged) == list(range(count))


def test_many_are_judged_by_several_threads_at_once() -> None:
    together = threading.Barrier(JUDGE_THREADS)

    def judge(item: int) -> None:
        if item % JUDGED_AT_ONCE == 0:
            together.wait(10)  # breaks where only one thread works

    judge_all(judge, range(JUDGE_THREADS * JUDGED_AT_ONCE))


def test_what_is_raised_of_one_is_raised_of_all() -> None:
    def judge(item: int) -> None:
        if item == JUDGED_AT_ONCE + 1:
            raise Refusal(Reason.SIZE)

    with pytest.raises(Refusal):
        judge_all(judge, range(3 * JUDGED_AT_ONCE))
