"""A piece of a message in its plain encoding: written, and cut out of its bytes.

Most bytes of a stream travel in pieces, so nothing of them is copied into a message of
protobuf. What is legal and encoded otherwise is read by `frames`.
"""

from typing import NamedTuple

from exchange.limits import PIECE_MAX
from exchange.wire_envelope import NotPlain, begin_field, cut_span

# Tags of protobuf, see wire_envelope.
MESSAGE = 0x0A  # the frame in a ReplicateRequest or ReplicateResponse
PIECE = 0x5A  # in a Frame
DATA = 0x1A  # in a Piece
LANES = b"\x08\x01", b"\x08\x02"  # its fields `lane`
LAST = b"\x10\x01"  # its field `last`, where it is


class FramePiece(NamedTuple):
    """A part of a message; of its lane the pieces up to the last, joined, are one."""

    lane: int
    last: bool
    data: bytes


def write(lane: int, data: bytes | memoryview, *, last: bool) -> bytes:
    """Return the message that carries a piece of lane 1 or 2."""
    fields = LANES[lane - 1] + (LAST if last else b"") + begin_field(DATA, len(data))
    frame = begin_field(PIECE, len(fields) + len(data)) + fields
    begin = begin_field(MESSAGE, len(frame) + len(data))
    return b"".join((begin, frame, data))


def cut(raw: bytes) -> FramePiece | None:
    """Return the piece in a message, None where it is not what `write` returns.

    Or where it is larger than any.
    """
    try:
        at = begin_frame(raw, PIECE)
        last = raw[at + 2 : at + 4] == LAST
        lane = raw[at : at + 2]
        start, end = cut_span(raw, at + (4 if last else 2), DATA)
    except NotPlain:
        return None
    if lane not in LANES or end != len(raw) or not 0 < end - start <= PIECE_MAX:
        return None
    return FramePiece(LANES.index(lane) + 1, last, raw[start:end])


def begin_frame(raw: bytes, tag: int) -> int:
    """Return where the fields of the one frame begin that a message carries.

    Raises NotPlain where it is of another kind than `tag`, or more comes behind it.
    """
    at = 0
    for outer in (MESSAGE, tag):
        at, end = cut_span(raw, at, outer)
        if end != len(raw):
            raise NotPlain
    return at
