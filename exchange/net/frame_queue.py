"""A bounded queue of frames to a partner."""

import asyncio
from collections import deque

from exchange.limits import LINK_OUT_BYTES, LINK_OUT_FRAMES
from exchange.v1 import exchange_service_pb2 as pb


class FrameQueue:
    """A queue that is bounded in frames and in bytes; one large frame always fits."""

    def __init__(
        self, frames: int = LINK_OUT_FRAMES, size: int = LINK_OUT_BYTES
    ) -> None:
        self._most = frames, size
        self._frames: deque[tuple[pb.Frame, int]] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    async def put(self, frame: pb.Frame) -> None:
        """Add a frame once there is room; after end() it is dropped."""
        size = frame.ByteSize()
        while not (self._ended or self._fits(size)):
            await self._changed.wait()
        if not self._ended:
            self._frames.append((frame, size))
            self._size += size
            self._wake()

    def _fits(self, size: int) -> bool:
        frames, most = self._most
        room = len(self._frames) < frames and self._size + size <= most
        return room or not self._frames

    async def get(self) -> tuple[pb.Frame, int] | None:
        """Return the next frame and its bytes; None once all are taken after end()."""
        while not (self._ended or self._frames):
            await self._changed.wait()
        if not self._frames:
            return None
        frame, size = self._frames.popleft()
        self._size -= size
        self._wake()
        return frame, size

    async def empty(self) -> None:
        """Wait until every frame has been taken, or end() was called."""
        while self._frames and not self._ended:
            await self._changed.wait()

    def end(self) -> None:
        """Take no more frames; whoever waits goes on."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
