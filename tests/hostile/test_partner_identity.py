"""P2 to P19: whose word it is. A partner speaks in its own name, and in no other."""

import hashlib

import pytest

from exchange import envelope
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head, sign_head
from exchange.trust import wire
from exchange.v1 import envelope_pb2 as pb
from keys import signing
from keys.errors import WeakKey
from keys.pae import pae
from keys.sealing import PUBLIC_SIZE
from keys.signing import Signer
from tests.desk.forging import (
    entry_arrived,
    header,
    name_of,
    publics,
    resealed,
    sealed,
    text,
)
from tests.expecting import present, refusing
from tests.hostile.partner import (
    ANY,
    Case,
    Partner,
    all_of,
    flipped,
    resigned,
    signature_of,
    with_core,
    with_signatures,
)
from tests.keys.test_signing import SMALL, forgeries, verifies
from tests.node.receiving import receive_batch
from tests.node.world import CN, FILED, PK, bulletin, directory, forged, keys_of
from tests.trust.nation import DAY, NOW, Nation, ed, key
from tests.vectors.envelope.hostile import ORDER

SIGNATURE = Reason.SIGNATURE


def honest(partner: Partner, words: str = "Convoy delayed") -> pb.Envelope:
    """Return a bulletin of Beijing's officer, as he may sign it."""
    return sealed(partner.nation, partner.victim, text(partner.victim, words))


def author(nation: Nation) -> tuple[str, Signer]:
    return "author", nation.author


def test_p2_origin_of_another_node(partner: Partner) -> None:
    here, there = partner.nation, partner.victim
    for origin in (PK, "shanghai.cn", "beijing.pk"):
        sent = sealed(here, there, text(there, origin), origin=origin)
        partner.assert_refused((sent, Reason.ORIGIN))
    pk = partner.bench.world.pk
    edge = pk.store.logs.edge(pk.node.origin)
    for nation in (here, there):  # our own log, by its keys and by ours
        batch = forged(nation, edge, [b"x"], origin=pk.node.origin)
        with refusing(Reason.ORIGIN):
            receive_batch(pk.node, CN, batch)


def test_p3_our_own_bulletin_comes_back(partner: Partner) -> None:
    """Signed well by our officer, and recorded by our node before."""
    ours = bulletin(partner.victim, partner.nation, text(partner.nation))
    partner.assert_refused((ours, Reason.SIGNER_UNKNOWN), ahead=Reason.ORIGIN)
    assert not partner.bench.world.pk.from_desk(ours)[0].reason
    partner.assert_refused((ours, Reason.SIGNER_UNKNOWN), ahead=Reason.ORIGIN)


def test_p5_one_bit_changed(partner: Partner) -> None:
    """In the header, in each wrap, in the body, in each digest and in the signature."""
    sent = honest(partner)
    one, (core, dw, db) = signature_of(sent), all_of(sent)
    places = range(0, len(core), 7)
    cores = [with_core_bytes(sent, flipped(core, place)) for place in places]
    signatures = [
        with_signatures(sent, (one.role, one.kid, flipped(one.signature, place)))
        for place in (0, 31, 32, 63)
    ]
    spoilt = [
        *cores,
        *signatures,
        with_signatures(sent, (one.role, one.kid, one.signature), dw=flipped(dw, 0)),
        with_signatures(sent, (one.role, one.kid, one.signature), db=flipped(db, 31)),
    ]
    partner.assert_refused(*((each, SIGNATURE) for each in spoilt), ahead=ANY)
    urgent = honest_flash(partner)
    for place in range(len(urgent.wraps)):
        for byte in (0, 40, 1_199):
            damaged = pb.Envelope.FromString(urgent.SerializeToString())
            damaged.wraps[place] = flipped(urgent.wraps[place], byte)
            partner.assert_damaged(damaged, Reason.WRAPS)
    for byte in (0, 24, 56, len(urgent.body) - 1):
        damaged = pb.Envelope.FromString(urgent.SerializeToString())
        damaged.body = flipped(urgent.body, byte)
        partner.assert_damaged(damaged, Reason.BODY)


