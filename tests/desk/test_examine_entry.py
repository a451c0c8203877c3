"""A desk opens only what its author signed, sealed and meant for it.

How it may be sealed wrongly stands in tests/hostile/test_partner_sealing.py.
"""

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.outgoing.composer import remark_of
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from tests.desk.bench import CHINA, PAKISTAN, Bench, client
from tests.desk.forging import (
    clear,
    entry_arrived,
    feed,
    from_china,
    header,
    name_of,
    pointing,
    publics,
    resealed,
    sealed,
    signed,
    text,
)
from tests.expecting import present, refusing
from tests.node.world import CN
from tests.trust.nation import Nation


def made(cn: Nation, pk: Nation, words: str = "One") -> envelope.Sealed:
    core = header(cn, pk, words)
    return envelope.seal(core, text(pk, words), publics(cn, pk))


def odd(how: str) -> pb.Envelope:
    """What a partner's desk can sign that does not open."""
    content = text(PAKISTAN)
    changes: dict[str, object] = {}
    match how:
        case "not a message":
            content = b"PRECEDENCE: FLASH"
        case "of another kind inside":
            said = bulletin_pb2.Translation(lang="ur", state="FINAL", origin="HUMAN")
            content = encode(said)
        case "unknown field":
            content += b"\xf8\x01\x01"
        case "attachments differ":
            attachment = pb.Attachment(index=0, padded=512, digest=bytes(32))
            changes = {"attachments": [attachment]}
        case "no emergency by its kind":
            changes = {"precedence": pb.PRECEDENCE_FLASH}
            changes |= {"release": pb.RELEASE_EMERGENCY}
        case "sealed for a key we lack":
            return key_of_nobody()
        case _:
            return spoilt(how)
    return sealed(CHINA, PAKISTAN, content, **changes)


def key_of_nobody() -> pb.Envelope:
    other = sealing.Opener(bytes(32))
    core = header(CHINA, PAKISTAN, "gone")
    for recipient in core.recipients:
        if recipient.desk == PAKISTAN.desk:
            recipient.kid = other.kid
    found = sorted(core.recipients, key=lambda r: r.kid)
    del core.recipients[:]
    core.recipients.extend(found)
    keys = publics(CHINA) | {other.kid: other.public}
    return signed(CHINA, envelope.seal(core, text(PAKISTAN), keys))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("not a message", "CONTENT"),
        ("of another kind inside", "CONTENT"),
        ("unknown field", "CONTENT"),
        ("attachments differ", "CONTENT"),
        ("no emergency by its kind", "RELEASE"),
        ("sealed for a key we lack", "KEY_GONE"),
        ("another wrap", "SEAL"),
        ("another body", "BODY"),
        ("another padding", "PADDING"),
    ],
)
def test_what_does_not_open_is_shown_as_refused_and_told(
    bench: Bench, how: str, reason: str
) -> None:
    sent = odd(how)
    feed(bench.pk, sent)
    message = bench.pk.mailbox.messages.read(name_of(sent))
    assert message.row.verdict == reason
    assert message.row.state == "refused"
    assert message.content is None
    assert message.row.subject == ""
    assert message.row.author == "duty-1@ops.beijing.cn"
    assert not bench.pk.mailbox.search.text("convoy")
    told = [(one.relation, one.reason, one.author) for one in message.receipts]
    unopenable = reason != "RELEASE"  # which breaks a rule
    own = PAKISTAN.officer
    assert told == ([("UNOPENABLE", reason, own)] if unopenable else [])
    assert bench.pk.mailbox.outbox.count_queued() == len(told)


def test_the_same_bulletin_unspoilt_opens(bench: Bench) -> None:
    one = made(CHINA, PAKISTAN)
    feed(bench.pk, resealed(CHINA, one, one.wraps, one.body))
    assert bench.pk.mailbox.messages.row(one.name).verdict == "ACCEPTED"
    assert bench.pk.mailbox.messages.row(one.name).subject == "One"


def flipped(sent: pb.Envelope, byte: int) -> pb.Envelope:
    spoilt = pb.Envelope()
    spoilt.CopyFrom(sent)
    entry = bytearray(sent.entry)
    entry[byte] ^= 1
    spoilt.entry = bytes(entry)
    return spoilt


