"""The wire between processes: in the place of gRPC, in memory, under virtual time.

Messages of one stream arrive in order, those of different streams as it comes. A stream
can be cut with what is on its way, in one direction first, or unseen by one end
for long. Services are called as behind the gate (net/gate.py), which knows who calls.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import grpc
from grpc.aio import AioRpcError, Metadata

from exchange.envelope_parser import parse_submit
from exchange.errors import Unreachable
from exchange.net.gate import CALLER, _answer
from exchange.net.identity import TLS_GROUP, TLS_VERSION, Caller
from exchange.net.services import SUBMIT
from tests.simulation.loop import Loop, Process, Thread

PARSERS = {SUBMIT: parse_submit}  # as net/server.py sets them
CHANNEL_FAILS = 20.0  # s after which a dial that is not answered fails


@dataclass
class Line:
    """The condition of the way between two sites."""

    latency: float = 0.02  # s, one way
    jitter: float = 0.0  # s more, at most
    rate: float = 1e7  # bytes a second
    window: int = 64 * 1024  # bytes on their way that nobody has read
    up: bool = True
    stalled: bool = False
    """Whether what is on its way waits, and nobody learns why."""


class Pipe:
    """One direction of a stream."""

    def __init__(self, loop: Loop, line: Line, seen: Callable[[bytes], bytes]) -> None:
        self._loop, self._line, self._seen = loop, line, seen
        self._flying: deque[bytes | Exception | None] = deque()
        self._due = 0  # of these, that only wait for a line that is stalled
        self._arrived: deque[bytes | Exception | None] = deque()
        self._unread = 0  # bytes sent
        self._free_at = self._last_at = 0.0
        self._changed = asyncio.Event()
        self._unreadable: Callable[[], BaseException] | None = None
        self._unwritable = False

    @property
    def on_way(self) -> list[bytes]:
        """The messages that have not arrived."""
        return [one for one in self._flying if isinstance(one, bytes)]

    @property
    def latency(self) -> float:
        """What word of an end of this stream takes, in s."""
        return self._line.latency

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def send(self, data: bytes) -> None:
        """Send a message once there is room for it."""
        while self._unread >= self._line.window and not self._unwritable:
            await self._changed.wait()
        if self._unwritable:
            raise asyncio.CancelledError  # so gRPC ends who writes then
        data = self._seen(data)
        self._unread += len(data)
        self._post(data)

    def finish(self, error: Exception | None = None) -> None:
        """End the stream in this direction, behind what was sent."""
        self._post(error)

    def _post(self, what: bytes | Exception | None) -> None:
        line, now = self._line, self._loop.time()
        size = len(what) if isinstance(what, bytes) else 64
        self._free_at = max(now, self._free_at) + size / line.rate
        delay = line.latency + self._loop.chance.random() * line.jitter
        self._last_at = max(self._last_at, self._free_at + delay)
        self._flying.append(what)
        self._loop.call_later_aside(self._last_at - now, self._arrive)

    def _arrive(self) -> None:
        """Let the next of what is on its way arrive, whichever timer it was."""
        self._due += 1
        self.flow()

    def flow(self) -> None:
        """Let all arrive that is due, unless the line is stalled."""
        if not self._line.stalled:
            for _ in range(self._due):
                self._arrived.append(self._flying.popleft())
            self._due = 0
            self._wake()

    def end_reading(
        self, raised: Callable[[], BaseException] = asyncio.CancelledError
    ) -> None:
        """Let who reads get an error from now on, whatever is on its way."""
        self._unreadable = self._unreadable or raised
        self._wake()

    def end_writing(self) -> None:
        """Let who writes get an error from now on."""
        self._unwritable = True
        self._wake()

    async def read(self) -> bytes | None:
        """Return the next message, None at the end; raises what ended it."""
        while not self._arrived and not self._unreadable:
            await self._changed.wait()
        if self._unreadable:
            raise self._unreadable()
        found = self._arrived.popleft()
        if isinstance(found, bytes):
            self._unread -= len(found)
            self._wake()
            return found
        self._arrived.appendleft(found)  # it stays at its end
        if found is not None:
            raise found
        return None


class Aborted(grpc.aio.AbortError):
    """A service has ended a call with a status."""

    def __init__(self, status: grpc.Status) -> None:
        self.status = status


class ServedCall:
    """A call as a service sees it: what gate and services use of gRPC's context."""

    def __init__(self, up: Pipe, down: Pipe, serialize: Callable[[Any], bytes]) -> None:
        self._up, self._down, self._serialize = up, down, serialize

    def auth_context(self) -> dict[str, list[bytes]]:
        return {
            "ssl_tls_version": [TLS_VERSION],
            "ssl_negotiated_key_exchange_group": [TLS_GROUP],
        }

    async def read(self) -> object:
        found = await self._up.read()
        return grpc.aio.EOF if found is None else found

    async def write(self, message: Any) -> None:  # noqa: ANN401  any answer
        await self._down.send(self._serialize(message))

    async def abort_with_status(self, status: grpc.Status) -> None:
        raise Aborted(status)


