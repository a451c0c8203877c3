"""The own line under heads of partners: set once stored, and again as time goes by."""

from exchange.ledger import checkpoint
from exchange.limits import HEARTBEAT, SECOND
from exchange.node import positions
from exchange.node.state import State
from exchange.store import StoredHead
from exchange.v1 import exchange_service_pb2 as rpc


def cosign(state: State, note: bytes) -> bytes:
    """Return a head with the line of this node's mirror."""
    name = checkpoint.cosigner_name(state.name)
    now = state.clock() // SECOND
    return checkpoint.cosign(note, name, state.keys.mirror, now)


def finish(state: State, origin: str) -> list[StoredHead]:
    """Show what is stored of a partner's log and was not shown yet; return its heads.

    Where it may be cosigned it is, for the entries are committed by now.
    """
    shown: list[StoredHead] = []
    for held in state.store.boundaries(origin):
        may_cosign = origin not in state.forks and state.may_cosign(held.head)
        note = cosign(state, held.note) if may_cosign else held.note
        shown.append(StoredHead(held.head, note, held.at))
    if shown:
        state.store.publish(shown)
    return shown


def freshen(state: State, peer: str) -> rpc.Cosigned | None:
    """Cosign the newest head of a partner's log again; None if it is not due."""
    origin = state.members.origin(peer)
    with state.lock:
        held = state.store.fresh(origin)
        if held is None or origin in state.forks or not _due(state, held):
            return None
        note = cosign(state, held.note)
        state.freshened[origin] = state.clock.elapsed()
        # It is kept with all its lines; the line sent is the new one.
        state.store.set_note(origin, held.head.size, note, state.clock())
    lacking = positions.lacking(state.store, origin)
    return rpc.Cosigned(origin=origin, size=held.head.size, head=note, lacking=lacking)


def _due(state: State, held: StoredHead) -> bool:
    if not state.may_cosign(held.head):
        return False
    last = state.freshened.get(held.head.origin)
    if last is not None:
        return state.clock.elapsed() - last >= HEARTBEAT
    mine = state.members.cosigner_keys(state.name)
    times = checkpoint.cosignatures(held.note, mine).values()
    age = state.clock() - max(times, default=0) * SECOND
    return not 0 <= age < HEARTBEAT  # a line of the future says nothing of its age