def with_core_bytes(sent: pb.Envelope, core: bytes) -> pb.Envelope:
    """Return an envelope with another header under the signature of the first."""
    one = signature_of(sent)
    return with_signatures(sent, (one.role, one.kid, one.signature), core=core)


def honest_flash(partner: Partner, words: str = "Flood") -> pb.Envelope:
    return sealed(
        partner.nation,
        partner.victim,
        text(partner.victim, words),
        precedence=pb.PRECEDENCE_FLASH,
        mode=pb.MODE_ACTUAL,
    )


def test_p6_wraps_swapped_on_the_way(partner: Partner) -> None:
    sent = honest_flash(partner)
    first, second = sent.wraps
    swapped = [first[:32] + second[32:], second[:32] + first[32:]]
    damaged = pb.Envelope(entry=sent.entry, body=sent.body, wraps=swapped)
    partner.assert_damaged(damaged, Reason.WRAPS)


def test_p6_wraps_swapped_by_the_author(partner: Partner) -> None:
    """He signs it so: neither desk opens it."""
    made = sealed_for_both(partner)
    first, second = made.wraps
    swapped = [first[:32] + second[32:], second[:32] + first[32:]]
    malicious = resealed(partner.nation, made, swapped, made.body)
    partner.assert_unopened(malicious, Reason.SEAL)
    copy = partner.bench.cn
    copy.apply([entry_arrived(copy, CN, malicious)])
    assert copy.mailbox.messages.row(name_of(malicious)).verdict == Reason.SEAL


def sealed_for_both(partner: Partner, seed: str = "one") -> envelope.Sealed:
    core = header(partner.nation, partner.victim, seed)
    both = publics(partner.nation, partner.victim)
    return envelope.seal(core, text(partner.victim), both)


def test_p7_one_half_of_two_signatures(partner: Partner) -> None:
    """A statement of roots needs both: Ed25519 and ML-DSA-44, each over these bytes."""
    nation = partner.nation
    roots = [("root", root) for root in nation.roots]
    said = key("issuer@cn", "issuer", ed("second issuer"))
    whole = directory(nation, said, roots)
    halves = {len(one.signature): one for one in entry_of(whole).signatures}
    old, new = halves[64], halves[2_420]
    other = key("issuer@cn", "issuer", ed("third issuer"))
    mixed = entry_of(directory(nation, other, roots))

    def zero(one: pb.Signature) -> tuple[str, bytes, bytes]:
        return one.role, one.kid, bytes(len(one.signature))

    def kept(one: pb.Signature) -> tuple[str, bytes, bytes]:
        return one.role, one.kid, one.signature

    cases: list[Case] = [
        (with_signatures(whole, kept(new), zero(old)), SIGNATURE),
        (with_signatures(whole, zero(new), kept(old)), SIGNATURE),
        (with_signatures(whole, kept(new)), Reason.SIGNERS),
        (with_signatures(whole, kept(old)), Reason.SIGNERS),
        *(
            (with_signatures(whole, kept(mine), kept(theirs)), SIGNATURE)
            for mine, theirs in (
                (old, half(mixed, 2_420)),
                (new, half(mixed, 64)),
            )
        ),
    ]
    partner.assert_refused(*cases)
    directories = present(partner.bench.world.pk.node.members.directory(CN))
    assert directories.count_statements("issuer@cn") == 1


def entry_of(sent: pb.Envelope) -> pb.Entry:
    return pb.Entry.FromString(sent.entry)


def half(entry: pb.Entry, size: int) -> pb.Signature:
    return next(one for one in entry.signatures if len(one.signature) == size)


