"""One stream to one partner, dialled by either: drives a Session.

Its disk work runs in threads, on parallel tracks (tracks.py), and its results return to
the loop.

Every queue has a bound: while earlier work is unfinished, nothing more is read from the
partner; while the partner does not read, nothing more is loaded for it. A partner that
is silent, or does not read, for too long ends the stream.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

from exchange.errors import Reason, Refusal, Unreachable
from exchange.limits import (
    CONNECT_TIMEOUT,
    DEAD,
    LINE_RATE,
    LINK_IN_FRAMES,
    SECOND,
    SIGN_OF_LIFE,
    URGENT_OUT_MAX,
)
from exchange.net import frames as wire
from exchange.net.flow import Flow
from exchange.net.frame_queue import FrameQueue
from exchange.net.group_commit import ChangeSignal
from exchange.net.link_disk import LinkDisk
from exchange.net.link_state import LinkStates, reason_of
from exchange.net.tracks import Tracks
from exchange.node import effects, express_inbox, session
from exchange.node.node import Node
from exchange.node.posture import Posture
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2

LEAVE_S = 1.0  # for a peer to take a message being written when a stream ended
TICK_S = 1.0  # between two checks whether a line must be renewed
IN_EMCON = frozenset({"hello", "received", "bye"})
"""Frames that are sent in EMCON QUIET."""

DISK = (effects.RECORD, effects.AHEAD)  # tracks that wait only for our own disk


class Link:
    """`positions`: the logs held here, for the hello."""

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
        self.leaf = b""  # the certificate that the peer showed
        self._node = node
        self._peer = peer
        self._changes = changes
        self._states = states
        self._elapsed = states.elapsed
        self._out = FrameQueue()
        pace, partners = states.of(peer).pace, len(node.members.peers)
        self._flow = Flow(self._out, pace, partners, self._waiting, self._elapsed)
        self._session = session.Session(
            peer=peer,
            me=node.name,
            mine=node.members.logs(node.name),
            theirs=node.members.logs(peer),
            held=positions,
            credit=self._flow.room,
            window=pace.window,
            ahead=express_inbox.names_open(node, peer),
            entries_a_day=node.quota.a_day.entries,
            posture=node.posture,
        )
        self.disk = LinkDisk(node, peer, self._session, states)
        self._tracks = Tracks(self._carry)
        self._closed = asyncio.Event()
        self._began_at = self._elapsed()
        self._greeted = False
        self._unstored = 0  # bytes of batches and texts not yet processed
        self._heard_at: int | None = self._elapsed()  # None while nothing is read
        self._sent_at = self._elapsed()
        self._writing: tuple[int, int] | None = None  # begin (ms), bytes

    async def run(self, raw: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        owner = asyncio.current_task()
        task = asyncio.create_task(self.drive(raw))

        leaving: list[asyncio.TimerHandle] = []

        def leave() -> None:
            if self._writing is not None and owner is not None:
                owner.cancel()  # it waits for a peer that does not read

        def ended(_: object) -> None:
            if self.reason:  # the peer gets the reason, if it reads
                loop = asyncio.get_running_loop()
                leaving.append(loop.call_later(LEAVE_S, leave))

        task.add_done_callback(ended)
        try:
            async for message in self.messages():
                yield message
            await task
        finally:
            for handle in leaving:
                handle.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def messages(self) -> AsyncIterator[bytes]:
        while (message := await self._out.get()) is not None:
            size = len(message.data)
            self._writing = self._elapsed(), size
            self._flow.note_sent(message)
            yield message.data
            self._writing, self._sent_at = None, self._elapsed()

    @property
    def peer_posture(self) -> Posture:
        return self._session.peer_posture

    @property
    def held_by_peer(self) -> bool:
        return self._session.held_by_peer()

    @property
    def shown(self) -> frozenset[bytes]:
        """The envelopes that the peer says it holds ahead of our log."""
        return self._session.express.held

    @property
    def unanswered(self) -> int:
        return self._session.unanswered()

    def end(self) -> None:
        self._out.end()

    async def drive(self, raw: AsyncIterator[bytes]) -> None:
        """Run until the stream ends; then see `reason`."""
        closed = asyncio.create_task(self._wait_closed())
        tasks = [
            closed,
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._read(raw)),
            asyncio.create_task(self._ticks()),
            *(
                asyncio.create_task(self._tracks.run(track))
                for track in range(effects.REST + 1)
            ),
        ]
        try:
            await _first_failure(closed, tasks)
        except Exception as error:
            self.reason = self.reason or reason_of(error)  # a peer may have given one
            raise
        finally:
            self.end()
            self._flow.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_closed(self) -> None:
        await self._closed.wait()

    # Heartbeats.

    def silent(self) -> int:
        """Return by how many ms the peer is overdue; 0 while we are busy."""
        if self._heard_at is None or not self._greeted:
            return 0
        return max(0, self._elapsed() - self._heard_at)

    def _stuck(self) -> int:
        """Return for how long (ms) a frame that the peer does not read is overdue."""
        if self._writing is None:
            return 0
        since, size = self._writing
        return max(0, self._elapsed() - since - size * SECOND // LINE_RATE)

    def _waiting(self) -> int:
        return self._unstored + self.disk.judged_bytes()

    async def _ticks(self) -> None:
        """Raise Unreachable if the peer does not live."""
        while True:
            await asyncio.sleep(TICK_S)
            age = self._elapsed() - self._began_at
            late = not self._greeted and age >= CONNECT_TIMEOUT
            if late or max(self.silent(), self._stuck()) >= DEAD:
                raise Unreachable(self._peer)
            idle = self._writing is None and self._greeted
            if idle and self._elapsed() - self._sent_at >= SIGN_OF_LIFE:
                self._sent_at = self._elapsed()
                self._out.put(self._flow.received())
            # Only when the work of the last tick is done.
            if self._tracks.idle([effects.AHEAD, effects.REST]):
                self._perform(self._session.tick())

    # Events.

    async def _read(self, raw: AsyncIterator[bytes]) -> None:
        async for message in raw:
            self._heard_at = None
            self._states.note_heard(self._peer)
            frame = wire.read(message)
            try:
                whole = self._flow.take(frame, len(message))
            except Refusal as refusal:
                self._perform(self._session.close(refusal.reason))
                return
            if whole is not None:
                self._take(whole)
            self._flow.tell()
            await self._tracks.until(self._ready)
            self._heard_at = self._elapsed()
        self._heard_at = None
        done = set(range(effects.REST + 1)) - {effects.LOAD}
        await self._tracks.until(lambda: self._tracks.idle(done))
        self._closed.set()

    def _ready(self) -> bool:
        """Return whether to read on; batches and answers have their own tracks.

        All other work must be done first: it may change the meaning of the next frame.
        Work that waits for the peer to read does not block, or two nodes would wait for
        each other. Waiting batches do not either: credit bounds them.
        """
        few = self._tracks.waiting(DISK) < LINK_IN_FRAMES
        lents = self._tracks.lents_waiting() <= LINK_IN_FRAMES
        return few and lents and self._tracks.idle([effects.REST])

    def _take(self, frame: pb.Frame) -> None:
        kind = frame.WhichOneof("frame")
        if kind == "received" and self._greeted:
            held_back = self._session.held_back()
            self._flow.arrived(frame.received, held_back=held_back)
            self._perform(self._session.widen(self._flow.pace.window))
            return
        if kind == "hello":
            wire.check_hello(frame.hello, self._known())
            self._greeted = True
            self._flow.greet(frame.hello)
            self._node.quota.note_told(self._peer, frame.hello.entries_a_day)
        elif kind == "bye":
            self.reason = _word(frame.bye.reason)
        elif kind == "express" and self._out.urgent >= URGENT_OUT_MAX:
            self._perform(self._session.close(Reason.RATE))  # it reads no answers
        self._perform(self._session.receive(frame))

    def _known(self) -> Sequence[str]:
        members = self._node.members
        names = [self._node.name, *members.peers]
        return [origin for name in names for origin in members.logs(name)]

    async def _watch(self) -> None:
        seen = self._changes.count
        self._perform(self._session.open())
        while True:
            self._perform(self._session.grew(self._size()))
            while not await self._changes.wait(seen, 60.0):
                pass
            seen = self._changes.count
            if self._outdated():
                self._perform(self._session.close())  # the next hello has the new state

    def _outdated(self) -> bool:
        node, session = self._node, self._session
        logs = node.members.logs(node.name), node.members.logs(self._peer)
        return (*logs, node.posture) != (session.mine, session.theirs, session.posture)

    def _size(self) -> int:
        return self._node.store.logs.signed_size(self._node.origin)

    def _perform(self, acts: Iterable[effects.Effect]) -> None:
        """Perform effects in order; those after a Close are dropped."""
        for effect in acts:
            if self._closed.is_set():
                return
            match effect:
                case effects.Close(reason):
                    self.reason = self.reason or _word(reason)
                    self._closed.set()
                case effects.Send(frame):
                    self._send(frame)
                case effects.Alarm(reason):
                    self._states.alarm(self._peer, reason)
                case _:
                    self._unstored += _weight(effect)
                    self._tracks.put(effect)

    def _send(self, frame: pb.Frame) -> None:
        """Send a frame; in EMCON only frames that keep the link."""
        if not self._session.posture.quiet or frame.WhichOneof("frame") in IN_EMCON:
            self._out.put(frame)

    # The disk.

    async def _carry(self, effect: effects.Disk) -> None:
        match effect:
            case effects.LoadBatch():
                await self._out.room()  # load nothing if it does not read
            case effects.LoadLent() | effects.LoadTexts():
                await self._out.empty()
            case effects.JudgeBatch():
                await self._tracks.until(self.disk.may_judge)
            case effects.StoreJudged() | effects.AnswerHeld() | effects.StoreText():
                await self._out.answers_taken()
        finish = self.disk.at_hand(effect)
        if finish is None:
            work = self.disk.prepare(effect)
            finish = await asyncio.to_thread(self.disk.carry_out, effect, work)
        self._perform(finish())
        self._unstored -= _weight(effect)
        match effect:
            case effects.RecordCosigned():
                self._flow.committed(self._session.in_flight())
            case effects.StoreJudged():
                self._flow.tell()


async def _first_failure(
    work: asyncio.Task[None], tasks: Sequence[asyncio.Task[None]]
) -> None:
    """Wait until `work` is done, or raise another task's failure.

    If a task was cancelled by gRPC, as happens to the reader of an ended call, the
    stream is over: Unreachable.
    """
    waiting = set(tasks)
    while not work.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.cancelled():
                raise Unreachable
            task.result()


def _word(reason: str) -> str:
    """Return INPUT for a reason that is not in the closed list."""
    return reason if not reason or reason in Reason.__members__ else Reason.INPUT


def _weight(effect: effects.Disk) -> int:
    """Return the effect's received bytes, which wait for the disk."""
    match effect:
        case effects.JudgeBatch(batch) | effects.AnswerHeld(batch):
            return batch.size
        case effects.StoreText(sent):
            return sent.ByteSize()
    return 0
