"""What a hello names of each log: how far it is held, what was refused, what lacks."""

from exchange.limits import LACKING_MAX
from exchange.node.state import State
from exchange.store import Store
from exchange.v1 import ledger_pb2

REFUSALS_TOLD = 64  # of a log, the newest, in a hello


def refused(store: Store, origin: str, start: int = 0) -> list[ledger_pb2.Refusal]:
    """Return what was refused of a log from `start` on."""
    return [
        ledger_pb2.Refusal(index=entry.index, reason=entry.reason)
        for entry in store.refused(origin, start, REFUSALS_TOLD)
    ]


def lacking(store: Store, origin: str) -> list[int]:
    """Return the entries of a log whose text should be here and is not, the first.

    A list of LACKING_MAX says nothing of those behind its last.
    """
    return store.lacking(origin, LACKING_MAX)


def every(store: Store) -> list[ledger_pb2.LogPosition]:
    """Return every log held, with its newest head and newest lines."""
    found = []
    for origin in store.origins():
        head = store.fresh(origin)
        if head is not None:
            found.append(
                ledger_pb2.LogPosition(
                    origin=origin,
                    size=head.head.size,
                    head=head.note,
                    refusals=refused(store, origin),
                    lacking=lacking(store, origin),
                )
            )
    return found


def greeting(state: State, peer: str) -> list[ledger_pb2.LogPosition]:
    """Return what a hello names: the positions, and the partner's own last line.

    By it a partner that was restored knows up to where it has cosigned, where a
    newer head has no line of its yet.
    """
    found, origin = every(state.store), state.origin
    size = state.store.get_peer(peer).cosigned_size
    for held in state.store.heads(origin, 1, size) if size else ():
        position = ledger_pb2.LogPosition(
            origin=origin, size=held.head.size, head=held.note
        )
        if all(held.note != other.head for other in found):
            found.append(position)
    return found
