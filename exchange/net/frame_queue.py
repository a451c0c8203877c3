"""A queue of frames to a partner, in two lanes."""

import asyncio
from collections import deque

from exchange.limits import LINK_OUT_BYTES, LINK_OUT_FRAMES
from exchange.v1 import exchange_service_pb2 as pb

LARGE = frozenset({"batch", "bodies", "undelivered", "want"})
"""The frames of lane 2; all others are urgent, and go before them."""


class FrameQueue:
    """A queue in which urgent frames pass the others.

    It takes whatever it is given: who fills it asks first whether there is room.
    """

    def __init__(
        self, frames: int = LINK_OUT_FRAMES, size: int = LINK_OUT_BYTES
    ) -> None:
        self._most = frames, size
        self._lanes: tuple[deque[tuple[pb.Frame, int]], ...] = deque(), deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, frame: pb.Frame) -> None:
        """Add a frame; after end() it is dropped."""
        if self._ended:
            return
        size = frame.ByteSize()
        self._lanes[frame.WhichOneof("frame") in LARGE].append((frame, size))
        self._size += size
        self._wake()

    def has_room(self) -> bool:
        """Whether neither frames nor bytes that wait have reached their bounds."""
        frames, most = self._most
        return sum(map(len, self._lanes)) < frames and self._size < most

    async def get(self) -> tuple[pb.Frame, int] | None:
        """Return the next frame and its bytes; None once all are taken after end()."""
        while not (self._ended or any(self._lanes)):
            await self._changed.wait()
        lane = next((lane for lane in self._lanes if lane), None)
        if lane is None:
            return None
        frame, size = lane.popleft()
        self._size -= size
        self._wake()
        return frame, size

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
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
