"""The lines that partners set under heads of the own log."""

from collections.abc import Iterator, Sequence

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.node import forks, heads
from exchange.node.state import State
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2


def record(state: State, peer: str, cosigned: rpc.Cosigned) -> int:
    """Keep a partner's cosignature; return the size that it covers.

    1. The note is a head of a log of this node, with its lines.
    2. It is one of the tree that is held.
    3. The partner's line verifies. Without one it only says how much it holds.
    """
    # 1
    origin, members = cosigned.origin, state.members
    if origin not in members.logs(state.name):
        raise Refusal(Reason.ORIGIN, origin)
    keys = members.log_keys(origin)
    verified = checkpoint.verify_head(cosigned.head, keys)
    if verified.head.origin != origin:
        raise Refusal(Reason.ORIGIN, origin)
    # 2
    size = verified.head.size
    if size > state.store.size(origin):
        heads.take(state, cosigned.head)
        raise Refusal(Reason.MISSING, origin)
    forks.compare(state, verified)
    # 3
    mirror = members.cosigner_keys(peer)
    times = checkpoint.cosignatures(cosigned.head, mirror)
    if times:
        state.signed_time.answered(peer, times.values())
        note = checkpoint.only(cosigned.head, [*keys, *mirror])
        _keep(state, peer, note, cosigned, size)
    return size


def _keep(
    state: State, peer: str, note: bytes, cosigned: rpc.Cosigned, size: int
) -> None:
    now, origin, store = state.clock(), cosigned.origin, state.store
    with state.lock:
        if store.note(origin, size) is not None:
            store.set_note(origin, size, note, now)
        for refusal in _credible(cosigned.refusals, size):
            store.note_refusal(origin, refusal.index, peer, refusal.reason, now)
        if origin == state.origin:
            store.cosigned(peer, size, now)
    state.on_change()


def _credible(
    told: Sequence[ledger_pb2.Refusal], size: int
) -> Iterator[ledger_pb2.Refusal]:
    """Yield the refusals that can be meant of a log of `size`: a partner made them."""
    for refusal in told[:BATCH_ENTRIES_MAX]:
        if refusal.index < size and refusal.reason in Reason.__members__:
            yield refusal
