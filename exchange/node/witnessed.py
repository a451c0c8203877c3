"""Lines of third parties, which only the own node asks for: shown on and kept."""

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.node import forks, heads
from exchange.node.state import State
from exchange.v1 import exchange_service_pb2 as rpc

WITNESSED_SOUGHT = 32  # heads, the newest, among which third parties' lines are sought


def newest(state: State) -> rpc.Cosigned | None:
    """Return the newest head of the own log with third parties' lines, if any."""
    members, origin = state.members, state.origin
    mirrors = {
        key.key
        for name in (state.name, *members.peers)
        for key in members.cosigner_keys(name)
    }
    others = {key.key: key for key in members.policy(state.name).vkeys}
    known = others.keys() - mirrors
    if not known:
        return None
    keys = [*members.log_keys(origin), *(others[one] for one in known)]
    for held in state.store.heads(origin, WITNESSED_SOUGHT):
        if any(line.key in known for line in parse_note(held.note).lines):
            note = checkpoint.only(held.note, keys)
            return rpc.Cosigned(origin=origin, size=held.head.size, head=note)
    return None


def take_lines(state: State, peer: str, told: rpc.Cosigned) -> None:
    """Keep the lines of third parties that a partner shows under its own head.

    1. The head is one of that partner's logs, and of the tree that is held.
    2. Each line of a key of the log's policy verifies; others are passed over.
    3. They are added to that head, if it is kept here.
    """
    # 1
    origin, members, store = told.origin, state.members, state.store
    if origin not in members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    keys = members.log_keys(origin)
    verified = checkpoint.verify_head(told.head, keys)
    if verified.head.origin != origin:
        raise Refusal(Reason.ORIGIN, origin)
    size = verified.head.size
    if size > store.size(origin) or origin in state.forks:
        heads.take(state, told.head, promise=True)
        return
    forks.compare(state, verified)
    # 2
    others = members.policy(peer).vkeys
    if not checkpoint.line_times(told.head, others):
        return
    # 3
    note = checkpoint.only(told.head, [*keys, *others])
    with state.lock:
        if store.note(origin, size) is None:
            return
        store.set_note(origin, size, note, state.clock())
    state.on_change()
