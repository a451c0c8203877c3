"""The protocol between two nodes, sans-IO: frames in, effects out.

One session lives as long as one stream. Both sides run the same code, whoever
dialled: each sends its own log and holds a replica of the other's.

    open()        -> Hello: every log that I hold, its size and newest head
    Hello comes   -> Hear: the driver compares every head with what is stored, then
                     calls heard(). The peer's position in my log tells from where
                     to send; its head is taken like a Cosigned
    ... is ahead  -> Want: my own log lacks what the peer holds. Nothing is sent until
                     the batches that come back are stored (Restore, restored())
    Want comes    -> Lend: the driver reads the peer's log out of my replica
    Load          -> the driver fetches the next batch and calls loaded()
    Batch comes   -> Store: the driver judges, stores and cosigns it, then calls
                     stored(); or refused(), and the peer sends again from there
    Cosigned      -> Record: the driver verifies and keeps the peer's line, then
                     calls recorded(), which goes on with the next batch
    Refused       -> send again from the size that the peer says it holds
    tick()        -> Freshen: cosign the peer's head anew, if it is time
    Forked        -> Judge: the driver verifies the proof; that log goes no further,
                     the other one does
    Bye           -> Close

One batch is in flight each way. Positions only ever come from what the peer has
durably stored, so nothing is lost when a stream breaks, and nothing is stored
twice: a batch that does not begin where the replica ends is answered with that
end. The driver is `net`, or a test, or removable media.
"""

from collections.abc import Iterable, Iterator
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
class Hear:
    """Compare the heads that the peer holds with what is stored; then heard()."""

    logs: list[pb.LogPosition]


@dataclass(frozen=True, slots=True)
class Restore:
    """Judge and store this batch of my own log; then call restored()."""

    batch: pb.Batch


@dataclass(frozen=True, slots=True)
class Lend:
    """Fetch a batch of the peer's log from `start` on; then call loaded()."""

    start: int


@dataclass(frozen=True, slots=True)
class Freshen:
    """Cosign the newest head of the peer's log again if need be: freshened()."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Verify this proof that a log is forked; then call frozen()."""

    forked: rpc.Forked


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell people: the link works, but what came over it must not be."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Close:
    """End the stream; `reason` is a word from the closed list, or empty."""

    reason: str


