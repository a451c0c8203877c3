"""The part of gRPC that links need, as protocols.

Links use nothing else of the wire, so a simulation (tests/simulation) can replace gRPC:
with delays, cuts and half-open connections, under virtual time. Errors and endings are
gRPC's:

    Call        its iterator raises grpc.aio.AioRpcError if the call fails, and
                asyncio.CancelledError if the line broke without a cancel
    requests    are taken from the given iterator as fast as the peer reads
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Call(Protocol):
    """A call that we made; yields the peer's messages."""

    def __aiter__(self) -> AsyncIterator[Any]: ...

    def cancel(self) -> bool: ...


class Channel(AbstractAsyncContextManager[object], Protocol):
    """A connection to one partner's node; closed when left."""

    def stream_stream(
        self, method: str, serializer: Callable[[Any], bytes], /
    ) -> Callable[..., Call]:
        """Return the method: called with the requests and a `timeout` in s."""
        ...


class Channels(Protocol):
    """Opens channels to partners' nodes: exchange.net.dialler.Dialler."""

    async def dial(self, peer: str, address: str) -> Channel:
        """Raise Unreachable, or Refusal for the peer's identity."""
        ...

    def leaf(self, peer: str) -> bytes:
        """Return the certificate shown when last dialled, or nothing.

        A partner without one here is not checked again for its pin.
        """
        ...

    def trouble(self) -> str:
        """Return the fault in our own certificate's validity time; "" if none."""
        ...


class IncomingCall(Protocol):
    def auth_context(self) -> Mapping[str, Iterable[bytes]]: ...
