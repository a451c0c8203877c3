"""The protocol between two nodes, sans-IO: frames in, effects out.

A session lives as long as its stream. Both sides run the same code, whoever dialled:
each sends its own log and holds a replica of the other's.

`effects` lists the reactions to each call and frame. The driver runs them in threads,
those of one track in order, and calls the session on one thread only
(docs/spec/frames.md). Positions come only from data that the peer has durably stored,
so a broken stream neither loses nor duplicates entries.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from exchange.envelope_parser import parse_batch
from exchange.errors import Reason, Refusal
from exchange.limits import (
    LACKING_MAX,
    LOST_TEXT_TURN,
    PAUSE_TICKS,
    SECOND,
    TEXTS_AT_ONCE,
    WINDOW_FIRST,
)
from exchange.node import effects
from exchange.node.effects import Alarm, Close, Effect, Send
from exchange.node.express_states import ExpressStates
from exchange.node.missing_texts import UndeliveredNotices
from exchange.node.posture import OFF, QUIET, Posture
from exchange.node.window import IncomingLog, OutgoingLog, position_in
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb

VERSION = 4  # of the known frames: docs/spec/frames.md, "Greeting"
REPEATS_MAX = 5  # refusals of one position before the stream is given up
CLAIMS_MAX = 3  # answers beyond the entries sent, likewise
ASK_AGAIN = LOST_TEXT_TURN // SECOND  # ticks until lost texts are requested again


class Session(Struct):
    """One stream; `mine` and `theirs` are logs, oldest first.

    Usually one each; after a fork its successor too. `held` lists every log that I
    hold, for my hello.
    """

    peer: str
    me: str
    mine: Sequence[str]
    theirs: Sequence[str]
    held: list[pb.LogPosition]
    ahead: Sequence[bytes] = ()  # the peer's envelopes held here without a place
    credit: int = 0  # bytes that the peer may send before it is granted more
    window: int = WINDOW_FIRST  # bytes of batches that may be in flight
    entries_a_day: int = 0  # bytes of the peer's entries stored here
    posture: Posture = field(default_factory=Posture)  # mine, for as long as it lives
    peer_posture: Posture = field(default_factory=Posture)  # by the peer's hello
    _greeted: bool = False
    _heard: bool = False
    _wants: bool = False  # a batch of a log of mine is on its way back
    _logs: list[OutgoingLog] = field(default_factory=list)
    incoming: dict[str, IncomingLog] = field(default_factory=dict)
    _lost_texts: list[tuple[str, int]] = field(default_factory=list)
    """Entries of the peer's logs whose lost texts it still needs."""
    _asked: set[tuple[str, int]] = field(default_factory=set)
    """Entries of my logs whose lost texts were last requested from the peer."""
    _asked_for: int = 0  # ticks since then
    _repeats: int = 0
    _claims: int = 0
    _notices: UndeliveredNotices = field(default_factory=UndeliveredNotices)
    _lends: bool = False  # whether the peer does not know all of its own log yet
    _doubted: bool = False  # whether a wrong text raised an alarm
    _shown: Sequence[rpc.Cosigned] = ()  # lines under my log that the peer has
    _frozen: set[str] = field(default_factory=set)
    express: ExpressStates = field(default_factory=ExpressStates)

    def __post_init__(self) -> None:
        self._logs = [
            OutgoingLog(one, position_in(self.held, one).size) for one in self.mine
        ]
        self.incoming = {one: IncomingLog(one) for one in self.theirs}

    def open(self) -> list[Effect]:
        hello = rpc.Hello(
            node=self.me,
            logs=self.held,
            version=VERSION,
            credit=self.credit,
            expressed=self.ahead,
            emcon=self.posture.quiet,
            minimize=self.posture.minimize,
            entries_a_day=self.entries_a_day,
        )
        return [Send(rpc.Frame(hello=hello))]

    def receive(self, frame: rpc.Frame) -> list[Effect]:
        self._notices.came()
        return list(self._receive(frame))

    def _receive(self, frame: rpc.Frame) -> Iterator[Effect]:
        what = frame.WhichOneof("frame")
        if what == "bye":
            yield Close(frame.bye.reason)
        elif what == "hello" and not self._greeted:
            yield from self._hello(frame.hello)
        elif what == "forked" and self._greeted:
            yield effects.JudgeFork(frame.forked)
        elif not self._heard:
            yield from self.close(Reason.INPUT)
        elif what == "batch":
            yield from self._batch(frame.batch)
        elif what == "cosigned":
            yield from self._cosigned(frame.cosigned)
        elif what == "refused" and frame.refused.origin in self.mine:
            yield from self._refused(frame.refused)
        elif what == "want" and frame.want.origin in self.theirs:
            self._lends = True
            yield effects.LoadLent(frame.want.origin, frame.want.start)
        else:
            yield from self._text(what, frame)

    def _text(self, what: str | None, frame: rpc.Frame) -> Iterator[Effect]:
        if what == "bodies" and frame.bodies.origin in {*self.theirs, *self.mine}:
            yield effects.StoreText(frame.bodies)
        elif what == "undelivered" and frame.undelivered.origin in self.mine:
            if not self._log(frame.undelivered.origin).behind:
                yield effects.RecordUndelivered(frame.undelivered)
        elif what == "express":
            yield effects.StoreExpress(frame.express)
        elif what == "expressed":
            yield from self.express.answered(frame.expressed)
        else:
            yield from self.close(Reason.INPUT)

    def _cosigned(self, cosigned: rpc.Cosigned) -> Iterator[Effect]:
        """Handle an answer; a smaller one is ignored.

        While my log is behind, its line is no use yet: the heartbeat repeats it. The
        peer cannot hold unsent entries, unless its hello named them. An answer beyond
        my whole log is evidence, which RecordCosigned examines.
        """
        if cosigned.origin in self.theirs:
            if cosigned.lacking:
                self._note_lost(cosigned)
            else:
                yield effects.RecordShownLines(cosigned)
            return
        if cosigned.origin not in self.mine:
            yield from self.close(Reason.INPUT)
            return
        log, size = self._log(cosigned.origin), cosigned.size
        if log.behind or size < log.acked:
            return
        if max(log.sent, log.claimed.size) < size <= log.size:
            self._claims += 1
            if self._claims >= CLAIMS_MAX:
                yield from self.close(Reason.POSITION)
            return
        yield effects.RecordCosigned(cosigned)

    def _note_lost(self, cosigned: rpc.Cosigned) -> None:
        others = [one for one in self._lost_texts if one[0] != cosigned.origin]
        lost = [(cosigned.origin, index) for index in cosigned.lacking[:LACKING_MAX]]
        self._lost_texts = [*others, *lost]

    def _log(self, origin: str) -> OutgoingLog:
        return next(log for log in self._logs if log.origin == origin)

    def _hello(self, hello: rpc.Hello) -> Iterator[Effect]:
        if hello.node != self.peer:
            yield from self.close(Reason.IDENTITY)
            return
        if hello.version < VERSION:
            yield from self.close(Reason.VERSION)
            return
        self._greeted = True
        self.peer_posture = Posture(hello.minimize, QUIET if hello.emcon else OFF)
        self.express.greet(hello)
        self._notices.greet(self.theirs, self.held, hello)
        for log in self._logs:
            log.claimed = position_in(hello.logs, log.origin)
        yield effects.CompareHeads(list(hello.logs))

    def heard(self) -> list[Effect]:
        self._heard = True
        taken = [effect for log in self._logs for effect in self._take(log)]
        return [*taken, *self._resume(), *self._due_express()]

    def _due_express(self, *, unplaced: bool = False) -> Iterator[Effect]:
        log = self._logs[-1]
        ready = self._heard and log.taken and not (log.behind or log.frozen)
        if ready and not (self._wants or self.posture.quiet):
            held = log.pause > 0
            yield from self.express.due(
                log.acked, log.size, unplaced=unplaced, held=held
            )

    def _take(self, log: OutgoingLog) -> Iterator[Effect]:
        """Request verification, if I hold as much as the peer claims."""
        if log.claimed.size and not log.behind and not log.frozen:
            log.taken = False
            yield effects.RecordCosigned(log.claimed_answer())

    def _resume(self) -> Iterator[Effect]:
        """Resume with the oldest log behind; else send on."""
        lacking = next((log for log in self._logs if log.behind), None)
        if lacking is None:
            yield from self._next()
        elif not (self._wants or self.posture.quiet):
            self._wants = True
            want = rpc.Want(origin=lacking.origin, start=lacking.size)
            yield Send(rpc.Frame(want=want))

    def _batch(self, sent: pb.Batch) -> Iterator[Effect]:
        try:
            batch = parse_batch(sent)
        except Refusal as refusal:
            yield from self.close(refusal.reason)
            return
        if batch.origin in self.theirs:
            if self.incoming[batch.origin].wants(batch):
                yield effects.JudgeBatch(batch)
        elif batch.origin in self.mine and self._wants:
            self._wants = False
            yield effects.RestoreBatch(batch)
        else:
            yield from self.close(Reason.INPUT)

    def restored(self, origin: str, size: int) -> list[Effect]:
        log = self._log(origin)
        self._repeats = 0 if size > log.size else self._repeats + 1
        log.size = max(size, log.size)
        if self._repeats > REPEATS_MAX:
            return self.close(Reason.BUSY)
        return [*self._take(log), *self._resume()]

    def _next(self) -> Iterator[Effect]:
        """Load it of the oldest log that the peer does not have in full.

        A log's successor starts once the peer has stored the log.
        """
        if not self._heard or self._wants or self.posture.quiet:
            return
        if any(log.behind or not log.taken for log in self._logs):
            return
        for log in self._logs:
            if log.acked < log.size and not log.frozen:
                if log.due() and log.has_room(self.window):
                    log.loading = True
                    check = log.sent < log.checked_to
                    yield effects.LoadBatch(log.origin, log.sent, check)
                return
        yield from self._give()

    def _give(self) -> Iterator[Effect]:
        """Fetch the peer's missing texts, once it has all entries."""
        for log in self._logs:
            due = log.lacked.due()
            if due and not log.frozen:
                yield effects.LoadTexts(log.origin, due)

    def _give_back(self) -> Iterator[Effect]:
        some = self._lost_texts[:TEXTS_AT_ONCE]
        self._lost_texts = self._lost_texts[TEXTS_AT_ONCE:]
        for origin in {origin for origin, _ in some}:
            due = [index for log, index in some if log == origin]
            yield effects.LoadTexts(origin, due)

    def grew(self, size: int) -> list[Effect]:
        newest = self._logs[-1]
        newest.size = max(size, newest.size)
        return [*self._next(), *self._due_express()]

    def widen(self, window: int) -> list[Effect]:
        self.window = window
        return list(self._next())

    def held_back(self) -> bool:
        return any(log.held_back(self.window) for log in self._logs)

    def held_by_peer(self) -> bool:
        """Return whether the peer refuses batches of a log of mine for now (QUOTA)."""
        return any(log.pause for log in self._logs)

    def in_flight(self) -> int:
        return sum(len(log.in_flight) for log in self._logs)

    def unanswered(self) -> int:
        """Count entries of the log that I write to."""
        return self._logs[-1].sent - self._logs[-1].acked

    def tick(self) -> list[Effect]:
        if not self._heard:
            return []
        if self.posture.quiet:  # only late envelopes are checked
            return [effects.CountExpress()]
        due = list(self._give()) if sum(o.lacked.tick() for o in self._logs) else []
        due += self._give_back()
        if sum(log.tick() for log in self._logs):
            due += self._next()
        if self.theirs[-1] not in self._frozen:
            due.append(effects.CosignAgain())
        if self.mine[-1] not in self._frozen:
            due.append(effects.LoadShownLines(self._logs[-1].acked))
        self.express.tick()
        due.append(effects.LoadLostTexts())
        due += [effects.CountExpress(), *self._due_express(unplaced=True)]
        return due if self._lends else [*due, *self._notices.due()]

    def shown(self, *lines: rpc.Cosigned) -> list[Effect]:
        held = [one for one in lines if one.size <= self._logs[-1].acked]
        new = [one for one in held if one not in self._shown]
        self._shown = held
        return [Send(rpc.Frame(cosigned=one)) for one in new]

    def loaded(self, frame: rpc.Frame) -> list[Effect]:
        batch = frame.batch
        log = self._log(batch.origin)
        if not log.take_load():
            return list(self._next())
        batch.round = log.round
        # Only the envelopes weigh; ByteSize() would build the whole frame.
        size = sum(map(len, batch.envelopes))
        log.send(batch.start + len(batch.envelopes), size)
        return [Send(frame), *self._next()]

    def lent(self, frame: rpc.Frame) -> list[Effect]:
        return [Send(frame)]

    def stored(self, cosigned: rpc.Cosigned) -> list[Effect]:
        return [Send(rpc.Frame(cosigned=cosigned))]

    # Texts.

    def given(
        self, origin: str, requested: Sequence[int], texts: Sequence[rpc.Bodies]
    ) -> list[Effect]:
        sent = [one.index for one in texts]
        if origin in self.mine:
            self._log(origin).lacked.give(requested, sent, TEXTS_AT_ONCE)
        return [Send(rpc.Frame(bodies=one)) for one in texts]

    def asked(self, *named: rpc.Cosigned) -> list[Effect]:
        """Ask for texts once the last ones have come, or again."""
        now = {(one.origin, index) for one in named for index in one.lacking}
        self._asked_for += 1
        if now & self._asked and self._asked_for < ASK_AGAIN:
            return []
        self._asked, self._asked_for = now, 0
        return [Send(rpc.Frame(cosigned=one)) for one in named]

    def reported(self, texts: Sequence[rpc.Undelivered]) -> list[Effect]:
        self._notices.told(texts)
        return [Send(rpc.Frame(undelivered=one)) for one in texts]

    def doubted(self, reason: Reason) -> list[Effect]:
        """Raise an alarm, once a stream."""
        told, self._doubted = self._doubted, True
        return [] if told else [Alarm(reason)]

    def recorded(
        self, origin: str, size: int, lacking: Sequence[int] = ()
    ) -> list[Effect]:
        """Continue: the peer holds `size` entries, without the texts of `lacking`."""
        log = self._log(origin)
        log.lacked.name(lacking[:LACKING_MAX])
        log.taken = True
        if log.acknowledge(size):
            self._repeats = 0
        return [*self._next(), *self._due_express()]

    def forked(self, forked: rpc.Forked) -> list[Effect]:
        """Notify the peer of a fork: its other log goes on."""
        told = Send(rpc.Frame(forked=forked))
        return [told, *self.frozen(forked.origin)]

    def frozen(self, origin: str) -> list[Effect]:
        """Stop a log both ways: its fork proof was verified."""
        new = origin not in self._frozen
        self._frozen.add(origin)
        for log in (one for one in self._logs if one.origin == origin):
            log.stop()
        return [Alarm(Reason.FORK)] if new else []

    def distrusted(self, reason: Reason) -> list[Effect]:
        return [Alarm(reason), *self.close(reason)]

    def _refused(self, refused: rpc.Refused) -> Iterator[Effect]:
        """Resend from the end of the replica; ignore a refusal of an old round.

        After a refusal for texts, these are checked before sending; after one for newer
        rules the log stops. Beyond the peer's daily budget (QUOTA) it is resent a
        minute later.
        """
        log = self._log(refused.origin)
        if refused.round != log.round:
            return
        if not log.in_flight:
            yield from self.close(Reason.INPUT)
            return
        held = refused.reason == Reason.QUOTA
        self._repeats += not held
        if self._repeats > REPEATS_MAX:
            yield from self.close(Reason.BUSY)
        elif refused.size > log.size:
            yield Alarm(Reason.MISSING)
            yield from self.close(Reason.MISSING)
        elif refused.reason == Reason.UPGRADE:
            log.stop()
            yield Alarm(Reason.UPGRADE)
        else:
            if refused.reason in {Reason.WRAPS, Reason.BODY}:
                log.checked_to = max(log.checked_to, log.sent)
            log.refuse(refused.size, PAUSE_TICKS if held else 0)
            yield from self._next()

    def close(self, reason: str = "") -> list[Effect]:
        return [Send(rpc.Frame(bye=rpc.Bye(reason=reason))), Close(reason)]
