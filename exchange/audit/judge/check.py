"""One log, verified from its entries and notes: by public keys, on every core.

Whoever shows the log (source.py) is not believed. The order of a log is kept here:
what DIRECTORY entries say, which ids stand, how the tree grows. All that needs no
order is done in pieces, by workers (piece.py). Every verdict is that of
`trust.rules`: an entry that is not accepted in its piece, or whose id stands below,
is judged by them here, and so is every statement.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future

from exchange.audit.export.bundle import Progress, silent
from exchange.audit.export.merged import Merged, Under, id_of
from exchange.audit.export.records import LENGTH
from exchange.audit.export.source import Run, Source
from exchange.audit.judge import piece as pieces
from exchange.audit.judge.claims import Claims
from exchange.audit.judge.heads import Heads
from exchange.audit.judge.log import keys_of
from exchange.audit.judge.piece import Judged, Piece
from exchange.audit.judge.pool import Pool
from exchange.audit.judge.revoked import signed_by
from exchange.audit.judge.speaking import Speaking
from exchange.audit.tell.audited import (
    TOLD,
    LogAudit,
    Refused,
)
from exchange.errors import FusionError, Reason
from exchange.ledger import fork
from exchange.trust import rules
from exchange.trust.bundle import Bundle
from exchange.v1 import envelope_pb2 as pb

# How a header begins that says DIRECTORY, in its one encoding, and within how many
# bytes of an entry's first: behind the tag and the length of core.
STATEMENT = b"\x08\x01\x10\x01\x18%c" % pb.KIND_DIRECTORY
STATEMENT_WITHIN = 4 + len(STATEMENT)


def check(  # noqa: PLR0913, PLR0917 - a log, and what verifying takes
    source: Source,
    pinned: Mapping[str, Bundle],
    pool: "Pool[Piece, Judged]",
    claims: Claims | None = None,
    progress: Progress = silent,
    before: LogAudit | None = None,
) -> LogAudit:
    """Verify one log; `pinned` are the trust bundles, `pool` runs `piece.judge`.

    What is wrong stands in the result. `claims` say which signatures verified in an
    earlier run over just these bytes and bundles. `before` is what was found of log n
    of the node, for log n + 1: keys carry over, and it must begin where that one ends.
    Raises Refusal(NOT_PINNED) for a log that no bundle names, and what reading the
    source raises.
    """
    carried = before.stated if before else ()
    speaking = Speaking(keys_of(source.origin, pinned), pinned, carried)
    merged = Merged(source, speaking.policies, claims or Claims(), progress)
    try:
        checking = _Check(source, speaking, merged, pool, before)
        return checking.run(claims or Claims())
    finally:
        merged.close()


class _Check:
    """One run over one log."""

    def __init__(
        self,
        source: Source,
        speaking: Speaking,
        merged: Merged,
        pool: "Pool[Piece, Judged]",
        before: LogAudit | None,
    ) -> None:
        self._source, self._speaking, self._merged = source, speaking, merged
        self._pool, self._before = pool, before
        self._opens = speaking.opening()
        self._heads = Heads(source.heads())
        self._start = 0  # of what is read next
        self._under: deque[Under] = deque()

    def run(self, claims: Claims) -> LogAudit:
        """Verify everything.

        1. The entries follow each other without a hole; they are judged (`_read`).
        2. The heads are in order, none goes beyond the entries, and one ends them.
        3. The newest note is of the newest head; a proof of a fork proves none.
        4. The policies are those that are said beside.
        5. What is refused, and what a revoked key has signed, is gathered.
        """
        # 1
        gaps = self._read(claims)
        # 2
        self._end()
        # 3
        self._pulse()
        self._fork()
        # 4
        said = self._source.policies()
        if said is not None and said != self._speaking.texts:
            self._merged.wrong(None, Reason.POLICY, "policies")
        # 5
        theirs, counted, disputed = self._theirs()
        merged, stated = self._merged, self._speaking
        told = signed_by(stated.revoked(), self._source, merged.proven, merged.refused)
        return LogAudit(
            origin=self._source.origin,
            size=merged.edge.size,
            root=merged.edge.root(),
            accepted=merged.accepted,
            signatures=merged.signatures,
            heads=merged.heads,
            head_size=merged.newest.size if merged.newest else 0,
            cosigned_size=merged.cosigned[0],
            cosigned_s=merged.cosigned[1],
            cosigners=tuple(c for _, c in sorted(merged.cosigners.items())),
            strange=merged.strange,
            gaps=gaps,
            refused=len(merged.refused),
            ours=tuple(merged.ours),
            all_ours=merged.refused,
            reasons=bytes(merged.reasons),
            refused_by_others=counted,
            theirs=theirs,
            disputed=disputed,
            revocations=told,
            proven=merged.proven,
            stated=tuple(stated.stated),
            faults=tuple(merged.findings.faults),
            wrong=merged.findings.wrong,
        )

    # Reading, ahead.

    def _read(self, claims: Claims) -> tuple[tuple[int, int], ...]:
        """Judge and merge every entry; return what is not there."""
        gaps: tuple[tuple[int, int], ...] = ()
        for number, run in enumerate(self._source.runs()):
            if run.start != self._start:
                gaps = ((self._start, run.start),)
                break
            verified = claims.has(self._source.origin, number)
            first = self._opens is not None and not run.start
            for part in _parts(run, alone=first):
                self._part(part, verified=verified)
            self._under[-1].number = number
            while len(self._under) >= self._pool.ahead:
                self._merged.merge(self._under.popleft())
        self._drain()
        end = self._merged.edge.size
        if not gaps and end != self._source.size:
            gaps = ((end, max(end, self._source.size)),)
        for start, _ in gaps:
            self._merged.wrong(start, Reason.MISSING, "entry")
        return gaps

    def _part(self, part: Run, *, verified: bool) -> None:
        """Judge what stands alone, or send off entries of which none is a statement."""
        first = self._opens is not None and not part.start
        if first or (part.count == 1 and STATEMENT in part.packed):
            self._statement(part)
            return
        piece = self._piece(part, verified=verified)
        self._under.append(Under(piece, self._pool.submit(piece)))

    def _piece(self, run: Run, *, verified: bool = False) -> Piece:
        """Make a piece of a run and the heads that end in it; go on behind it."""
        self._start += run.count
        heads = self._heads.upto(self._start)
        notes = [note for _, note in heads]
        cuts = [size for size, _ in heads]
        return Piece(run, notes, cuts, self._speaking.packed, verified)

    def _drain(self) -> None:
        while self._under:
            self._merged.merge(self._under.popleft())

    def _statement(self, run: Run) -> None:
        """Judge an entry that says to be a statement, by all that stands below.

        What is under way is waited for only if it might hold the same id.
        """
        (entry,) = run.entries()
        id_ = id_of(entry)
        if id_ and any(id_ in under.piece.run.packed for under in self._under):
            self._drain()
        opens = None if run.start else self._opens
        log = rules.Log(
            self._speaking.keys.node,
            self._speaking.directory,
            self._merged.below(id_),
            opens,
        )
        verdict = rules.judge(entry, log)
        if isinstance(verdict, rules.Accepted):
            if verdict.statement is not None:
                self._speaking.apply((run.start, verdict.core, verdict.statement))
            elif opens is not None:
                self._begins(verdict.core)
        piece = self._piece(run)
        judged: Future[Judged] = Future()
        judged.set_result(pieces.judge_heads(piece, self._speaking.state, [entry]))
        self._under.append(Under(piece, judged, verdict))

    def _begins(self, core: pb.Core) -> None:
        """Check that the log begins where the one before it ends."""
        if self._opens is None:
            return
        end = self._opens.end(core.clear).head
        before = self._before
        if before is None:
            self._merged.wrong(0, Reason.MISSING, end.origin)
        elif (end.size, end.root) != (before.size, before.root):
            self._merged.wrong(0, Reason.HEAD, f"end of {end.origin}")

    # At the end.

    def _end(self) -> None:
        size = self._merged.edge.size
        if strays := self._heads.strays:
            self._merged.wrong(None, Reason.HEAD, f"{strays} heads out of order")
        if beyond := self._heads.left():
            self._merged.wrong(size, Reason.HEAD, f"{beyond} heads beyond the entries")
        if size and (self._merged.newest is None or self._merged.newest.size != size):
            self._merged.wrong(size - 1, Reason.MISSING, f"head {size}")

    def _pulse(self) -> None:
        note = self._source.pulse()
        if note is None:
            return
        noted = pieces.judge_note(note, self._speaking.state)
        if isinstance(noted, Reason):
            self._merged.wrong(None, noted, "newest note")
        elif noted.head != self._merged.newest:
            self._merged.wrong(None, Reason.ROOT, "newest note")
        else:
            self._merged.lines(noted)

    def _fork(self) -> None:
        """Say that the log is forked, or that what says so is no proof."""
        data = self._source.fork()
        if data is None:
            return
        try:
            fork.verify(data, self._speaking.keys.log)
        except FusionError as error:
            self._merged.wrong(None, error.reason, "proof of a fork")
        else:
            self._merged.wrong(None, Reason.FORK, "fork")

    def _theirs(self) -> tuple[tuple[Refused, ...], int, int]:
        """Return what partners refused: the first, all in number, and disputed."""
        ours = set(self._merged.refused)
        told: list[Refused] = []
        count = disputed = 0
        for refusal in self._source.refusals():
            count += 1
            disputed += refusal.index not in ours
            if refusal.index >= self._merged.edge.size:
                self._merged.wrong(refusal.index, Reason.MISSING, "refusal")
            if len(told) < TOLD:
                told.append(Refused(refusal.index, refusal.reason, refusal.by))
        return tuple(told), count, disputed


def _parts(run: Run, *, alone: bool) -> Iterator[Run]:
    """Yield a run in parts: each entry that may be a statement by itself.

    And the first one, if it is to stand `alone`. Without either nothing is taken
    apart.
    """
    if STATEMENT not in run.packed and not alone:
        yield run
        return
    start = at = begin = 0  # of the part: its first entry, and where that lies
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
