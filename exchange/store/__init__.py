"""The only SQL of a node."""

from exchange.store.store import Store
from exchange.store.values import (
    ENTRY,
    HEAD,
    REFUSAL,
    Counts,
    NewEntry,
    PeerState,
    Span,
    StoredArrival,
    StoredEntry,
    StoredFork,
    StoredHead,
    StoredRefusal,
    StoredWaiting,
)

__all__ = [
    "ENTRY",
    "HEAD",
    "REFUSAL",
    "Counts",
    "NewEntry",
    "PeerState",
    "Span",
    "Store",
    "StoredArrival",
    "StoredEntry",
    "StoredFork",
    "StoredHead",
    "StoredRefusal",
    "StoredWaiting",
]
