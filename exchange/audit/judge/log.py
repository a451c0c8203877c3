"""One log, from the first entry to the newest head, in one pass.

Entries, the stored nodes of each level and the heads stream past side by side, so
that memory does not grow with the log.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange.audit.judge import entries, erased
from exchange.audit.judge.judging import Below, Judging, Keys, keys_of
from exchange.audit.tell.report import Fault, Findings, Lacks, shown
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, Node, leaf_hash
from exchange.ledger.note import parse_note
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawEntry, RawHead, RawLog
from exchange.store.sums import Value, row_sum
from exchange.store.values import ERASED, LACKING, NEVER
from exchange.trust import rules

__all__ = ["Cosigned", "Keys", "LogVerifier", "keys_of"]


@dataclass(slots=True)
class Cosigned:
    """Who cosigned the newest head, and up to where each one ever did."""

    newest: tuple[str, ...] = ()
    up_to: dict[str, int] = field(default_factory=dict)


class LogVerifier:
    """Verifies one log of a database, as of `now` (ms UTC)."""

    def __init__(  # noqa: PLR0913, PLR0917  what one log is verified by
        self,
        raw: Raw,
        row: RawLog,
        me: str,
        keys: Keys,
        now: int = 0,
        before: Judging | None = None,
    ) -> None:
        self.origin = str(row.origin)
        self.cosigned = Cosigned()
        self._raw, self._row, self._me, self._keys = raw, row, me, keys
        self._now = now
        self._rule = erased.NOTHING
        below = Below(raw, row.number)
        self.judging = Judging(self.origin, keys, below, before)
        self._edge = Edge.empty()
        self._levels: dict[int, Iterator[tuple[Value, ...]]] = {}
        self._nodes = 0
        self._payloads = 0
        self._heads = raw.heads(row.number)
        self._head = next(self._heads, None)
        self._last: Head | None = None

    def run(self, findings: Findings) -> Iterator[int]:
        """Verify everything; yield each index that is done, and keep what is wrong.

        1. The entries follow each other without a hole.
        2. Each is verified, see `entry`; its leaf extends the tree, whose stored
           nodes are those computed.
        3. Each head has the root of the tree at its size, and its signatures.
        4. The log's own row names the newest head.
        5. There is nothing else: no node, payload or head beyond.
        """
        keys, number = self._keys, self._row.number
        self._rule = erased.rule_of(
            self._raw, number, keys.node, keys.bundle, self._now
        )
        for row in self._raw.entries(number):
            # 1
            if row.index != self._edge.size:
                self._wrong(findings, Reason.MISSING, "entry.index")
                return
            # 2
            self._extend(self._entry(row, findings), findings)
            # 3
            self._heads_here(findings)
            findings.entries += 1
            yield self._edge.size
        # 4
        self._end(findings)
        # 5
        self._nothing_else(findings)

    def _wrong(
        self, findings: Findings, reason: Reason, what: str, index: int | None = None
    ) -> None:
        at = self._edge.size if index is None else index
        findings.add(Fault(self.origin, at, reason, what))

    def _entry(self, row: RawEntry, findings: Findings) -> bytes:
        """Verify one entry; return the leaf hash with which the tree goes on.

        1. It is judged again, by what stands below it.
        2. The verdict stored, and what was derived for queries, are those of now.
        3. Wraps and body are those that were signed, or it is said why they are not
           here.
        4. Its hash is the leaf that is stored. If only that fails, the leaf is the
           one that is wrong; else the tree vouches against the entry.
        """
        stored = self._stored(0, self._edge.size)
        self._payloads += row.wraps is not None or row.body is not None
        if not isinstance(row.entry, bytes):
            self._wrong(findings, Reason.DATABASE, "entry.entry")
            return stored
        # 1
        accepted = row.reason == ""
        verdict = self.judging.judge(self._edge.size, row.entry, accepted=accepted)
        # 2
        columns = entries.expected(row.entry, verdict, self._raw.desks)
        found = list(entries.compare(row, columns))
        # 3
        try:
            self._text(row, verdict, findings)
        except Refusal as refusal:
            found.append((refusal.reason, refusal.where))
        # 4
        leaf = leaf_hash(row.entry)
        if leaf != stored:
            found.insert(0, (Reason.ROOT, "entry.entry" if found else "hash 0"))
        for reason, what in found:
            self._wrong(findings, reason, what)
        if isinstance(verdict, rules.Accepted):
            findings.signatures += len(verdict.signers)
        return stored if stored and row.reason != columns.reason else leaf

    def _text(
        self, row: RawEntry, verdict: rules.Accepted | rules.Refused, findings: Findings
    ) -> None:
        """Check wraps and body, or why they are not here; raise what is wrong."""
        number = self._row.number
        state = entries.payload(number, row, verdict, self._me, self._rule)
        findings.erased += state in {ERASED, NEVER}
        if state == LACKING:
            findings.lacks(Lacks(self.origin, self._edge.size, str(row.why)))

    def _stored(self, level: int, place: int) -> bytes:
        """Return the next stored node of a level, b"" unless it is at `place`."""
        if level not in self._levels:
            self._levels[level] = self._raw.nodes(self._row.number, level)
        index, hashed = next(self._levels[level], (None, None))
        self._nodes += index is not None
        return hashed if index == place and isinstance(hashed, bytes) else b""

    def _extend(self, leaf: bytes, findings: Findings) -> None:
        """Grow the tree by a leaf; compare the nodes that this completes."""
        grown = self._edge.extend([leaf])
        for node in grown.nodes:
            self._node(node, findings)
        self._edge = grown.edge

    def _node(self, node: Node, findings: Findings) -> None:
        level, place, hashed = node
        if level and self._stored(level, place) != hashed:
            self._wrong(findings, Reason.ROOT, f"hash {level}/{place}")

    def _heads_here(self, findings: Findings) -> None:
        """Verify the heads up to the size that the tree has now."""
        while self._head is not None and _at_most(self._head.size, self._edge.size):
            try:
                self._verify_head(self._head, findings)
            except FusionError as error:
                self._head_wrong(findings, error.reason, self._head.size)
            self._head = next(self._heads, None)

    def _head_wrong(self, findings: Findings, reason: Reason, size: Value) -> None:
        last = max(self._edge.size - 1, 0)
        self._wrong(findings, reason, f"head {shown(size)}", last)

    def _verify_head(self, row: RawHead, findings: Findings) -> None:
        """Verify one head; raise its Refusal.

        1. Its row: size, root and time are as they were written.
        2. The note is well formed, and each line is of a key that is pinned, or named
           by a policy, once.
        3. Both lines of the log verify, and the head is of this size and root.
        4. Every cosignature verifies.
        """
        # 1
        if row.sum != row_sum(self._row.number, row.size, row.at):
            raise Refusal(Reason.DATABASE)
        head = Head(self.origin, self._edge.size, self._edge.root())
        if (row.size, row.root) != (head.size, head.root):
            raise Refusal(Reason.ROOT)
        # 2
        if not isinstance(row.note, bytes):
            raise Refusal(Reason.NOTE)
        lines = [line.key for line in parse_note(row.note).lines]
        known = {key.key for key in (*self._keys.log, *self.judging.cosigners)}
        if len(set(lines)) != len(lines) or not set(lines) <= known:
            raise Refusal(Reason.NOTE)
        # 3
        if checkpoint.verify_head(row.note, self._keys.log).head != head:
            raise Refusal(Reason.HEAD)
        # 4
        names = checkpoint.cosignatures(row.note, self.judging.cosigners)
        findings.signatures += len(lines)
        self._last = head
        self.cosigned.newest = tuple(sorted(names))
        self.cosigned.up_to.update(dict.fromkeys(names, head.size))

    def _end(self, findings: Findings) -> None:
        """Compare the log's row with what was rebuilt."""
        size, root = self._edge.size, self._edge.root()
        self.judging.end = Head(self.origin, size, root)
        claimed = self._row.size
        if claimed != size:
            short = isinstance(claimed, int) and 0 <= claimed < size
            reason = Reason.POSITION if short else Reason.MISSING
            index = claimed if short and isinstance(claimed, int) else size
            self._wrong(findings, reason, "log.size", index)
        elif self._row.root != root:
            findings.add(Fault(self.origin, None, Reason.ROOT, "log.root"))
        elif size and (self._last is None or self._last.size != size):
            if self._raw.boundary(self._row.number) == size:
                return  # committed; to be signed by the node's next step, or start
            self._head_wrong(findings, Reason.MISSING, size)

    def _nothing_else(self, findings: Findings) -> None:
        number = self._row.number
        beyond = {
            "hash": self._raw.count("hash", number) - self._nodes,
            "payload": self._raw.count("payload", number) - self._payloads,
            "head": self._head is not None,
        }
        for table, more in beyond.items():
            if more:
                findings.add(Fault(self.origin, None, Reason.DATABASE, table))


def _at_most(value: Value, size: int) -> bool:
    return isinstance(value, int) and value <= size