class Handlers:
    """Collects the handlers of services, as gRPC's server does."""

    def __init__(self) -> None:
        self.methods: dict[str, Any] = {}

    def add_generic_rpc_handlers(self, _: object) -> None:
        """Take them as below."""

    def add_registered_method_handlers(
        self, service: str, handlers: dict[str, Any]
    ) -> None:
        for name, handler in handlers.items():
            self.methods[f"/{service}/{name}"] = handler


class Listener:
    """A process that serves: its handlers, and the calls at work in it."""

    def __init__(self, process: Process, handlers: Handlers) -> None:
        self.process = process
        self.handlers = handlers
        self.streams: set[Stream] = set()


class Stream:
    """One call from a process to another, both directions of it."""

    def __init__(
        self,
        network: "Network",
        ends: tuple[Process, Listener, Caller],
        method: str,
        line: Line,
    ) -> None:
        self._network, self.loop = network, network.loop
        self.number = network.count()
        self.client, self._listener, self._caller = ends
        self.method = method
        self.up = Pipe(self.loop, line, lambda data: self._seen("up", data))
        self.down = Pipe(self.loop, line, lambda data: self._seen("down", data))
        self.first = b""
        """The first message of its caller: the request, where there is one only."""
        self._task: asyncio.Task[None] | None = None
        self._listener.streams.add(self)
        network.streams.add(self)
        self.loop.call_later_aside(line.latency, self._begin)

    @property
    def peers(self) -> tuple[str, str]:
        """Who called, and whom."""
        return self._caller.name, self._listener.process.name

    def _seen(self, way: str, data: bytes) -> bytes:
        self.first = self.first or data
        return self._network.seen(self, way, data)

    def _begin(self) -> None:
        if not self._listener.process.dead:
            self._task = self.loop.begin(self._listener.process, self._serve())

    async def _serve(self) -> None:
        handler = self._listener.handlers.methods[self.method]
        CALLER.set(self._caller)
        # As the gate does it: who takes bytes answers with bytes.
        streams = handler.request_streaming
        serialize = bytes if streams else handler.response_serializer
        context: Any = ServedCall(self.up, self.down, serialize)
        error: Exception | None = None
        try:
            parser = PARSERS.get(self.method)
            answer = await _answer(handler, self.method, context, parser)
            if answer is not None:  # gRPC sends it with the status
                await context.write(answer)
        except Aborted as aborted:
            error = failure(aborted.status)
        except Exception as fault:  # noqa: BLE001  the gate says so, too
            self._network.faults.append(f"{self.method}: {fault!r}")
            error = lost()
        finally:
            self._leave()
            self.down.finish(error)

    def _leave(self) -> None:
        self._listener.streams.discard(self)
        self._network.streams.discard(self)

    def cancel(self) -> bool:
        """End the call at its caller; the other end learns of it later."""
        self.end_at_caller(asyncio.CancelledError)
        self.loop.call_later_aside(self.up.latency, self._end_served)
        return True

    def end_at_caller(self, raised: Callable[[], BaseException]) -> None:
        """Let the caller read no more but this error, and write nothing."""
        self.down.end_reading(raised)
        self.up.end_writing()

    def _end_served(self) -> None:
        """End the call where it is served: gRPC cancels what works on it."""
        self.up.end_reading()
        self.down.end_writing()
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._leave()

    def cut(self, caller_after: float, served_after: float) -> None:
        """Cut the stream: each end finds out in its own time (s)."""
        self._network.streams.discard(self)
        self._network.lost(self)
        hold = Line(stalled=True)
        self.up._line = self.down._line = hold
        self.loop.call_later_aside(caller_after, self.end_at_caller, lost)
        self.loop.call_later_aside(served_after, self._end_served)


