"""Verifies one log, by public keys alone, on every core.

The order of a log is handled here: DIRECTORY entries, duplicate ids, the tree. Workers
do the rest in chunks (chunk.py). `trust.rules` give every verdict: here for statements,
and for entries that their chunk does not accept or that have an earlier id.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from exchange.audit.judge import chunk as chunks
from exchange.audit.judge.chunk import ChunkVerdict, LogChunk
from exchange.audit.judge.directory_heads import DirectoryTree, check_heads
from exchange.audit.judge.directory_so_far import DirectorySoFar
from exchange.audit.judge.kept_heads import KeptHeads
from exchange.audit.judge.keys import keys_of, log_before, place_of
from exchange.audit.judge.partners_refusals import RefusalCheck
from exchange.audit.judge.replay import LogReplay, LogWatcher, Means, Underway, id_of
from exchange.audit.judge.revocations import find_revoked
from exchange.audit.result import TOLD, LogAudit, PartnersRefusal
from exchange.audit.sources.log_source import LogSource, Run
from exchange.audit.sources.records import LENGTH
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import fork
from exchange.ledger.directory_tree import Leaf, is_directory
from exchange.ledger.merkle import leaf_hash
from exchange.trust import rules
from exchange.trust.key_ends import key_ends
from exchange.trust.signer_standing import PlacedStatement
from exchange.v1 import envelope_pb2 as pb

# The start of a header that says DIRECTORY, in its one encoding, and the number of an
# entry's first bytes that it lies in: after the tag and the length of core.
STATEMENT = b"\x08\x01\x10\x01\x18%c" % pb.KIND_DIRECTORY
STATEMENT_WITHIN = 4 + len(STATEMENT)


def verify_logs(sources: Sequence[LogSource], means: Means) -> list[LogAudit]:
    """Verify the logs of one view, those of a node in the order of their numbers.

    Keys carry over from log n to log n + 1, and a key revoked there was in use in both.
    """
    audits: dict[str, LogAudit] = {}
    by_origin = {source.origin: source for source in sources}
    for origin in sorted(by_origin, key=lambda one: place_of(one, means.pinned)):
        before = audits.get(log_before(origin, means.pinned))
        audits[origin] = verify_log(by_origin[origin], means, before)
    for origin, later in list(audits.items()):
        earlier = log_before(origin, means.pinned)
        while later.revocations and earlier in audits:
            found = find_revoked(later.stated, by_origin[earlier], audits[earlier])
            audits[earlier] = audits[earlier].with_revocations(found)
            earlier = log_before(earlier, means.pinned)
    return [audits[source.origin] for source in sources]


def verify_log(
    source: LogSource,
    means: Means,
    before: LogAudit | None = None,
    watch: LogWatcher | None = None,
) -> LogAudit:
    """List every fault.

    `before` is the result of log n of the node if this is log n + 1: keys carry over,
    and it must begin where log n ends. `watch` sees the log as it is verified.
    Refusal(NOT_PINNED) if no bundle names the log, and errors of reading except
    Tampered, which ends the log as a fault.
    """
    keys = keys_of(source.origin, means.pinned)
    carried = before.stated if before else ()
    ends = key_ends(means.pinned.values(), means.at)
    directory = DirectorySoFar(keys, means.pinned, carried, ends, strict=source.strict)
    watch = watch or LogWatcher()
    watch.begin(directory)
    replay = LogReplay(source, directory, means, watch)
    try:
        return _LogVerification(source, directory, replay, means, before).run(watch)
    finally:
        replay.close()


class _LogVerification:
    def __init__(
        self,
        source: LogSource,
        directory: DirectorySoFar,
        replay: LogReplay,
        means: Means,
        before: LogAudit | None,
    ) -> None:
        self._source, self._directory, self._replay = source, directory, replay
        self._means, self._before = means, before
        self._opens = directory.opening()
        self._heads = KeptHeads(source.heads(), replay.keep_stray)
        self._start = 0  # of the next read
        self._under: deque[Underway] = deque()
        self._leaves: list[Leaf] = []
        self._audit = replay.audit

    def run(self, watch: LogWatcher) -> LogAudit:
        """Verify everything.

        1. The entries follow without a gap; they are judged (`_read`).
        2. The heads are in order, within the entries, and one covers the last.
        3. The newest note is of the newest head; there is no valid fork proof.
        4. The policies are those shown beside the log; directory heads cover its
           DIRECTORY entries.
        5. Partners' refusals, and entries of revoked keys, are collected.
        """
        try:
            # 1
            self._read()
            # 2
            self._end()
            # 3
            self._newest_note()
            self._fork()
            # 4
            said = self._source.policies()
            if said is not None and list(said) != self._directory.texts:
                self._replay.wrong(None, Reason.POLICY, "policies")
            self._directory_heads()
            # 5
            self._refusals()
            stated = self._directory.placed(self._audit.proven)
            self._audit.revocations = find_revoked(stated, self._source, self._audit)
        except Tampered as error:
            index = max(watch.reached, self._replay.edge.size)
            self._replay.wrong(index, error.reason, error.where)
        self._audit.stated = self._directory.placed(self._audit.proven)
        return self._replay.end()

    # Reading, ahead.

    def _read(self) -> None:
        """Read the entries up to the first gap."""
        for number, run in self._runs():
            if run.start != self._start:
                self._audit.gaps = ((self._start, run.start),)
                break
            self._run(number, run)
        self._drain()
        end = self._replay.edge.size
        if not self._audit.gaps and end != self._source.size:
            self._audit.gaps = ((end, max(end, self._source.size)),)
        for start, _ in self._audit.gaps:
            self._replay.wrong(start, Reason.MISSING, "entry")

    def _runs(self) -> Iterator[tuple[int, Run]]:
        """Yield the runs; if reading fails, merge the chunks under way."""
        try:
            yield from enumerate(self._source.runs())
        except Tampered:
            self._drain()
            raise

    def _run(self, number: int, run: Run) -> None:
        """Merge the oldest chunk while too many are under way."""
        verified = self._means.done.has(self._source.origin, number)
        first = self._opens is not None and not run.start
        for part in _parts(run, alone=first):
            if (first and not part.start) or (
                part.count == 1 and STATEMENT in part.packed
            ):
                self._statement(part)
            else:
                chunk = self._chunk(part, verified=verified)
                self._under.append(Underway(chunk, self._means.pool.submit(chunk)))
        self._under[-1].number = number
        while len(self._under) >= self._means.pool.ahead:
            self._replay.merge(self._under.popleft())

    def _chunk(self, run: Run, *, verified: bool = False) -> LogChunk:
        self._start += run.count
        heads = self._heads.upto(self._start)
        notes = [note for _, note in heads]
        cuts = [size for size, _ in heads]
        return LogChunk(run, notes, cuts, self._directory.packed, verified)

    def _drain(self) -> None:
        while self._under:
            self._replay.merge(self._under.popleft())

    def _statement(self, run: Run) -> None:
        """Judge a statement by the log below it.

        Waits for the chunks under way only if one might hold the same id.
        """
        (entry,) = run.entries()
        if is_directory(entry):
            self._leaves.append((run.start, leaf_hash(entry)))
        id_ = id_of(entry)
        if id_ and any(id_ in under.chunk.run.packed for under in self._under):
            self._drain()
        opens = None if run.start else self._opens
        log = rules.Log(
            self._directory.keys.node,
            self._directory.directory,
            self._replay.below(id_),
            opens,
        )
        try:
            verdict = rules.judge(entry, log)
        except Refusal as refusal:  # no verdict: newer rules apply from here on
            self._drain()
            raise Tampered(refusal.reason, refusal.where) from None
        if isinstance(verdict, rules.Accepted):
            if verdict.statement is not None:
                place = self._source.origin, run.start
                self._directory.apply(
                    PlacedStatement(*place, verdict.core, verdict.statement)
                )
            elif opens is not None:
                self._begins(verdict.core)
        chunk = self._chunk(run)
        judged: Future[ChunkVerdict] = Future()
        judged.set_result(chunks.judge_heads(chunk, self._directory.state, [entry]))
        self._under.append(Underway(chunk, judged, verdict))

    def _begins(self, core: pb.Core) -> None:
        if self._opens is None:
            return
        end = self._opens.end(core.clear).head
        before = self._before
        if before is None:
            self._replay.wrong(0, Reason.MISSING, end.origin)
        elif (end.size, end.root) != (before.size, before.root):
            self._replay.wrong(0, Reason.HEAD, f"end of {end.origin}")

    # At the end.

    def _end(self) -> None:
        if self._audit.gaps:  # other faults would only follow
            return
        size = self._replay.edge.size
        if strays := self._heads.strays:
            self._replay.wrong(None, Reason.HEAD, f"{strays} heads out of order")
        beyond = 0
        for note in self._heads.left():
            self._replay.keep_stray(note)
            beyond += 1
        if beyond:
            self._replay.wrong(size, Reason.HEAD, f"{beyond} heads beyond the entries")
        newest = self._replay.newest.size if self._replay.newest else 0
        if size not in {newest, self._source.boundary}:
            self._replay.wrong(size - 1, Reason.MISSING, f"head {size}")

    def _newest_note(self) -> None:
        note = self._source.newest_note()
        if note is None:
            return
        verified = chunks.judge_note(note, self._directory.state)
        if isinstance(verified, Reason):
            self._replay.wrong(None, verified, "newest note")
        elif verified.head != self._replay.newest:
            self._replay.keep_stray(note)
            self._replay.wrong(None, Reason.ROOT, "newest note")
        else:
            self._replay.take_newest(verified, note)

    def _fork(self) -> None:
        """Add the proof of a fork, even an invalid one."""
        shown = self._source.fork()
        if shown is None:
            return
        try:
            keys, ends = self._directory.keys.log, self._directory.ends
            proof = fork.verify(shown.proof, keys)
            ends.check_evidence((proof.first, proof.second), keys)
        except FusionError as error:
            self._replay.wrong(None, error.reason, "proof of a fork")
        else:
            self._replay.wrong(None, Reason.FORK, "fork")

    def _directory_heads(self) -> None:
        if self._audit.gaps:  # then the tree differs
            return
        notes = self._source.directory_notes()
        tree = DirectoryTree(self._leaves, self._audit.head_size)
        self._audit.directory, faults = check_heads(notes, tree, self._directory.state)
        for fault in faults:
            self._replay.wrong(*fault)

    def _refusals(self) -> None:
        ours = dict(self._audit.refusals())
        ends, end = self._directory.ends, self._replay.edge.size
        check = RefusalCheck(self._source, end, self._means.pinned, ends)
        for refusal in self._source.refusals():
            index, why = refusal.index, ours.get(refusal.index, "")
            self._audit.refused_by_others += 1
            self._audit.disputed += not why
            signed = False
            try:
                signed = check.is_signed(refusal)
            except Refusal as fault:
                self._replay.wrong(index, fault.reason, f"refusal by {refusal.by}")
            if len(self._audit.theirs) < TOLD:
                one = index, refusal.reason, refusal.by, signed, why
                self._audit.theirs += (PartnersRefusal(*one),)


def _parts(run: Run, *, alone: bool) -> Iterator[Run]:
    """Cut out each entry that may be a statement.

    If `alone`, so is the first entry. Without either, the run stays whole.
    """
    if STATEMENT not in run.packed and not alone:
        yield run
        return
    start = at = begin = 0  # of the part: its first entry, and its byte offset
    for place, entry in enumerate(run.entries()):
        single = STATEMENT in entry[:STATEMENT_WITHIN] or (alone and not place)
        end = at + LENGTH.size + len(entry)
        if single and place > start:
            yield Run(run.start + start, place - start, run.packed[begin:at])
        if single:
            yield Run(run.start + place, 1, run.packed[at:end])
            start, begin = place + 1, end
        at = end
    if start < run.count:
        yield Run(run.start + start, run.count - start, run.packed[begin:])
