"""The newest entries of the own log, in wire form: the same batches as `outbox` reads.

Keeps up to RECENT_BYTES_MAX, and gives out only entries under a head. Only nodes of an
entry's readers get its text.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from msgspec import Struct

from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import (
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
    FORMS_MAX,
    RECENT_BYTES_MAX,
)
from exchange.store import StoredHead
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc

FIELD_BEGIN = 4  # bytes at most: its tag and length


class RecentEntry(NamedTuple):
    data: bytes
    entry: bytes
    nodes: frozenset[str]

    @classmethod
    def of(cls, sent: pb.Envelope, desks: tuple[str, ...]) -> "RecentEntry":
        if sent.absent:  # only a node may set it, no desk
            sent = pb.Envelope(entry=sent.entry, wraps=sent.wraps, body=sent.body)
        return cls(sent.SerializeToString(), sent.entry, _nodes_of(desks))

    def envelope(self, peer: str) -> bytes:
        if peer in self.nodes:
            return self.data
        return pb.Envelope(entry=self.entry).SerializeToString()


@lru_cache(maxsize=FORMS_MAX)
def _nodes_of(desks: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names.node_of(desk) for desk in desks)


class _Group(Struct):
    """One append, up to a boundary that gets its head later."""

    start: int
    entries: Sequence[RecentEntry]
    size: int  # bytes in a frame
    weight: int  # bytes in memory
    note: bytes = b""
    directory: bytes = b""

    @property
    def end(self) -> int:
        return self.start + len(self.entries)


def frame_batch(
    origin: str, start: int, envelopes: Iterable[bytes], head: bytes, directory: bytes
) -> rpc.Frame:
    """Build it in place: inserting a batch would copy it all."""
    frame = rpc.Frame()
    batch = frame.batch
    batch.origin, batch.start = origin, start
    batch.envelopes.extend(envelopes)
    batch.head, batch.directory = head, directory
    return frame


class RecentBatches:
    """Batches of one log that were appended recently; any thread may use them."""

    def __init__(self, limit: int = RECENT_BYTES_MAX) -> None:
        self._limit = limit  # bytes
        self._origin = ""
        self._groups: deque[_Group] = deque()
        self._weight = 0
        self._lock = threading.Lock()

    def keep(self, origin: str, start: int, entries: Sequence[RecentEntry]) -> None:
        """Hold them back until they get a head."""
        size = sum(len(entry.data) + FIELD_BEGIN for entry in entries)
        weight = size + sum(len(entry.entry) for entry in entries)
        with self._lock:
            if origin != self._origin or (
                self._groups and self._groups[-1].end != start
            ):
                self._clear()
            self._origin = origin
            self._groups.append(_Group(start, entries, size, weight))
            self._weight += weight
            while self._weight > self._limit:
                self._weight -= self._groups.popleft().weight

    def publish(self, heads: Sequence[StoredHead], directory: bytes = b"") -> None:
        """Release entries; `directory` is the head at the size of the last, if any."""
        notes = {(one.head.origin, one.head.size): one.note for one in heads}
        lowest = min((size for _, size in notes), default=SIZE_MAX)
        with self._lock:
            for group in reversed(self._groups):
                if group.end < lowest:
                    break
                group.note = notes.get((self._origin, group.end), group.note)
                if heads[-1].head.size == group.end:
                    group.directory = directory

    def clear(self) -> None:
        """Forget all, as one of the texts may be erased."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._groups.clear()
        self._weight = 0

    def batch(self, origin: str, start: int, peer: str) -> rpc.Frame | None:
        """Return None if a part of it is not here."""
        with self._lock:
            taken = self._take(origin, start)
        if not taken:
            return None
        sent = (one.envelope(peer) for group in taken for one in group.entries)
        last = taken[-1]
        return frame_batch(origin, start, sent, last.note, last.directory)

    def _take(self, origin: str, start: int) -> list[_Group]:
        taken: list[_Group] = []
        count = size = 0
        for group in self._from(start) if origin == self._origin else ():
            count += len(group.entries)
            size += group.size
            fits = count <= BATCH_ENTRIES_MAX and size <= BATCH_BYTES_MAX
            follows = group.start == (taken[-1].end if taken else start)
            if not (group.note and follows and (fits or not taken)):
                break
            taken.append(group)
        return taken

    def _from(self, start: int) -> Iterable[_Group]:
        found = takewhile(lambda group: group.start >= start, reversed(self._groups))
        return reversed(list(found))
