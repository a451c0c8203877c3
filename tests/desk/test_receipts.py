"""What an officer declares: reasons, and what could not be opened."""

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.outgoing.composer import remark_of
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client
from tests.desk.forging import (
    clear,
    feed,
    header,
    name_of,
    publics,
    resealed,
    sealed,
    text,
)
from tests.expecting import refusing
from tests.node.world import CN, PK

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
        assert found.remark is not None
        remark = bulletin_pb2.Remark.FromString(found.remark)
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
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    content = encode(bulletin_pb2.Remark(reason="WEATHER"))
    reference = [pb.Reference(relation=CANNOT, name=name)]
    given = {"kind": pb.KIND_RECEIPT, "references": reference}
    feed(bench.pk, sealed(cn, pk, content, **given, tlp=pb.TLP_CLEAR))
    assert not bench.pk.mailbox.receipts.of(name)
    feed(bench.pk, sealed(cn, pk, content, **given))
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


@pytest.mark.parametrize("reason", ["SEAL", "BODY", "PADDING", "CONTENT"])
def test_each_way_not_to_open(bench: Bench, reason: str) -> None:
    sent = spoilt(bench, reason)
    feed(bench.pk, sent)
    name = name_of(sent)
    assert bench.pk.mailbox.messages.row(name).verdict == reason
    (found,) = bench.pk.mailbox.receipts.of(name)
    assert (found.relation, found.reason) == ("UNOPENABLE", reason)
    assert found.author == bench.world.nations[PK].officer
    assert bench.pk.mailbox.outbox.count_queued() == 1


def spoilt(bench: Bench, reason: str) -> pb.Envelope:
    """What a partner's desk can sign that does not open so."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    if reason == "CONTENT":
        return sealed(cn, pk, b"nothing readable")
    core = header(cn, pk, reason)
    made = envelope.seal(core, text(pk), publics(cn, pk))
    other = envelope.seal(core, text(pk, "Another"), publics(cn, pk))
    if reason == "SEAL":
        wraps = [wrap[:-1] + bytes([wrap[-1] ^ 1]) for wrap in made.wraps]
        return resealed(cn, made, wraps, made.body)
    if reason == "BODY":
        return resealed(cn, made, made.wraps, other.body)
    return padded_wrongly(bench)


def padded_wrongly(bench: Bench) -> pb.Envelope:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    core = header(cn, pk, "PADDING")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "pad", lambda content: content + b"\1")
        made = envelope.seal(core, text(pk), publics(cn, pk))
    return envelope.sign(made, [("author", cn.author)])


def test_what_broke_a_rule_or_was_not_for_us_is_no_such_thing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = bench.deliver()
    reference = pb.Reference(relation=pb.RELATION_CORRECTS, name=name)
    forged = sealed(cn, pk, text(pk), references=[reference])
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert not bench.pk.mailbox.receipts.of(name_of(forged))
    assert bench.pk.mailbox.outbox.count_queued() == 0


@pytest.mark.parametrize("word", [b"\x1b[2J", b"\xff", b"X" * 33, b"x" * 9_000])
def test_what_is_no_word_breaks_a_rule(bench: Bench, word: bytes) -> None:
    name = bench.deliver()
    feed(bench.pk, clear(bench.world.nations[CN], UNOPENABLE, name, clear=word))
    assert bench.pk.mailbox.receipts.of(name) == ()


@pytest.mark.parametrize("word", [b"", b"INTERNAL", b"ACCEPTED"])
def test_a_reason_word_that_no_desk_finds_is_not_shown(
    bench: Bench, word: bytes
) -> None:
    name = bench.deliver()
    feed(bench.pk, clear(bench.world.nations[CN], UNOPENABLE, name, clear=word))
    (found,) = bench.pk.mailbox.receipts.of(name)
    assert found.reason == ""


def test_with_the_node_stopped_it_waits(bench: Bench) -> None:
    sent = spoilt(bench, "CONTENT")
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
    assert given.remark is not None
    assert list(decode_remark(given.remark).confirmed) == ["remark PHONE"]


def test_a_remark_confirms_in_our_words_only() -> None:
    made = remark_of("Held.")
    made.confirmed.append("\x1b[2J")
    with pytest.raises(Refusal, match="confirmed"):
        decode_remark(encode(made))
