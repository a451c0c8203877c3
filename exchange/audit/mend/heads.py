"""The kept heads of one log: their notes, and when they were stored."""

from collections.abc import Iterator
from itertools import pairwise

from exchange.audit.judge.keys import LogKeys
from exchange.audit.mend.guess import changed
from exchange.audit.mend.notes import joined, verified, verified_lines, whole
from exchange.audit.mend.rebuilt import Rebuilt
from exchange.audit.mend.sink import Mended, Sink
from exchange.audit.mend.sources import Sources
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import HASH_SIZE, root_at
from exchange.ledger.note import Line, parse_note
from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, SECOND
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawHead, RawLog
from exchange.store.repair import Change
from exchange.store.sums import Value, row_sum

TOLD_MAX = 512  # heads that a partner is asked for; most of them are pruned


class Heads:
    """Mends the heads of one log whose tree was mended before."""

    def __init__(  # noqa: PLR0913, PLR0917  what the tree was made of, and it
        self,
        raw: Raw,
        row: RawLog,
        keys: LogKeys,
        found: Rebuilt,
        sources: Sources,
        sink: Sink,
    ) -> None:
        self.origin, self._log = str(row.origin), row.number
        self._raw, self._keys, self._found = raw, keys, found
        self._sources, self._sink = sources, sink

    def run(self, *, told: bool = False) -> None:
        """Mend each head; with `told`, also those of which arrivals alone tell.

        1. A row that stands at its size, where the tree is known.
        2. A row that stands elsewhere than its note says is moved there.
        3. The newest head is there, and those that are told, if a partner keeps them.
        4. A note that nobody has any more is forgotten, as `prune` forgets, if others
           cover it.
        """
        # 1
        moved: list[tuple[Value, RawHead]] = []
        there: dict[int, bool] = {}  # size -> whether it is right now
        for row in self._raw.heads(self._log):
            if self._elsewhere(row, row.size):
                moved.append((self._log, row))
            else:
                self._here(row, there)
        # 2
        strays = self._raw.stray_heads()
        moved += [one for one in strays if self._elsewhere(one[1], None)]
        for log, row in moved:
            size = verified(row.note, self.origin, self._keys).size
            there[size] = there.get(size) or self._mend(size, None, row)
            if there[size]:
                self._drop(log, row.size, "head")
        # 3
        wanted = set(self._raw.told_heads(self._log, TOLD_MAX) if told else ())
        if self._found.whole and self._found.size:
            wanted.add(self._found.size)
        for one in wanted:
            if isinstance(one, int) and one not in there:
                self._mend(one, None, None)
        # 4
        if not self._sources.silent:
            self._forget(there)
        self._sink.flush()

    def _here(self, row: RawHead, there: dict[int, bool]) -> None:
        """Mend a row where it stands; what stands beyond the log goes."""
        size = row.size
        if isinstance(size, int) and 0 < size <= self._found.size:
            there[size] = self._found.dark(size) or self._mend(size, row, row)
        elif self._found.whole and not self._new(row):
            self._drop(self._log, size, "head")

    def _forget(self, there: dict[int, bool]) -> None:
        """Forget the heads that are lost, where what lies between others fits a frame.

        Else a partner that begins anew could not catch up from head to head.
        """
        below = 0
        for size, above in pairwise(sorted(there)):
            fits = above - below <= BATCH_ENTRIES_MAX
            if not there[size] and fits:
                weight = self._raw.weight(self._log, below, above)
                fits = weight <= BATCH_BYTES_MAX
            if not there[size] and fits:
                self._drop(self._log, size, f"head {size} forgotten")
            else:
                below = size

    def _elsewhere(self, row: RawHead, size: Value) -> bool:
        """Whether a row's note is that of another place than `size`, and good."""
        try:
            head = verified(row.note, self.origin, self._keys)
            return head.size != size and self._root(head.size) == head.root
        except FusionError:
            return False

    def _new(self, row: RawHead) -> bool:
        """Whether a head was signed since the tree was looked at."""
        try:
            return verified(row.note, self.origin, self._keys).size == row.size
        except FusionError:
            return False

    def _root(self, size: int) -> bytes:
        """Return the root of the mended tree; Refusal(POSITION) outside of it."""
        if not 0 < size <= self._found.size or self._found.dark(size):
            raise Refusal(Reason.POSITION)
        return root_at(size, self._node)

    def _node(self, level: int, index: int) -> bytes:
        found = self._raw.node(self._log, level, index)
        if not isinstance(found, bytes) or len(found) != HASH_SIZE:
            raise Refusal(Reason.MISSING)
        return found

    def _mend(self, size: int, stands: RawHead | None, source: RawHead | None) -> bool:
        """Mend the row at a size, or put one there; return whether it is right.

        `source` is the row, there or elsewhere, whose note and time these are.
        """
        try:
            head = Head(self.origin, size, self._root(size))
            note, by = self._note(head, source.note if source else None)
        except Refusal:
            return False
        at = self._at(note, size, source)
        right: dict[str, Value] = {
            "root": head.root,
            "note": note,
            "at": at,
            "sum": row_sum(self._log, size, at),
        }
        for change in self._changes(size, right, stands):
            given = by if "note" in (change.now or {}) else ""
            self._sink.put(change, Mended(self.origin, size - 1, f"head {size}", given))
        return True

    def _changes(
        self, size: int, right: dict[str, Value], row: RawHead | None
    ) -> Iterator[Change]:
        """Yield what makes a row say what is right: the note, and the rest."""
        key: dict[str, Value] = {"log": self._log, "size": size}
        if row is None:
            yield Change("head", None, key | right)
            return
        for names in (("note",), ("root", "at", "sum")):
            held: dict[str, Value] = {name: getattr(row, name) for name in names}
            now = {name: right[name] for name in names}
            if held != now:
                yield Change("head", key | held, now)

    # The note.

    def _note(self, head: Head, note: Value) -> tuple[bytes, str]:
        """Return the note of a head, and who gave what was lacking.

        1. It stands as it should. 2. Else a partner's, with the lines that are left
        of ours. 3. Else those alone, if all partners were heard. Raises Refusal.
        """
        # 1
        if isinstance(note, bytes) and self._sound(note, head):
            return note, ""
        # 2
        own = [] if note is None else verified_lines(note, head, self._keys)

        def check(given: bytes) -> list[Line]:
            lines = verified_lines(given, head, self._keys)
            whole(lines, head, self._keys)
            return lines

        try:
            theirs, by = self._sources.note(self.origin, head.size, check)
        except Refusal:
            # 3
            if self._sources.silent:
                raise
            return whole(own, head, self._keys), ""
        return whole(joined(own, theirs), head, self._keys), by

    def _sound(self, note: bytes, head: Head) -> bool:
        known = {key.key for key in (*self._keys.log, *self._keys.mirrors)}
        try:
            lines = [line.key for line in parse_note(note).lines]
            right = len(set(lines)) == len(lines) and set(lines) <= known
            right = right and verified(note, self.origin, self._keys) == head
            checkpoint.cosignatures(note, self._keys.mirrors)
        except FusionError:
            return False
        return right

    # When it was stored.

    def _at(self, note: bytes, size: int, row: RawHead | None) -> int:
        """Return when a head was stored, ms UTC.

        What the sum bears out; else what stands, unless it is before the log's own
        line; else the time of that.
        """
        signed = checkpoint.verify_head(note, self._keys.log).time_s * SECOND
        if row is None:
            return signed
        near = range(signed, signed + SECOND)
        for at in (row.at, *changed(row.at), *near):
            if isinstance(at, int) and row.sum == row_sum(self._log, size, at):
                return at
        return row.at if isinstance(row.at, int) and row.at >= signed else signed

    def _drop(self, log: Value, size: Value, what: str) -> None:
        key = {"log": log, "size": size}
        index = size - 1 if isinstance(size, int) else None
        self._sink.put(Change("head", key, None), Mended(self.origin, index, what))
