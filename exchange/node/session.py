"""The protocol between two nodes, sans-IO: frames in, effects out.

One session lives as long as one stream. Both sides run the same code, whoever
dialled: each sends its own log and holds a replica of the other's.

    open()        -> Hello: every log that I hold and its size
    Hello comes   -> the peer's position in my log tells from where to send
                     and the head that it holds is taken like a Cosigned
    Load          -> the driver fetches the next batch and calls loaded()
    Batch comes   -> Store: the driver judges, stores and cosigns it, then calls
                     stored(); or refused(), and the peer sends again from there
    Cosigned      -> Record: the driver verifies and keeps the peer's line, then
                     calls recorded(), which goes on with the next batch
    Refused       -> send again from the size that the peer says it holds
    Bye           -> Close

One batch is in flight each way. Positions only ever come from what the peer has
durably stored, so nothing is lost when a stream breaks, and nothing is stored
twice: a batch that does not begin where the replica ends is answered with that
end. The driver is `net`, or a test, or removable media.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange.errors import Reason
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb


@dataclass(frozen=True, slots=True)
class Send:
    """Put this frame on the wire."""

    frame: rpc.Frame


@dataclass(frozen=True, slots=True)
class Load:
    """Fetch the next batch of my log from `start` on; then call loaded()."""

    start: int


@dataclass(frozen=True, slots=True)
class Store:
    """Judge and store this batch of the peer's log; then call stored()."""

    batch: pb.Batch


@dataclass(frozen=True, slots=True)
class Record:
    """Verify and keep the peer's cosignature; then call recorded()."""

    cosigned: rpc.Cosigned


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell people: the link works, but what came over it must not be."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Close:
    """End the stream; `reason` is a word from the closed list, or empty."""

    reason: str


Effect = Send | Load | Store | Record | Alarm | Close

REPEATS_MAX = 5  # refusals of one position before the stream is given up


@dataclass(slots=True)
class Session:
    """One stream between `me` and `peer`.

    `mine` and `theirs` are the origins of the two logs; `held` names every log
    that I hold, for my hello.
    """

    peer: str
    me: str
    mine: str
    theirs: str
    held: list[pb.LogPosition]
    _greeted: bool = False
    _sent: int | None = None  # where the batch in flight begins; None is none
    _position: int = 0  # how much of my log the peer holds
    _size: int = 0  # how long my log is, as far as I was told
    _repeats: int = 0
    _closed: bool = field(default=False)

    def open(self) -> list[Effect]:
        """Return the hello."""
        hello = rpc.Hello(node=self.me, logs=self.held)
        self._size = self._claimed(self.held, self.mine).size
        return [Send(rpc.Frame(hello=hello))]

    def receive(self, frame: rpc.Frame) -> list[Effect]:
        """Return what the peer's frame asks for."""
        return list(self._receive(frame))

    def _receive(self, frame: rpc.Frame) -> Iterator[Effect]:
        what = frame.WhichOneof("frame")
        if what == "bye":
            yield Close(frame.bye.reason)
        elif what == "hello" and not self._greeted:
            yield from self._hello(frame.hello)
        elif what == "batch" and self._greeted and frame.batch.origin == self.theirs:
            yield Store(frame.batch)
        elif what == "cosigned" and self._expects(frame.cosigned.origin):
            yield Record(frame.cosigned)
        elif what == "refused" and self._expects(frame.refused.origin):
            yield from self._refused(frame.refused)
        else:
            yield from self._bye(Reason.INPUT)

    def _expects(self, origin: str) -> bool:
        return self._greeted and origin == self.mine and self._sent is not None

    def _hello(self, hello: rpc.Hello) -> Iterator[Effect]:
        if hello.node != self.peer:
            yield from self._bye(Reason.IDENTITY)
            return
        self._greeted = True
        claimed = self._claimed(list(hello.logs), self.mine)
        if claimed.size > self._size:
            yield Alarm(Reason.MISSING)  # the peer holds more of my log than I
            yield from self._bye(Reason.MISSING)
            return
        if claimed.size:
            yield Record(_as_cosigned(claimed))
        else:
            yield from self._next()

    @staticmethod
    def _claimed(logs: list[pb.LogPosition], origin: str) -> pb.LogPosition:
        return next((log for log in logs if log.origin == origin), pb.LogPosition())

    def _next(self) -> Iterator[Effect]:
        if self._greeted and self._sent is None and self._position < self._size:
            self._sent = self._position
            yield Load(self._position)

    def grew(self, size: int) -> list[Effect]:
        """My log has grown to `size`."""
        self._size = max(size, self._size)
        return list(self._next())

    def loaded(self, batch: pb.Batch) -> list[Effect]:
        """Send the batch that Load asked for."""
        return [Send(rpc.Frame(batch=batch))]

    def stored(self, cosigned: rpc.Cosigned) -> list[Effect]:
        """Answer the batch that Store asked for; it is on disk and cosigned."""
        return [Send(rpc.Frame(cosigned=cosigned))]

    def refused(self, size: int, reason: Reason) -> list[Effect]:
        """Answer a batch that was not stored; my replica ends at `size`."""
        refused = rpc.Refused(origin=self.theirs, size=size, reason=reason)
        return [Send(rpc.Frame(refused=refused))]

    def recorded(self, size: int) -> list[Effect]:
        """Go on: the peer holds my log up to `size`, by its own signed word."""
        self._position = max(size, self._position)
        self._sent = None
        self._repeats = 0
        return list(self._next())

    def distrusted(self, reason: Reason) -> list[Effect]:
        """Alarm and end the stream: what the peer sent does not verify."""
        return [Alarm(reason), *self._bye(reason)]

    def _refused(self, refused: rpc.Refused) -> Iterator[Effect]:
        self._repeats += 1
        if self._repeats > REPEATS_MAX:
            yield from self._bye(Reason.BUSY)
        elif refused.size > self._size:
            yield Alarm(Reason.MISSING)
            yield from self._bye(Reason.MISSING)
        else:
            self._position = refused.size
            self._sent = None
            yield from self._next()

    def close(self, reason: str = "") -> list[Effect]:
        """End the stream in good order."""
        return [Send(rpc.Frame(bye=rpc.Bye(reason=reason))), Close(reason)]

    def _bye(self, reason: Reason) -> Iterator[Effect]:
        yield from self.close(reason)


def _as_cosigned(claimed: pb.LogPosition) -> rpc.Cosigned:
    """Return the answer that may have been lost when the last stream was cut."""
    return rpc.Cosigned(
        origin=claimed.origin,
        size=claimed.size,
        head=claimed.head,
        refusals=claimed.refusals,
    )