def shown(desk: Desk) -> int:
    return desk.mailbox.database.count()


@pytest.mark.parametrize("byte", [10, 60, 200, -80, -1])
def test_what_a_signature_does_not_cover_is_not_shown_at_all(
    bench: Bench, byte: int
) -> None:
    feed(bench.pk, flipped(from_china(), byte))
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is False


def test_a_bulletin_for_other_desks_leaves_no_row(bench: Bench) -> None:
    core = header(CHINA, CHINA, "theirs")
    own = [r for r in core.recipients if r.recipient_class == pb.RECIPIENT_CLASS_COPY]
    del core.recipients[:]
    core.recipients.extend(own)
    sent = signed(CHINA, envelope.seal(core, text(CHINA), publics(CHINA)))
    feed(bench.pk, sent)
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is True


def test_the_node_s_word_that_an_entry_is_refused_is_not_taken(bench: Bench) -> None:
    arrival = entry_arrived(bench.pk, CN, from_china())
    arrival.entry.verdict = 2  # type: ignore[assignment]  # VERDICT_REFUSED
    bench.pk.apply([arrival])
    assert shown(bench.pk) == 1
    assert [reason for reason, _ in bench.pk.node_faults()] == ["HIDDEN"]


# What an officer declares: reasons, and what could not be opened.


CANNOT, DONE = pb.RELATION_CANNOT_COMPLY, pb.RELATION_COMPLETED
UNOPENABLE = pb.RELATION_UNOPENABLE


def test_what_cannot_be_done_has_a_reason_which_its_author_reads(bench: Bench) -> None:
    name = bench.deliver()
    receipt = bench.cn.acknowledge(name, CANNOT, "道路封闭", "WEATHER")
    assert b"WEATHER" not in bench.cn.client.entry(receipt).envelope.entry
    bench.meet()
    for desk in (bench.pk, bench.cn):
        (found,) = desk.mailbox.receipts.of(name)
        assert (found.relation, found.reason) == ("CANNOT_COMPLY", "WEATHER")
        remark = bulletin_pb2.Remark.FromString(present(found.remark))
        assert (remark.reason, remark.text.text) == ("WEATHER", "道路封闭")


def test_a_code_is_enough_and_so_are_words(bench: Bench) -> None:
    name = bench.deliver()
    bench.cn.acknowledge(name, CANNOT, reason="NO_ASSET")
    bench.meet()
    assert bench.pk.mailbox.receipts.of(name)[0].reason == "NO_ASSET"
    other = bench.deliver()
    bench.cn.acknowledge(other, CANNOT, "The road is closed")
    bench.meet()
    assert bench.pk.mailbox.receipts.of(other)[0].reason == ""


@pytest.mark.parametrize(
    ("relation", "reason", "why"),
    [
        (CANNOT, "", Reason.FIELD_MISSING),
        (CANNOT, "HEADACHE", Reason.CODE_UNKNOWN),
        (CANNOT, "\x1b[2J", Reason.CODE_UNKNOWN),
        (DONE, "WEATHER", Reason.FIELD_VALUE),
    ],
    ids=["none", "unknown", "control", "done"],
)
def test_a_reason_that_is_none_says_nothing(
    bench: Bench, relation: "pb.Relation.ValueType", reason: str, why: Reason
) -> None:
    name = bench.deliver()
    with refusing(why, "reason"):
        bench.cn.acknowledge(name, relation, "", reason)
    assert not bench.cn.mailbox.receipts.of(name)


def test_a_remark_under_a_wider_label_counts_for_nothing(bench: Bench) -> None:
    name = bench.deliver()
    content = encode(bulletin_pb2.Remark(reason="WEATHER"))
    reference = pointing(CANNOT, name)
    given = {"kind": pb.KIND_RECEIPT, "references": reference}
    feed(bench.pk, sealed(CHINA, PAKISTAN, content, **given, tlp=pb.TLP_CLEAR))
    assert not bench.pk.mailbox.receipts.of(name)
    feed(bench.pk, sealed(CHINA, PAKISTAN, content, **given))
    assert len(bench.pk.mailbox.receipts.of(name)) == 1