def failure(status: grpc.Status) -> AioRpcError:
    """Return the error that a caller gets for a status."""
    trailing = Metadata(*status.trailing_metadata)
    return AioRpcError(status.code, Metadata(), trailing, status.details)


def lost() -> AioRpcError:
    """Return the error that a caller gets where the connection is gone."""
    return AioRpcError(grpc.StatusCode.UNAVAILABLE, Metadata(), Metadata(), "lost")


def late() -> AioRpcError:
    """Return the error that a caller gets where its time is over."""
    code = grpc.StatusCode.DEADLINE_EXCEEDED
    return AioRpcError(code, Metadata(), Metadata(), "late")


class Network:
    """Who listens, and all streams between."""

    def __init__(self, loop: Loop, seen: Callable[[Stream, str, bytes], bytes]) -> None:
        self.loop = loop
        self.seen = seen
        """Is shown each message that is sent, and returns what is to arrive of it."""
        self.lost: Callable[[Stream], None] = lambda _: None
        self.listeners: dict[str, Listener] = {}
        self.streams: set[Stream] = set()
        self.lines: dict[frozenset[str], Line] = {}
        self.faults: list[str] = []
        self._streams = 0

    def count(self) -> int:
        """Return the number of the next stream."""
        self._streams += 1
        return self._streams

    def line(self, one: str, other: str) -> Line:
        return self.lines.setdefault(frozenset({one, other}), Line())

    def between(self, one: str, other: str) -> list[Stream]:
        """Return the streams between two, in a fixed order."""
        found = [s for s in self.streams if set(s.peers) == {one, other}]
        return sorted(found, key=lambda stream: stream.number)

    def call(self, client: Process, caller: Caller, name: str, method: str) -> Stream:
        """Begin a call; raises the error of a connection that cannot be had."""
        listener, line = self.listeners.get(name), self.line(caller.name, name)
        if listener is None or listener.process.dead or not line.up:
            raise lost()
        return Stream(self, (client, listener, caller), method, line)

    def die(self, process: Process) -> None:
        """Let all streams of a killed process break."""
        for stream in sorted(self.streams, key=lambda stream: stream.number):
            if process in (stream.client, stream._listener.process):
                after = self.loop.chance.choice([0.0, 0.01, 1.0])
                stream.cut(after, after)


class LinkChannels:
    """In the place of net.dialler.Dialler: opens channels of a node's links."""

    def __init__(self, network: Network, process: Process) -> None:
        self._network, self._process = network, process

    async def dial(self, peer: str, address: str) -> "LinkChannel":
        assert address
        line = self._network.line(self._process.name, peer)
        await asyncio.sleep(2 * line.latency)
        listener = self._network.listeners.get(peer)
        if line.stalled:
            await asyncio.sleep(CHANNEL_FAILS)
        if not line.up or line.stalled or listener is None or listener.process.dead:
            raise Unreachable(peer)
        return LinkChannel(self._network, self._process, peer)

    def leaf(self, peer: str) -> bytes:
        assert peer
        return b""

    def trouble(self) -> str:
        return ""


class LinkChannel:
    """A channel to one partner's node."""

    def __init__(self, network: Network, process: Process, peer: str) -> None:
        self._network, self._process, self._peer = network, process, peer
        self._calls: list[LinkCall] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        for call in self._calls:
            call.cancel()

    def stream_stream(
        self, method: str, serializer: Callable[[Any], bytes], /
    ) -> "Callable[..., LinkCall]":
        def begin(
            requests: AsyncIterator[Any], timeout: float, *, wait_for_ready: bool
        ) -> LinkCall:
            assert not wait_for_ready
            caller = Caller("node", self._process.name)
            stream = self._network.call(self._process, caller, self._peer, method)
            call = LinkCall(stream, requests, serializer, timeout)
            self._calls.append(call)
            return call

        return begin


