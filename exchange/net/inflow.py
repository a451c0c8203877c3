"""The incoming messages of one stream: joined from pieces, and bounded.

Bytes of lane 2 are counted, in whole messages and in pieces; credit is for the free
room (docs/spec/frames.md). A partner that exceeds it, or sends too many tiny messages,
is refused.
"""

from collections.abc import Callable

from exchange.errors import Reason, Refusal
from exchange.limits import (
    CREDIT_MIN,
    MESSAGE_MAX,
    PIECE_MIN,
    RECEIVED_BYTES,
    SECOND,
    TINY_BURST,
    TINY_RATE,
)
from exchange.net import frames as wire
from exchange.v1 import exchange_service_pb2 as pb


class Inflow:
    """`room`: bytes that may wait for the disk; `waiting` returns how many do."""

    def __init__(
        self, room: int, waiting: Callable[[], int], elapsed: Callable[[], int]
    ) -> None:
        self.taken = 0
        """Bytes of lane 2 received."""
        self._room = room
        self._waiting = waiting
        self._elapsed = elapsed
        self._granted = room  # bytes of lane 2 that may come on this stream, in total
        self._reported = 0  # bytes reported to the partner as taken
        self._parts: tuple[list[bytes], list[bytes]] = [], []
        self._tokens = float(TINY_BURST)
        self._at = elapsed()

    def count(self, frame: pb.Frame, size: int, *, sent: int) -> None:
        """Raise Refusal(RATE) for too many.

        `sent`: bytes of lane 2 sent to the partner since the last call; it may send a
        Received for every few of them.
        """
        if wire.is_bulk(frame):
            self.taken += size
            if self.taken > self._granted:
                raise Refusal(Reason.RATE, "credit")
        now = self._elapsed()
        gained = (now - self._at) * TINY_RATE / SECOND + sent / PIECE_MIN
        self._at = now
        self._tokens = min(float(TINY_BURST), self._tokens + gained)
        self._tokens -= max(0.0, 1 - size / PIECE_MIN)
        if self._tokens < 0:
            raise Refusal(Reason.RATE, "frames")

    def join(self, piece: pb.Piece) -> bytes | None:
        """Return the completed message; Refusal(SIZE) if too large."""
        parts = self._parts[piece.lane - 1]
        parts.append(piece.data)
        if sum(map(len, parts)) > MESSAGE_MAX:
            raise Refusal(Reason.SIZE, "piece")
        if not piece.last:
            return None
        message = b"".join(parts)
        parts.clear()
        return message

    def check_lane(self, frame: pb.Frame, lane: int) -> None:
        if frame.HasField("piece") or wire.is_bulk(frame) != (lane > 1):
            raise Refusal(Reason.INPUT, "lane")

    def due(self, *, late: bool = False) -> bool:
        """Return whether to report now.

        A report is due after RECEIVED_BYTES of taken bytes or new credit; if `late`,
        after any.
        """
        least = 1 if late else RECEIVED_BYTES
        more = self.taken + self._credit() - self._granted
        return max(self.taken - self._reported, more) >= least

    def received(self) -> pb.Frame:
        self._reported = self.taken
        self._granted = max(self._granted, self.taken + self._credit())
        credit = self._granted - self.taken
        return pb.Frame(received=pb.Received(bytes=self.taken, credit=credit))

    def _credit(self) -> int:
        return max(self._room - self._waiting(), 0 if self._waiting() else CREDIT_MIN)
