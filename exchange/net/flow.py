"""Flow control of one stream, each way: credit, pieces and the window."""

import asyncio
from collections.abc import Callable

from exchange.limits import (
    CHAIN_BYTES_MAX,
    CREDIT_MIN,
    LINKS_BYTES,
    RECEIVED_WITHIN,
    SECOND,
    WINDOW_MAX,
)
from exchange.net import frames as wire
from exchange.net.frame_queue import FrameQueue, OutgoingMessage
from exchange.net.inflow import Inflow
from exchange.net.pace import Pace
from exchange.v1 import exchange_service_pb2 as pb


class Flow:
    """The bounds of one stream to one of `partners` partners.

    `waiting` returns the bytes that wait for the disk; `elapsed` is in ms.
    """

    def __init__(
        self,
        out: FrameQueue,
        pace: Pace,
        partners: int,
        waiting: Callable[[], int],
        elapsed: Callable[[], int],
    ) -> None:
        self.pace = pace
        share = max(CREDIT_MIN, LINKS_BYTES // (2 * max(1, partners)))
        self.room = min(CHAIN_BYTES_MAX, share)
        """Bytes that the peer may send at first."""
        pace.begin()
        pace.most = min(WINDOW_MAX, share)
        self._out = out
        self._inflow = Inflow(self.room, waiting, elapsed)
        self._elapsed = elapsed
        self._granted = 0  # bytes of lane 2 that the peer accepts on this stream
        self._counted = 0  # bytes of lane 2 sent when a message last came
        self._telling: asyncio.TimerHandle | None = None

    def greet(self, hello: pb.Hello) -> None:
        self._granted = hello.credit
        self._widen(0)

    def end(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    # Outgoing.

    def note_sent(self, message: OutgoingMessage) -> None:
        if message.bulk:
            self.pace.sent(self._out.sent, self._elapsed(), batch=message.ends)

    def arrived(self, received: pb.Received, *, held_back: bool) -> None:
        """See Pace.arrived."""
        self._granted = max(self._granted, received.bytes + received.credit)
        self.pace.arrived(received.bytes, self._elapsed(), held_back=held_back)
        self._widen(received.bytes)

    def committed(self, in_flight: int) -> None:
        self.pace.committed(in_flight, self._elapsed())

    def _widen(self, arrived: int) -> None:
        self._out.piece = self.pace.piece
        self._out.limit = min(self._granted, arrived + self.pace.window)
        self._out.wake()

    # Incoming.

    def take(self, frame: pb.Frame, size: int) -> pb.Frame | None:
        """Return the frame in a message of `size` bytes, or that it completes.

        Refusal(RATE | SIZE | INPUT) for a message that no partner sends.
        """
        sent, self._counted = self._out.sent - self._counted, self._out.sent
        self._inflow.count(frame, size, sent=sent)
        if not frame.HasField("piece"):
            return frame
        message = self._inflow.join(frame.piece)
        if message is None:
            return None
        joined = wire.read(message)
        self._inflow.check_lane(joined, frame.piece.lane)
        return joined

    def received(self) -> pb.Frame:
        return self._inflow.received()

    def tell(self, *, late: bool = False) -> None:
        """Report received bytes and new credit, if any, now or a little later."""
        if self._inflow.due(late=late):
            self._out.put(self._inflow.received())
        elif self._telling is None and self._inflow.due(late=True):
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(RECEIVED_WITHIN / SECOND, self._tell_late)

    def _tell_late(self) -> None:
        self._telling = None
        self.tell(late=True)
