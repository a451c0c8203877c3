"""All links of one node, one per partner.

Either side may dial. If both dial at once, both keep the stream dialled by the node
with the smaller name. No failure ends the task that keeps a link: the next attempt
comes after a pause.
"""

import asyncio
import contextlib
import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)

import grpc
from msgspec import Struct

from exchange.clock import elapsed_ms
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import (
    CONNECT_TIMEOUT,
    LINKS_BURST,
    LINKS_RATE,
    NEXT_ADDRESS,
    QUIET,
    SECOND,
    SILENT,
    STREAM_AGE,
)
from exchange.net.call_budget import Budget
from exchange.net.channel import Call, Channels, IncomingCall
from exchange.net.gate import EXCHANGE
from exchange.net.group_commit import ChangeSignal
from exchange.net.grpc_status import from_rpc_error
from exchange.net.identity import PEM, only_value
from exchange.net.link import Link
from exchange.net.link_state import LinkStates, is_cancelled, reason_of
from exchange.node import on_the_way, outbox, posture
from exchange.node.node import Node
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)

FIRST_DIAL = 1.0  # s for the peer to dial us when we start
LOOK = 0.2  # s between two checks whether to dial
_OF_ONE_ADDRESS = frozenset({Reason.UNREACHABLE, Reason.NOT_WRITER})
DUPLICATES = 3  # consecutive times that a peer may claim to have a link


class Up(Struct):
    dialler: str
    task: asyncio.Task[object]
    link: Link


