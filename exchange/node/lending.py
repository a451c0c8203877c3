"""A log lent back by a partner to a node that has lost a part of its own."""

from collections.abc import Callable

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.node import forks, heads, outbox, receive, replica
from exchange.node.receive import Judged
from exchange.node.state import State
from exchange.v1 import ledger_pb2


def lend(state: State, peer: str, origin: str, start: int) -> ledger_pb2.Batch:
    """Return what a partner's own log lacks from `start` on; empty at the end."""
    if origin not in state.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if start >= state.store.signed_size(origin):
        return ledger_pb2.Batch(origin=origin, start=start)
    return outbox.next_batch(state.store, origin, start, peer)


def restore(
    state: State, peer: str, batch: ledger_pb2.Batch, settle: Callable[[], None]
) -> int:
    """Append to an own log what a partner held of it, then `settle`; return its size.

    Judged like a partner's batch, by the own keys: nothing is signed. Texts must be
    there where a desk of that partner was addressed, or be said to be absent; of what
    was for desks of this node alone, the partner has none.
    """
    origin = batch.origin
    if origin not in state.members.logs(state.name) or origin in state.forks:
        raise Refusal(Reason.ORIGIN, origin)
    receive.check_size(batch)
    head = receive.check_head(batch, state.members.log_keys(origin))
    with state.lock:
        edge = state.store.edge(origin)
        if batch.start + len(batch.envelopes) <= edge.size:
            heads.look_at(state, batch.head)
            return edge.size
        try:
            judged = replica.judge(state, batch, head, edge, peer)
            forks.compare_batch(state, batch, edge, judged.note)
            replica.store(state, judged, _note(state, judged))
            heads.reached(state, origin, judged.head.size)
        except Refusal:
            heads.look_at(state, batch.head)
            raise
    settle()
    state.on_change()
    return judged.head.size


def _note(state: State, judged: Judged) -> bytes:
    """Return the head of what was lent with all lines under it that may be kept."""
    members = state.members
    others = [key for name in members.peers for key in members.cosigner_keys(name)]
    others += members.policy(state.name, judged.directory).vkeys
    checkpoint.line_times(judged.note, others)
    keys = members.log_keys(judged.head.origin)
    return checkpoint.only(judged.note, [*keys, *others])
