"""An envelope as it travels: the bytes as they came, and the parts cut out of them.

What a desk hands over is stored and sent on as the same bytes. So they are cut by the
lengths that stand in them, and nothing is copied into a message and serialised again.
Only the one plain encoding is cut: fields in order, each once but wraps, no written
defaults, the shortest lengths. All else that is legal goes through protobuf and is
serialised again, so any client's library will do. Both ways give the same.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from google.protobuf.message import DecodeError, Message

from exchange.errors import Reason, Refusal
from exchange.limits import RECIPIENTS_MAX, SUBMIT_MAX
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

# Tags of protobuf: the number of a field, and 2 for bytes with a length or 0 for a
# varint.
ENTRY, WRAP, BODY, ABSENT = 0x0A, 0x12, 0x1A, 0x20
ENVELOPE = 0x0A  # of a SubmitRequest
VARINT_MORE = 0x80  # the bit that says: another byte follows
LENGTH_BYTES = 4  # of a length that is cut; a message has fewer than 2**28 bytes


class WireEnvelope(NamedTuple):
    """A serialized Envelope, and its parts; nothing in it is verified.

    `absent` is a number of pb.Absent, or one that is not known yet.
    """

    data: bytes
    entry: bytes
    wraps: tuple[bytes, ...]
    body: bytes
    absent: int = 0


class EnvelopeParts(NamedTuple):
    """The parts of an envelope alone, as WireEnvelope has them."""

    entry: bytes
    wraps: tuple[bytes, ...] = ()
    body: bytes = b""
    absent: int = 0


def parse(data: bytes) -> WireEnvelope:
    """Return the envelope in these bytes.

    Raises Refusal: INPUT for what is none, SIZE for more wraps than any has.
    """
    parts = cut_parts(data, 0, len(data))
    if parts is None:
        return from_message(_decode(pb.Envelope, data))
    return WireEnvelope(data, *parts)


def parts_of(sent: pb.Envelope) -> EnvelopeParts:
    """Return the parts of a message."""
    return EnvelopeParts(sent.entry, tuple(sent.wraps), sent.body, sent.absent)


def from_message(sent: pb.Envelope) -> WireEnvelope:
    """Return the wire form of a message; what it holds of unknown fields goes."""
    return make(sent.entry, sent.wraps, sent.body, sent.absent)


def make(
    entry: bytes, wraps: Sequence[bytes] = (), body: bytes = b"", absent: int = 0
) -> WireEnvelope:
    """Return the wire form of an envelope of these parts; Refusal(SIZE)."""
    _check_count(wraps)
    parts = [delimit(ENTRY, entry)] if entry else []
    parts += [delimit(WRAP, wrap) for wrap in wraps]
    if body:
        parts.append(delimit(BODY, body))
    if absent:  # an enum: a negative one has ten bytes
        parts += (bytes((ABSENT,)), encode_varint(absent % 2**64))
    return WireEnvelope(b"".join(parts), entry, tuple(wraps), body, absent)


def parse_submit(raw: bytes) -> list[WireEnvelope]:
    """Return the envelopes of a SubmitRequest.

    Raises Refusal: INPUT for what is none, SIZE for fewer or more than a call may have,
    and what `parse` raises.
    """
    spans = _cut_submit(raw)
    if spans is not None:
        _check_submit(len(spans))
        return [parse(raw[start:end]) for start, end in spans]
    request = _decode(desk_pb.SubmitRequest, raw)
    _check_submit(len(request.envelopes))
    return [from_message(sent) for sent in request.envelopes]


# Cut and joined.


def delimit(tag: int, data: bytes) -> bytes:
    """Return a field of a message: tag, length, bytes."""
    return begin_field(tag, len(data)) + data


def begin_field(tag: int, size: int) -> bytes:
    """Return what stands before the bytes of a field: tag and length."""
    return bytes((tag,)) + encode_varint(size)


def encode_varint(value: int) -> bytes:
    """Return a number >= 0 in its shortest form."""
    if value < VARINT_MORE:
        return bytes((value,))
    if value < VARINT_MORE << 7:  # most lengths: two bytes
        return bytes((value & 0x7F | VARINT_MORE, value >> 7))
    out = bytearray()
    while value >= VARINT_MORE:
        out.append(value & 0x7F | VARINT_MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def cut_length(raw: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Return where a part begins and ends whose length stands at `at`.

    None where it is not in its shortest form, or reaches beyond `end`.
    """
    if at + 1 < end and raw[at] >= VARINT_MORE > raw[at + 1] > 0:  # most: two bytes
        start = at + 2
        stop = start + (raw[at] & 0x7F) + (raw[at + 1] << 7)
        return (start, stop) if stop <= end else None
    size = 0
    for place in range(at, min(at + LENGTH_BYTES, end)):
        byte = raw[place]
        size |= (byte & 0x7F) << 7 * (place - at)
        if byte < VARINT_MORE:
            start = place + 1
            shortest = byte or place == at
            return (start, start + size) if shortest and size <= end - start else None
    return None


def cut_parts(raw: bytes, at: int, end: int) -> EnvelopeParts | None:
    """Return the parts of an envelope in its plain encoding, None for any other.

    It stands in `raw` from `at` to `end`. Raises Refusal(SIZE) for more wraps than any
    has.
    """
    entry = body = b""
    wraps: list[bytes] = []
    last = 0
    while at < end:
        tag = raw[at]
        if tag < last or (tag == last != WRAP):
            return None
        last = tag
        if tag == ABSENT:
            absent = raw[end - 1]
            plain = at + 2 == end and 0 < absent < VARINT_MORE
            return EnvelopeParts(entry, tuple(wraps), body, absent) if plain else None
        if (span := cut_length(raw, at + 1, end)) is None:
            return None
        start, at = span
        if tag == WRAP:
            wraps.append(raw[start:at])
            if len(wraps) > RECIPIENTS_MAX:
                raise Refusal(Reason.SIZE, "wraps")
        elif start == at:  # a default that is written all the same
            return None
        elif tag == ENTRY:
            entry = raw[start:at]
        elif tag == BODY:
            body = raw[start:at]
        else:
            return None
    return EnvelopeParts(entry, tuple(wraps), body)


class NotPlain(Exception):
    """Bytes are not in the plain encoding of a message."""


def cut_span(raw: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where a field's bytes begin and end, whose tag stands at `at`.

    Raises NotPlain where another stands there.
    """
    end = len(raw)
    if at < end and raw[at] == tag and (span := cut_length(raw, at + 1, end)):
        return span
    raise NotPlain


def _cut_submit(raw: bytes) -> list[tuple[int, int]] | None:
    """Return where envelopes stand, one more than a call may have at most."""
    spans: list[tuple[int, int]] = []
    at, end = 0, len(raw)
    while at < end and len(spans) <= SUBMIT_MAX:
        if raw[at] != ENVELOPE or (span := cut_length(raw, at + 1, end)) is None:
            return None
        spans.append(span)
        at = span[1]
    return spans


_M = TypeVar("_M", bound=Message)


def _decode(kind: type[_M], data: bytes) -> _M:
    try:
        return kind.FromString(data)
    except DecodeError:
        raise Refusal(Reason.INPUT, "request") from None


def _check_submit(count: int) -> None:
    if not 1 <= count <= SUBMIT_MAX:
        raise Refusal(Reason.SIZE, "envelopes")


def _check_count(wraps: Sequence[bytes]) -> None:
    if len(wraps) > RECIPIENTS_MAX:
        raise Refusal(Reason.SIZE, "wraps")