Disk = Load | Store | Record | Hear | Restore | Lend | Freshen | Judge
Effect = Send | Disk | Alarm | Close

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
    _heard: bool = False
    _wants: bool = False  # a batch of my own log is on its way back
    _claimed: pb.LogPosition = field(default_factory=pb.LogPosition)
    _sent: int | None = None  # where the batch in flight begins; None is none
    _position: int = 0  # how much of my log the peer holds
    _size: int = 0  # how long my log is, as far as I was told
    _repeats: int = 0
    _frozen: set[str] = field(default_factory=set)

    def open(self) -> list[Effect]:
        """Return the hello."""
        hello = rpc.Hello(node=self.me, logs=self.held)
        self._size = _of(self.held, self.mine).size
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
        elif what == "forked" and self._greeted:
            yield Judge(frame.forked)
        elif not self._heard:
            yield from self._bye(Reason.INPUT)
        elif what == "batch":
            yield from self._batch(frame.batch)
        elif what == "cosigned" and frame.cosigned.origin == self.mine:
            yield Record(frame.cosigned)
        elif what == "refused" and self._in_flight(frame.refused.origin):
            yield from self._refused(frame.refused)
        elif what == "want" and frame.want.origin == self.theirs:
            yield Lend(frame.want.start)
        else:
            yield from self._bye(Reason.INPUT)

    def _in_flight(self, origin: str) -> bool:
        return origin == self.mine and self._sent is not None

    def _hello(self, hello: rpc.Hello) -> Iterator[Effect]:
        if hello.node != self.peer:
            yield from self._bye(Reason.IDENTITY)
            return
        self._greeted = True
        self._claimed = _of(hello.logs, self.mine)
        yield Hear(list(hello.logs))

    def heard(self) -> list[Effect]:
        """Go on: the heads that the peer holds were compared."""
        self._heard = True
        return list(self._resume())

    def _resume(self) -> Iterator[Effect]:
        """Fetch what my own log lacks, else take up the peer's position."""
        if self.mine in self._frozen:
            return
        if self._claimed.size > self._size:
            self._wants = True
            yield Send(rpc.Frame(want=rpc.Want(origin=self.mine, start=self._size)))
        elif self._claimed.size:
            yield Record(_as_cosigned(self._claimed))
        else:
            yield from self._next()

    def _batch(self, batch: pb.Batch) -> Iterator[Effect]:
        if batch.origin == self.theirs:
            yield Store(batch)
        elif batch.origin == self.mine and self._wants:
            self._wants = False
            yield Restore(batch)
        else:
            yield from self._bye(Reason.INPUT)

    def restored(self, size: int) -> list[Effect]:
        """Go on: my own log ends at `size` again."""
        self._repeats = 0 if size > self._size else self._repeats + 1
        self._size = max(size, self._size)
        if self._repeats > REPEATS_MAX:
            return list(self._bye(Reason.BUSY))
        return list(self._resume())

    def _next(self) -> Iterator[Effect]:
        behind = self._wants or self._claimed.size > self._size
        idle = self._heard and self._sent is None and not behind
        if idle and self._position < self._size and self.mine not in self._frozen:
            self._sent = self._position
            yield Load(self._position)

    def grew(self, size: int) -> list[Effect]:
        """My log has grown to `size`."""
        self._size = max(size, self._size)
        return list(self._next())

    def tick(self) -> list[Effect]:
        """Look what is due, now that some time has passed."""
        return [Freshen()] if self._heard and self.theirs not in self._frozen else []

    def freshened(self, cosigned: rpc.Cosigned) -> list[Effect]:
        """Send the line that Freshen made."""
        return [Send(rpc.Frame(cosigned=cosigned))]

    def loaded(self, batch: pb.Batch) -> list[Effect]:
        """Send the batch that Load or Lend asked for."""
        return [Send(rpc.Frame(batch=batch))]

    def stored(self, cosigned: rpc.Cosigned) -> list[Effect]:
        """Answer the batch that Store asked for; it is on disk and cosigned."""
        return [Send(rpc.Frame(cosigned=cosigned))]

    def refused(self, size: int, reason: Reason) -> list[Effect]:
        """Answer a batch that was not stored; my replica ends at `size`."""
        refused = rpc.Refused(origin=self.theirs, size=size, reason=reason)
        return [Send(rpc.Frame(refused=refused))]

    def recorded(self, size: int) -> list[Effect]:
        """Go on: the peer holds my log up to `size`, by its own word."""
        self._position = max(size, self._position)
        if self._sent is not None and size > self._sent:
            self._sent = None
            self._repeats = 0
        return list(self._next())

    def forked(self, forked: rpc.Forked) -> list[Effect]:
        """Tell the peer, and people, that a log is frozen; the other one goes on."""
        told = Send(rpc.Frame(forked=forked))
        return [told, *self.frozen(forked.origin)]

    def frozen(self, origin: str) -> list[Effect]:
        """Send and take no more of a log of which a proof was verified."""
        new = origin not in self._frozen
        self._frozen.add(origin)
        return [Alarm(Reason.FORK)] if new else []

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


def _of(logs: Iterable[pb.LogPosition], origin: str) -> pb.LogPosition:
    """Return the position in one log, of size 0 where it is not named."""
    return next((log for log in logs if log.origin == origin), pb.LogPosition())


def _as_cosigned(claimed: pb.LogPosition) -> rpc.Cosigned:
    """Return the answer that may have been lost when the last stream was cut."""
    return rpc.Cosigned(
        origin=claimed.origin,
        size=claimed.size,
        head=claimed.head,
        refusals=claimed.refusals,
    )
