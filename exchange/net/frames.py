"""Frames of a link, counted within bounds before they are parsed.

Two MiB of a message can hold a million empty parts, each taking dozens of bytes in
memory.
"""

from collections.abc import Collection, Iterator

from google.protobuf.message import DecodeError

from exchange.errors import Reason, Refusal
from exchange.limits import (
    ENTRY_MAX,
    EXPRESS_NAMED_MAX,
    EXPRESS_STATEMENTS_MAX,
    FRAME_PARTS_MAX,
    FRAME_SMALL_MAX,
    HELLO_POSITIONS_MAX,
    LACKING_MAX,
    PIECE_MAX,
    RECIPIENTS_MAX,
)
from exchange.v1 import exchange_service_pb2 as pb

LARGE = frozenset({"hello", "batch", "forked", "bodies", "express", "piece"})
"""Frames of up to MESSAGE_MAX."""
BULK = frozenset({"batch", "bodies", "undelivered", "want"})
"""Frames of lane 2; all others are urgent, and go before them."""
LANES = frozenset({1, 2})

# Wire types of protobuf.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_VARINT_MAX = 10  # bytes

_HELLO = pb.Frame.DESCRIPTOR.fields_by_name["hello"].number
_LOGS = pb.Hello.DESCRIPTOR.fields_by_name["logs"].number

Span = tuple[int, int]  # start and end of a part in the bytes


def is_bulk(frame: pb.Frame) -> bool:
    if frame.HasField("piece"):
        return frame.piece.lane > 1
    return frame.WhichOneof("frame") in BULK


def read(raw: bytes) -> pb.Frame:
    """Return the frame in a message of a stream.

    1. It has no more parts than any valid frame.
    2. It parses.
    3. Only a frame that carries texts, heads or proofs may be large.
    4. Lists inside its parts that step 1 does not count are within bounds.
    5. The lane of a piece exists.

    Raises Refusal: SIZE for 1, 3 and 4, INPUT for 2 and 5.
    """
    # 1
    _Parts(raw).count()
    # 2
    try:
        frame = pb.Frame.FromString(raw)
    except DecodeError:
        raise Refusal(Reason.INPUT, "frame") from None
    # 3
    kind = frame.WhichOneof("frame")
    if len(raw) > FRAME_SMALL_MAX and kind not in LARGE:
        raise Refusal(Reason.SIZE, "frame")
    # 4
    _check_lists(frame)
    # 5
    if kind == "piece" and frame.piece.lane not in LANES:
        raise Refusal(Reason.INPUT, "lane")
    return frame


def _check_lists(frame: pb.Frame) -> None:
    lacking = [frame.cosigned.lacking, *(one.lacking for one in frame.hello.logs)]
    statements = frame.express.statements
    if (
        any(len(named) > LACKING_MAX for named in lacking)
        or len(frame.express.envelope.wraps) > RECIPIENTS_MAX
        or len(frame.hello.expressed) > EXPRESS_NAMED_MAX
        or len(statements) > EXPRESS_STATEMENTS_MAX
        or any(len(entry) > ENTRY_MAX for entry in statements)
        or len(frame.piece.data) > PIECE_MAX
    ):
        raise Refusal(Reason.SIZE, "frame")


def check_hello(hello: pb.Hello, logs: Collection[str]) -> None:
    """Refuse (SIZE) too many positions for one of `logs`.

    At most HELLO_POSITIONS_MAX each. Positions of unknown logs are removed.
    """
    counts = dict.fromkeys(logs, 0)
    known = [position for position in hello.logs if position.origin in counts]
    for position in known:
        counts[position.origin] += 1
    if max(counts.values(), default=0) > HELLO_POSITIONS_MAX:
        raise Refusal(Reason.SIZE, "hello")
    if len(known) < len(hello.logs):
        del hello.logs[:]
        hello.logs.extend(known)


class _Parts:
    """Counts parts as deep as they repeat."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._left = FRAME_PARTS_MAX

    def count(self) -> None:
        """Raise Refusal(SIZE) for too many parts, Refusal(INPUT) if malformed."""
        for kind, what in self._fields((0, len(self._raw))):
            for field, part in self._fields(what):
                if kind == _HELLO and field == _LOGS:
                    self._exhaust(part)

    def _exhaust(self, span: Span) -> None:
        for _ in self._fields(span):
            pass

    def _fields(self, span: Span) -> Iterator[tuple[int, Span]]:
        at, end = span
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise Refusal(Reason.SIZE, "frame")
            tag, at = self._varint(at, end)
            wire = tag & 7
            if wire == _BYTES:
                size, at = self._varint(at, end)
                if size > end - at:
                    raise Refusal(Reason.INPUT, "frame")
                yield tag >> 3, (at, at + size)
                at += size
            elif wire == _VARINT:
                _, at = self._varint(at, end)
            elif wire in _SIZES:
                at += _SIZES[wire]
            else:  # groups, which our messages never use
                raise Refusal(Reason.INPUT, "frame")

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        raw, value = self._raw, 0
        for place in range(at, min(at + _VARINT_MAX, end)):
            byte = raw[place]
            value |= (byte & 0x7F) << (7 * (place - at))
            if byte < 0x80:  # noqa: PLR2004  the continuation bit
                return value, place + 1
        raise Refusal(Reason.INPUT, "frame")
