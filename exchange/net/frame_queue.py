"""A queue of messages to a partner: two lanes, and pieces of what is large.

An urgent message goes before any other, and between two pieces of another. Pieces of
lane 2 go as far as the partner has granted, and the window lets them
(docs/spec/frames.md).
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from exchange.limits import LINK_OUT_BYTES, LINK_OUT_FRAMES, PIECE_MIN
from exchange.v1 import exchange_service_pb2 as pb
from exchange.wire_envelope import delimit

MESSAGE = 0x0A  # tag of the frame in a ReplicateRequest or ReplicateResponse
BULK = frozenset({"batch", "bodies", "undelivered", "want"})
"""The frames of lane 2; all others are urgent, and go before them."""
PIECE_OVERHEAD = 32  # bytes at most that a message has beside the data of its piece


def message_size(frame: pb.Frame) -> int:
    """Return the bytes of the message that carries a frame."""
    size, more = frame.ByteSize(), 1
    rest = size
    while rest := rest >> 7:
        more += 1
    return 1 + more + size


@dataclass(slots=True)
class _Waiting:
    """A frame that waits, and how much of its message went in pieces."""

    frame: pb.Frame
    size: int  # of the message
    data: bytes = b""
    sent: int = 0

    def cut(self, lane: int, most: int) -> pb.Frame:
        """Return the next piece, of so many bytes at most."""
        if not self.data:
            self.data = delimit(MESSAGE, self.frame.SerializeToString())
        start, self.sent = self.sent, min(self.sent + most, self.size)
        part = self.data[start : self.sent]
        last = self.sent == self.size
        return pb.Frame(piece=pb.Piece(lane=lane + 1, last=last, data=part))


class FrameQueue:
    """The messages that wait for a partner; it takes whatever it is given.

    Who fills it asks first whether there is room.
    """

    def __init__(
        self, frames: int = LINK_OUT_FRAMES, size: int = LINK_OUT_BYTES
    ) -> None:
        self.piece = 0
        """Bytes of a piece; 0: nothing is cut, and nothing waits to be granted."""
        self.limit = 0
        """Bytes of lane 2 that may go on this stream, in all."""
        self.sent = 0
        """Bytes of lane 2 that went."""
        self._most = frames, size
        self._lanes: tuple[deque[_Waiting], ...] = deque(), deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, frame: pb.Frame) -> None:
        """Add a frame; after end() it is dropped."""
        if self._ended:
            return
        size = message_size(frame)
        lane = frame.WhichOneof("frame") in BULK
        self._lanes[lane].append(_Waiting(frame, size))
        self._size += size
        self.wake()

    def has_room(self) -> bool:
        """Whether neither frames nor bytes that wait have reached their bounds."""
        frames, most = self._most
        return sum(map(len, self._lanes)) < frames and self._size < most

    async def get(self) -> tuple[pb.Frame, int] | None:
        """Return the next frame and its message's bytes; None at the end.

        That is after end(), when all that may go is taken.
        """
        while True:
            for lane in range(len(self._lanes)):
                if (frame := self._next(lane)) is not None:
                    size = message_size(frame)
                    self.sent += size if lane else 0
                    return frame, size
            if self._ended:
                return None
            await self._changed.wait()

    def _next(self, lane: int) -> pb.Frame | None:
        """Return what goes next on a lane; None where nothing does, or may."""
        if not self._lanes[lane]:
            return None
        first = self._lanes[lane][0]
        small = first.size <= self.piece and not first.sent
        # Before a hello nobody knows whether its sender cuts.
        whole = small or not self.piece or first.frame.HasField("hello")
        room = self.limit - self.sent if lane and self.piece else first.size
        if whole and first.size <= room:
            self._taken(lane)
            return first.frame
        if not self.piece:
            return None
        most = min(self.piece, room - PIECE_OVERHEAD if lane else self.piece)
        if most < min(PIECE_MIN, first.size - first.sent):
            return None
        piece = first.cut(lane, most)
        if piece.piece.last:
            self._taken(lane)
        return piece

    def _taken(self, lane: int) -> None:
        self._size -= self._lanes[lane].popleft().size
        self.wake()

    async def room(self) -> None:
        """Wait until there is room, or end() was called."""
        while not (self._ended or self.has_room()):
            await self._changed.wait()

    async def answers_taken(self) -> None:
        """Wait until few urgent frames wait, or end() was called."""
        while not self._ended and len(self._lanes[0]) >= self._most[0]:
            await self._changed.wait()

    async def empty(self) -> None:
        """Wait until every frame has been taken, or end() was called."""
        while any(self._lanes) and not self._ended:
            await self._changed.wait()

    def end(self) -> None:
        """Take no more frames; whoever waits goes on."""
        self._ended = True
        self.wake()

    def wake(self) -> None:
        """Look again what may go: a bound was moved."""
        self._changed.set()
        self._changed = asyncio.Event()
