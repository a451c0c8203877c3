"""A desk's client of its own node: over its Unix socket, or over mTLS.

Synchronous: a command waits, and the terminal calls it from a thread.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc

from exchange.clock import wall_ms
from exchange.errors import FusionError, Reason, Unreachable
from exchange.limits import (
    CALL_TIMEOUT,
    CONNECT_TIMEOUT,
    KEEPALIVE,
    KEEPALIVE_TIMEOUT,
    MESSAGE_MAX,
    NEXT_ADDRESS,
    SECOND,
    STREAM_AGE,
)
from exchange.net.desk_lines import Race
from exchange.net.grpc_status import from_rpc_error
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import desk_service_pb2_grpc as rpc
from exchange.v1 import envelope_pb2
from keys.secret_records import SecretRecord
from keys.tls import times

TakeNews = Callable[[pb.WatchResponse], None]
"""Takes urgent entries and drafts, which come between two pages of arrivals."""
OF_ONE_PROCESS = frozenset({Reason.UNREACHABLE, Reason.NOT_WRITER})
"""Reasons that say nothing about the node's other processes."""
T = TypeVar("T")
OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", MESSAGE_MAX),
    ("grpc.max_send_message_length", MESSAGE_MAX),
    ("grpc.keepalive_time_ms", KEEPALIVE),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.enable_http_proxy", 0),
    ("grpc.default_authority", "node"),
]


class Tls(SecretRecord, frozen=True):
    """The certificate and key of a desk, and the peer it expects."""

    authority: bytes  # PEM of the nation's TLS root
    key: bytes  # PEM
    certificate: bytes  # PEM
    node: str  # DNS name: islamabad.pk.fusion


def channel(
    target: Path | str, tls: Tls | None = None, connect: int = CONNECT_TIMEOUT
) -> grpc.Channel:
    """`target` is a socket's path, or host:port with `tls`.

    An attempt may take `connect` ms; a refused one ends at once.
    """
    if isinstance(target, Path):
        return grpc.insecure_channel(f"unix:{target}", options=OPTIONS)
    if tls is None:
        raise Unreachable(target)
    credentials = grpc.ssl_channel_credentials(tls.authority, tls.key, tls.certificate)
    override = ("grpc.ssl_target_name_override", tls.node)
    options = [option for option in OPTIONS if option[0] != "grpc.default_authority"]
    # gRPC bounds the attempt by this option too, not only the pause before the next.
    patience = ("grpc.min_reconnect_backoff_ms", connect)
    options += [override, patience]
    return grpc.secure_channel(target, credentials, options=options)


# gRPC's words for a server certificate outside its validity time.
NOT_IN_TIME = ("certificate has expired", "certificate is not yet valid")
OWN = "tls.crt"


def meant_by(error: grpc.RpcError, where: str, shown: Tls | None) -> FusionError:
    """Return what the node meant, or Unreachable with the likely cause.

    The cause is CERTIFICATE_TIME if our certificate or the node's is outside its
    validity time: that failed handshake looks like an absent node.
    """
    meant = from_rpc_error(error, where)
    if shown is None or meant.reason is not Reason.UNREACHABLE:
        return meant
    begin, end = times(shown.certificate)
    if not begin <= wall_ms() <= end:  # TLS uses this machine's clock
        return Unreachable(OWN, Reason.CERTIFICATE_TIME)
    details = str(getattr(error, "details", str)())
    if any(words in details for words in NOT_IN_TIME):
        return Unreachable(where, Reason.CERTIFICATE_TIME)
    return meant


