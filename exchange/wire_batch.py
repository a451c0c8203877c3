"""A batch as it travels: built for partners, and cut out of the bytes that come.

Neither is copied into a message of protobuf. Built and cut is the plain encoding alone,
see wire_envelope; a batch that is legal and encoded otherwise comes through protobuf,
and is the same.
"""

from collections.abc import Iterable
from typing import NamedTuple

from exchange.errors import Refusal
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.v1 import ledger_pb2 as pb
from exchange.wire_envelope import (
    VARINT_MORE,
    EnvelopeParts,
    NotPlain,
    begin_field,
    cut_parts,
    cut_span,
    delimit,
    encode_varint,
    parts_of,
)

# Tags of a Batch.
ORIGIN, START, ENVELOPE, HEAD, DIRECTORY, ROUND = 0x0A, 0x10, 0x1A, 0x22, 0x2A, 0x30
ROUND_MAX = 2**32 - 1
VARINT_BYTES = 8  # of a number that is cut: below 2**56


class OutgoingBatch(NamedTuple):
    """A batch to be sent; `parts`, joined, are the `size` bytes of its message."""

    origin: str
    start: int
    end: int
    parts: tuple[bytes, ...]
    size: int

    def in_round(self, number: int) -> "OutgoingBatch":
        """Return it as one of this round; of a batch that is of none yet."""
        if not number:
            return self
        part = bytes((ROUND,)) + encode_varint(number)
        return self._replace(parts=(*self.parts, part), size=self.size + len(part))

    def without_absent(self) -> "OutgoingBatch":
        """Return it for a peer that does not know Envelope.absent."""
        sent = pb.Batch.FromString(b"".join(self.parts))
        for envelope in sent.envelopes:
            envelope.ClearField("absent")
        data = sent.SerializeToString()
        return self._replace(parts=(data,), size=len(data))


def build(
    origin: str,
    start: int,
    envelopes: Iterable[bytes] = (),
    head: bytes = b"",
    directory: bytes = b"",
) -> OutgoingBatch:
    """Return a batch of serialized envelopes under a head; with a directory head."""
    parts = [delimit(ORIGIN, origin.encode())] if origin else []
    if start:
        parts.append(bytes((START,)) + encode_varint(start))
    before = len(parts)
    for data in envelopes:
        parts += (begin_field(ENVELOPE, len(data)), data)
    end = start + (len(parts) - before) // 2
    if head:
        parts.append(delimit(HEAD, head))
    if directory:
        parts.append(delimit(DIRECTORY, directory))
    return OutgoingBatch(origin, start, end, tuple(parts), sum(map(len, parts)))


class WireBatch(NamedTuple):
    """A batch that came; nothing in it is verified."""

    origin: str
    start: int
    envelopes: tuple[EnvelopeParts, ...]
    head: bytes
    round: int
    size: int  # bytes of its message
    directory: bytes = b""


def from_message(sent: pb.Batch) -> WireBatch:
    """Return the batch in a message."""
    envelopes = tuple(map(parts_of, sent.envelopes))
    size = sent.ByteSize()
    return WireBatch(
        *(sent.origin, sent.start, envelopes, sent.head),
        *(sent.round, size, sent.directory),
    )


def cut(raw: bytes, at: int) -> WireBatch | None:
    """Return the batch that stands in `raw` from `at` to the end.

    None where it is not in its plain encoding, or has more entries or wraps than one
    may have: protobuf reads it then, within its bounds.
    """
    try:
        return _cut(raw, at)
    except (NotPlain, UnicodeDecodeError, Refusal):
        return None


def _cut(raw: bytes, begin: int) -> WireBatch:
    end = len(raw)
    name, at = _cut_bytes(raw, begin, ORIGIN)
    origin = name.decode()
    start, at = _cut_number(raw, at, START)
    envelopes: list[EnvelopeParts] = []
    while at < end and raw[at] == ENVELOPE and len(envelopes) < BATCH_ENTRIES_MAX:
        first, at = cut_span(raw, at, ENVELOPE)
        if (parts := cut_parts(raw, first, at)) is None:
            raise NotPlain
        envelopes.append(parts)
    head, at = _cut_bytes(raw, at, HEAD)
    directory, at = _cut_bytes(raw, at, DIRECTORY)
    number, at = _cut_number(raw, at, ROUND)
    if at < end or number > ROUND_MAX:
        raise NotPlain
    size = end - begin
    return WireBatch(origin, start, tuple(envelopes), head, number, size, directory)


def _cut_bytes(raw: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """Return a field that may be left out, and where the next begins."""
    if at == len(raw) or raw[at] != tag:
        return b"", at
    start, end = cut_span(raw, at, tag)
    if start == end:  # a default that is written all the same
        raise NotPlain
    return raw[start:end], end


def _cut_number(raw: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return a number that may be left out, and where the next field begins."""
    if at == len(raw) or raw[at] != tag:
        return 0, at
    value = 0
    for place, byte in enumerate(raw[at + 1 : at + 1 + VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * place
        if byte < VARINT_MORE:
            if not byte:  # 0, or longer than it need be
                break
            return value, at + place + 2
    raise NotPlain
