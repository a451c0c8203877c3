"""The wire form of an envelope: cut by hand, and the same as protobuf's."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import example, given
from hypothesis import strategies as st

from exchange import wire_envelope
from exchange.errors import Reason, Refusal
from exchange.limits import RECIPIENTS_MAX, SUBMIT_MAX
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.wire_envelope import WireEnvelope, make, parse, parse_submit

LENGTHS = st.sampled_from([0, 1, 127, 128, 129, 16_383, 16_384, 70_000])
PARTS = st.binary(max_size=40) | LENGTHS.map(bytes)
MESSAGES = st.builds(
    pb.Envelope,
    entry=PARTS,
    wraps=st.lists(PARTS, max_size=4),
    body=PARTS,
    absent=st.sampled_from([0, 0, 1, 2, 127, 128, 2**31 - 1, -1, -(2**31)]),
)


def parts(sent: pb.Envelope) -> tuple[bytes, tuple[bytes, ...], bytes, int]:
    return sent.entry, tuple(sent.wraps), sent.body, sent.absent


def by_protobuf(data: bytes) -> WireEnvelope | Reason:
    """Return what the format says of these bytes, by the other library alone."""
    sent = pb.Envelope()
    try:
        sent.ParseFromString(data)
    except DecodeError:
        return Reason.INPUT
    if len(sent.wraps) > RECIPIENTS_MAX:
        return Reason.SIZE
    sent.DiscardUnknownFields()
    return WireEnvelope(sent.SerializeToString(deterministic=True), *parts(sent))


def by_hand(data: bytes) -> WireEnvelope | Reason:
    try:
        return parse(data)
    except Refusal as refusal:
        return refusal.reason


@given(MESSAGES)
def test_a_message_is_cut_and_made_as_protobuf_does(sent: pb.Envelope) -> None:
    data = sent.SerializeToString(deterministic=True)

    cut = parse(data)
    assert cut == WireEnvelope(data, *parts(sent))
    assert make(*parts(sent)) == cut
    assert wire_envelope.from_message(sent) == cut
    if 0 <= sent.absent < 128:
        plain = wire_envelope.cut_parts(b"x" + data + b"y", 1, len(data) + 1)
        assert plain == cut[1:], "the everyday form needs no other library"


CHUNKS = st.lists(
    st.sampled_from([0x0A, 0x12, 0x1A, 0x20, 0x22, 0x0B, 0x0C, 0x0D, 0, 1, 2, 3])
    | st.integers(0, 255),
    max_size=24,
).map(bytes)
FIELDS = st.lists(
    st.builds(
        wire_envelope.delimit,
        st.sampled_from([0x0A, 0x12, 0x1A, 0x22, 0x2A]),
        st.binary(max_size=5),
    )
    | st.sampled_from([b"\x20\x00", b"\x20\x01", b"\x20\x81\x00", b"\x20", b"\x0a\x80"])
    | st.sampled_from([b"\x12\x81\x00x", b"\x1a\x80\x00", b"\x0a\xff\xff\xff\xff\x0f"]),
    max_size=6,
).map(b"".join)


@given(CHUNKS | FIELDS)
@example(b"\x0a\x00")
@example(b"\x12\x00\x1a\x00")
@example(b"\x20\x01\x20\x02")
def test_whatever_comes_is_what_protobuf_says_or_refused(data: bytes) -> None:
    assert by_hand(data) == by_protobuf(data)


@given(MESSAGES, st.data())
def test_what_was_cut_short_or_changed_is_what_protobuf_says(
    sent: pb.Envelope, draw: st.DataObject
) -> None:
    data = sent.SerializeToString(deterministic=True)
    end = draw.draw(st.integers(0, len(data)), "end")
    place = draw.draw(st.integers(0, max(0, len(data) - 1)), "place")
    value = draw.draw(st.integers(0, 255), "value")
    changed = bytearray(data)
    changed[place : place + 1] = bytes((value,))

    for damaged in (data[:end], bytes(changed)):
        assert by_hand(damaged) == by_protobuf(damaged)


def request(raw: bytes) -> list[WireEnvelope] | Reason:
    try:
        return parse_submit(raw)
    except Refusal as refusal:
        return refusal.reason


@given(st.lists(MESSAGES, min_size=1, max_size=3))
def test_a_request_is_cut_into_its_envelopes(sent: list[pb.Envelope]) -> None:
    raw = desk_pb.SubmitRequest(envelopes=sent).SerializeToString()

    assert [parts(one) for one in sent] == [one[1:] for one in parse_submit(raw)]


@given(CHUNKS | FIELDS)
def test_what_is_no_plain_request_is_what_protobuf_says(raw: bytes) -> None:
    message = desk_pb.SubmitRequest()
    expected: list[WireEnvelope] | Reason
    try:
        message.ParseFromString(raw)
    except DecodeError:
        expected = Reason.INPUT
    else:
        count = len(message.envelopes)
        expected = [wire_envelope.from_message(one) for one in message.envelopes]
        expected = expected if 1 <= count <= SUBMIT_MAX else Reason.SIZE

    assert request(raw) == expected


@pytest.mark.parametrize("unknown", [b"", b"\x78\x01"])
def test_a_request_has_envelopes_and_not_too_many(unknown: bytes) -> None:
    one = wire_envelope.delimit(0x0A, b"")
    assert request(unknown) is Reason.SIZE
    assert request(unknown + one) == [make(b"")]
    assert len(parse_submit(unknown + SUBMIT_MAX * one)) == SUBMIT_MAX
    assert request(unknown + (SUBMIT_MAX + 1) * one) is Reason.SIZE


@pytest.mark.parametrize("unknown", [b"", b"\x78\x01"])
def test_an_envelope_has_no_more_wraps_than_recipients(unknown: bytes) -> None:
    most = RECIPIENTS_MAX * b"\x12\x00" + unknown
    assert len(parse(most).wraps) == RECIPIENTS_MAX
    assert by_hand(b"\x12\x00" + most) is Reason.SIZE
    inside = wire_envelope.delimit(0x0A, b"\x12\x00" + most)
    assert request(inside) is Reason.SIZE


def test_a_long_part_is_cut() -> None:
    sent = pb.Envelope(entry=b"e", body=bytes(2**21))
    data = sent.SerializeToString()
    assert parse(data) == WireEnvelope(data, *parts(sent))
    assert wire_envelope.cut_parts(data, 0, len(data)) == parts(sent)
