"""A client of a partner's node, for one call at a time: `fusion fsck --repair`.

Synchronous, and with the node's own certificate; only that nation's authority can
answer.
"""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import grpc

from exchange import config
from exchange.config import NodeHome
from exchange.errors import Reason, Refusal, Unreachable
from exchange.limits import CALL_TIMEOUT, CONNECT_TIMEOUT, SECOND
from exchange.net.desk_client import Tls, channel, meant_by
from exchange.trust import bundle as bundles
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys import tls

TIMEOUT = (CONNECT_TIMEOUT + CALL_TIMEOUT) / SECOND  # s for one question
TRIES = 5
PAUSE = 0.5  # s; a partner's budget of calls fills meanwhile


class PartnerClient:
    """Calls of a repair to one partner; they raise Unreachable, or the error meant."""

    def __init__(
        self,
        name: str,
        addresses: Sequence[str],
        shown: Tls,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._sleep = sleep
        self._shown = shown
        self._channels = [channel(address, shown) for address in addresses]

    def __enter__(self) -> Self:
        """Return this client; the end of the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its channels."""
        for one in self._channels:
            one.close()

    def entries(self, origin: str, start: int, limit: int) -> pb.ListEntriesResponse:
        """Return entries of a log by position; from the first address that answers."""
        request = pb.ListEntriesRequest(origin=origin, start=start, limit=limit)
        reason = Reason.UNREACHABLE
        while self._channels:
            try:
                return self._patiently(request)
            except Unreachable as error:
                reason = error.reason
            self._channels.pop(0).close()
        raise Unreachable(self.name, reason)

    def _patiently(self, request: pb.ListEntriesRequest) -> pb.ListEntriesResponse:
        """Ask, and again where we have asked for too much at once."""
        for _ in range(TRIES):
            try:
                return self._ask(request)
            except Refusal as refusal:
                if refusal.reason is not Reason.RATE:
                    raise
                self._sleep(PAUSE)
        return self._ask(request)

    def _ask(self, request: pb.ListEntriesRequest) -> pb.ListEntriesResponse:
        stub = rpc.ExchangeServiceStub(self._channels[0])
        try:
            return stub.ListEntries(request, timeout=TIMEOUT)
        except grpc.RpcError as error:
            raise meant_by(error, self.name, self._shown) from error


def partners(home: NodeHome) -> list[PartnerClient]:
    """Return a client for each partner that the node in a home dials.

    Raises Refusal(HOME | KEY_FILE | BUNDLE) where the node itself could not.
    """
    settings = config.read_node(home)
    key, certificate = config.read_tls(home)
    clients: list[PartnerClient] = []
    for bundle in bundles.load_all(home.trust).values():
        for name, node in sorted(bundle.nodes.items()):
            if name == settings.name or name not in (settings.partners or [name]):
                continue
            elsewhere = config.addresses_of(settings.addresses.get(name, ""))
            addresses = elsewhere or node.addresses
            shown = Tls(bundle.tls_roots_pem, key, certificate, tls.dns_of_node(name))
            clients.append(PartnerClient(name, addresses, shown))
    return clients