def contexts(partner: Partner, sent: pb.Envelope) -> dict[str, bytes]:
    """Return what the keys of a nation sign elsewhere, over what it would sign here."""
    core, dw, db = all_of(sent)
    kid = partner.nation.author.kid
    digest = hashlib.sha256(core).digest()
    head = Head(checkpoint.log_origin(CN), 9, digest)
    keys = keys_of(CN)
    note = sign_head(head, keys.log, keys.log_pq, FILED // 1000)
    return {
        "another role": pae("sig", b"releaser", kid, core, dw, db),
        "another kid": pae("sig", b"author", bytes(32), core, dw, db),
        "name": pae("name", core, dw, db),
        "proof of possession": pae("pop", core),
        "export": pae("export", digest, FILED.to_bytes(8), b"duty-1@ops.beijing.cn"),
        "trust bundle": pae("bundle", core),
        "successor of roots": pae("roots", core, dw, db),
        "checkpoint": note.partition(b"\n\n")[0] + b"\n",
        "returned draft": pae("return", name_of(sent), b"LABEL", FILED.to_bytes(8)),
        "no context": core + dw + db,
    }


def test_p8_signatures_of_another_context(partner: Partner) -> None:
    """What a key signed for another use is no signature of a bulletin; nor back."""
    sent, nation = honest(partner), partner.nation
    kid = nation.author.kid
    cases = [
        (with_signatures(sent, ("author", kid, nation.author.sign(said))), SIGNATURE)
        for said in contexts(partner, sent).values()
    ]
    receipt = sealed(
        nation,
        partner.victim,
        b"",
        kind=pb.KIND_RECEIPT,
        references=[pb.Reference(relation=pb.RELATION_OPENED, name=bytes(32))],
    )
    taken = with_signatures(sent, ("author", kid, signature_of(receipt).signature))
    partner.assert_refused(*cases, (taken, SIGNATURE))

    stated = key(nation.officer, "author", ed("new author"))
    stated.proof = ed("new author").sign(pae("sig", wire.encode(stated)))
    proof = directory(nation, stated, [("issuer", nation.issuer)])
    partner.assert_refused((proof, Reason.KEY))


def test_p12_signed_again_by_another(partner: Partner) -> None:
    """Who did not seal a bulletin cannot sign it: the header names its author."""
    nation, other = partner.nation, ed("another officer of Beijing")
    enrolled = key("duty-2@ops.beijing.cn", "author", other)
    partner.deliver(directory(nation, enrolled, [("issuer", nation.issuer)]))
    sent = honest(partner)
    edited = with_core(sent, author=other.kid)
    partner.assert_unopened(resigned(sent, ("author", other), core=edited), Reason.SEAL)
    sent = honest(partner, "Two")
    partner.assert_refused((resigned(sent, ("author", other)), Reason.SIGNERS))


def test_p12_our_bulletin_signed_again_by_the_partner(partner: Partner) -> None:
    ours = bulletin(partner.victim, partner.nation, text(partner.nation))
    edited = with_core(ours, author=partner.nation.author.kid, origin=CN)
    core = pb.Core.FromString(edited)  # whose copy it is, that it must name as well
    for one in core.recipients:
        copy = one.desk == partner.nation.desk
        one.recipient_class = pb.RecipientClass.ValueType(
            pb.RECIPIENT_CLASS_COPY if copy else pb.RECIPIENT_CLASS_ACTION
        )
    whole = resigned(
        ours, author(partner.nation), core=core.SerializeToString(deterministic=True)
    )
    partner.assert_unopened(whole, Reason.SEAL)
    two = bulletin(partner.victim, partner.nation, b"two")
    edited = with_core(two, author=partner.nation.author.kid, origin=CN)
    partner.assert_refused(
        (resigned(two, author(partner.nation), core=edited), Reason.RECIPIENTS),
        (resigned(two, author(partner.nation)), Reason.ORIGIN),
    )


def test_p13_addressed_again(partner: Partner) -> None:
    """A recipient added, left out or put into another's place, under the signature."""
    sent = honest(partner)
    core = pb.Core.FromString(all_of(sent)[0])
    stranger = pb.Recipient(desk="ops.lahore.pk", kid=b"\xff" * 32)
    stranger.recipient_class = pb.RECIPIENT_CLASS_ACTION
    added, less, replaced = pb.Core(), pb.Core(), pb.Core()
    for made in (added, less, replaced):
        made.CopyFrom(core)
    added.recipients.append(stranger)
    del less.recipients[0]
    replaced.recipients[1].CopyFrom(stranger)
    partner.assert_refused(
        *(
            (with_core_bytes(sent, made.SerializeToString(deterministic=True)), reason)
            for made, reason in (
                (added, SIGNATURE),
                (less, SIGNATURE),
                (replaced, SIGNATURE),
            )
        )
    )


def test_p14_our_text_in_the_partners_envelope(partner: Partner) -> None:
    """It is shown as the partner's own bulletin, whatever it refers to."""
    ours = bulletin(partner.victim, partner.nation, text(partner.nation))
    assert not partner.bench.world.pk.from_desk(ours)[0].reason
    partner.bench.meet()
    content = present(partner.bench.cn.mailbox.messages.read(name_of(ours)).content)
    about = pb.Reference(relation=pb.RELATION_CORROBORATES, name=name_of(ours))
    copied = sealed(partner.nation, partner.victim, content, references=[about])
    partner.deliver(copied)
    row = partner.bench.pk.mailbox.messages.row(name_of(copied))
    assert (row.verdict, row.author) == ("ACCEPTED", partner.nation.officer)
    corrects = pb.Reference(relation=pb.RELATION_CORRECTS, name=name_of(ours))
    claimed = sealed(partner.nation, partner.victim, content, references=[corrects])
    partner.deliver(claimed)
    desk = partner.bench.pk
    assert desk.mailbox.messages.row(name_of(claimed)).verdict == Reason.REFERENCES
    assert desk.mailbox.messages.row(name_of(ours)).author == partner.victim.officer


def sealing(partner: Partner, public: bytes) -> pb.Envelope:
    stated = pb.Statement(
        type=pb.STATEMENT_TYPE_KEY,
        subject=partner.nation.desk,
        role="sealing",
        algorithm="x-wing",
        public_key=public,
        valid_from=NOW,
        valid_until=NOW + 7 * DAY,
    )
    return directory(partner.nation, stated, [author(partner.nation)])


@pytest.mark.parametrize("public", SMALL)
def test_p15_small_order_keys_though_anyone_signs_for_them(public: str) -> None:
    key = bytes.fromhex(public)
    with pytest.raises(WeakKey):
        signing.check_public(signing.ED25519, key)
    forged = list(forgeries(key))
    assert forged, "the other library accepts one; else this shows nothing"
    for signature, message in forged:
        assert not verifies(key, signature, message)


def test_p15_keys_of_small_order(partner: Partner) -> None:
    """None is registered, whatever stands as its proof, at its own node neither."""
    nation = partner.nation
    cases: list[Case] = []
    for public in SMALL:
        stated = key(nation.officer, "author", ed("its proof"))
        stated.public_key = bytes.fromhex(public)
        sent = directory(nation, stated, [("issuer", nation.issuer)])
        cases.append((sent, Reason.KEY))
        stated.subject = partner.victim.officer
        ours = directory(partner.victim, stated, [("issuer", partner.victim.issuer)])
        (answer,) = partner.bench.world.pk.submit(ours)
        assert (answer.reason, answer.where) == (Reason.KEY, "public_key")
    partner.assert_refused(*cases)


def test_p16_weak_sealing_keys_and_missing_proofs(partner: Partner) -> None:
    nation = partner.nation
    sound = nation.sealing.public
    unreduced = b"\xff" * 1_152 + sound[1_152:]
    low = sound[:1_184] + bytes(32)
    weak = [unreduced, low, bytes(PUBLIC_SIZE), sound[:-1], sound + b"\0"]
    cases = [(sealing(partner, public), Reason.KEY) for public in weak]

    bare = key(nation.officer, "author", ed("no proof"))
    bare.ClearField("proof")
    foreign = key(nation.officer, "author", ed("mine"))
    foreign.public_key = partner.victim.author.public
    taken = key(nation.officer, "author", nation.issuer)
    by_issuer = [("issuer", nation.issuer)]
    cases += [
        (directory(nation, bare, by_issuer), Reason.STATEMENT),
        (directory(nation, foreign, by_issuer), Reason.KEY),
        (directory(nation, taken, by_issuer), Reason.KEY),
    ]
    partner.assert_refused(*cases)


def test_p17_second_forms_of_a_signature(partner: Partner) -> None:
    """S + L for S, and S = 0 under an R of small order."""
    sent = honest(partner)
    one = signature_of(sent)
    s = int.from_bytes(one.signature[32:], "little") + ORDER
    twin = one.signature[:32] + s.to_bytes(32, "little")
    cases = [(with_signatures(sent, (one.role, one.kid, twin)), SIGNATURE)]
    for start in SMALL:
        forged_ = bytes.fromhex(start) + bytes(32)
        made = with_signatures(sent, (one.role, one.kid, forged_))
        cases.append((made, SIGNATURE))
    partner.assert_refused(*cases)


def test_p18_one_name_however_it_was_signed(partner: Partner) -> None:
    """ML-DSA-44 draws: a root that signs twice signs one thing, and has one entry."""
    nation = partner.nation
    roots = [("root", root) for root in nation.roots]
    said = key("issuer@cn", "issuer", ed("second issuer"))
    first, second = directory(nation, said, roots), directory(nation, said, roots)
    assert first.entry != second.entry
    assert name_of(first) == name_of(second)
    assert not partner.log(first).refusals
    before = partner.rows()
    (refusal,) = partner.log(pb.Envelope(entry=second.entry)).refusals
    assert refusal.reason == Reason.DUPLICATE_NAME
    assert partner.rows()["directory"] == before["directory"]
    both = [*entry_of(first).signatures, half(entry_of(second), 2_420)]
    doubled = with_signatures(first, *((s.role, s.kid, s.signature) for s in both))
    partner.assert_refused((doubled, Reason.SIGNERS))


def test_p19_kids_that_name_nobody(partner: Partner) -> None:
    sent, nation = honest(partner), partner.nation
    one = signature_of(sent)
    stranger = ed("stranger")
    unknown = sealed(nation, partner.victim, text(nation), author=stranger.kid)
    issuer = sealed(nation, partner.victim, text(nation), author=nation.issuer.kid)
    short = with_signatures(sent, (one.role, one.kid[:8], one.signature))
    partner.assert_refused(
        (resigned(unknown, ("author", stranger)), Reason.SIGNER_UNKNOWN),
        (resigned(issuer, ("author", nation.issuer)), Reason.SIGNER_UNKNOWN),
        (resigned(sent, ("issuer", nation.author)), Reason.SIGNER_UNKNOWN),
        (short, Reason.SIGNERS),
        (
            resigned(sent, author(nation), core=with_core(sent, author=one.kid[:8])),
            Reason.NOT_CANONICAL,
        ),
    )


def test_p53_a_statement_with_what_only_messages_have(partner: Partner) -> None:
    """Recipients, references or attachments, well signed by the issuer."""
    nation = partner.nation
    said = key("duty-7@ops.beijing.cn", "author", ed("duty-7"))
    sent = directory(nation, said, [("issuer", nation.issuer)])
    cases: list[Case] = []
    for field in ("recipients", "references", "attachments"):
        core = pb.Core.FromString(all_of(sent)[0])
        if field == "recipients":
            kid = partner.victim.sealing.kid
            one = core.recipients.add(desk=partner.victim.desk, kid=kid)
            one.recipient_class = pb.RECIPIENT_CLASS_ACTION
        elif field == "references":
            core.references.add(relation=pb.RELATION_UPDATES, name=bytes(32))
        else:
            core.attachments.add(index=0, padded=512, digest=bytes(32))
        data = core.SerializeToString(deterministic=True)
        made = resigned(sent, ("issuer", nation.issuer), core=data)
        cases.append((made, Reason.RECIPIENTS))
    partner.assert_refused(*cases)
