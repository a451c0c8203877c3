"""One stream's state of each log: entries sent of mine, stored of theirs.

Pure bookkeeping of the window (docs/spec/frames.md) for `session`. Several batches are
in flight each way, in order. After a refused one all are dropped, and the sender goes
back to the stored size (go-back-N): the round number separates batches before the
refusal from those after it.
"""

from collections import deque
from collections.abc import Iterable

from msgspec import Struct, field

from exchange.envelope_parser import ReceivedBatch
from exchange.errors import Reason
from exchange.node.effects import Effect, Send, StoreJudged
from exchange.node.missing_texts import LackedTexts
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb


class OutgoingLog(Struct):
    """The state of a log at the peer: acked <= sent <= size."""

    origin: str
    size: int = 0  # as last reported
    acked: int = 0  # entries at the peer, as it signed or said
    sent: int = 0  # the end of the last batch that was sent
    round: int = 0  # of the batches that are sent now
    claimed: pb.LogPosition = field(default_factory=pb.LogPosition)
    frozen: bool = False
    taken: bool = True  # whether the position that the peer claimed was verified
    lacked: LackedTexts = field(default_factory=LackedTexts)
    loading: bool = False  # whether the batch from `sent` is being loaded
    stale: bool = False  # whether the batch being loaded is of an old round
    in_flight: deque[tuple[int, int]] = field(default_factory=deque)  # end, bytes
    pause: int = 0  # ticks without sending: the peer's budget is used up
    checked_to: int = 0  # below it texts are checked before sending

    @property
    def behind(self) -> bool:
        return self.claimed.size > self.size and not self.frozen

    def claimed_answer(self) -> rpc.Cosigned:
        """Repeat the answer: it may have been lost with the last stream."""
        claimed = self.claimed
        return rpc.Cosigned(
            origin=claimed.origin,
            size=claimed.size,
            head=claimed.head,
            refusals=claimed.refusals,
            refused=claimed.refused,
            lacking=claimed.lacking,
        )

    def bytes_in_flight(self) -> int:
        return sum(size for _, size in self.in_flight)

    def has_room(self, window: int) -> bool:
        """Return whether one more batch fits; one always does."""
        return not self.in_flight or self.bytes_in_flight() < window

    def held_back(self, window: int) -> bool:
        return self.due() and not self.has_room(window)

    def due(self) -> bool:
        return self.sent < self.size and not (self.loading or self.frozen or self.pause)

    def refuse(self, size: int, pause: int) -> None:
        """Begin another round after `pause` ticks."""
        self.go_back(size)
        self.round += 1
        self.pause = pause

    def tick(self) -> bool:
        """Return whether a pause just ended."""
        before, self.pause = self.pause, max(0, self.pause - 1)
        return before > self.pause == 0

    def take_load(self) -> bool:
        wanted = self.loading and not self.stale and not self.frozen
        self.loading = self.stale = False
        return wanted

    def send(self, end: int, size: int) -> None:
        self.sent = end
        self.in_flight.append((end, size))

    def acknowledge(self, size: int) -> bool:
        """Return whether `size` is more than before."""
        more = size > self.acked
        self.acked = max(size, self.acked)
        self.sent = max(self.sent, self.acked)
        while self.in_flight and self.in_flight[0][0] <= self.acked:
            self.in_flight.popleft()
        return more

    def go_back(self, size: int) -> None:
        self.acked = min(self.acked, size)
        self.sent = size
        self.in_flight.clear()
        self.stale = self.loading

    def stop(self) -> None:
        self.frozen = self.taken = True
        self.in_flight.clear()


class IncomingLog(Struct):
    """A log's judged batches, which wait in order for those before them.

    All are then stored at once, and a failure is reported.

        call           effect         the driver then
        judged()       StoreJudged    stores the judged batches: committed() or failed()
        committed()    Send           sends the answer
        failed()       Send           Refused: the peer sends again from the stored size
    """

    origin: str
    round: int = 0  # of the accepted batches
    _storing: bool = False
    _failure: Reason | None = None
    _size: int = 0  # of the replica, for the failure's answer

    def wants(self, batch: ReceivedBatch) -> bool:
        """Return whether to judge a batch; those after a failure are dropped."""
        return self._failure is None and batch.round == self.round

    def judged(self) -> list[Effect]:
        """Store the batch, now or with the next ones."""
        if self._storing:
            return []
        self._storing = True
        return [StoreJudged(self.origin)]

    def committed(self, cosigned: rpc.Cosigned, *, more: bool) -> list[Effect]:
        """Send the line under the stored batches; `more` were judged since."""
        self._size = max(self._size, cosigned.size)
        answer = Send(rpc.Frame(cosigned=cosigned))
        if more:
            return [answer, StoreJudged(self.origin)]
        self._storing = False
        return [answer, *self._refuse()]

    def failed(
        self, size: int, reason: Reason, *, dropped: bool = False
    ) -> list[Effect]:
        """Refuse one, or all judged ones, which the driver has `dropped`.

        The replica ended at `size`.
        """
        self._failure = self._failure or reason
        self._size = max(self._size, size)
        if dropped:
            self._storing = False
        return [] if self._storing else self._refuse()

    def _refuse(self) -> list[Effect]:
        if self._failure is None:
            return []
        refused = rpc.Refused(
            origin=self.origin,
            size=self._size,
            reason=self._failure,
            round=self.round,
        )
        self._failure, self._size = None, 0
        self.round += 1
        return [Send(rpc.Frame(refused=refused))]


def join_answers(first: rpc.Cosigned, second: rpc.Cosigned) -> rpc.Cosigned | None:
    """Merge two, the second given later.

    Its line covers the first one's. None if they are of different logs, if the second
    covers less, or if both have refusals, each under its own signature.
    """
    if first.origin != second.origin or second.size < first.size:
        return None
    if first.refusals and second.refusals:
        return None
    joined = rpc.Cosigned()
    joined.CopyFrom(second)
    joined.directory = second.directory or first.directory
    if first.refusals:
        joined.refusals.extend(first.refusals)
        joined.refused.CopyFrom(first.refused)
    return joined


def position_in(logs: Iterable[pb.LogPosition], origin: str) -> pb.LogPosition:
    """Return size 0 if it is not named."""
    return next((log for log in logs if log.origin == origin), pb.LogPosition())
