"""All links of one node: who is dialled, whose call is accepted, which one is kept.

Either side may dial. Should both at once, both keep the stream that the node with the
smaller name dialled. What goes over a stream is the business of `link`.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import grpc

from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import STREAM_AGE
from exchange.net.gate import Context
from exchange.net.link import Link
from exchange.net.status import from_rpc_error
from exchange.net.writer import Changes
from exchange.node import outbox
from exchange.node.node import Node
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc

logger = logging.getLogger(__name__)

FIRST_DIAL = 1.0  # s that the peer has to dial us when we start
LOOK = 0.2  # s between two looks at whether a link must be dialled
Dial = Callable[[str, str], grpc.aio.Channel]


@dataclass(slots=True)
class Up:
    """A link in use."""

    dialler: str
    task: asyncio.Task[object]
    tls: tuple[str, str]


class Links:
    """All links of one node: those it dials and those it is dialled on."""

    def __init__(self, node: Node, changes: Changes, clock: Callable[[], int]) -> None:
        self._node = node
        self._changes = changes
        self._clock = clock
        self._up: dict[str, Up] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._tls: dict[str, tuple[str, str]] = {}
        self._alarms: dict[str, tuple[Reason, int]] = {}  # the last about each peer

    async def accept(
        self, peer: str, frames: AsyncIterator[pb.Frame], context: Context
    ) -> AsyncGenerator[pb.Frame, None]:
        """Yield the answers to a peer that dialled us."""
        auth = context.auth_context()
        tls = tuple(
            next(iter(auth.get(key, (b"",)))).decode()
            for key in ("ssl_tls_version", "ssl_negotiated_key_exchange_group")
        )
        self._tls[peer] = (tls[0], tls[1])
        answers = self._link(peer).run(frames)
        async with self._claimed(peer, dialler=peer), contextlib.aclosing(answers):
            async for frame in answers:
                yield frame

    def _link(self, peer: str) -> Link:
        def alarm(reason: Reason) -> None:
            self._alarms[peer] = (reason, self._clock())

        return Link(self._node, peer, self._changes, alarm)

    @contextlib.asynccontextmanager
    async def _claimed(self, peer: str, dialler: str) -> AsyncIterator[None]:
        """Hold the one link to a peer, or raise DUPLICATE_LINK."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a link runs in a task")
        held = self._up.get(peer)
        if held is not None and held.dialler < dialler:
            raise Refusal(Reason.DUPLICATE_LINK, peer)
        if held is not None:
            held.task.cancel()
        mine = Up(dialler, task, self._tls.get(peer, ("", "")))
        self._up[peer] = mine
        try:
            await self._tell(peer, up=True, reason="")
            yield
        finally:
            if self._up.get(peer) is mine:
                del self._up[peer]
                await self._leave(peer)

    async def _leave(self, peer: str) -> None:
        """Tell that a link is down, to the end: gRPC may cancel a call twice."""
        task = asyncio.create_task(self._tell(peer, up=False, reason=""))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        await asyncio.shield(task)

    async def left(self) -> None:
        """Wait until of each link that has ended it is told."""
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _tell(self, peer: str, *, up: bool, reason: str) -> None:
        """Persist how it stands with a peer: the back-off survives a restart."""
        store, now = self._node.store, self._clock()
        state = store.get_peer(peer)
        failures = 0 if up else state.failures + bool(reason)
        since = now if up != state.up else state.since
        wait = 0 if up else outbox.pause(failures)
        changed = replace(
            state,
            up=up,
            since=since,
            failures=failures,
            next_try_at=now + wait,
            reason=reason or ("" if up else state.reason),
        )
        await asyncio.to_thread(store.set_peer, peer, changed)
        self._changes.tell()

    async def keep(self, peer: str, addresses: Sequence[str], dial: Dial) -> None:
        """Keep a link to a peer up, until cancelled.

        The node with the greater name lets the other dial first: one dial is enough.
        """
        if self._node.name > peer:
            await asyncio.sleep(FIRST_DIAL)
        while True:
            wait = self._node.store.get_peer(peer).next_try_at - self._clock()
            if peer in self._up or wait > 0:
                await asyncio.sleep(min(max(wait / 1000, LOOK), 5 * LOOK))
            else:
                await self._attempt(peer, addresses, dial)

    async def _attempt(self, peer: str, addresses: Iterable[str], dial: Dial) -> None:
        for address in addresses:
            try:
                await self._call(peer, dial(peer, address))
            except FusionError as error:
                if error.reason != Reason.DUPLICATE_LINK:
                    logger.info("link to %s: %s", peer, error.reason)
                    await self._tell(peer, up=peer in self._up, reason=error.reason)
            else:
                return

    async def _call(self, peer: str, channel: grpc.aio.Channel) -> None:
        """Run one stream that we dialled, to its end."""
        link = self._link(peer)
        async with channel:
            call = rpc.ExchangeServiceStub(channel).Replicate(
                _requests(link), timeout=STREAM_AGE / 1000, wait_for_ready=False
            )
            try:
                await call.wait_for_connection()
                frames = (response.frame async for response in call)
                await self._hold(peer, link, frames)
            except grpc.aio.AioRpcError as error:
                if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                    raise from_rpc_error(error, peer) from error
            finally:
                link.end()
                call.cancel()

    async def _hold(
        self, peer: str, link: Link, frames: AsyncIterator[pb.Frame]
    ) -> None:
        first = await anext(frames, None)  # before it, the peer may refuse us
        if first is None:
            return
        task = asyncio.create_task(self._drive(peer, link, _before(first, frames)))
        try:
            # Unlike `await task`, which would hand our own cancellation on to the
            # task and come back when it is done, this tells the two apart.
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        if not task.cancelled():
            task.result()

    async def _drive(
        self, peer: str, link: Link, frames: AsyncIterator[pb.Frame]
    ) -> None:
        async with self._claimed(peer, dialler=self._node.name):
            await link.drive(frames)

    def describe(self, status: desk_pb.GetStatusResponse) -> desk_pb.GetStatusResponse:
        """Add what only the links know: who is up, and how the channel was agreed."""
        for peer in status.peers:
            peer.up = peer.name in self._up
            if peer.up:
                peer.reason = ""
        for version, group in self._tls.values():
            status.tls_version, status.tls_group = version, group
        for name, (reason, at) in self._alarms.items():
            status.alarms.add(reason=reason, where=name, at=at)
        return status


async def _before(
    first: pb.Frame, rest: AsyncIterator[pb.Frame]
) -> AsyncIterator[pb.Frame]:
    yield first
    async for frame in rest:
        yield frame


async def _requests(link: Link) -> AsyncIterator[pb.ReplicateRequest]:
    async for frame in link.frames():
        yield pb.ReplicateRequest(frame=frame)
