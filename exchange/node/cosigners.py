"""What partners answer of the own log: lines under its heads, and what is amiss."""

from collections.abc import Iterator, Sequence

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import BATCH_ENTRIES_MAX, LACKING_MAX, SEEN_MAX
from exchange.node import forks, heads
from exchange.node.state import State
from exchange.store import Answer
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
    note = None
    if times:
        state.signed_time.answered(peer, times.values())
        note = checkpoint.only(cosigned.head, [*keys, *mirror])
    _keep(state, peer, note, cosigned, size)
    return size


def _keep(
    state: State, peer: str, note: bytes | None, cosigned: rpc.Cosigned, size: int
) -> None:
    origin = cosigned.origin
    lacking = cosigned.lacking[:LACKING_MAX]
    state.store.answer(
        origin,
        Answer(
            by=peer,
            start=_answered(state, peer, origin),
            size=size,
            at=state.clock(),
            note=note,
            refusals=list(_credible(cosigned.refusals)),
            lacking=lacking,
            full=len(lacking) == LACKING_MAX,
            own=origin == state.origin,
        ),
    )
    state.on_change()


def _answered(state: State, peer: str, origin: str) -> int:
    """Return up to where a partner has answered for an own log before."""
    if origin == state.origin:
        return state.store.get_peer(peer).cosigned_size
    mirror = {key.key for key in state.members.cosigner_keys(peer)}
    for held in state.store.heads(origin, SEEN_MAX):  # of a log that has ended
        if any(line.key in mirror for line in parse_note(held.note).lines):
            return held.head.size
    return 0


def _credible(
    told: Sequence[ledger_pb2.Refusal],
) -> Iterator[tuple[int, str]]:
    """Yield the refusals that have a reason that there is."""
    for refusal in told[:BATCH_ENTRIES_MAX]:
        if refusal.reason in Reason.__members__:
            yield refusal.index, refusal.reason