# What does not open.


def lose_key(bench: Bench) -> bytes:
    """Islamabad writes to a key that Beijing's desk has destroyed by now."""
    name = bench.send()
    bench.pk.sync()
    bench.world.meet()
    bench.cn.officer.openers.clear()  # type: ignore[attr-defined]  # a dict, here
    bench.cn.sync()
    return name


def test_what_does_not_open_is_told_to_its_author_once(bench: Bench) -> None:
    name = lose_key(bench)
    assert bench.cn.mailbox.messages.row(name).verdict == "KEY_GONE"
    bench.cn.sync()
    bench.meet()
    bench.cn.mailbox.logs.set_cursor(bench.cn.node, 0)
    bench.reopen()
    bench.meet()
    for desk in (bench.pk, bench.cn):
        (found,) = desk.mailbox.receipts.of(name)
        assert (found.relation, found.reason) == ("UNOPENABLE", "KEY_GONE")
        assert found.author == "duty-1@ops.beijing.cn"
        assert found.remark is None
        core = envelope.split(found.entry).core
        assert (core.clear, len(core.recipients)) == (b"KEY_GONE", 0)
    assert not bench.pk.mailbox.messages.row(name).acknowledged


def spoilt(how: str) -> pb.Envelope:
    """One whose wraps, body or padding are not as they should be, signed so."""
    core = header(CHINA, PAKISTAN, how)
    made = envelope.seal(core, text(PAKISTAN), publics(CHINA, PAKISTAN))
    if how == "another wrap":
        wraps = [wrap[:-1] + bytes([wrap[-1] ^ 1]) for wrap in made.wraps]
        return resealed(CHINA, made, wraps, made.body)
    if how == "another body":
        other = envelope.seal(core, text(PAKISTAN, "Another"), publics(CHINA, PAKISTAN))
        return resealed(CHINA, made, made.wraps, other.body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "pad", lambda content: content + b"\1")
        made = envelope.seal(core, text(PAKISTAN), publics(CHINA, PAKISTAN))
    return signed(CHINA, made)


def test_what_broke_a_rule_or_was_not_for_us_is_no_such_thing(bench: Bench) -> None:
    name = bench.deliver()
    forged = from_china(references=pointing(pb.RELATION_CORRECTS, name))
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert not bench.pk.mailbox.receipts.of(name_of(forged))
    assert bench.pk.mailbox.outbox.count_queued() == 0


@pytest.mark.parametrize(
    ("word", "reasons"),
    [
        *((word, []) for word in (b"\x1b[2J", b"\xff", b"X" * 33, b"x" * 9_000)),
        *((word, [""]) for word in (b"", b"INTERNAL", b"ACCEPTED")),
    ],
)
def test_what_is_no_word_breaks_a_rule_and_a_strange_one_is_not_shown(
    bench: Bench, word: bytes, reasons: list[str]
) -> None:
    name = bench.deliver()
    feed(bench.pk, clear(CHINA, UNOPENABLE, name, clear=word))
    assert [one.reason for one in bench.pk.mailbox.receipts.of(name)] == reasons


def test_with_the_node_stopped_it_waits(bench: Bench) -> None:
    sent = odd("not a message")
    client(bench.pk).down = True
    feed(bench.pk, sent)
    assert bench.pk.mailbox.outbox.count_queued() == 1


PHONE = "Ring 0345-6789012 at the gate."


def test_a_remark_that_looks_like_personal_data_is_asked_about(bench: Bench) -> None:
    name = bench.deliver()
    with pytest.raises(Refusal, match="remark: PHONE"):
        bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED, PHONE)
    assert not [r for r in bench.cn.mailbox.receipts.of(name) if r.remark]

    said = ["remark PHONE", "remark EMAIL"]
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED, PHONE, confirmed=said)

    (given,) = [r for r in bench.cn.mailbox.receipts.of(name) if r.remark]
    assert list(decode_remark(present(given.remark)).confirmed) == ["remark PHONE"]


def test_a_remark_confirms_in_our_words_only() -> None:
    made = remark_of("Held.")
    made.confirmed.append("\x1b[2J")
    with pytest.raises(Refusal, match="confirmed"):
        decode_remark(encode(made))