class Links:
    """`clock` in ms UTC, `elapsed` in ms."""

    def __init__(
        self,
        node: Node,
        changes: ChangeSignal,
        clock: Callable[[], int],
        elapsed: Callable[[], int] = elapsed_ms,
    ) -> None:
        self.states = LinkStates(node.store, clock, elapsed)
        self._node = node
        self._changes = changes
        self._clock = clock
        self._elapsed = elapsed
        self._budget = Budget(LINKS_RATE, LINKS_BURST)
        self._up: dict[str, Up] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._good: dict[str, str] = {}  # the address of the last link we dialled
        self._tls: dict[str, tuple[str, str]] = {}
        self._trouble: Callable[[], str] = str  # fault of our own certificate's time

    async def accept(
        self, peer: str, raw: AsyncIterator[bytes], context: IncomingCall
    ) -> AsyncGenerator[bytes, None]:
        """Raise FusionError only.

        DUPLICATE_LINK, RATE, or the reason why the link ended.
        """
        self._budget.spend(peer, self._elapsed())
        if self._node.posture.emcon == posture.SILENT:
            raise Refusal(Reason.EMCON, self._node.name)
        auth = context.auth_context()
        tls = tuple(
            next(iter(auth.get(key, (b"",)))).decode()
            for key in ("ssl_tls_version", "ssl_negotiated_key_exchange_group")
        )
        self._tls[peer] = (tls[0], tls[1])
        try:
            link = await self._link(peer)
            link.leaf = only_value(auth, PEM)
            answers = link.run(raw)
            async with self._claimed(peer, peer, link), contextlib.aclosing(answers):
                async for message in answers:
                    yield message
        except FusionError:
            raise
        except Exception as error:
            raise Unreachable(peer, Reason.INTERNAL) from error

    async def _link(self, peer: str) -> Link:
        held = await asyncio.to_thread(outbox.hello_positions, self._node, peer)
        return Link(self._node, peer, self._changes, self.states, held)

    @contextlib.asynccontextmanager
    async def _claimed(
        self, peer: str, dialler: str, link: Link
    ) -> AsyncIterator[None]:
        """Hold the one link to a peer, or raise DUPLICATE_LINK.

        A link without heartbeats gives way: it may lead to a stopped process of that
        node.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a link runs in a task")
        held = self._up.get(peer)
        quiet = held is not None and held.link.silent() >= QUIET
        if held is not None and held.dialler < dialler and not quiet:
            raise Refusal(Reason.DUPLICATE_LINK, peer)
        if held is not None:
            held.task.cancel()
        mine = Up(dialler, task, link)
        self._up[peer] = mine
        words = ""
        try:
            await self.states.rise(peer)
            self._changes.tell()
            yield
        except Exception as error:
            link.reason = link.reason or reason_of(error)
            words = _words(peer, error)
            raise
        except asyncio.CancelledError:
            if not task.cancelling():  # not cancelled by us: the line is gone
                link.reason = link.reason or Reason.UNREACHABLE
            raise
        finally:
            if self._up.get(peer) is mine:
                del self._up[peer]
                await self._leave(peer, link.reason, words)

    async def _leave(self, peer: str, reason: str, cause: str) -> None:
        """Leave a link, shielded: gRPC may cancel a call twice."""
        task = asyncio.create_task(self._fall(peer, reason, cause))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        await asyncio.shield(task)

    async def _fall(self, peer: str, reason: str, cause: str = "") -> None:
        """Mark the peer as down, unless another link is up.

        A failure caused by our own certificate, in the handshake or by a partner that
        hangs up, looks like a broken line.
        """
        if reason == Reason.UNREACHABLE and (why := self._trouble()):
            reason = Reason.CERTIFICATE_TIME
            cause = f"{reason} ({why})"
        if peer not in self._up:
            await self.states.fall(peer, reason, cause)
            self._changes.tell()

    @property
    def leaves(self) -> set[bytes]:
        return {up.link.leaf for up in self._up.values() if up.link.leaf}

    def cut(self, refused: Mapping[bytes, Refusal]) -> None:
        """Cut links; those that the peer dialled are ended by the gate."""
        for up in self._up.values():
            if (refusal := refused.get(up.link.leaf)) is not None:
                up.link.reason = up.link.reason or refusal.reason
                if up.dialler == self._node.name:
                    up.task.cancel()

    async def wait_left(self) -> None:
        if self._leaving:
            await asyncio.wait(self._leaving)

    # Dialled links.

    async def keep(
        self, peer: str, addresses: Callable[[], Sequence[str]], dialler: Channels
    ) -> None:
        """`addresses` is called at each dial.

        The node with the greater name lets the other dial first: one dial is enough.
        """
        self._trouble = dialler.trouble
        await self.states.load(peer)
        first = FIRST_DIAL if self._node.name > peer else 0.0
        while True:
            try:
                await asyncio.sleep(first)
                first = 0.0
                await self._keep(peer, addresses, dialler)
            except asyncio.CancelledError:
                if is_cancelled():
                    raise
                await self._fall(peer, Reason.UNREACHABLE)
            except Exception as error:  # noqa: BLE001  told, and tried again
                await self._fall(peer, reason_of(error), _words(peer, error))

    async def _keep(
        self, peer: str, addresses: Callable[[], Sequence[str]], dialler: Channels
    ) -> None:
        wait = self.states.wait(peer)
        if self._node.posture.emcon == posture.SILENT:
            await asyncio.sleep(LOOK)
        elif peer in self._up or wait > 0:
            await asyncio.sleep(min(max(wait / SECOND, LOOK), 5 * LOOK))
        else:
            await self._attempt(peer, addresses(), dialler)

    async def _attempt(
        self, peer: str, addresses: Iterable[str], dialler: Channels
    ) -> None:
        """Begin with the address of the last link.

        All but the last one must answer soon, since that process of the node may be
        gone, or a standby. They get more time after attempts without any answer: the
        line may be slow. The most informative failure is raised.
        """
        failed: Exception = Unreachable(peer)
        soon = _patience(self.states.of(peer).failures)
        tried = sorted(addresses, key=lambda one: one != self._good.get(peer))
        for address in tried:
            patience = CONNECT_TIMEOUT if address is tried[-1] else soon
            try:
                await self._call(peer, address, dialler, patience)
            except FusionError as error:
                if error.reason is Reason.DUPLICATE_LINK:
                    await self._stand_back(peer)
                    return
                if reason_of(failed) in _OF_ONE_ADDRESS:
                    failed = error
            except Exception as error:  # noqa: BLE001  another address may work
                failed = error
            else:
                return
        raise failed

    async def _stand_back(self, peer: str) -> None:
        """Report a duplicate link, unless one of the peer is up."""
        if peer not in self._up:
            often = self.states.of(peer).failures >= DUPLICATES
            told = f"{Reason.DUPLICATE_LINK} for long" if often else ""
            await self.states.fall(peer, Reason.DUPLICATE_LINK, told)

    async def _call(
        self, peer: str, address: str, dialler: Channels, patience: int
    ) -> None:
        """`patience` in ms."""
        try:
            async with asyncio.timeout(patience / SECOND):
                channel = await dialler.dial(peer, address)
        except TimeoutError:
            raise Unreachable(peer) from None
        async with channel:
            link = await self._link(peer)
            link.leaf = dialler.leaf(peer)
            replicate = channel.stream_stream(f"{EXCHANGE}Replicate", bytes)
            call = replicate(
                link.messages(), timeout=STREAM_AGE / SECOND, wait_for_ready=False
            )
            try:
                messages = _messages(call, peer)
                first = await self._first(messages, patience)
                if first is not None:
                    self._good[peer] = address
                    await self._hold(peer, link, _before(first, messages))
            finally:
                link.end()
                call.cancel()

    async def _first(
        self, messages: AsyncIterator[bytes], patience: int
    ) -> bytes | None:
        """Return the first message; the peer may refuse us before it."""
        try:
            async with asyncio.timeout(patience / SECOND):
                return await anext(messages, None)
        except TimeoutError:
            raise Unreachable from None

    async def _hold(self, peer: str, link: Link, raw: AsyncIterator[bytes]) -> None:
        task = asyncio.create_task(self._drive(peer, link, raw))
        try:
            # `await task` would pass our own cancellation on to the task and return
            # when it is done; wait() distinguishes the two.
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        if not task.cancelled():
            task.result()
        elif not task.cancelling():  # not cancelled by us: the line is gone
            raise Unreachable(peer)

    async def _drive(self, peer: str, link: Link, raw: AsyncIterator[bytes]) -> None:
        """Drive a link; its end is reported when it goes down."""
        claimed = False
        try:
            async with self._claimed(peer, self._node.name, link):
                claimed = True
                await link.drive(raw)
        except Exception:
            if not claimed:
                raise
        except asyncio.CancelledError:
            if not claimed or is_cancelled():
                raise

    def describe(self, status: desk_pb.GetStatusResponse) -> desk_pb.GetStatusResponse:
        self.states.describe(status)
        on_line = {}
        for peer in status.peers:
            held = self._up.get(peer.name)
            silent = held.link.silent() if held else 0
            if silent >= SILENT:
                peer.silent_since = self._clock() - silent
            if held is not None:
                restricted = held.link.peer_posture
                peer.emcon, peer.minimize = restricted.quiet, restricted.minimize
                peer.reason = Reason.QUOTA if held.link.held_by_peer else ""
                on_line[peer.name] = held.link.unanswered
                peer.shown.extend(sorted(held.link.shown))
        for version, group in self._tls.values():
            status.tls_version, status.tls_group = version, group
        on_the_way.count(status, on_line)
        return status


def _patience(failures: int) -> int:
    """Return how long (ms) to wait for an address if another one follows.

    Doubles with every second consecutive failure, up to CONNECT_TIMEOUT.
    """
    return min(CONNECT_TIMEOUT, NEXT_ADDRESS << min(failures // 2, 8))


def _words(peer: str, error: Exception) -> str:
    """Return words for an error; never the message of a foreign one."""
    where = type(error).__name__
    if isinstance(error, FusionError):
        where = "" if error.where == peer else error.where
    return f"{reason_of(error)} ({where})" if where else reason_of(error)


async def _messages(call: Call, peer: str) -> AsyncIterator[bytes]:
    """Raise the peer's error under its own name only."""
    try:
        async for message in call:
            yield message
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return  # the stream has reached its age limit
        meant = from_rpc_error(error, peer)
        meant.where = peer
        raise meant from error


async def _before(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for message in rest:
        yield message
