"""P31 to P35, P38: how a message may be written, and how large: one way, within bounds.

All of it is properly signed by Beijing's officer, over the very bytes.
"""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from exchange.bulletin.content import encode, from_json
from exchange.envelope_parser import parse_envelope
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.bulletin.examples import example
from tests.desk.forging import name_of, sealed, text
from tests.expecting import refusing
from tests.hostile import oversized
from tests.hostile.partner import (
    ANY,
    Case,
    Partner,
    all_of,
    resigned,
    signature_of,
    with_core,
    with_signatures,
)

ODD = Reason.NOT_CANONICAL
RECIPIENTS, REFERENCES = Reason.RECIPIENTS, Reason.REFERENCES


def honest(partner: Partner, **changes: Any) -> pb.Envelope:  # noqa: ANN401  any field
    return sealed(partner.nation, partner.victim, text(partner.victim), **changes)


def with_header(partner: Partner, core: bytes) -> pb.Envelope:
    """Return an envelope with these bytes as its header, signed by its author."""
    return resigned(honest(partner), ("author", partner.nation.author), core=core)


def other_encodings(core: bytes) -> dict[str, bytes]:
    """Return a header in encodings that protobuf reads, but for the two last."""
    first = core[:2]  # version = 1
    recipient = core.index(b"\x82\x01")  # the first one's tag
    size = core[recipient + 2]
    one = core[recipient + 3 : recipient + 3 + size]
    before, after = core[:recipient], core[recipient + 3 + size :]

    def first_recipient(data: bytes) -> bytes:
        return before + b"\x82\x01" + bytes([len(data)]) + data + after

    return {
        "unknown field": core + b"\xa0\x06\x01",
        "unknown group": core + b"\xa3\x06\xa4\x06",
        "a field twice": first + core,
        "another order": core[2:] + first,
        "a longer varint": b"\x08\x81\x00" + core[2:],
        "a longer tag": b"\x88\x00\x01" + core[2:],
        "a written default": core + b"\x9a\x01\x00",
        "over 32 bits": b"\x08\x81\x80\x80\x80\x10" + core[2:],
        "another wire type": b"\x0d\x01\0\0\0" + core[2:],
        "unknown field within a recipient": first_recipient(one + b"\x20\x01"),
        "unknown group within a recipient": first_recipient(one + b"\x23\x24"),
        "a recipient's field twice": first_recipient(b"\x0a\x01x" + one),
        "a recipient's fields in another order": first_recipient(one[-34:] + one[:-34]),
        "a longer length": before
        + b"\x82\x01"
        + bytes([size | 0x80, 0])
        + core[recipient + 3 :],
        "101 groups": core + b"\xa3\x06" * 101 + b"\xa4\x06" * 101,
        "cut": core[:-1],
        "not protobuf": b"\xff" * 40,
    }


def test_p31_another_encoding_of_a_header(partner: Partner) -> None:
    """Each says the same, or more, and has another hash: it is none of ours."""
    core = all_of(honest(partner))[0]
    spoilt = other_encodings(core)
    assert core not in spoilt.values()
    cases = [(with_header(partner, data), ODD) for data in spoilt.values()]
    partner.assert_refused(*cases)


def test_p31_another_encoding_of_an_entry(partner: Partner) -> None:
    """Around the same header, digests and signature."""
    sent = honest(partner)
    whole = all_of(sent)
    core, dw, db = (
        made.SerializeToString()
        for made in (
            pb.Entry(core=whole[0]),
            pb.Entry(dw=whole[1]),
            pb.Entry(db=whole[2]),
        )
    )
    one = signature_of(sent)
    signed = b"\x22" + bytes([one.ByteSize()]) + one.SerializeToString()
    inner = one.SerializeToString() + b"\x20\x01"
    assert core + dw + db + signed == sent.entry
    spoilt = [
        sent.entry + b"\x48\x01",
        core + core + dw + db + signed,
        core + db + dw + signed,
        core + b"\x12\xa0\x00" + dw[2:] + db + signed,
        core + b"\x12\x1f" + dw[3:] + db + signed,
        core + dw + db + b"\x22" + bytes([len(inner)]) + inner,
        sent.entry[:-1],
        sent.entry + b"\x23\x24",
    ]
    partner.assert_refused(*((pb.Envelope(entry=entry), ODD) for entry in spoilt))


