"""The part of gRPC that links need, as protocols.

Links know no more of the wire than this, so that a simulation (tests/simulation) can
put one of its own in the place of gRPC: with delays, cuts and half-open connections,
under virtual time. What these raise and how they end, gRPC says:

    Call        its iterator raises grpc.aio.AioRpcError where the call fails, and
                asyncio.CancelledError where nobody cancelled but the line is gone
    requests    are taken from the iterator that was given as fast as the peer reads
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Call(Protocol):
    """A call of Replicate that we made: what the peer sends, message by message."""

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return what comes, as bytes."""
        ...

    def cancel(self) -> bool:
        """End the call; the peer learns of it."""
        ...


class Channel(AbstractAsyncContextManager[object], Protocol):
    """A connection to one partner's node, and to nobody else; closed when left."""

    def stream_stream(
        self, method: str, serializer: Callable[[Any], bytes], /
    ) -> Callable[..., Call]:
        """Return the method: called with the requests and a `timeout` in s."""
        ...


class Channels(Protocol):
    """Opens channels to partners' nodes: exchange.net.dialler.Dialler."""

    async def dial(self, peer: str, address: str) -> Channel:
        """Return a channel; raises Unreachable, or Refusal for who answers."""
        ...

    def leaf(self, peer: str) -> bytes:
        """Return the certificate that a partner showed when last dialled, or nothing.

        Who shows none here is not asked again whether he is still pinned.
        """
        ...

    def trouble(self) -> str:
        """Return what is wrong with the time of our own certificate; "" if nothing."""
        ...


class IncomingCall(Protocol):
    """A call of Replicate that a peer made."""

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """Return what TLS agreed on with the peer."""
        ...