class LinkCall:
    """One call of Replicate at its caller."""

    def __init__(
        self,
        stream: Stream,
        requests: AsyncIterator[Any],
        serialize: Callable[[Any], bytes],
        timeout: float,
    ) -> None:
        self._stream = stream
        self._writer = asyncio.ensure_future(self._write(requests, serialize))
        self._ends = stream.loop.call_later(timeout, self._end)

    async def _write(
        self, requests: AsyncIterator[Any], serialize: Callable[[Any], bytes]
    ) -> None:
        async for request in requests:
            await self._stream.up.send(serialize(request))
        self._stream.up.finish()

    def _end(self) -> None:
        self._stream.end_at_caller(late)
        self._stream.cancel()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (found := await self._stream.down.read()) is not None:
            yield found

    def cancel(self) -> bool:
        self._ends.cancel()
        self._writer.cancel()
        return self._stream.cancel()


class DeskChannel:
    """In the place of grpc.Channel: a desk's calls to its node, from its thread."""

    def __init__(
        self, network: Network, process: Process, thread: Thread, ends: tuple[str, str]
    ) -> None:
        self._network, self._process, self._thread = network, process, thread
        self._desk, self._node = ends

    def unary_unary(self, method: str, **kinds: Any) -> "DeskQuestion":  # noqa: ANN401  as gRPC's
        write, read = kinds["request_serializer"], kinds["response_deserializer"]

        def ask(request: object, timeout: float) -> object:
            return read(self._thread.wait(self._ask(method, write(request), timeout)))

        return DeskQuestion(ask)

    async def _ask(self, method: str, request: bytes, timeout: float) -> bytes:  # noqa: ASYNC109  gRPC's
        stream = self._call(method)
        try:
            async with asyncio.timeout(timeout):
                await stream.up.send(request)
                found = await stream.down.read()
        except TimeoutError:
            stream.cancel()
            raise late() from None
        if found is None:
            raise lost()
        return found

    def _call(self, method: str) -> Stream:
        caller = Caller("desk", self._desk)
        return self._network.call(self._process, caller, self._node, method)

    def unary_stream(self, method: str, **kinds: Any) -> Callable[..., Any]:  # noqa: ANN401  as gRPC's
        write, read = kinds["request_serializer"], kinds["response_deserializer"]

        def begin(request: object, timeout: float) -> DeskStream:
            opens = partial(self._begin, method, write(request))
            until = self._network.loop.time() + timeout
            return DeskStream(self._thread, opens, read, until)

        return begin

    async def _begin(self, method: str, request: bytes) -> Stream:
        stream = self._call(method)
        await stream.up.send(request)
        return stream

    def close(self) -> None:
        """Hang up: nothing is at work then."""


@dataclass
class DeskQuestion:
    """In the place of gRPC's callable: a call is over when `future` returns it."""

    _ask: Callable[[object, float], object]

    def future(self, request: object, timeout: float) -> "Future[object]":
        answered: Future[object] = Future()
        try:
            answered.set_result(self._ask(request, timeout))
        except grpc.RpcError as error:
            answered.set_exception(error)
        return answered


class DeskStream:
    """Answers that come one by one, to a desk's thread."""

    def __init__(
        self,
        thread: Thread,
        opens: Callable[[], Awaitable[Stream]],
        read: Callable[[bytes], Any],
        until: float,
    ) -> None:
        self._thread, self._opens, self._read = thread, opens, read
        self._until = until
        self._stream: Stream | None = None
        self._code: grpc.StatusCode | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:  # noqa: ANN401  any answer
        try:
            found = self._thread.wait(self._next())
        except AioRpcError as error:
            self._code = error.code()
            raise
        if found is None:
            raise StopIteration
        return self._read(found)

    async def _next(self) -> bytes | None:
        try:
            async with asyncio.timeout_at(self._until):
                if self._stream is None:
                    self._stream = await self._opens()
                return await self._stream.down.read()
        except TimeoutError:
            raise late() from None

    def code(self) -> grpc.StatusCode | None:
        return self._code

    def cancel(self) -> None:
        if self._stream is not None:
            self._stream.loop.call_later_aside(0, self._stream.cancel)
