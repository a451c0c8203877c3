"""How one stream stands with each log: what was sent of mine, what is stored of theirs.

Pure bookkeeping of the window (docs/spec/frames.md); `session` decides by it. Several
batches are in flight each way, in order. Where one is refused, all that follow it are
dropped, and the sender goes back to what is stored (go-back-N): a round tells the
batches before the refusal from those after it.
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
    """A log of mine, and how it stands with the peer: acked <= sent <= size."""

    origin: str
    size: int = 0  # as far as I was told
    acked: int = 0  # how much of it the peer holds, by what it has signed or said
    sent: int = 0  # the end of the last batch that was sent
    round: int = 0  # of the batches that are sent now
    claimed: pb.LogPosition = field(default_factory=pb.LogPosition)
    frozen: bool = False
    taken: bool = True  # whether the position that the peer claimed was verified
    lacked: LackedTexts = field(default_factory=LackedTexts)
    loading: bool = False  # whether the batch from `sent` is being loaded
    stale: bool = False  # whether what is being loaded is of a round that is over
    in_flight: deque[tuple[int, int]] = field(default_factory=deque)  # end, bytes
    pause: int = (
        0  # ticks in which nothing is sent: the peer's budget for it is used up
    )
    checked_to: int = 0  # below it a text is looked at before it is sent

    @property
    def behind(self) -> bool:
        """Whether the peer holds more of it than I."""
        return self.claimed.size > self.size and not self.frozen

    def claimed_answer(self) -> rpc.Cosigned:
        """Return the answer that may have been lost when the last stream was cut."""
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
        """Return the bytes of the batches that are sent and not answered."""
        return sum(size for _, size in self.in_flight)

    def has_room(self, window: int) -> bool:
        """Whether one more batch may go, in a window of bytes; one always may."""
        return not self.in_flight or self.bytes_in_flight() < window

    def held_back(self, window: int) -> bool:
        """Whether the next batch waits for nothing but room in the window."""
        return self.due() and not self.has_room(window)

    def due(self) -> bool:
        """Whether the next batch may be begun, as far as the window lets it."""
        return self.sent < self.size and not (self.loading or self.frozen or self.pause)

    def refuse(self, size: int, pause: int) -> None:
        """Go back to where the peer's replica ends, for another round.

        Nothing is sent for so many ticks.
        """
        self.go_back(size)
        self.round += 1
        self.pause = pause

    def tick(self) -> bool:
        """Note that time has passed; return whether a pause is over now."""
        before, self.pause = self.pause, max(0, self.pause - 1)
        return before > self.pause == 0

    def take_load(self) -> bool:
        """Note that a batch was loaded; return whether it is still to be sent."""
        wanted = self.loading and not self.stale and not self.frozen
        self.loading = self.stale = False
        return wanted

    def send(self, end: int, size: int) -> None:
        """Note that the batch up to `end` goes to the peer, in `size` bytes."""
        self.sent = end
        self.in_flight.append((end, size))

    def acknowledge(self, size: int) -> bool:
        """Take that the peer holds `size` entries; return whether that is more."""
        more = size > self.acked
        self.acked = max(size, self.acked)
        self.sent = max(self.sent, self.acked)
        while self.in_flight and self.in_flight[0][0] <= self.acked:
            self.in_flight.popleft()
        return more

    def go_back(self, size: int) -> None:
        """Send again from `size` on, where the peer's replica ends."""
        self.acked = min(self.acked, size)
        self.sent = size
        self.in_flight.clear()
        self.stale = self.loading

    def stop(self) -> None:
        """Send no more of it: it is frozen."""
        self.frozen = self.taken = True
        self.in_flight.clear()


class IncomingLog(Struct):
    """A log of the peer's, and how far its batches are on their way into my replica.

    Those that are judged wait, in order, for those before them to be stored; then all
    of them are stored at once. A failure is told once those before it are stored.

        call           effect         the driver then
        judged()       StoreJudged    stores what is judged: committed() or failed()
        committed()    Send           puts the answer on the wire
        failed()       Send           Refused: the peer sends again from what is stored
    """

    origin: str
    round: int = 0  # of the batches that are taken
    _storing: bool = False
    _failure: Reason | None = None
    _size: int = 0  # that the replica has, as far as the failure asks for it

    def wants(self, batch: ReceivedBatch) -> bool:
        """Whether a batch is to be judged, still; what follows a failure is dropped."""
        return self._failure is None and batch.round == self.round

    def judged(self) -> list[Effect]:
        """Have a batch stored, or with what is judged until then."""
        if self._storing:
            return []
        self._storing = True
        return [StoreJudged(self.origin)]

    def committed(self, cosigned: rpc.Cosigned, *, more: bool) -> list[Effect]:
        """Send the line under what StoreJudged has stored; `more` was judged since."""
        self._size = max(self._size, cosigned.size)
        answer = Send(rpc.Frame(cosigned=cosigned))
        if more:
            return [answer, StoreJudged(self.origin)]
        self._storing = False
        return [answer, *self._refuse()]

    def failed(
        self, size: int, reason: Reason, *, dropped: bool = False
    ) -> list[Effect]:
        """Refuse a batch, or all that were judged, which the driver has `dropped`.

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
    """Return one answer that says what two say, the second given later.

    Its line covers what the first one's does. None where they are of different logs,
    or the second covers less, or both refuse entries, each under its own signature.
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
    """Return the position in one log, of size 0 where it is not named."""
    return next((log for log in logs if log.origin == origin), pb.LogPosition())