def test_p32_unknown_fields_around_an_entry(partner: Partner) -> None:
    """Unsigned, they are left out: neither kept nor passed on to a desk."""
    sent = honest(partner)
    raw = sent.SerializeToString() + b"\xa2\x06\x0asmuggled!!"
    assert b"smuggled" not in parse_envelope(raw).SerializeToString()
    more = pb.Envelope.FromString(raw)
    partner.deliver(more)
    assert partner.bench.world.pk.store.entries.by_name(name_of(sent))
    shown = partner.bench.pk.client.entry(name_of(sent))
    assert b"smuggled" not in shown.SerializeToString()
    assert shown.envelope == sent
    for broken in (raw[:-1], b"\xff\xff", raw + b"\x0b"):
        with refusing(Reason.INPUT):
            parse_envelope(broken)


@pytest.mark.parametrize("name", oversized.MESSAGES)
def test_p33_messages_that_are_larger_inside(name: str) -> None:
    """Refused within 100 ms of processor time, and 32 MiB, in a process of its own."""
    command = [sys.executable, "-m", "tests.hostile.oversized", name]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    reason, milliseconds, grown = told.split()
    assert reason in {Reason.SIZE, Reason.INPUT, Reason.NOTE, ODD}
    assert float(milliseconds) < 100
    assert int(grown) < 32 * 1024, "KiB"


def test_p33_entries_that_are_larger_inside(partner: Partner) -> None:
    five = [("author", partner.nation.author.kid, b"")] * 5
    cases: list[Case] = [
        (with_header(partner, b"\xa3\x06" * 101 + b"\xa4\x06" * 101), ODD),
        (with_header(partner, b"\x82\x01\x00" * 20_000), Reason.VERSION),
        (honest(partner, origin="a" * 128), Reason.ORIGIN),
        (with_signatures(honest(partner), *five), Reason.SIGNERS),
    ]
    partner.assert_refused(*cases)
    with refusing(Reason.SIZE):
        partner.log(pb.Envelope(entry=bytes(65_536)))
    assert partner.send_ahead(pb.Envelope(entry=bytes(65_536))) == Reason.SIZE


NAMES: dict[bytes, Reason] = {
    b"beijin\xff.cn": ODD,  # not UTF-8
    b"beiji\xed\xa0\x80cn": ODD,  # half a character
    b"beijin\xc0\xae.c": ODD,  # an overlong form
    b"beijin\0.cn": Reason.ORIGIN,
    b"beijin\n.cn": Reason.ORIGIN,
    b"Beijing.cn": Reason.ORIGIN,
    "beijin\u0430cn".encode(): Reason.ORIGIN,  # Cyrillic
    "beijin\u0301.c".encode(): Reason.ORIGIN,  # not NFC
}


def test_p34_names_that_are_no_names(partner: Partner) -> None:
    """In the place of the origin, and of a desk that is addressed."""
    core = all_of(honest(partner))[0]
    assert b"beijing.cn" in core
    assert {len(name) for name in NAMES} == {len(b"beijing.cn")}
    cases = [
        (with_header(partner, core.replace(b"beijing.cn", name)), reason)
        for name, reason in NAMES.items()
    ]
    partner.assert_refused(*cases, ahead=ANY)


