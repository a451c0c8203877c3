"""What a partner needs next, and when to dial it again.

There is no queue to lose: the outbox of a partner is the log itself from the
position that the partner holds. A batch ends at a head that was signed when its
entries were appended, so catching up re-reads heads and signs nothing anew.
"""

import random
from collections.abc import Callable, Sequence

from exchange.errors import Reason, Tampered
from exchange.limits import (
    BACKOFF_FIRST,
    BACKOFF_MAX,
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
)
from exchange.store import Store, StoredEntry, StoredHead
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2


def next_batch(store: Store, origin: str, start: int, peer: str) -> ledger_pb2.Batch:
    """Return the entries from `start` to the furthest head that fits a frame.

    With what is here of each text: the peer lacks it, or it would not be sent. Raises
    Tampered where no head stands above `start` though entries do.
    """
    head = _head(store, origin, start, start + BATCH_ENTRIES_MAX)
    entries = store.entries(origin, start, head.head.size - start)
    fitting = _fitting(entries)
    if fitting < len(entries):
        head = _head(store, origin, start, start + max(fitting, 1))
        entries = entries[: head.head.size - start]
    sent = [_envelope(entry, peer) for entry in entries]
    return ledger_pb2.Batch(origin=origin, start=start, envelopes=sent, head=head.note)


def _head(store: Store, origin: str, start: int, limit: int) -> StoredHead:
    head = store.head_at_or_after(origin, start, limit)
    if head is None:
        raise Tampered(Reason.MISSING, f"{origin}#{start}")
    return head


def _fitting(entries: Sequence[StoredEntry]) -> int:
    total = 0
    for count, entry in enumerate(entries):
        total += weight(entry.entry, entry.wraps, entry.body)
        if total > BATCH_BYTES_MAX:
            return count
    return len(entries)


def weight(entry: bytes, wraps: Sequence[bytes], body: bytes) -> int:
    """Return the bytes that an envelope adds to a frame."""
    return len(entry) + sum(map(len, wraps)) + len(body)


def _envelope(entry: StoredEntry, peer: str) -> pb.Envelope:
    """Give wraps and body to the nodes of the desks concerned only."""
    concerned = any(desk.partition(".")[2] == peer for desk in entry.desks)
    if not concerned:
        return pb.Envelope(entry=entry.entry)
    return pb.Envelope(entry=entry.entry, wraps=entry.wraps, body=entry.body)


def pause(failures: int, draw: Callable[[], float] = random.random) -> int:
    """Return the ms to wait before dialling again: exponential, full jitter."""
    ceiling = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(failures, 16))
    return max(BACKOFF_FIRST // 4, int(ceiling * draw()))
