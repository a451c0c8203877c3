"""One log of the old rows, piece by piece, as far as its signed heads prove it.

A piece ends at a signed head, and its entries make that head's root: that alone proves
them. The log is cut at the first missing piece.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from msgspec import Struct, field

from exchange.errors import Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey, parse_note
from exchange.limits import BATCH_ENTRIES_MAX, LOST_MAX, SECOND, SEEN_MAX
from exchange.node.lost_entries import LostEntries
from exchange.rebuild import notes
from exchange.rebuild.damaged_file import leaf_hashes
from exchange.rebuild.old_rows import PULSE, OldNote, OldRows
from exchange.rebuild.outcome import Account
from exchange.store import StoredHead
from exchange.store.row_checksums import Value

SPAN_MAX = 16 * BATCH_ENTRIES_MAX  # entries held at once


class Piece(Struct, frozen=True):
    """Entries under the head that ends them, stored at `at` (ms UTC).

    `note` is the stored one, damaged or not; `newer` is one that the log signed: the
    same, or with newer lines. Both are empty for entries that were committed without a
    known head, up to the size that the node recorded.
    """

    head: Head
    start: Edge
    entries: Sequence[bytes]
    at: int
    note: Value = b""
    newer: bytes = b""
    told: int = 0
    """Number of the old arrival for the head; 0 if unknown."""

    @property
    def signed(self) -> bool:
        return bool(self.note or self.newer)


class History(Struct):
    origin: str
    numbers: Sequence[Value]
    own: bool
    log_keys: Sequence[Vkey]
    rows: OldRows
    account: Account
    stated: frozenset[tuple[Value, Value]] = frozenset()
    """Positions (size, root) of the log in the node's own record."""
    edge: Edge = field(default_factory=Edge.empty)
    end: int = 0
    """The most entries that the log may have had."""
    cut: bool = False
    """Whether some of the log was lost."""
    ahead: deque[StoredHead] = field(default_factory=lambda: deque(maxlen=SEEN_MAX))
    """The largest signed heads that are not reached, or are of another tree."""

    def pieces(self) -> Iterator[Piece]:
        """Yield the log up to its first hole.

        1. Up to each head in turn.
        2. Of our own log, the committed entries that are not signed yet.
        """
        self.end, sure = self.rows.ends(self.numbers)
        # 1
        for _, same_size in groupby(self.rows.notes(self.origin), lambda one: one.size):
            yield from self._up_to(list(same_size))
        # 2
        if self.own and not self.ahead and (piece := self._unsigned(sure)):
            yield self._take(piece)
        shown = [size for size, _ in self.stated if isinstance(size, int)]
        self.cut |= self.edge.size < max(sure, *shown, 0) or bool(self.ahead)

    def tail(self) -> dict[int, bytes]:
        size = self.edge.size
        return self.rows.entries(self.origin, self.numbers, size, size + SPAN_MAX)

    def lost_places(self, path: Path) -> LostEntries | None:
        """Return None if no signed head proves the places.

        From the old leaf hashes (`path`) and the entries here, each overriding the
        other in turn: either may be damaged.
        """
        start = self.edge.size
        ours = {index: leaf_hash(entry) for index, entry in self.tail().items()}
        leaves = leaf_hashes(path, self.numbers, start, start + LOST_MAX)
        for seen in sorted(self.ahead, key=lambda one: -one.head.size):
            end = min(seen.head.size, start + LOST_MAX)
            for known in (ours | leaves, leaves | ours):
                places = [known.get(index, b"") for index in range(start, end)]
                grown = self.edge.extend(places).edge
                if (grown.size, grown.root()) == (seen.head.size, seen.head.root):
                    return LostEntries(self.origin, start, places)
        return None

    def _take(self, piece: Piece) -> Piece:
        self.edge = self.edge.extend(list(map(leaf_hash, piece.entries))).edge
        return piece

    def _up_to(self, olds: Sequence[OldNote]) -> Iterator[Piece]:
        """Skip a head without a valid signature: the next may cover its entries."""
        signed = list[tuple[OldNote, Head]]()
        kept: OldNote | None = None
        for old in olds:
            with suppress(Refusal):
                head = notes.verify_head(old.note, self.origin, self.log_keys)
                signed.append((old, head))
            if old.rank < PULSE and kept is None:
                kept = old
        if not signed and kept is not None and kept.size > self.edge.size:
            self.account.lose(f"head {self.origin}#{kept.size}")
        for old, head in signed:
            entries = self._entries_to(head) if head.size > self.edge.size else None
            if entries is not None:
                ours = kept.note if kept else b""
                newer = old.note if isinstance(old.note, bytes) else b""
                at, told = _at(kept or old, newer), (kept or old).told
                yield self._take(Piece(head, self.edge, entries, at, ours, newer, told))
            elif not self._holds(head) and isinstance(old.note, bytes):
                self.ahead.append(StoredHead(head, old.note, _at(old, old.note)))

    def _holds(self, head: Head) -> bool:
        """Return whether the tree reaches a head; one of its size must agree."""
        last = Head(self.origin, self.edge.size, self.edge.root())
        return head.size < last.size or head == last

    def _entries_to(self, head: Head) -> Sequence[bytes] | None:
        """Return None if one is lost."""
        start, end = self.edge.size, head.size
        if end - start > SPAN_MAX:
            return None
        here = self.rows.entries(self.origin, self.numbers, start, end)
        entries = [here.get(index, b"") for index in range(start, end)]
        return entries if self._meets(head, entries) else None

    def _meets(self, head: Head, entries: Sequence[bytes]) -> bool:
        grown = self.edge.extend(list(map(leaf_hash, entries))).edge
        return (grown.size, grown.root()) == (head.size, head.root)

    def _unsigned(self, end: int) -> Piece | None:
        """Return the entries behind the newest head, if as committed.

        The node has recorded their end by size and root, so it may sign the same head
        again. With other bytes that would be a fork.
        """
        start = self.edge.size
        last = min(end, start + SPAN_MAX)
        here = self.rows.entries(self.origin, self.numbers, start, last)
        entries: list[bytes] = []
        while start + len(entries) in here:
            entries.append(here[start + len(entries)])
        said = self.stated | self.rows.positions(self.numbers)
        for count in range(len(entries), 0, -1):
            grown = self.edge.extend(list(map(leaf_hash, entries[:count]))).edge
            if (grown.size, root := grown.root()) in said:
                head = Head(self.origin, grown.size, root)
                return Piece(head, self.edge, entries[:count], 0)
        return None


def _at(old: OldNote, newer: bytes) -> int:
    """Return when (ms UTC) the note arrived, or was signed if that is unknown."""
    if old.at is not None:
        return old.at
    note = newer or old.note
    return _signed_at(note) if isinstance(note, bytes) else 0


def _signed_at(note: bytes) -> int:
    times = map(checkpoint.claimed_time, parse_note(note).lines)
    return max(times, default=0) * SECOND
