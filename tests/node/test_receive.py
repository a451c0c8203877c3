"""What a hostile partner may log or put on the wire, and what becomes of it."""

from collections.abc import Callable

import pytest

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger.note import Line, Note, parse_note
from exchange.node import outbox, peer_heads
from exchange.trust import policies
from exchange.trust.statements import policy_statement
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Ed25519Signer
from tests.batches import changing
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
    recipients,
)
from tests.trust.nation import DAY, Nation, ed

NAMES = {"ops.islamabad.pk": ("pk", "islamabad"), "ops.beijing.cn": ("cn", "beijing")}

Batch = ledger_pb2.Batch


@pytest.fixture
def met(world: World) -> World:
    world.meet()
    return world


def next_batch(world: World, *texts: bytes) -> Batch:
    """Submit bulletins in Islamabad; return the batch that Beijing lacks."""
    ours, theirs = world.pk.nation, world.cn.nation
    start = world.pk.store.logs.size(world.pk.node.origin)
    world.pk.from_desk(*(bulletin(ours, theirs, text) for text in texts))
    return outbox.next_batch(world.pk.node, CN, start)


# A wire fault: the batch is refused whole, and nothing is stored.


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def flip_entry(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        sent.entry = flipped(sent.entry)


def flip_body(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        sent.body = flipped(sent.body)


def cut_body(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        sent.body = b""


def swap_wraps(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        sent.wraps[:] = list(reversed(sent.wraps))


def drop_wrap(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        del sent.wraps[0]


def drop_entry(batch: Batch) -> None:
    del batch.envelopes[1]


def repeat_entry(batch: Batch) -> None:
    batch.envelopes.append(batch.envelopes[1])


def swap_entries(batch: Batch) -> None:
    batch.envelopes[:2] = reversed(batch.envelopes[:2])


def skip_ahead(batch: Batch) -> None:
    batch.start += 1


def start_early(batch: Batch) -> None:
    batch.start -= 1


def empty(batch: Batch) -> None:
    del batch.envelopes[:]
    batch.start += 1


def damage_head(batch: Batch) -> None:
    batch.head = batch.head.replace(b"/log/1\n4", b"/log/1\n9", 1)[:-3] + b"AA\n"


def drop_post_quantum_line(batch: Batch) -> None:
    text, _, lines = batch.head.partition(b"\n\n")
    batch.head = text + b"\n\n" + lines.splitlines(keepends=True)[0]


def long_entry(batch: Batch) -> None:
    with changing(batch, 1) as sent:
        sent.entry = bytes(65_536)


def long_head(batch: Batch) -> None:
    batch.head += bytes(70_000)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip_entry, Reason.ROOT),
        (flip_body, Reason.BODY),
        (cut_body, Reason.BODY),
        (swap_wraps, Reason.WRAPS),
        (drop_wrap, Reason.WRAPS),
        (drop_entry, Reason.ROOT),
        (repeat_entry, Reason.ROOT),
        (swap_entries, Reason.ROOT),
        (skip_ahead, Reason.POSITION),
        (start_early, Reason.POSITION),
        (empty, Reason.POSITION),
        (damage_head, Reason.HEAD),
        (drop_post_quantum_line, Reason.HEAD),
        (long_entry, Reason.SIZE),
        (long_head, Reason.SIZE),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_damaged_batch_is_refused_and_nothing_of_it_stored(
    met: World, damage: Callable[[Batch], None], reason: Reason
) -> None:
    batch = next_batch(met, b"one", b"two")
    whole = Batch.FromString(batch.SerializeToString())
    before = met.cn.store.heads.newest(batch.origin)
    damage(batch)

    with pytest.raises(Refusal) as refused:
        receive_batch(met.cn.node, PK, batch)

    assert refused.value.reason == reason
    assert met.cn.store.heads.newest(batch.origin) == before
    assert receive_batch(met.cn.node, PK, whole).size == 5


def test_what_a_refused_batch_states_does_not_count(met: World) -> None:
    """Else the statement is a second one of its serial when the batch comes whole."""
    start = met.pk.store.logs.size(met.pk.node.origin)
    met.pk.submit(retention(met.pk.nation, 30))
    met.pk.from_desk(bulletin(met.pk.nation, met.cn.nation, b"one"))
    batch = outbox.next_batch(met.pk.node, CN, start)
    whole = Batch.FromString(batch.SerializeToString())
    flip_body(batch)

    with pytest.raises(Refusal):
        receive_batch(met.cn.node, PK, batch)

    receive_batch(met.cn.node, PK, whole)
    kept = met.cn.store.entries.page(batch.origin, start, 2)
    assert [entry.reason for entry in kept] == ["", ""]


def retention(nation: Nation, days: int) -> pb.Envelope:
    """Return a statement of both roots of how long texts are kept."""
    said = policy_statement(nation.domain, policies.retention(days), 1)
    return directory(nation, said, [("root", root) for root in nation.roots])


def test_a_log_comes_only_from_its_own_node(met: World) -> None:
    batch = next_batch(met, b"one")

    with pytest.raises(Refusal) as refused:
        receive_batch(met.cn.node, CN, batch)

    assert refused.value.reason == Reason.ORIGIN


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


def unparsable(_: World) -> bytes:
    return b"\xff" * 100


def nothing(_: World) -> bytes:
    return b""


def stranger(world: World) -> bytes:
    key = ed("stranger")
    return signed(header(world, author=key.kid), ("author", key))


def header(world: World, **changes: object) -> pb.Core:
    listed = recipients(world.pk.nation, world.cn.nation)
    return core(world.pk.nation, **({"recipients": listed} | changes))


def sealed(world: World, **changes: object) -> bytes:
    sent = bulletin(world.pk.nation, world.cn.nation, **changes)  # type: ignore[arg-type]
    return sent.entry


def foreign_origin(world: World) -> bytes:
    return sealed(world, origin=CN)


def issuer_as_author(world: World) -> bytes:
    key = world.pk.nation.issuer
    return signed(header(world, author=key.kid), ("author", key))


def author_as_issuer(world: World) -> bytes:
    return signed(header(world), ("issuer", world.pk.nation.author))


def filed_before_the_key(world: World) -> bytes:
    return sealed(world, filed=FILED - DAY, valid_from=FILED - DAY)


def filed_after_the_key(world: World) -> bytes:
    late = FILED + 400 * DAY
    return sealed(world, filed=late, valid_from=late, expires=late + DAY)


def release_without_releaser(world: World) -> bytes:
    return sealed(world, release=pb.RELEASE_RELEASED)


def emergency_at_routine(world: World) -> bytes:
    return sealed(world, release=pb.RELEASE_EMERGENCY, precedence=pb.PRECEDENCE_ROUTINE)


def not_releasable(world: World) -> bytes:
    return sealed(world, releasable_to=["pk"])


def unmarked(world: World) -> bytes:
    return sealed(world, releasable_to=[])


def without_copy(world: World) -> bytes:
    listed = recipients(world.pk.nation, world.cn.nation)
    kept = [r for r in listed if r.recipient_class != pb.RECIPIENT_CLASS_COPY]
    return sealed(world, recipients=kept)


def red_for_information(world: World) -> bytes:
    listed = recipients(world.pk.nation, world.cn.nation)
    for recipient in listed:
        if recipient.recipient_class == pb.RECIPIENT_CLASS_ACTION:
            recipient.recipient_class = pb.RECIPIENT_CLASS_INFO
    return sealed(world, tlp=pb.TLP_RED, recipients=listed)


def head_in_the_middle(world: World) -> bytes:
    return signed(core(world.pk.nation, kind=pb.KIND_HEAD, clear=b"n"), ours(world))


def statement_by_an_officer(world: World) -> bytes:
    from exchange.trust import wire  # noqa: PLC0415  only here

    clear = wire.encode(world.pk.nation.state_author(serial=2))
    return signed(
        core(world.pk.nation, kind=pb.KIND_DIRECTORY, clear=clear), ours(world)
    )


def statement_of_nothing(world: World) -> bytes:
    return signed(
        core(world.pk.nation, kind=pb.KIND_DIRECTORY, clear=b"?"), ours(world)
    )


def key_once_more(world: World) -> bytes:
    nation = world.pk.nation
    return directory(
        nation, nation.state_author(serial=2), [("issuer", nation.issuer)]
    ).entry


def issuer_by_one_root(world: World) -> bytes:
    from tests.trust.nation import key  # noqa: PLC0415  only here

    nation = world.pk.nation
    statement = key("issuer@pk", "issuer", ed("second issuer"), serial=2)
    root = nation.roots[0]
    return directory(nation, statement, [("root", root)]).entry


def receipt_of_two(world: World) -> bytes:
    both = [
        pb.Reference(relation=pb.RELATION_OPENED, name=bytes(32)),
        pb.Reference(relation=pb.RELATION_OPENED, name=b"1" * 32),
    ]
    return signed(
        core(world.pk.nation, kind=pb.KIND_RECEIPT, references=both), ours(world)
    )


def receipt_that_answers(world: World) -> bytes:
    answers = [pb.Reference(relation=pb.RELATION_ANSWERS, name=bytes(32))]
    return signed(
        core(world.pk.nation, kind=pb.KIND_RECEIPT, references=answers), ours(world)
    )


def text_in_clear(world: World) -> bytes:
    return sealed(world, clear=b"for every node to read")


def receipt_with_a_word(world: World) -> bytes:
    opened = [pb.Reference(relation=pb.RELATION_OPENED, name=bytes(32))]
    return signed(
        core(
            world.pk.nation,
            kind=pb.KIND_RECEIPT,
            references=opened,
            clear=b"KEY_GONE",
        ),
        ours(world),
    )


def unopenable_with_a_text(world: World) -> bytes:
    unopenable = [pb.Reference(relation=pb.RELATION_UNOPENABLE, name=bytes(32))]
    return signed(
        core(
            world.pk.nation,
            kind=pb.KIND_RECEIPT,
            references=unopenable,
            clear=b"not a word",
        ),
        ours(world),
    )


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


def unknown_suite(world: World) -> bytes:
    return as_never_sealed(world, "suite", 2)


def unknown_kind(world: World) -> bytes:
    return as_never_sealed(world, "kind", 99)


def signature_of_another(world: World) -> bytes:
    one = pb.Entry.FromString(sealed(world, id=b"1" * 16))
    two = pb.Entry.FromString(sealed(world, id=b"2" * 16))
    one.signatures[0].CopyFrom(two.signatures[0])
    return one.SerializeToString(deterministic=True)


def expired_before_filed(world: World) -> bytes:
    return as_never_sealed(world, "expires", FILED - 1)


HOSTILE: list[tuple[Callable[[World], bytes], Reason]] = [
    (unparsable, Reason.NOT_CANONICAL),
    (nothing, Reason.NOT_CANONICAL),
    (stranger, Reason.SIGNER_UNKNOWN),
    (foreign_origin, Reason.ORIGIN),
    (issuer_as_author, Reason.SIGNER_UNKNOWN),
    (author_as_issuer, Reason.SIGNER_UNKNOWN),
    (filed_before_the_key, Reason.SIGNER_TIME),
    (filed_after_the_key, Reason.SIGNER_TIME),
    (release_without_releaser, Reason.SIGNERS),
    (emergency_at_routine, Reason.RELEASE),
    (not_releasable, Reason.NOT_RELEASABLE),
    (unmarked, Reason.LABEL),
    (without_copy, Reason.RECIPIENTS),
    (red_for_information, Reason.NOT_RELEASABLE),
    (head_in_the_middle, Reason.KIND),
    (statement_by_an_officer, Reason.SIGNERS),
    (statement_of_nothing, Reason.STATEMENT),
    (key_once_more, Reason.KEY),
    (issuer_by_one_root, Reason.SIGNERS),
    (receipt_of_two, Reason.REFERENCES),
    (receipt_that_answers, Reason.REFERENCES),
    (text_in_clear, Reason.KIND),
    (receipt_with_a_word, Reason.KIND),
    (unopenable_with_a_text, Reason.KIND),
    (unknown_suite, Reason.SUITE),
    (unknown_kind, Reason.KIND),
    (signature_of_another, Reason.SIGNATURE),
    (expired_before_filed, Reason.TIME),
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

    with pytest.raises(Refusal) as refused:
        peer_heads.record_cosignature(met.pk.node, CN, cosigned)

    assert refused.value.reason in {Reason.HEAD, Reason.NOTE}
    assert met.pk.store.partners.get_peer(CN).cosigned_size == 3


def test_a_partner_that_holds_more_than_we_is_told_apart(met: World) -> None:
    """A node restored from an old copy: the partner's head is ours, and ahead."""
    nation = met.pk.nation
    edge = met.cn.store.logs.edge(met.pk.node.origin)
    lost = forged(nation, edge, [b"entry that our disk lost"])
    cosigned = receive_batch(met.cn.node, PK, lost)

    with pytest.raises(Refusal) as refused:
        peer_heads.record_cosignature(met.pk.node, CN, cosigned)

    assert refused.value.reason == Reason.MISSING


def test_refusals_are_kept_where_the_sender_can_see_them(met: World) -> None:
    cosigned = cosigned_by_beijing(met)
    refuse(cosigned, met.pk.store, CN, (3, Reason.LABEL))

    peer_heads.record_cosignature(met.pk.node, CN, cosigned)

    (kept,) = met.pk.store.partners.refusals(met.pk.node.origin, 3)
    assert (kept.by, kept.reason) == (CN, Reason.LABEL)
