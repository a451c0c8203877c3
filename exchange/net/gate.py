"""The gate before every call: identify, authorise (docs/agencies.md, "Who gets in").

gRPC only verifies that a certificate comes from *some* known nation: it also accepts
TLS 1.2, classical key agreement, a certificate of one nation's authority for another
nation's node, and a session resumed after the certificate expired. So each call is
checked again, before its body is parsed:

    1. TLS 1.3, and X25519MLKEM768 as its group; this process serves the method now
    2. exactly one SPIFFE identity
    3. the chain, in the store of that identity's own nation only; in time
    4. pinned: a node by its key in an imported bundle, a desk by the directory, an
       auditor by its nation, and by name if the config lists auditors
    5. this method is for this kind of identity
    6. a deadline, within bounds
    7. within its budget of calls, and of calls at work at one time; it waits a moment
       for a place among those

Steps 2 to 4 may ask the database, which may hang. So a standby refuses before them
(NOT_WRITER), from memory, in its event loop. Outsiders do not learn this: TLS already
demanded a certificate of a known nation.

Only then is the request read: gRPC sees requests as streams, as it would keep the body
of an unauthorised caller. An unreadable request is refused with INPUT; an internal
fault as INTERNAL, without its text.

An admitted caller skips steps 2 to 4 for LET_IN_FOR, so a flood is refused as fast as
it comes. Callers with a call at work are checked again now and then: a revoked caller's
streams are cut (`refusals`, `cut`).

A call over the Unix socket comes from the one desk that the config names: only its user
can enter the socket's directory. If the config names no desk, the caller is the
operator, who may only read the node's status.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
)
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from exchange.clock import elapsed_ms
from exchange.errors import STORAGE, FusionError, Reason, Refusal
from exchange.limits import (
    CERTIFICATES_KNOWN,
    LET_IN_FOR,
    STREAM_AGE,
    UNARY_DEADLINE_MAX,
)
from exchange.net.call_budget import Budget, Places
from exchange.net.grpc_status import to_status
from exchange.net.identity import (
    PEM,
    Caller,
    Pins,
    check_channel,
    identify,
    identify_by_certificate,
    only_value,
    read_certificate,
)
from exchange.net.refusal_lines import RefusalLines
from keys.errors import BadCertificate

logger = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # not generic at run time
Parser = Callable[[bytes], object]

EXCHANGE = "/exchange.v1.ExchangeService/"
DESK = "/exchange.v1.DeskService/"
AUDIT = "/exchange.v1.AuditService/"
HEALTH = "/grpc.health.v1.Health/"
OF_OPERATOR = f"{DESK}GetStatus"
OPERATOR = Caller("operator", "")
"""The person who runs a node without a desk in its home."""

CALLER: ContextVar[Caller] = ContextVar("caller")
STREAMS = ("/Replicate", "/Watch")  # endings of methods that stay open


def permit(caller: Caller, method: str, remaining: float | None) -> None:
    """Permit a call by steps 5 and 6 of the gate; `remaining` in s."""
    # 5
    if caller == OPERATOR and not method.startswith((OF_OPERATOR, HEALTH)):
        raise Refusal(Reason.NOT_PINNED)
    own = {"node": EXCHANGE, "desk": DESK, "auditor": AUDIT, "operator": OF_OPERATOR}
    if not method.startswith((own[caller.kind], HEALTH)):
        raise Refusal(Reason.METHOD, method.rpartition("/")[2])
    # 6
    stays = method.endswith(STREAMS)
    bound = (STREAM_AGE if stays else UNARY_DEADLINE_MAX) / 1000
    if remaining is None or remaining > bound + 1:
        raise Refusal(Reason.DEADLINE, method.rpartition("/")[2])


class Gate(grpc.aio.ServerInterceptor):
    """`elapsed` is in ms, for budgets.

    `clock` and `wall` in ms UTC: a certificate must be valid by one of them.
    """

    def __init__(
        self,
        pins: Pins,
        desk: str | None,
        clock: Callable[[], int],
        elapsed: Callable[[], int] = elapsed_ms,
        wall: Callable[[], int] | None = None,
    ) -> None:
        self._pins = pins
        self._desk = desk
        self._clock, self._wall = clock, wall or clock
        self._elapsed = elapsed
        self._parsers: dict[str, Parser] = {}
        self.check_served: Callable[[str], None] = lambda _method: None
        """Raises a Refusal if this process does not serve a method now.

        Called in the event loop before anything else: it must not block.
        """
        self._budget = Budget()
        self._places = Places()
        self._lines = RefusalLines(elapsed)
        self._calls: set[asyncio.Task[object]] = set()
        self._shown: dict[asyncio.Task[object], bytes] = {}
        """Certificates of admitted TLS callers, by the call at work."""
        self._ended: dict[asyncio.Task[object], Refusal] = {}
        self._let_in: dict[bytes, tuple[Caller, int]] = {}
        """Admitted callers by certificate, and when (ms elapsed)."""

    def set_parser(self, method: str, parser: Parser) -> None:
        """Use `parser` for the one request of a method; it may raise Refusal."""
        self._parsers[method] = parser

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler":
        """Return a handler for which requests are a stream."""
        handler: Any = await continuation(handler_call_details)
        method = handler_call_details.method

        async def call(_: object, context: Context) -> Any:  # noqa: ANN401  as above
            return await self._call(handler, method, context)

        if handler is None:
            return grpc.stream_stream_rpc_method_handler(call)
        serializer = None if handler.request_streaming else handler.response_serializer
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(call, None, serializer)
        # So a single answer goes to the wire together with the status of the call.
        return grpc.stream_unary_rpc_method_handler(call, None, serializer)

    async def wait_ended(self, most: float) -> None:
        """Wait at most `most` s until no call is at work.

        gRPC's stop() ends when the wire has no calls left; a cancelled method may then
        still be cleaning up, and would find its node closed.
        """
        if self._calls:
            await asyncio.wait(self._calls, timeout=most)

    @property
    def shown(self) -> set[bytes]:
        return set(self._shown.values())

    def refusals(self, certificates: Iterable[bytes]) -> dict[bytes, Refusal]:
        """Return the certificates that are no longer valid; call it in a thread."""
        times = self._clock(), self._wall()
        found: dict[bytes, Refusal] = {}
        for leaf in certificates:
            try:
                identify_by_certificate(leaf, self._pins, *times)
            except Refusal as refusal:
                if refusal.reason not in STORAGE:
                    found[leaf] = refusal
        return found

    def cut(self, refused: Mapping[bytes, Refusal]) -> None:
        for leaf in refused:
            self._let_in.pop(leaf, None)
        for task, leaf in list(self._shown.items()):
            if leaf in refused and task not in self._ended:
                self._ended[task] = refused[leaf]
                task.cancel()

    def tell_refused(self) -> None:
        """Log refusals not yet logged; call it now and then."""
        self._lines.tell()

    async def _call(self, handler: Any, method: str, context: Context) -> Any:  # noqa: ANN401  gRPC's handlers are untyped
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call runs in a task")
        self._calls.add(task)
        task.add_done_callback(self._forget)
        caller: Caller | None = None
        try:
            if not _is_local(context):
                check_channel(context.auth_context())
            self.check_served(method)
            caller = await self._caller(context)
            permit(caller, method, context.time_remaining())
            # 7
            self._budget.spend(caller, self._elapsed())
            async with self._places.hold((caller, method.endswith(STREAMS))):
                CALLER.set(caller)
                if not _is_local(context):
                    self._shown[task] = only_value(context.auth_context(), PEM)
                parser = self._parsers.get(method)
                return await _answer(handler, method, context, parser)
        except FusionError as error:
            self._lines.add(error, method, _name(caller), _who(caller, context))
            await abort(context, error)
        except asyncio.CancelledError:
            if (refusal := self._ended.get(task)) is None:
                raise
            task.uncancel()
            self._lines.add(refusal, method, _name(caller), _who(caller, context))
            await abort(context, refusal)
        except grpc.aio.BaseError:  # already ended, by an answer or its caller
            raise
        except Exception as error:  # noqa: BLE001  told in our words, without its own
            at = traceback.extract_tb(error.__traceback__)[-1]
            told = type(error).__name__, f"{Path(at.filename).name}:{at.lineno}"
            logger.error("fault at %.80r: %s in %s", method, *told)  # noqa: TRY400  its words may be content
            await abort(context, Refusal(Reason.INTERNAL, method.rpartition("/")[2]))

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._calls.discard(task)
        self._shown.pop(task, None)
        self._ended.pop(task, None)

    async def _caller(self, context: Context) -> Caller:
        if _is_local(context):
            return OPERATOR if self._desk is None else Caller("desk", self._desk)
        auth, now = context.auth_context(), self._elapsed()
        leaf = only_value(auth, PEM)
        caller, at = self._let_in.get(leaf, (None, 0))
        if caller is not None and 0 <= now - at < LET_IN_FOR:
            return caller
        times = self._clock(), self._wall()
        caller = await asyncio.to_thread(identify, auth, self._pins, *times)
        if len(self._let_in) >= CERTIFICATES_KNOWN:
            self._let_in.clear()
        self._let_in[leaf] = caller, now
        return caller


def _is_local(context: Context) -> bool:
    return context.peer().startswith("unix:")


def _name(caller: Caller | None) -> str:
    return "" if caller is None else caller.name


def _who(caller: Caller | None, context: Context) -> str:
    """Return the caller's name; the certificate's name if it was not admitted."""
    if caller is not None:
        return f"{caller.name} at {context.peer()}"
    try:
        shown = read_certificate(only_value(context.auth_context(), PEM))
    except BadCertificate:
        return f"nobody known at {context.peer()}"
    return f"{shown.peer.name} (by its own word) at {context.peer()}"


async def _answer(
    handler: Any,  # noqa: ANN401  as above
    method: str,
    context: Context,
    parser: Parser | None,
) -> Any:  # noqa: ANN401  as above
    """Pass on a stream of requests as bytes; its answers are bytes too.

    Its reader bounds and parses them.
    """
    if handler is None:
        raise Refusal(Reason.METHOD, method.rpartition("/")[2])
    if handler.request_streaming:
        responses = handler.stream_stream(_requests(context), context)
    elif handler.response_streaming:
        parse = handler.request_deserializer
        responses = handler.unary_stream(await _request(parse, context), context)
    else:
        request = await _request(parser or handler.request_deserializer, context)
        return await handler.unary_unary(request, context)
    if asyncio.iscoroutine(responses):  # gRPC's own Health writes for itself
        await responses
    else:
        await _write_all(responses, context)
    return None


async def _request(parse: Parser, context: Context) -> Any:  # noqa: ANN401  as above
    raw = await context.read()
    if raw is grpc.aio.EOF:
        raise Refusal(Reason.INPUT, "request")
    try:
        return parse(raw)
    except DecodeError:
        raise Refusal(Reason.INPUT, "request") from None


async def _requests(context: Context) -> AsyncGenerator[bytes, None]:
    while (raw := await context.read()) is not grpc.aio.EOF:
        yield raw


async def _write_all(responses: AsyncGenerator[Any, None], context: Context) -> None:
    """Write all answers; close the method if the caller goes.

    If a write failed, gRPC would drop the generator, and its resources would be held
    until garbage collection.
    """
    async with contextlib.aclosing(responses):
        async for response in responses:
            await context.write(response)


async def abort(context: Context, error: FusionError) -> None:
    await context.abort_with_status(rpc_status.to_status(to_status(error)))
