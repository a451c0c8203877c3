"""The pace of a partner's line: how many bytes may be in flight.

Measured from Received: the rate at which bytes arrive, and the least time until that is
known here; and from how long the partner takes to commit (docs/spec/frames.md). It
outlives streams.
"""

from collections import deque

from exchange.limits import (
    PIECE_MAX,
    PIECE_MIN,
    PIECE_TIME,
    RATE_MEMORY,
    RECEIVED_BYTES,
    SECOND,
    WINDOW_FIRST,
    WINDOW_MAX,
    WINDOW_MIN,
)

GAIN = 1.25  # of the window over the line's capacity, to notice a faster line
UNREPORTED = 2 * RECEIVED_BYTES  # bytes that came, not yet reported or known
PIECES_A_WINDOW = 4
MARKS = 1_024  # messages in flight with remembered times


class Pace:
    """Times in ms of elapsed time, rates in bytes/s."""

    def __init__(self) -> None:
        self.most = WINDOW_MAX
        """Upper bound of the window in bytes."""
        self.window = WINDOW_FIRST
        """Bytes that may be in flight, and in batches not cosigned."""
        self._rates: deque[tuple[int, float]] = deque()  # falling: the first is best
        self._trip: int | None = None  # the least
        self._commit = 0.0  # ms, a running mean
        self._growing = True  # until the rate stops growing
        self._round: tuple[int, float, int] = 0, 0.0, 0  # end, rate, flat rounds
        self.begin()

    def begin(self) -> None:
        self._marks: deque[tuple[int, int, int, int]] = deque()
        self._sent = self._arrived = 0
        self._arrived_at = 0
        self._batches: deque[tuple[int, int | None]] = deque()  # end, when it arrived
        self._round = 0, self._round[1], 0
        self._full = False  # whether the window was the limit since it was set

    @property
    def rate(self) -> float:
        """The best recent one; 0 if never measured."""
        return self._rates[0][1] if self._rates else 0.0

    @property
    def trip(self) -> int | None:
        """The least ms until a message was known to have come."""
        return self._trip

    @property
    def piece(self) -> int:
        """The bytes of a piece: PIECE_TIME of the line, several pieces a window."""
        carried = int(self.rate * PIECE_TIME / SECOND)
        return max(PIECE_MIN, min(PIECE_MAX, carried, self.window // PIECES_A_WINDOW))

    def sent(self, total: int, now: int, *, batch: bool) -> None:
        """`total` counts bytes of lane 2; a `batch` ends there."""
        if self._arrived == self._sent:
            self._arrived_at = now  # nothing was in flight
        if len(self._marks) < MARKS:
            self._marks.append((total, now, self._arrived, self._arrived_at))
        self._sent = total
        self._full = self._full or total + self.piece > self._arrived + self.window
        if batch and len(self._batches) < MARKS:
            self._batches.append((total, None))

    def arrived(self, total: int, now: int, *, held_back: bool = False) -> None:
        """`total` counts the bytes of this stream.

        `held_back`: the next batch waits because earlier ones fill the window; then too
        the window was the limit.
        """
        if not self._arrived < total <= self._sent:
            return
        self._full = self._full or held_back
        mark = None
        while self._marks and self._marks[0][0] <= total:
            mark = self._marks.popleft()
        self._batches = deque(
            (end, now if at is None and end <= total else at)
            for end, at in self._batches
        )
        grown = total - self._arrived
        self._arrived, self._arrived_at = total, now
        if mark is not None:
            _, went, arrived_then, at_then = mark
            took = max(1, now - went)
            self._trip = took if self._trip is None else min(took, self._trip)
            self._measure((total - arrived_then) * SECOND / max(1, now - at_then), now)
        if self._full:  # an unsaturated line shows no limit
            self._full = False
            self._turn(grown)

    def _measure(self, rate: float, now: int) -> None:
        oldest = now - max(RATE_MEMORY, 4 * (self._trip or 0))
        while self._rates and self._rates[-1][1] <= rate:
            self._rates.pop()
        self._rates.append((now, rate))
        while len(self._rates) > 1 and self._rates[0][0] < oldest:
            self._rates.popleft()

    def committed(self, left: int, now: int) -> None:
        """Note that all batches but the last `left` are cosigned."""
        while len(self._batches) > left:
            _, at = self._batches.popleft()
            if at is not None:
                self._commit += (now - at - self._commit) / 8

    def _turn(self, grown: int) -> None:
        """Double the window at first, then go by measurements."""
        trip = self._trip or 0
        took = max(trip + self._commit, PIECE_TIME)
        held = GAIN * self.rate * took / SECOND + UNREPORTED
        if self._growing:
            self._look_at_round()
            held = max(held, self.window + grown)
        most = self.rate * (SECOND + trip) / SECOND
        self.window = int(max(WINDOW_MIN, min(held, most, self.most)))

    def _look_at_round(self) -> None:
        """Check once a round trip whether the rate has grown by a quarter."""
        end, rate, still = self._round
        if self._arrived < end:
            return
        still = 0 if self.rate >= GAIN * rate else still + 1
        self._round = self._sent, max(self.rate, rate), still
        self._growing = still < 3  # noqa: PLR2004  rounds; one may be noise