class NodeClient:
    """The calls of DeskService; raises Unreachable, or the node's Refusal.

    Until the node has answered once, a call may also take `connect` ms to reach it. If
    several processes serve the node, a call goes to the one that answered last, and
    from there to the next (desk_lines.py). Calls may be repeated: the node recognises
    duplicates.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        connect: int = 0,
        shown: Tls | None = None,
        others: Sequence[grpc.Channel] = (),
    ) -> None:
        """`shown`: the channel's TLS; `others`: more channels to the same node."""
        self.shown = shown
        self._channels = (channel, *others)
        self._stubs = [rpc.DeskServiceStub(one) for one in self._channels]
        self._at = 0  # the stub that answered last
        self._up: set[int] = set()  # stubs that answered their last call
        self._connect = connect

    def close(self) -> None:
        """Close the channels; a running watch ends."""
        for one in self._channels:
            one.close()

    def submit(self, envelopes: Sequence[envelope_pb2.Envelope]) -> list[pb.Submitted]:
        """Submit 1 to 256 envelopes; the node has them on disk when it returns."""
        request = pb.SubmitRequest(
            envelopes=[one.SerializeToString() for one in envelopes]
        )
        return list(self._ask(lambda stub: stub.Submit, request).answers)

    def return_draft(self, call: pb.ReturnDraftRequest) -> None:
        """Send a draft back; the node has it on disk when this returns."""
        self._ask(lambda stub: stub.ReturnDraft, call)

    def entry(self, name: bytes) -> pb.EntryArrived:
        request = pb.GetEntryRequest(name=name)
        answer: pb.GetEntryResponse = self._ask(lambda stub: stub.GetEntry, request)
        return answer.entry

    def entry_at(self, origin: str, index: int) -> pb.EntryArrived:
        """Raise Refusal(NOT_FOUND)."""
        request = pb.GetEntryRequest(origin=origin, index=index)
        answer: pb.GetEntryResponse = self._ask(lambda stub: stub.GetEntry, request)
        return answer.entry

    def proof(self, name: bytes) -> pb.GetProofResponse:
        request = pb.GetProofRequest(name=name)
        answer: pb.GetProofResponse = self._ask(lambda stub: stub.GetProof, request)
        return answer

    def directory(self, origin: str, start: int) -> list[tuple[int, bytes]]:
        """Return a page of (index, entry) from `start` on; empty at the end."""
        request = pb.ListDirectoryRequest(origin=origin, start=start)
        found = self._ask(lambda stub: stub.ListDirectory, request).entries
        return [(one.index, one.entry) for one in found]

    def status(self) -> pb.GetStatusResponse:
        answer: pb.GetStatusResponse = self._ask(
            lambda stub: stub.GetStatus, pb.GetStatusRequest()
        )
        return answer

    def _ask(self, question: Callable[[Any], Callable[..., T]], request: object) -> T:
        """Ask one stub after the other; the first answer counts.

        The next one is asked once the others have failed, or NEXT_ADDRESS ms after the
        last. A standby may become the writer, so it is asked again while another is
        silent. Raises the most informative failure.
        """
        patience = (self._connect + CALL_TIMEOUT) / SECOND
        order = self._order()
        first, again = deque(order), deque[int]()
        failed: FusionError = Unreachable("node")
        race = Race()
        try:
            while first or race.runs:
                at = (first or again).popleft()
                race.add(at, _begin(question(self._stubs[at]), request, patience))
                soon = time.monotonic() + NEXT_ADDRESS / SECOND
                while ended := race.next_ended(soon if first or again else None):
                    found, call = ended
                    if (error := call.exception()) is None:
                        self._connect, self._at = 0, found
                        self._up.add(found)
                        answer: T = call.result()
                        return answer
                    meant = meant_by(error, "node", self.shown)
                    if not self._move(found, meant):
                        raise meant from error
                    if meant.reason is Reason.NOT_WRITER:
                        again.append(found)
                    failed = meant if failed.reason is Reason.UNREACHABLE else failed
        finally:
            race.cancel()
        raise failed

    def _order(self) -> list[int]:
        first, count = self._at, len(self._stubs)
        return [(first + n) % count for n in range(count)]

    def _move(self, at: int, failed: FusionError) -> bool:
        if failed.reason not in OF_ONE_PROCESS:
            return False
        if failed.reason is Reason.UNREACHABLE:
            self._up.discard(at)
        if self._at == at:  # no other thread has moved on
            self._at = (at + 1) % len(self._stubs)
        return True

    @contextmanager
    def watch(
        self,
        after: int,
        heads: Sequence[bytes] = (),
        seconds: float | None = None,
        mark: str = "",
        take_news: TakeNews = lambda _: None,
    ) -> Iterator[Iterator[list[pb.Arrival]]]:
        """Yield the pages after a cursor; an empty page is a heartbeat.

        `take_news` is called with each response that has urgent entries or drafts;
        these come between pages. The stream ends after `seconds`, or after STREAM_AGE:
        reopen it from the cursor. Raises Refusal(POSITION) if `mark` does not match
        arrival `after`.
        """
        if len(self._stubs) > 1 and self._at not in self._up:
            self.status()  # finds one that answers
        at = self._at
        call = self._stubs[at].Watch(
            pb.WatchRequest(after=after, heads=heads, mark=mark),
            timeout=STREAM_AGE / 1000 if seconds is None else seconds,
        )
        try:
            yield _pages(call, take_news, self.shown)
        except FusionError as failed:
            self._move(at, failed)
            raise
        finally:
            call.cancel()  # an abandoned stream is never collected


def _begin(
    asked: Any,  # noqa: ANN401  gRPC's method is untyped
    request: object,
    patience: float,
) -> Any:  # noqa: ANN401  and so is its call
    """Raise Unreachable if the line was closed meanwhile."""
    try:
        return asked.future(request, timeout=patience)
    except ValueError:  # gRPC raises it for a closed channel
        raise Unreachable("node") from None


def _pages(
    call: Any,  # noqa: ANN401  gRPC's call is untyped
    take_news: TakeNews,
    shown: Tls | None,
) -> Iterator[list[pb.Arrival]]:
    try:
        for response in call:
            between = bool(response.urgent or response.drafts)
            if between:
                take_news(response)
            if response.arrivals or not between:
                yield list(response.arrivals)
    except grpc.RpcError as error:
        if call.code() in (
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.CANCELLED,
        ):
            return
        raise meant_by(error, "node", shown) from error
