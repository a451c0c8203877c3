"""What a node shows to auditors: every log that it holds, without wraps and bodies.

Reads only. An answer holds as much as fits and at least one thing, so that whoever
asks on from the last gets to the end; an empty answer is the end.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import BATCH_BYTES_MAX, LIST_MAX
from exchange.node.node import Node
from exchange.node.views import prove
from exchange.store import StoredEntry
from exchange.v1 import audit_service_pb2 as pb

T = TypeVar("T")


def logs(node: Node, request: pb.ListLogsRequest) -> pb.ListLogsResponse:
    """Return the logs behind an origin, each with its newest head and lines."""
    origins = sorted(name for name in node.store.logs.origins() if name > request.after)
    found = _fitting(_logs(node, origins), pb.AuditedLog.ByteSize)
    return pb.ListLogsResponse(node=node.name, logs=found)


def _logs(node: Node, origins: Iterable[str]) -> Iterator[pb.AuditedLog]:
    for origin in origins:
        held, fork = node.store.heads.fresh(origin), node.forks.get(origin)
        if held is not None:
            proof = fork.proof if fork else b""
            yield pb.AuditedLog(origin=origin, head=held.note, fork=proof)


def heads(node: Node, request: pb.ListHeadsRequest) -> pb.ListHeadsResponse:
    """Return kept heads with above < size <= up_to, smallest first."""
    above, up_to = _place(request.above), _place(request.up_to)
    found = node.store.heads.rising(request.origin, above, up_to, LIST_MAX)
    notes = _fitting((held.note for held in found), len)
    return pb.ListHeadsResponse(heads=notes)


def entries(
    node: Node, request: pb.AuditServiceListEntriesRequest
) -> pb.AuditServiceListEntriesResponse:
    """Return consecutive entries."""
    start = _place(request.start)
    found = node.store.entries.bare(request.origin, start, LIST_MAX)
    return pb.AuditServiceListEntriesResponse(entries=_fitting(found, len))


def proof(
    node: Node, request: pb.AuditServiceGetProofRequest
) -> pb.AuditServiceGetProofResponse:
    """Return an entry and the proof that it is in its log, or raise NOT_FOUND."""
    stored = _asked(node, request)
    if stored is None:
        raise Refusal(Reason.NOT_FOUND)
    return pb.AuditServiceGetProofResponse(
        entry=stored.entry, proof=prove(node, stored)
    )


def _asked(node: Node, request: pb.AuditServiceGetProofRequest) -> StoredEntry | None:
    if request.name:
        return node.store.entries.by_name(request.name)
    found = node.store.entries.page(request.origin, _place(request.index), 1)
    return next((one for one in found if one.index == request.index), None)


def consistency(
    node: Node, request: pb.GetConsistencyRequest
) -> pb.GetConsistencyResponse:
    """Return the proof from m to n entries, or raise POSITION."""
    m, n = request.m, request.n
    if not m <= n <= node.store.logs.signed_size(request.origin):
        raise Refusal(Reason.POSITION, "n")
    hashes = node.store.logs.consistency_proof(request.origin, m, n)
    return pb.GetConsistencyResponse(hashes=hashes)


def _place(number: int) -> int:
    """Return a place that a log may have; the wire's 64 bits hold more."""
    if number > SIZE_MAX:
        raise Refusal(Reason.POSITION)
    return number


def _fitting(items: Iterable[T], weigh: Callable[[T], int]) -> Iterator[T]:
    """Yield the first, and what fits into a message with it."""
    total = 0
    for item in items:
        before, total = total, total + weigh(item)
        if before and total > BATCH_BYTES_MAX:
            return
        yield item