def test_p34_labels_that_are_not_ascii(partner: Partner) -> None:
    core = pb.Core.FromString(all_of(honest(partner))[0])
    cases: list[Case] = []
    for field, value in (
        ("releasable_to", "c\u0274"),
        ("releasable_to", "CN"),
        ("caveats", "EYES ONLY"),
        ("caveats", "\u202eEYES"),
    ):
        made = pb.Core.FromString(core.SerializeToString())
        getattr(made, field)[:] = [value]
        data = made.SerializeToString(deterministic=True)
        cases.append((with_header(partner, data), Reason.LABEL))
    partner.assert_refused(*cases, ahead=ANY)


VALUES: list[tuple[str, int, Reason]] = [
    ("version", 2, Reason.VERSION),
    *(("kind", kind, Reason.KIND) for kind in (99, 0)),
    *(("precedence", precedence, Reason.LABEL) for precedence in (99, -1, 0)),
    ("tlp", 99, Reason.LABEL),
    *(("mode", mode, Reason.LABEL) for mode in (99, 0)),
    ("release", 99, Reason.RELEASE),
    *(("filed", filed, Reason.TIME) for filed in (2**63 - 1, -1, 0)),
    *(("expires", expires, Reason.TIME) for expires in (2**63 - 1, 1)),
    ("valid_from", -(2**63), Reason.TIME),
]


def test_p35_values_out_of_bounds(partner: Partner) -> None:
    sent = honest(partner)
    cases = [
        (with_header(partner, with_core(sent, **{field: value})), reason)
        for field, value, reason in VALUES
    ]
    partner.assert_refused(*cases, ahead=ANY)


def test_p35_recipients_and_references_out_of_bounds(partner: Partner) -> None:
    core = pb.Core.FromString(all_of(honest(partner))[0])
    cases: list[Case] = []

    def add(spoil: Callable[[pb.Core], object], reason: Reason) -> None:
        made = pb.Core.FromString(core.SerializeToString())
        spoil(made)
        data = made.SerializeToString(deterministic=True)
        cases.append((with_header(partner, data), reason))

    add(lambda made: setattr(made.recipients[0], "recipient_class", 99), RECIPIENTS)
    add(lambda made: setattr(made.recipients[0], "recipient_class", 0), RECIPIENTS)
    add(lambda made: made.recipients.append(made.recipients[0]), RECIPIENTS)
    add(lambda made: made.references.add(relation=99, name=bytes(32)), REFERENCES)
    add(lambda made: made.references.add(relation=1, name=bytes(8)), REFERENCES)
    add(lambda made: made.attachments.add(index=0, padded=2**63, digest=bytes(32)), ODD)
    add(lambda made: made.attachments.add(index=7, padded=512, digest=bytes(32)), ODD)
    partner.assert_refused(*cases, ahead=ANY)


INSIDE: dict[str, Callable[[Partner], bytes]] = {
    "precedence beside the text": lambda p: text(p.victim) + b"\x78\x01",
    "label beside the text": lambda p: text(p.victim) + b"\x7a\x03RED",
    "header before the text": lambda p: all_of(honest(p))[0] + text(p.victim),
    "header in the place of the text": lambda p: all_of(honest(p))[0],
    "words of a header": lambda _: b"PRECEDENCE: FLASH\nTLP: CLEAR\n",
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
def test_p38_a_second_label_under_the_seal(
    partner: Partner, inside: Callable[[Partner], bytes]
) -> None:
    """There is one label, that of the signed header: what says another is no text."""
    sent = sealed(partner.nation, partner.victim, inside(partner))
    partner.assert_unopened(sent, Reason.CONTENT)


def test_p38_an_exercise_inside_what_is_called_actual(partner: Partner) -> None:
    here, there = partner.nation, partner.victim
    data = encode(from_json(example("EXERCISE")).content)
    partner.deliver(drill := sealed(here, there, data, mode=pb.MODE_EXERCISE))
    row = partner.bench.pk.mailbox.messages.row(name_of(drill))
    assert row.verdict == "ACCEPTED"
    sent = sealed(here, there, data, mode=pb.MODE_ACTUAL)
    partner.assert_unopened(sent, Reason.CONTENT)
