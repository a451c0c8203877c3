"""A batch as it travels: built for partners out of bytes that are at hand.

What is sent is never copied into a message of protobuf: its parts are joined once, with
what stands before them on the wire. They are in the plain encoding, see wire_envelope.
"""

from collections.abc import Iterable
from typing import NamedTuple

from exchange.v1 import ledger_pb2 as pb
from exchange.wire_envelope import begin_field, delimit, encode_varint

ORIGIN, START, ENVELOPE, HEAD, ROUND = 0x0A, 0x10, 0x1A, 0x22, 0x30  # tags of a Batch


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
    origin: str, start: int, envelopes: Iterable[bytes] = (), head: bytes = b""
) -> OutgoingBatch:
    """Return a batch of serialized envelopes under a head."""
    parts = [delimit(ORIGIN, origin.encode())] if origin else []
    if start:
        parts.append(bytes((START,)) + encode_varint(start))
    before = len(parts)
    for data in envelopes:
        parts += (begin_field(ENVELOPE, len(data)), data)
    end = start + (len(parts) - before) // 2
    if head:
        parts.append(delimit(HEAD, head))
    return OutgoingBatch(origin, start, end, tuple(parts), sum(map(len, parts)))
