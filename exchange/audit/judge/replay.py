"""Merge the chunks of a log in order: verdicts, tree, heads."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from msgspec import Struct, field

from exchange import envelope
from exchange.audit.judge import chunk as chunks
from exchange.audit.judge.chunk import ChunkVerdict, LogChunk, VerifiedNote
from exchange.audit.judge.directory_so_far import DirectorySoFar
from exchange.audit.judge.id_index import IdIndex
from exchange.audit.judge.pool import Pool
from exchange.audit.judge.resume import Resumption
from exchange.audit.result import FAULTS_KEPT, Cosigner, Fault, LogAudit
from exchange.audit.sources.log_source import LogSource, Progress, Run, silent
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import subtree
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.trust import rules
from exchange.trust.bundle import Bundle


class Means(Struct, frozen=True):
    """The means of verifying logs.

    `pinned` are the trust bundles, `pool` runs `chunk.judge`, `done` has the signatures
    that verified in an earlier run over the same bytes and bundles. `at` (ms UTC) is
    the time by which keys have ended, None for the bundles' own.
    """

    pinned: Mapping[str, Bundle]
    pool: "Pool[LogChunk, ChunkVerdict]"
    done: Resumption = field(default_factory=Resumption)
    progress: Progress = silent
    at: int | None = None


class LogWatcher:
    """A base class that receives the parts of a log in order as they are verified.

    `reached` is the index of the entry being read, for a fault if reading fails there.
    """

    reached = 0

    def begin(self, directory: DirectorySoFar) -> None:
        """Take the keys that judge the log; they grow while it is read."""

    def entries(  # for a subclass
        self,
        run: Run,  # noqa: ARG002
        refused: Mapping[int, Reason],  # noqa: ARG002
    ) -> Sequence[bytes] | None:
        """Receive entries, the REFUSED ones among them by index.

        The result is the leaf hashes that the tree takes up; None for the entries' own.
        """
        return None

    def head(self, verified: VerifiedNote) -> None:
        """Take a verified head, once the entries below it were shown.

        A FusionError raised here is a fault of the head.
        """


class Underway(Struct):
    """A chunk under way; `verdict` is set for a single entry that is already judged.

    `number` is that of the run whose last chunk this is, else None.
    """

    chunk: LogChunk
    judged: "Future[ChunkVerdict]"
    verdict: rules.Accepted | rules.Refused | None = None
    number: int | None = None


class _EntryBelow(Struct, frozen=True):
    id: bytes
    name: bytes

    def knows_id(self, id_: bytes) -> bool:
        return id_ == self.id

    def knows_name(self, name: bytes) -> bool:
        return name == self.name


NOTHING = _EntryBelow(b"", b"")


class LogReplay:
    """`audit` is as of the last merged entry.

    `directory.policies`, each with its first size, is shared with the reading ahead.
    """

    def __init__(
        self,
        source: LogSource,
        directory: DirectorySoFar,
        means: Means,
        watch: LogWatcher,
    ) -> None:
        self._source, self._policies = source, directory.policies
        self._ends = directory.ends
        self._means, self._watch = means, watch
        self._ids = IdIndex()
        self._sound = True  # whether the run being merged had no fault so far
        self._cosigners: dict[str, Cosigner] = {}
        self.audit = LogAudit(origin=source.origin)
        self.edge = Edge.empty()
        self.newest: Head | None = None

    def close(self) -> None:
        self._ids.close()

    def end(self) -> LogAudit:
        audit = self.audit
        audit.size, audit.root = self.edge.size, self.edge.root()
        audit.cosigners = tuple(one for _, one in sorted(self._cosigners.items()))
        return audit

    def wrong(self, index: int | None, reason: Reason, what: str) -> None:
        self.audit.add(Fault(self.audit.origin, index, reason, what))

    def merge(self, under: Underway) -> None:
        """Merge one chunk.

        1. The verdicts.
        2. The tree, and the heads that end here.
        3. If all of a run verified, record that for a resumed audit.
        """
        chunk, judged = under.chunk, under.judged.result()
        refused, wrong = self.audit.refused, self.audit.wrong
        # 1
        if under.verdict is not None:
            (entry,) = chunk.run.entries()
            self._take(chunk.run.start, id_of(entry), under.verdict)
        else:
            self._verdicts(chunk, judged)
        # 2
        named = dict(self.audit.refusals(refused))
        leaves = self._watch.entries(chunk.run, named)
        covers = judged.covers
        if leaves is not None:
            covers = subtree.covers(chunk.run.start, leaves, chunk.cuts)
        for place, cover in enumerate(covers):
            self.edge = subtree.fold(self.edge, cover)
            if place < len(chunk.cuts):
                self._head(judged.notes[place], chunk.notes[place])
        # 3
        sound = (self.audit.refused, self.audit.wrong) == (refused, wrong)
        self._sound = self._sound and sound
        if under.number is not None:
            if self._sound:
                self._means.done.add(self._source.origin, under.number)
            self._sound = True
        self._means.progress(self._source.origin, self.edge.size, self._source.size)

    def _verdicts(self, chunk: LogChunk, judged: ChunkVerdict) -> None:
        start = chunk.run.start
        if not judged.doubtful and not self._ids.any(judged.ids):
            self._ids.add_run(judged.ids, start)
            self.audit.accepted += len(judged.ids)
            self.audit.signatures += sum(judged.signatures)
            return
        state = chunks.unpacked(chunk.state)
        entries = chunk.run.entries()
        for place, (entry, id_) in enumerate(zip(entries, judged.ids, strict=True)):
            if id_ and self._ids.place(id_) is None:
                self.audit.accepted += 1
                self.audit.signatures += judged.signatures[place]
                self._ids.add(id_, start + place)
                continue
            found = id_ or id_of(entry)
            log = rules.Log(state.node, state.directory, self.below(found))
            self._take(start + place, found, rules.judge(entry, log))

    def _take(
        self, index: int, id_: bytes, verdict: rules.Accepted | rules.Refused
    ) -> None:
        if isinstance(verdict, rules.Accepted):
            self.audit.accepted += 1
            self.audit.signatures += len(verdict.signers)
            self._ids.add(id_, index)
            return
        self.audit.refuse(index, verdict.reason)

    def below(self, id_: bytes) -> rules.Known:
        """Return the accepted entry with this id, for the rules.

        An entry with the same name has the same header, and so the same id.
        """
        place = self._ids.place(id_) if id_ else None
        if place is None:
            return NOTHING
        _, other = next(self._source.entries(place))
        return _EntryBelow(id_, envelope.split(other).name)

    def _head(self, verified: VerifiedNote | Reason, note: bytes) -> None:
        """Take one that claims the tree's present size.

        1. Its note verified, and its size and root fit.
        2. It is counted.
        3. It proves a time, if it meets the policy.
        """
        size = self.edge.size
        # 1
        try:
            if isinstance(verified, Reason):
                raise Refusal(verified)
            if verified.head.size != size:
                raise Refusal(Reason.HEAD)
            if verified.head != Head(self._source.origin, size, self.edge.root()):
                self.keep_stray(note)
                raise Refusal(Reason.ROOT)
            self._watch.head(verified)
        except FusionError as error:
            self.wrong(size - 1, error.reason, f"head {size}")
            return
        # 2
        self.newest = verified.head
        self.audit.head_size, self.audit.head_s = size, verified.time_s
        self.audit.heads, self.audit.newest = self.audit.heads + 1, note
        self._take_lines(verified, note)
        # 3
        while len(self._policies) > 1 and self._policies[1][0] <= size:
            self._policies.popleft()
        met = self._policies[0][1].met(verified.times)
        self.audit.retired = not self._is_current(verified)
        if met is not None:
            time_s = max(met, verified.time_s)
            self.audit.cosigned_size, self.audit.cosigned_s = size, time_s
            self.audit.proven.add(size, time_s)

    def _is_current(self, verified: VerifiedNote) -> bool:
        """Return whether the policy is met as well without keys that ended."""
        policy = self._policies[0][1]
        lines = verified.times.items()
        kept = {key: time_s for key, time_s in lines if not self._ends.has(key)}
        return verified.current and (
            policy.met(kept) is not None or policy.met(verified.times) is None
        )

    def take_newest(self, verified: VerifiedNote, note: bytes) -> None:
        """Expect more lines than the kept head has."""
        self.audit.retired = self.audit.retired and not self._is_current(verified)
        self._take_lines(verified, note)

    def keep_stray(self, note: bytes) -> None:
        """Keep only the first that are not of the tree, or out of order."""
        if len(self.audit.strays) < FAULTS_KEPT:
            self.audit.strays += (note,)

    def _take_lines(self, verified: VerifiedNote, note: bytes) -> None:
        self.audit.signed_s = max(self.audit.signed_s, verified.time_s)
        self.audit.seen[self._source.origin] = note
        self.audit.signatures += verified.signatures
        self.audit.strange += verified.unknown
        for (name, _), time_s in verified.times.items():
            held = self._cosigners.get(name, Cosigner(name, 0, 0))
            newest = max(held.size, verified.head.size), max(held.time_s, time_s)
            self._cosigners[name] = Cosigner(name, *newest)
            self.audit.seen[name] = note


def id_of(entry: bytes) -> bytes:
    """Return b"" if it cannot be read."""
    try:
        return envelope.parse_core(envelope.split(entry).core_bytes).id
    except Refusal:
        return b""
