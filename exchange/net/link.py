"""One stream to one partner, whoever dialled: drives a Session.

Frames and word of our own log's growth go through one queue, so that a session
sees one event at a time. Its effects are carried out in order; what touches the
disk runs in a thread.

Every queue has a bound: while what is at hand is not done, nothing more is read from
the partner, and while it does not read, nothing more is loaded for it. Who is silent,
or does not read, for too long ends the stream.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

from exchange.errors import FusionError, Reason, Unreachable
from exchange.limits import (
    COMING_MIN,
    CONNECT_TIMEOUT,
    DEAD,
    LINE_RATE,
    LINK_IN_FRAMES,
    MESSAGE_MAX,
    SECOND,
    SIGN_OF_LIFE,
)
from exchange.net import frames as wire
from exchange.net.frame_queue import FrameQueue
from exchange.net.group_commit import ChangeSignal
from exchange.net.link_state import LinkStates, reason_of
from exchange.node import effects, outbox, peer_heads, replicas, retention, session
from exchange.node.node import STORAGE, Node
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)

GREW = object()
TICK = object()
LEAVE_S = 1.0  # that a peer has to take what was being written when a stream ended
TICK_S = 1.0  # between two looks whether a line must be renewed
TEXT_FAULTS = frozenset({Reason.WRAPS, Reason.BODY})  # another text was signed
EVIDENCE = frozenset({Reason.FORK, Reason.HEAD, Reason.NOTE, Reason.ORIGIN})
SIGNS_OF_LIFE_SINCE = 2  # version of a hello
LOADS = (effects.LoadBatch, effects.LoadLent, effects.LoadTexts)


class Link:
    """One stream: events in, frames out.

    `held` is what the hello says that this node holds.
    """

    def __init__(
        self,
        node: Node,
        peer: str,
        changes: ChangeSignal,
        states: LinkStates,
        positions: list[ledger_pb2.LogPosition],
    ) -> None:
        self.reason = ""
        """Why the stream has ended: a word of the closed list, or nothing."""
        self._node = node
        self._peer = peer
        self._changes = changes
        self._states = states
        self._elapsed = states.elapsed
        self._session = session.Session(
            peer=peer,
            me=node.name,
            mine=node.members.logs(node.name),
            theirs=node.members.logs(peer),
            held=positions,
        )
        self._told: set[str] = set()  # frozen logs that the peer was told of
        self._out = FrameQueue()
        self._events: asyncio.Queue[pb.Frame | object | None] = asyncio.Queue(
            LINK_IN_FRAMES
        )
        self._began_at = self._elapsed()
        self._greeted = False
        self._version = 0  # of the peer's hello
        self._taken = 0  # bytes of frames
        self._heard_at: int | None = self._elapsed()  # None while nothing is read
        self._coming = 0  # bytes of the frame that the peer says is on its way
        self._sent_at = self._elapsed()
        self._writing: tuple[int, int] | None = None  # since when, how many bytes

    async def run(self, raw: AsyncIterator[bytes]) -> AsyncGenerator[pb.Frame, None]:
        """Yield the frames that answer those that come in `raw` messages."""
        owner = asyncio.current_task()
        task = asyncio.create_task(self.drive(raw))

        leaving: list[asyncio.TimerHandle] = []

        def leave() -> None:
            if self._writing is not None and owner is not None:
                owner.cancel()  # it waits for a peer that does not read

        def ended(_: object) -> None:
            if self.reason:  # which the peer is told, where it reads
                loop = asyncio.get_running_loop()
                leaving.append(loop.call_later(LEAVE_S, leave))

        task.add_done_callback(ended)
        try:
            async for frame in self.frames():
                yield frame
            await task
        finally:
            for handle in leaving:
                handle.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def frames(self) -> AsyncIterator[pb.Frame]:
        """Yield what is to be sent, to the end of the stream."""
        while (found := await self._out.get()) is not None:
            frame, size = found
            self._writing = self._elapsed(), size
            if size >= COMING_MIN and self._signs:
                yield self._received(coming=size)
            yield frame
            self._writing, self._sent_at = None, self._elapsed()

    def end(self) -> None:
        """Send nothing more; whoever waits in frames() goes."""
        self._out.end()

    async def drive(self, raw: AsyncIterator[bytes]) -> None:
        """Carry the session through, to the end of the stream; then see `reason`."""
        self._events.put_nowait(GREW)  # it may have since this link was made
        work = asyncio.create_task(self._work())
        tasks = [
            work,
            asyncio.create_task(self._read(raw)),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._ticks()),
        ]
        try:
            await _first_failure(work, tasks)
        except Exception as error:
            self.reason = self.reason or reason_of(error)  # a peer may have said why
            raise
        finally:
            self.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # Signs of life.

    @property
    def _signs(self) -> bool:
        """Whether the peer sends and takes signs of life."""
        return self._version >= SIGNS_OF_LIFE_SINCE

    def silent(self) -> int:
        """Return for how many ms nothing came that should have; 0 while we are busy."""
        if self._heard_at is None or not self._signs:
            return 0
        allowed = self._coming * SECOND // LINE_RATE
        return max(0, self._elapsed() - self._heard_at - allowed)

    def _stuck(self) -> int:
        """Return for how many ms too long the peer has not read a frame."""
        if self._writing is None:
            return 0
        since, size = self._writing
        return max(0, self._elapsed() - since - size * SECOND // LINE_RATE)

    def _age(self) -> int:
        return self._elapsed() - self._began_at

    def _received(self, coming: int = 0) -> pb.Frame:
        return pb.Frame(received=pb.Received(bytes=self._taken, coming=coming))

    async def _ticks(self) -> None:
        """Look each second whether the peer lives; raise Unreachable if it does not."""
        ticking: asyncio.Task[None] | None = None
        try:
            while True:
                await asyncio.sleep(TICK_S)
                late = not self._greeted and self._age() >= CONNECT_TIMEOUT
                if late or max(self.silent(), self._stuck()) >= DEAD:
                    raise Unreachable(self._peer)
                idle = self._writing is None and self._signs
                if idle and self._elapsed() - self._sent_at >= SIGN_OF_LIFE:
                    self._sent_at = self._elapsed()
                    await self._out.put(self._received())
                if ticking is None or ticking.done():  # one waits at most
                    ticking = asyncio.create_task(self._events.put(TICK))
        finally:
            if ticking is not None:
                ticking.cancel()

    # Events.

    async def _read(self, raw: AsyncIterator[bytes]) -> None:
        async for message in raw:
            self._heard_at, self._coming = None, 0
            frame = wire.read(message)
            self._taken += len(message)
            await self._take(frame)
            self._heard_at = self._elapsed()
        self._heard_at = None
        await self._events.put(None)

    async def _take(self, frame: pb.Frame) -> None:
        """Take note of what concerns the stream; hand the rest to the session."""
        kind = frame.WhichOneof("frame")
        if kind == "received" and self._signs:
            self._coming = min(frame.received.coming, MESSAGE_MAX)
            return
        if kind == "hello":
            wire.check_hello(frame.hello, self._known())
            self._greeted, self._version = True, frame.hello.version
        elif kind == "bye":
            self.reason = _word(frame.bye.reason)
        await self._events.put(frame)

    def _known(self) -> Sequence[str]:
        members = self._node.members
        names = [self._node.name, *members.peers]
        return [origin for name in names for origin in members.logs(name)]

    async def _watch(self) -> None:
        seen = self._changes.count
        while True:
            if await self._changes.wait(seen, 60.0):
                seen = self._changes.count
                await self._events.put(GREW)

    async def _work(self) -> None:
        open_ = await self._perform(self._session.open())
        while open_ and (event := await self._events.get()) is not None:
            open_ = await self._perform(self._effects(event))

    def _effects(self, event: pb.Frame | object) -> list[effects.Effect]:
        if isinstance(event, pb.Frame):
            return self._session.receive(event)
        if event is TICK:
            return self._session.tick()
        return self._session.grew(self._size())

    def _size(self) -> int:
        return self._node.store.logs.signed_size(self._node.origin)

    async def _perform(self, acts: Iterable[effects.Effect]) -> bool:
        """Carry effects out, and those that follow; False once closed."""
        pending = list(acts)
        while pending:
            effect = pending.pop(0)
            if isinstance(effect, effects.Close):
                self.reason = self.reason or _word(effect.reason)
                return False
            if isinstance(effect, effects.Send):
                await self._out.put(effect.frame)
            elif isinstance(effect, effects.Alarm):
                self._states.alarm(self._peer, effect.reason)
            else:
                if isinstance(effect, LOADS):
                    await self._out.empty()  # nothing is loaded for who does not read
                pending = [*await asyncio.to_thread(self._do, effect), *pending]
        return True

    # The disk.

    def _do(self, effect: effects.Disk) -> list[effects.Effect]:
        """Carry out what touches the disk; in a thread."""
        try:
            acts = self._carry_out(effect)
        except FusionError as error:
            return self._failed(effect, error)
        self._states.clear_fault(self._peer, type(effect).__name__)
        return acts

    def _unable(self, effect: effects.Disk, reason: Reason) -> list[effects.Effect]:
        """End the stream, to be tried again: our own store does not do what it must."""
        self.reason = reason
        self._states.fault(self._peer, type(effect).__name__, reason, logged=True)
        return self._session.close(Reason.BUSY)

    def _carry_out(self, effect: effects.Disk) -> list[effects.Effect]:  # noqa: PLR0911  one line an effect
        node, peer, talk = self._node, self._peer, self._session
        match effect:
            case effects.LoadBatch(origin, start, check):
                batch = outbox.next_batch(node, peer, start, origin, check=check)
                return talk.loaded(batch)
            case effects.StoreBatch(batch):
                return talk.stored(replicas.receive(node, peer, batch))
            case effects.RecordCosigned(cosigned):
                size = peer_heads.record_cosignature(node, peer, cosigned)
                return talk.recorded(cosigned.origin, size, cosigned.lacking)
            case effects.CompareHeads(logs):
                peer_heads.hear_partner(node, peer, logs)
                return [*self._frozen(), *talk.heard()]
            case effects.LoadLent(origin, start):
                return talk.loaded(replicas.load_lent(node, peer, origin, start))
            case effects.RestoreBatch(batch):
                return talk.restored(
                    batch.origin, replicas.restore_batch(node, peer, batch)
                )
            case effects.JudgeFork(forked):
                peer_heads.judge_fork(node, forked)
                return talk.frozen(forked.origin)
            case _:
                return self._renew(effect)

    def _renew(self, effect: effects.Disk) -> list[effects.Effect]:
        """Carry out what keeps lines fresh, and completes texts."""
        match effect:
            case effects.CosignAgain():
                line = replicas.cosign_again(self._node, self._peer)
                return [] if line is None else self._session.stored(line)
            case effects.LoadWitnessLines():
                lines = peer_heads.witness_lines(self._node)
                return [] if lines is None else self._session.shown(lines)
            case effects.RecordWitnessLines(lines):
                peer_heads.keep_witness_lines(self._node, self._peer, lines)
            case effects.LoadTexts(origin, indexes):
                texts = outbox.load_texts(self._node, self._peer, origin, indexes)
                return self._session.given(origin, indexes, texts)
            case effects.LoadUndelivered(told):
                return self._session.reported(
                    retention.next_undelivered(self._node, self._peer, told)
                )
            case effects.RecordUndelivered(text):
                retention.record_undelivered(self._node, self._peer, text)
            case effects.StoreText(sent):
                answer = replicas.complete_text(self._node, self._peer, sent)
                return [] if answer is None else self._session.stored(answer)
        return []

    def _failed(self, effect: effects.Disk, error: FusionError) -> list[effects.Effect]:
        """Turn what did not go well into the protocol's words."""
        if error.reason in STORAGE:
            return self._unable(effect, error.reason)
        if error.reason is Reason.FORK and (frozen := self._frozen()):
            more = (
                self._session.heard()
                if isinstance(effect, effects.CompareHeads)
                else []
            )
            return [*frozen, *more]
        if isinstance(effect, effects.RestoreBatch):
            logger.warning("restoring from %s: %s", self._peer, error.reason)
            origin = effect.batch.origin
            return self._session.restored(origin, self._node.store.logs.size(origin))
        if isinstance(effect, effects.StoreBatch) and error.reason not in EVIDENCE:
            origin = effect.batch.origin
            size = self._node.store.logs.size(origin)
            return self._session.refused(origin, size, error.reason)
        if isinstance(effect, effects.StoreText) and error.reason in TEXT_FAULTS:
            return self._session.doubted(error.reason)
        return self._session.distrusted(error.reason)

    def _frozen(self) -> list[effects.Effect]:
        """Return the evidence of what is frozen, told once a stream.

        Not of a log that has ended by it: all know, and may still fetch the rest.
        """
        acts: list[effects.Effect] = []
        for origin in (self._session.mine[-1], self._session.theirs[-1]):
            fork = self._node.forks.get(origin)
            if fork is not None and origin not in self._told:
                self._told.add(origin)
                told = pb.Forked(origin=origin, proof=fork.proof)
                acts += self._session.forked(told)
        return acts


async def _first_failure(
    work: asyncio.Task[None], tasks: Sequence[asyncio.Task[None]]
) -> None:
    """Wait until `work` is done, or raise what another of the tasks fails with.

    A task that was cancelled by nobody here, as gRPC does with what reads a call that
    is over, means that the stream is: Unreachable.
    """
    waiting = set(tasks)
    while not work.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.cancelled():
                raise Unreachable
            task.result()


def _word(reason: str) -> str:
    """Return a reason that a peer or a session gives, as a word of the closed list."""
    return reason if not reason or reason in Reason.__members__ else Reason.INPUT
