"""The entries and the hashes of one log, by the heads that were signed.

From head to head: the entries as they stand, or what is stored of their hashes, or
what a partner sends, must make exactly the root that the log signed. A head that
only a partner has may fill holes; it never overrules an entry and a hash that agree.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from exchange.audit.judge.keys import LogKeys
from exchange.audit.mend.notes import verified, verified_lines, whole
from exchange.audit.mend.rebuilt import Rebuilt
from exchange.audit.mend.segment import Segment, without_holes
from exchange.audit.mend.sent import Sent, checked, leaves_of
from exchange.audit.mend.sink import Mended, Sink
from exchange.audit.mend.sources import Sources
from exchange.audit.mend.stored import Nodes, Rows, Stand, leaf_of
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import HASH_SIZE, Edge, Node, leaf_hash
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.repair import Change
from exchange.store.sums import Value
from exchange.v1 import envelope_pb2 as pb


class Tree:
    """Mends entries and hashes of one log."""

    def __init__(
        self, raw: Raw, row: RawLog, keys: LogKeys, sources: Sources, sink: Sink
    ) -> None:
        self.origin = str(row.origin)
        self._raw, self._row, self._keys = raw, row, keys
        self._sources, self._sink = sources, sink
        self._rows = Rows(raw.bare(row.number))
        self._nodes = Nodes(raw, row.number)
        self._edge = Edge.empty()
        self._found = Rebuilt()
        self._notes: dict[int, Value] = {}  # of heads whose note does not verify
        self._elsewhere: dict[bytes, bytes] | None = None

    def run(self) -> Rebuilt:
        """Mend what can be; see the module.

        1. From head to head, by those heads that stand here and verify.
        2. What lies above the last of them, by what is left of a note, or a partner.
        3. Once the end is certain, what lies beyond it goes.
        """
        # 1
        signed = self._signed()
        found = self._found
        try:
            for size in sorted(signed):
                self._under(Head(self.origin, size, signed[size]))
            # 2
            found.whole = self._tail()
        except _Lost:
            pass
        # 3
        found.size, found.root = self._edge.size, self._edge.root()
        if found.whole and not found.unknown:
            self._drop_beyond()
        self._sink.flush()
        return found

    def _signed(self) -> dict[int, bytes]:
        """Return size -> root of the heads here that verify; keep the other notes."""
        found: dict[int, bytes] = {}
        for _, row in self._raw.stray_heads():
            with suppress(FusionError):
                head = verified(row.note, self.origin, self._keys)
                found.setdefault(head.size, head.root)
        for row in self._raw.heads(self._row.number):
            try:
                head = verified(row.note, self.origin, self._keys)
            except FusionError:
                if isinstance(row.size, int):
                    self._notes[row.size] = row.note
                continue
            found.setdefault(head.size, head.root)
        return found

    # From head to head.

    def _under(self, head: Head) -> None:
        """Mend what lies between here and a head that stood here and verifies."""
        stand = self._rows.take(self._edge.size, head.size)
        segment = self._segment(stand)
        try:
            leaves, sent = self._proven(segment, head)
        except Refusal:
            self._jump(head)
        else:
            self._settle(stand, leaves, sent)

    def _segment(self, stand: Sequence[Stand]) -> Segment:
        start = self._edge.size
        held = [self._nodes.leaf(index) for index in range(start, start + len(stand))]
        return Segment(self._edge, [leaf_of(one) for one in stand], held)

    def _proven(self, segment: Segment, head: Head) -> tuple[list[bytes], Sent]:
        """Return the leaf hashes below a head, and the entries that proved them."""
        try:
            return segment.prove(head.root), Sent()
        except Refusal:
            pass

        def check(
            envelopes: Sequence[pb.Envelope],
        ) -> tuple[list[bytes], Sequence[pb.Envelope]]:
            given = leaves_of(envelopes)
            return segment.prove_with(given, head.root, ours=True), envelopes

        start = segment.edge.size
        (leaves, found), by = self._sources.span(self.origin, start, head.size, check)
        return leaves, Sent(found, by)

    def _jump(self, head: Head) -> None:
        """Go on behind what could not be mended, by the stored nodes at its head."""
        try:
            edge = Edge.read(head.size, self._stored)
        except Refusal:
            raise _Lost from None
        if edge.root() != head.root:
            raise _Lost
        self._found.unknown.update(range(self._edge.size, head.size))
        self._found.gaps.append((self._edge.size, head.size))
        self._nodes.skip(head.size)
        self._edge = edge

    def _stored(self, level: int, index: int) -> bytes:
        found = self._raw.node(self._row.number, level, index)
        if not isinstance(found, bytes) or len(found) != HASH_SIZE:
            raise Refusal(Reason.MISSING)
        return found

    def _settle(
        self, stand: Sequence[Stand], leaves: Sequence[bytes], sent: Sent
    ) -> None:
        """Put right what stands from here on: each entry, and each hash that it makes.

        `leaves` are proven, and as many as `stand`.
        """
        start = self._edge.size
        for place, (one, leaf) in enumerate(zip(stand, leaves, strict=True)):
            if leaf_of(one) != leaf:
                self._entry(start + place, one, leaf, (sent.at(place, leaf), sent.by))
        grown = self._edge.extend(leaves)
        for node in grown.nodes:
            self._node(node)
        self._edge = grown.edge

    def _entry(
        self, index: int, one: Stand, leaf: bytes, given: tuple[pb.Envelope | None, str]
    ) -> None:
        """Put an entry in the place of one that is damaged, or keep it for a hole."""
        try:
            sent, by = self._having(index, leaf, *given)
        except Refusal:
            self._found.unknown.add(index)
            return
        if one is None:
            self._found.missing[index] = sent, by
            return
        place = {"log": self._row.number, "index": index}
        change = Change("entry", place | {"entry": one[0]}, {"entry": sent.entry})
        self._sink.put(change, Mended(self.origin, index, "entry.entry", by))

    def _having(
        self, index: int, leaf: bytes, sent: pb.Envelope | None, by: str
    ) -> tuple[pb.Envelope, str]:
        if sent is not None:
            return sent, by
        if leaf in self._strays():
            return pb.Envelope(entry=self._strays()[leaf]), ""
        return self._sources.entry(self.origin, index, partial(checked, leaf=leaf))

    def _strays(self) -> dict[bytes, bytes]:
        """Return leaf hash -> entry of what stands under a place that is none."""
        if self._elsewhere is None:
            row = self._row
            strays = self._raw.stray_entries(row.number, row.size)
            self._elsewhere = {
                leaf_hash(one): one for one in strays if isinstance(one, bytes)
            }
        return self._elsewhere

    def _node(self, node: Node) -> None:
        """Put a node of the tree where another stands, or none."""
        level, place, hashed = node
        stand = self._nodes.take(level, place)
        if stand == (hashed,):
            return
        key = {"log": self._row.number, "level": level, "index": place}
        if stand is None:
            change = Change("hash", None, key | {"hash": hashed})
        else:
            change = Change("hash", key | {"hash": stand[0]}, {"hash": hashed})
        last = ((place + 1) << level) - 1
        what = f"hash {level}/{place}" if level else "hash 0"
        self._sink.put(change, Mended(self.origin, last, what))

    # Above the last head that verifies.

    def _tail(self) -> bool:
        """Mend what lies above; return whether the log ends here for certain."""
        while self._claimed():
            try:
                self._by_salvage()
            except FusionError:
                try:
                    self._by_partner()
                except FusionError:
                    return False
        return True

    def _claimed(self) -> bool:
        """Whether anything here says that the log is longer than what is mended.

        Nothing does where the log's own row names this very root.
        """
        size, row = self._edge.size, self._row
        if row.root == self._edge.root():
            return False
        return (
            (isinstance(row.size, int) and row.size > size)
            or any(claimed > size for claimed in self._notes)
            or self._rows.stands(size)
        )

    def _by_salvage(self) -> None:
        """Go on to a head of whose note the log's own lines are left.

        They verify only if the entries below stand as they were signed.
        """
        start = self._edge.size
        size = min((size for size in self._notes if size > start), default=start)
        if not 0 < size - start <= BATCH_ENTRIES_MAX:
            raise Refusal(Reason.POSITION)
        leaves = without_holes([leaf_of(one) for one in self._rows.look(start, size)])
        if leaves is None:
            raise Refusal(Reason.MISSING)
        head = Head(self.origin, size, self._edge.extend(leaves).edge.root())
        whole(verified_lines(self._notes[size], head, self._keys), head, self._keys)
        self._under(head)

    def _by_partner(self) -> None:
        """Go on to the next head that a partner has, as far as the log goes here."""
        start = self._edge.size
        (head, leaves, sent), by = self._sources.batch(self.origin, start, self._batch)
        stand = self._rows.take(start, head.size)
        count = self._end(stand, head) - start
        self._settle(stand[:count], leaves[:count], Sent(sent, by))

    def _batch(
        self, sent: Sequence[pb.Envelope], note: bytes
    ) -> tuple[Head, list[bytes], Sequence[pb.Envelope]]:
        """Return the head of a batch, and the leaf hashes that lead to it from here."""
        start = self._edge.size
        head = verified(note, self.origin, self._keys)
        if head.size != start + len(sent):
            raise Refusal(Reason.HEAD)
        segment = self._segment(self._rows.look(start, head.size))
        leaves = segment.prove_with(leaves_of(sent), head.root, ours=False)
        return head, leaves, sent

    def _end(self, stand: Sequence[Stand], head: Head) -> int:
        """Return the size up to which anything says that the log is held here."""
        start = self._edge.size
        there = [start + at + 1 for at, one in enumerate(stand) if one is not None]
        claims = [*there, *self._notes, self._row.size]
        most = max(one for one in [start, *claims] if isinstance(one, int))
        return min(most, head.size)

    # Beyond the end.

    def _drop_beyond(self) -> None:
        """Take away what belongs to no entry of this log."""
        number = self._row.number
        for index in self._rows.strays():
            self._drop("entry", {"log": number, "index": index})
        for level, index in self._nodes.strays():
            self._drop("hash", {"log": number, "level": level, "index": index})

    def _drop(self, table: str, key: dict[str, Value]) -> None:
        self._sink.put(Change(table, key, None), Mended(self.origin, None, table))


class _Lost(Exception):
    """What lies above cannot be told."""
