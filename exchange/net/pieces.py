"""A piece of a message in its plain encoding: written, and cut out of its bytes.

Most bytes of a stream travel in pieces, so nothing of them is copied into a message of
protobuf. What is legal and encoded otherwise is read by `frames`.
"""

from typing import NamedTuple

from exchange.wire_envelope import begin_field, cut_length

# Tags of protobuf, see wire_envelope.
MESSAGE = 0x0A  # the frame in a ReplicateRequest or ReplicateResponse
PIECE = 0x5A  # in a Frame
LANE, LAST, DATA = 0x08, 0x10, 0x1A  # in a Piece


class Piece(NamedTuple):
    """A part of a message; of its lane the pieces up to the last, joined, are one."""

    lane: int
    last: bool
    data: bytes


def write(lane: int, data: bytes | memoryview, *, last: bool) -> bytes:
    """Return the message that carries a piece of lane 1 or 2."""
    fields = bytes((LANE, lane, LAST, 1) if last else (LANE, lane))
    fields += begin_field(DATA, len(data))
    frame = begin_field(PIECE, len(fields) + len(data)) + fields
    begin = begin_field(MESSAGE, len(frame) + len(data))
    return b"".join((begin, frame, data))


def cut(raw: bytes) -> Piece | None:
    """Return the piece in a message, None where it is not what `write` returns."""
    end = len(raw)
    if end == 0 or raw[0] != MESSAGE or (span := cut_length(raw, 1, end)) is None:
        return None
    at, stop = span
    if stop != end or at == end or raw[at] != PIECE:
        return None
    if (span := cut_length(raw, at + 1, end)) is None or span[1] != end:
        return None
    at = span[0]
    lane = raw[at + 1] if at + 2 < end and raw[at] == LANE else 0
    last = raw[at + 2 : at + 4] == bytes((LAST, 1))
    at += 4 if last else 2
    if lane not in {1, 2} or at >= end or raw[at] != DATA:
        return None
    if (span := cut_length(raw, at + 1, end)) is None or span[1] != end:
        return None
    return Piece(lane, last, raw[span[0] :]) if span[0] < end else None
