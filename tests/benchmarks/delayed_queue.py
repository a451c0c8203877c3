"""The delay, the rate and the loss of one direction of a line, without any I/O."""

from collections import deque
from random import Random

from msgspec import Struct

MS = 1_000  # ms in a second
BITS = 8  # a byte
WAITING_S = 0.25  # s of the line's rate that wait before it; what comes then is lost
WAITING_MIN = 16 * 1024  # bytes of them at least


class NetworkLine(Struct, frozen=True):
    """How a line is: RTT in ms, bits a second each way (0: any), share of loss."""

    rtt: int = 0
    rate: int = 0
    loss: float = 0.0

    @property
    def waiting_max(self) -> int:
        """Bytes that wait before the line at most, each way."""
        return max(WAITING_MIN, int(self.rate / BITS * WAITING_S))


class DelayedQueue:
    """The data under way in one direction; times in s of any clock that only rises."""

    def __init__(self, line: NetworkLine, random: Random) -> None:
        self._line = line
        self._random = random
        self._free = 0.0  # when the line has sent what waits
        self._under_way: deque[tuple[float, bytes]] = deque()

    def put(self, data: bytes, now: float) -> None:
        """Send data: it comes out later, in order, unless the line loses it."""
        line = self._line
        if line.loss and self._random.random() < line.loss:
            return
        sent = now
        if line.rate:
            sent = self._free = max(self._free, now) + len(data) * BITS / line.rate
        self._under_way.append((sent + line.rtt / 2 / MS, data))

    def room_in(self, now: float) -> float:
        """Return the seconds until less waits before the line than may."""
        if not self._line.rate:
            return 0.0
        drained = self._line.waiting_max * BITS / self._line.rate
        return max(0.0, self._free - now - drained)

    def take(self, now: float) -> bytes | None:
        """Take what has come out by now; None if nothing has."""
        if self._under_way and self._under_way[0][0] <= now:
            return self._under_way.popleft()[1]
        return None

    def next_at(self) -> float | None:
        """Return when something comes out next; None if nothing is under way."""
        return self._under_way[0][0] if self._under_way else None
