"""One stream to one partner, whoever dialled: drives a Session.

Frames and word of our own log's growth go through one queue, so that a session
sees one event at a time. Its effects are carried out in order; what touches the
disk runs in a thread.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

from exchange.errors import FusionError, Reason
from exchange.net.writer import Changes
from exchange.node import session
from exchange.node.node import Node
from exchange.v1 import exchange_service_pb2 as pb

logger = logging.getLogger(__name__)

GREW = object()
TICK = object()
TICK_S = 1.0  # between two looks whether a line must be renewed
EVIDENCE = frozenset({Reason.FORK, Reason.HEAD, Reason.NOTE, Reason.ORIGIN})


class Link:
    """One stream: events in, frames out."""

    def __init__(
        self,
        node: Node,
        peer: str,
        changes: Changes,
        alarm: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        self._node = node
        self._peer = peer
        self._changes = changes
        self._alarm = alarm
        self._session = session.Session(
            peer=peer,
            me=node.name,
            mine=node.members.logs(node.name),
            theirs=node.members.logs(peer),
            held=node.greeting(peer),
        )
        self._told: set[str] = set()  # frozen logs that the peer was told of
        self._out: asyncio.Queue[pb.Frame | None] = asyncio.Queue()
        self._events: asyncio.Queue[pb.Frame | object | None] = asyncio.Queue()

    async def run(
        self, frames: AsyncIterator[pb.Frame]
    ) -> AsyncGenerator[pb.Frame, None]:
        """Yield the frames that answer `frames`."""
        task = asyncio.create_task(self.drive(frames))
        try:
            async for frame in self.frames():
                yield frame
            await task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def frames(self) -> AsyncIterator[pb.Frame]:
        """Yield what is to be sent, to the end of the stream."""
        while (frame := await self._out.get()) is not None:
            yield frame

    def end(self) -> None:
        """Send nothing more; whoever waits in frames() goes."""
        self._out.put_nowait(None)

    async def drive(self, frames: AsyncIterator[pb.Frame]) -> None:
        """Carry the session through, to the end of the stream."""
        self._events.put_nowait(GREW)  # it may have since this link was made
        tasks = [
            asyncio.create_task(self._read(frames)),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._ticks()),
        ]
        try:
            open_ = await self._perform(self._session.open())
            while open_ and (event := await self._events.get()) is not None:
                open_ = await self._perform(self._effects(event))
        finally:
            self.end()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _effects(self, event: pb.Frame | object) -> list[session.Effect]:
        if isinstance(event, pb.Frame):
            return self._session.receive(event)
        if event is TICK:
            return self._session.tick()
        return self._session.grew(self._size())

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._events.put(TICK)

    def _size(self) -> int:
        return self._node.store.size(self._node.origin)

    async def _read(self, frames: AsyncIterator[pb.Frame]) -> None:
        try:
            async for frame in frames:
                await self._events.put(frame)
        finally:
            self._events.put_nowait(None)

    async def _watch(self) -> None:
        seen = self._changes.count
        while True:
            if await self._changes.wait(seen, 60.0):
                seen = self._changes.count
                await self._events.put(GREW)

    async def _perform(self, effects: Iterable[session.Effect]) -> bool:
        """Carry effects out, and those that follow; False once closed."""
        pending = list(effects)
        while pending:
            effect = pending.pop(0)
            if isinstance(effect, session.Close):
                return False
            if isinstance(effect, session.Send):
                await self._out.put(effect.frame)
            elif isinstance(effect, session.Alarm):
                logger.error("alarm about %s: %s", self._peer, effect.reason)
                self._alarm(effect.reason)
            else:
                pending = [*await asyncio.to_thread(self._do, effect), *pending]
        return True

    def _do(self, effect: session.Disk) -> list[session.Effect]:
        """Carry out what touches the disk; in a thread."""
        try:
            return self._carry_out(effect)
        except FusionError as error:
            return self._failed(effect, error)

    def _carry_out(self, effect: session.Disk) -> list[session.Effect]:  # noqa: PLR0911  one line an effect
        node, peer, talk = self._node, self._peer, self._session
        match effect:
            case session.Load(origin, start):
                return talk.loaded(node.next_batch(peer, start, origin))
            case session.Store(batch):
                return talk.stored(node.receive(peer, batch))
            case session.Record(cosigned):
                return talk.recorded(cosigned.origin, node.record(peer, cosigned))
            case session.Hear(logs):
                node.hear(peer, logs)
                return [*self._frozen(), *talk.heard()]
            case session.Lend(origin, start):
                return talk.loaded(node.lend(peer, origin, start))
            case session.Restore(batch):
                return talk.restored(batch.origin, node.restore(peer, batch))
            case session.Judge(forked):
                node.judge_fork(forked)
                return talk.frozen(forked.origin)
            case _:
                return self._renew(effect)

    def _renew(self, effect: session.Disk) -> list[session.Effect]:
        """Carry out what keeps lines fresh."""
        match effect:
            case session.Freshen():
                line = self._node.freshen(self._peer)
                return [] if line is None else self._session.freshened(line)
            case session.Show():
                lines = self._node.witnessed()
                return [] if lines is None else self._session.shown(lines)
            case session.Take(lines):
                self._node.take_lines(self._peer, lines)
        return []

    def _failed(self, effect: session.Disk, error: FusionError) -> list[session.Effect]:
        """Turn what did not go well into the protocol's words."""
        if error.reason is Reason.FORK and (found := self._frozen()):
            more = self._session.heard() if isinstance(effect, session.Hear) else []
            return [*found, *more]
        if isinstance(effect, session.Restore):
            logger.warning("restoring from %s: %s", self._peer, error.reason)
            origin = effect.batch.origin
            return self._session.restored(origin, self._node.store.size(origin))
        if isinstance(effect, session.Store) and error.reason not in EVIDENCE:
            origin = effect.batch.origin
            size = self._node.store.size(origin)
            return self._session.refused(origin, size, error.reason)
        return self._session.distrusted(error.reason)

    def _frozen(self) -> list[session.Effect]:
        """Return the evidence of what is frozen, told once a stream.

        Not of a log that has ended by it: all know, and may still fetch the rest.
        """
        effects: list[session.Effect] = []
        for origin in (self._session.mine[-1], self._session.theirs[-1]):
            fork = self._node.forks.get(origin)
            if fork is not None and origin not in self._told:
                self._told.add(origin)
                told = pb.Forked(origin=origin, proof=fork.proof)
                effects += self._session.forked(told)
        return effects
