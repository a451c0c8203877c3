"""An auditor's client of a node, over mTLS; answers are untrusted.

Answers out of bounds or out of order are refused, naming the node and the place.
`exchange.audit` verifies their truth.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeVar

import grpc

from exchange.audit.result import shown
from exchange.audit.sources.log_source import claimed_size
from exchange.audit.sources.node import AuditedNode, ShownLog
from exchange.errors import FusionError, Reason, Tampered, Unreachable
from exchange.ledger.fork import FORK_MAX
from exchange.ledger.note import NAME_BYTES_MAX
from exchange.limits import (
    AUDIT_DEADLINE,
    ENTRY_MAX,
    EXPORT_LOGS_MAX,
    LIST_MAX,
    NOTE_MAX,
    SECOND,
)
from exchange.net.desk_client import Tls, channel, meant_by
from exchange.v1 import audit_service_pb2 as pb
from exchange.v1 import audit_service_pb2_grpc as rpc

T = TypeVar("T")
WORDS_MAX = 200  # characters of a node's own words that are shown
TRIES = 2  # of a question: reading changes nothing, and links break
# gRPC's codes for an answer that is too long or not such a message.
UNFIT = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reason.SIZE,
    grpc.StatusCode.INTERNAL: Reason.INPUT,
}


class NodeReader(AuditedNode):
    """The calls of AuditService to one node.

    Each raises Unreachable, the node's Refusal, or Tampered for an answer that no
    honest node gives.
    """

    def __init__(
        self, node: str, channel: grpc.Channel, shown: Tls | None = None
    ) -> None:
        """`shown`: the certificate and key that the channel uses."""
        self.node = node
        self._shown = shown
        self._channel = channel
        self._stub = rpc.AuditServiceStub(channel)
        self._patient = False  # until it has answered once

    def close(self) -> None:
        self._channel.close()

    def logs(self) -> Iterator[ShownLog]:
        after, count = "", 0
        while True:
            request = pb.ListLogsRequest(after=after)
            answer = self._ask(self._stub.ListLogs, request)
            if answer.node != self.node:
                self._refuse(Reason.IDENTITY, f"says to be {answer.node}")
            if not answer.logs:
                return
            count += len(answer.logs)
            self._demand(count <= EXPORT_LOGS_MAX, Reason.SIZE, "logs")
            for log in answer.logs:
                self._check(log, after)
                after = log.origin
                yield ShownLog(log.origin, log.head, log.fork, log.directory)

    def _check(self, log: pb.AuditedLog, after: str) -> None:
        where = f"log {log.origin[:NAME_BYTES_MAX]}"
        self._demand(len(log.origin) <= NAME_BYTES_MAX, Reason.SIZE, where)
        self._demand(log.origin > after, Reason.POSITION, where)
        fits = max(len(log.head), len(log.directory)) <= NOTE_MAX
        self._demand(fits and len(log.fork) <= FORK_MAX, Reason.SIZE, where)

    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            request = pb.AuditServiceListEntriesRequest(origin=origin, start=start)
            found = self._ask(self._stub.ListEntries, request).entries
            self._demand(len(found) <= LIST_MAX, Reason.SIZE, f"{origin}#{start}")
            if not found:
                return
            for entry in found[: end - start]:
                fits = len(entry) <= ENTRY_MAX
                self._demand(fits, Reason.SIZE, f"{origin}#{start}")
                yield entry
                start += 1

    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        def ask(above: int) -> Sequence[bytes]:
            request = pb.ListHeadsRequest(origin=origin, above=above, up_to=up_to)
            return self._ask(self._stub.ListHeads, request).heads

        return self._rising(f"{origin}: head", up_to, ask)

    def directory_heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        def ask(above: int) -> Sequence[bytes]:
            asked = pb.ListDirectoryHeadsRequest(
                origin=origin, above=above, up_to=up_to
            )
            return self._ask(self._stub.ListDirectoryHeads, asked).heads

        return self._rising(f"{origin}: directory head", up_to, ask)

    def _rising(
        self, what: str, up_to: int, ask: Callable[[int], Sequence[bytes]]
    ) -> Iterator[bytes]:
        """Yield page by page; `ask` returns those above a size."""
        above = 0
        while found := ask(above):
            self._demand(len(found) <= LIST_MAX, Reason.SIZE, f"{what}s")
            for note in found:
                size, where = claimed_size(note), f"{what} behind {above}"
                self._demand(len(note) <= NOTE_MAX, Reason.SIZE, where)
                self._demand(above < size <= up_to, Reason.POSITION, where)
                above = size
                yield note

    def proof(self, name: bytes) -> pb.AuditServiceGetProofResponse:
        """Return a proof, unverified."""
        request = pb.AuditServiceGetProofRequest(name=name)
        return self._ask(self._stub.GetProof, request)

    def consistency(self, origin: str, m: int, n: int) -> list[bytes]:
        """Return a proof, unverified."""
        request = pb.GetConsistencyRequest(origin=origin, m=m, n=n)
        return list(self._ask(self._stub.GetConsistency, request).hashes)

    def _ask(self, call: "Callable[..., T]", request: object) -> T:
        """Retry if the link broke and the node had answered before."""
        for left in reversed(range(TRIES if self._patient else 1)):
            try:
                return self._once(call, request)
            except Unreachable:
                if not left:
                    raise
        raise AssertionError

    def _once(self, call: "Callable[..., T]", request: object) -> T:
        seconds = AUDIT_DEADLINE / SECOND
        try:
            found = call(request, timeout=seconds, wait_for_ready=self._patient)
        except grpc.RpcError as error:
            raise self._told(error) from error
        self._patient = True
        return found

    def _told(self, error: grpc.RpcError) -> FusionError:
        meant = meant_by(error, self.node, self._shown)
        unfit = UNFIT.get(error.code())
        if unfit and isinstance(meant, Unreachable) and meant.where == self.node:
            return Tampered(unfit, self.node)
        if meant.where == self.node:
            return meant
        where = f"{self.node}: {shown(meant.where[:WORDS_MAX])}"
        if isinstance(meant, Unreachable):
            return Unreachable(where, meant.reason)
        return type(meant)(meant.reason, where)

    def _refuse(self, reason: Reason, where: str) -> NoReturn:
        raise Tampered(reason, f"{self.node}: {shown(where[:WORDS_MAX])}")

    def _demand(self, right: bool, reason: Reason, where: str) -> None:  # noqa: FBT001 - it is what it says
        if not right:
            self._refuse(reason, where)


def connect(node: str, addresses: Sequence[str], tls: Tls) -> NodeReader:
    """Connect to the first address that answers, or raise Unreachable."""
    reason = Reason.UNREACHABLE
    for address in addresses:
        reader = NodeReader(node, channel(address, tls), tls)
        try:
            next(reader.logs(), None)
        except Unreachable as error:
            reason = error.reason
            reader.close()
        except BaseException:
            reader.close()
            raise
        else:
            return reader
    raise Unreachable(f"{node} at {', '.join(addresses)}", reason)
