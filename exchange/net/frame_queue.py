"""A queue of messages to a partner: two lanes, large messages in pieces.

An urgent message goes before any other, also between two pieces. Pieces of lane 2 go as
far as the partner's credit and the window allow (docs/spec/frames.md).
"""

import asyncio
from collections import deque
from typing import NamedTuple

from msgspec import Struct

from exchange.limits import LINK_OUT_BYTES, LINK_OUT_FRAMES, PIECE_MIN
from exchange.net import frames as wire
from exchange.v1 import exchange_service_pb2 as pb

PIECE_OVERHEAD = 32  # bytes at most in a message besides its piece's data


class OutgoingMessage(NamedTuple):
    data: bytes
    bulk: bool  # of lane 2
    ends: bool  # a batch, or a message sent in pieces, ends with it


class _QueuedMessage(Struct):
    data: bytes
    kind: str  # of its frame
    sent: int = 0

    def cut(self, lane: int, most: int) -> OutgoingMessage:
        start, self.sent = self.sent, min(self.sent + most, len(self.data))
        last = self.sent == len(self.data)
        frame = pb.Frame()
        frame.piece.lane, frame.piece.last = lane + 1, last
        frame.piece.data = self.data[start : self.sent]
        return OutgoingMessage(frame.SerializeToString(), lane > 0, last)


class FrameQueue:
    """Accepts every frame: callers first check for room."""

    def __init__(
        self, frames: int = LINK_OUT_FRAMES, size: int = LINK_OUT_BYTES
    ) -> None:
        self.piece = 0
        """Bytes of a piece; 0: nothing is cut, and no credit is needed."""
        self.limit = 0
        """Bytes of lane 2 that may go on this stream, in total."""
        self.sent = 0
        """Bytes of lane 2 sent."""
        self._most = frames, size
        self._lanes: tuple[deque[_QueuedMessage], ...] = deque(), deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, frame: pb.Frame) -> None:
        """Append a frame; after end() it is dropped."""
        if self._ended:
            return
        data, kind = frame.SerializeToString(), frame.WhichOneof("frame") or ""
        self._lanes[kind in wire.BULK].append(_QueuedMessage(data, kind))
        self._size += len(data)
        self.wake()

    @property
    def urgent(self) -> int:
        return len(self._lanes[0])

    def has_room(self) -> bool:
        frames, most = self._most
        return sum(map(len, self._lanes)) < frames and self._size < most

    async def get(self) -> OutgoingMessage | None:
        """Return the next frame to send; after end(), None once none may go."""
        while True:
            for lane in range(len(self._lanes)):
                if (message := self._next(lane)) is not None:
                    self.sent += len(message.data) if lane else 0
                    return message
            if self._ended:
                return None
            await self._changed.wait()

    def _next(self, lane: int) -> OutgoingMessage | None:
        """Return the next frame of a lane; None if the lane is empty or blocked."""
        if not self._lanes[lane]:
            return None
        first = self._lanes[lane][0]
        size = len(first.data)
        small = size <= self.piece and not first.sent
        # The hello goes whole: it announces whether we cut messages.
        whole = small or not self.piece or first.kind == "hello"
        room = self.limit - self.sent if lane and self.piece else size
        if whole and size <= room:
            self._taken(lane)
            return OutgoingMessage(first.data, lane > 0, first.kind == "batch")
        if not self.piece:
            return None
        most = min(self.piece, room - PIECE_OVERHEAD if lane else self.piece)
        if most < min(PIECE_MIN, size - first.sent):
            return None
        piece = first.cut(lane, most)
        if piece.ends:
            self._taken(lane)
        return piece

    def _taken(self, lane: int) -> None:
        self._size -= len(self._lanes[lane].popleft().data)
        self.wake()

    async def room(self) -> None:
        while not (self._ended or self.has_room()):
            await self._changed.wait()

    async def answers_taken(self) -> None:
        """Wait until few urgent frames are left."""
        while not self._ended and len(self._lanes[0]) >= self._most[0]:
            await self._changed.wait()

    async def empty(self) -> None:
        while any(self._lanes) and not self._ended:
            await self._changed.wait()

    def end(self) -> None:
        self._ended = True
        self.wake()

    def wake(self) -> None:
        """Wake the waiters: a bound was moved."""
        self._changed.set()
        self._changed = asyncio.Event()
