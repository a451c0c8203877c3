"""One log, verified from its entries and notes: by public keys, on every core.

Whoever shows the log (source.py) is not believed. The order of a log is kept here:
what DIRECTORY entries say, which ids stand, how the tree grows. All that needs no
order is done in pieces, by workers (piece.py). Every verdict is that of
`trust.rules`: an entry that is not accepted in its piece, or whose id stands below,
is judged by them here, and so is every statement.
"""

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from exchange import envelope
from exchange.audit import piece as pieces
from exchange.audit import tree
from exchange.audit.audited import (
    REASONS,
    TOLD,
    Cosigner,
    LogAudit,
    Refused,
    Revoked,
)
from exchange.audit.bundle import Progress, silent
from exchange.audit.claims import Claims
from exchange.audit.heads import Heads
from exchange.audit.log import keys_of
from exchange.audit.piece import Judged, Noted, Piece, State
from exchange.audit.pool import Pool
from exchange.audit.proven import Proven
from exchange.audit.report import Fault, Findings
from exchange.audit.revoked import Signed
from exchange.audit.seen import Seen
from exchange.audit.source import Run, Source
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.ledger.policy import Policy
from exchange.trust import policies, rules
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.statements import SEALING
from exchange.v1 import envelope_pb2 as pb

# How a header begins that says DIRECTORY, in its one encoding, and within how many
# bytes of an entry's first: behind the tag and the length of core.
STATEMENT = b"\x08\x01\x10\x01\x18%c" % pb.KIND_DIRECTORY
STATEMENT_WITHIN = 4 + len(STATEMENT)


@dataclass(slots=True)
class _Under:
    """A piece under way; `verdict` where it is a single entry, judged already.

    `number` is that of the run whose last piece this is, None for any other.
    """

    piece: Piece
    judged: "Future[Judged]"
    verdict: rules.Accepted | rules.Refused | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class _Below:
    """What stands below an entry of this id: the one that has it, by its name."""

    id: bytes
    name: bytes

    def knows_id(self, id_: bytes) -> bool:
        return id_ == self.id

    def knows_name(self, name: bytes) -> bool:
        return name == self.name


NOTHING = _Below(b"", b"")


def check(
    source: Source,
    pinned: Mapping[str, Bundle],
    pool: "Pool[Piece, Judged]",
    claims: Claims | None = None,
    progress: Progress = silent,
) -> LogAudit:
    """Verify one log; `pinned` are the trust bundles, `pool` runs `piece.judge`.

    What is wrong stands in the result. Raises Refusal(NOT_PINNED) for a log that no
    bundle names, and what reading the source raises. `claims` say which signatures
    verified in an earlier run over just these bytes and bundles.
    """
    checking = _Check(source, pinned, pool, claims or Claims(), progress)
    try:
        return checking.run()
    finally:
        checking.close()


class _Check:
    """One run over one log."""

    def __init__(
        self,
        source: Source,
        pinned: Mapping[str, Bundle],
        pool: "Pool[Piece, Judged]",
        claims: Claims,
        progress: Progress,
    ) -> None:
        self._source, self._pinned, self._pool = source, pinned, pool
        self._claims, self._progress = claims, progress
        self.origin = source.origin
        self._keys = keys_of(source.origin, pinned)
        self._findings = Findings()
        # As of the entry that is read: ahead of what is merged.
        self._directory = Directory(self._keys.node, self._keys.bundle)
        self._officers = Directory(self._keys.node, self._keys.bundle)
        self._stated: list[bytes] = []
        self._revoking: list[pb.Statement] = []
        self._policies = deque([(0, self._policy())])
        self._state = self._new_state()
        self._packed = self._state.packed()
        self._heads = Heads(source.heads())
        self._start = 0
        self._under: deque[_Under] = deque()
        # As of the entry that was merged last.
        self._seen = Seen()
        self._edge = Edge.empty()
        self._accepted = self._signatures = self._counted = self._strange = 0
        self._sound = True
        self._refused = array("q")
        self._reasons = bytearray()
        self._ours: list[Refused] = []
        self._newest: Head | None = None
        self._cosigned = (0, 0)
        self._cosigners: dict[str, Cosigner] = {}
        self._proven = Proven()

    def close(self) -> None:
        """Give back what was used."""
        self._seen.close()

    def run(self) -> LogAudit:
        """Verify everything.

        1. The entries follow each other without a hole; they are judged (`_read`).
        2. The heads are in order, none goes beyond the entries, and one ends them.
        3. The newest note is of the newest head; a proof of a fork proves none.
        4. The policies are those that are said beside.
        5. What is refused, and what a revoked key has signed, is gathered.
        """
        # 1
        gaps = self._read()
        # 2
        self._end()
        # 3
        self._pulse()
        self._fork()
        # 4
        said = self._source.policies()
        if said is not None and said != self._stated:
            self._wrong(None, Reason.POLICY, "policies")
        # 5
        theirs, counted, disputed = self._theirs()
        revoked = self._revoked()
        return LogAudit(
            origin=self.origin,
            size=self._edge.size,
            root=self._edge.root(),
            accepted=self._accepted,
            signatures=self._signatures,
            heads=self._counted,
            head_size=self._newest.size if self._newest else 0,
            cosigned_size=self._cosigned[0],
            cosigned_s=self._cosigned[1],
            cosigners=tuple(c for _, c in sorted(self._cosigners.items())),
            strange=self._strange,
            gaps=gaps,
            refused=len(self._refused),
            ours=tuple(sorted(self._ours, key=lambda one: one.index)),
            all_ours=self._refused,
            reasons=bytes(self._reasons),
            refused_by_others=counted,
            theirs=theirs,
            disputed=disputed,
            revocations=revoked,
            proven=self._proven,
            faults=tuple(self._findings.faults),
            wrong=self._findings.wrong,
        )

    def _wrong(self, index: int | None, reason: Reason, what: str) -> None:
        self._findings.add(Fault(self.origin, index, reason, what))

    # Reading, ahead.

    def _read(self) -> tuple[tuple[int, int], ...]:
        """Judge and merge every entry; return what is not there."""
        gaps: tuple[tuple[int, int], ...] = ()
        for number, run in enumerate(self._source.runs()):
            if run.start != self._start:
                gaps = ((self._start, run.start),)
                break
            verified = self._claims.has(self.origin, number)
            for part in _parts(run):
                self._part(part, verified=verified)
            self._under[-1].number = number
            while len(self._under) >= self._pool.ahead:
                self._merge(self._under.popleft())
        self._drain()
        end = self._edge.size
        if not gaps and end != self._source.size:
            gaps = ((end, max(end, self._source.size)),)
        for start, _ in gaps:
            self._wrong(start, Reason.MISSING, "entry")
        return gaps

    def _part(self, part: Run, *, verified: bool) -> None:
        """Judge a statement, or send off entries of which none is one."""
        if part.count == 1 and STATEMENT in part.packed:
            self._statement(part)
            return
        piece = self._piece(part, verified=verified)
        self._under.append(_Under(piece, self._pool.submit(piece)))

    def _piece(self, run: Run, *, verified: bool = False) -> Piece:
        """Make a piece of a run and the heads that end in it; go on behind it."""
        self._start += run.count
        heads = self._heads.upto(self._start)
        notes = [note for _, note in heads]
        cuts = [size for size, _ in heads]
        return Piece(run, notes, cuts, self._packed, verified)

    def _drain(self) -> None:
        while self._under:
            self._merge(self._under.popleft())

    def _statement(self, run: Run) -> None:
        """Judge an entry that says to be a statement, by all that stands below.

        What is under way is waited for only if it might hold the same id.
        """
        (entry,) = run.entries()
        id_ = _id(entry)
        if id_ and any(id_ in under.piece.run.packed for under in self._under):
            self._drain()
        log = rules.Log(self._keys.node, self._directory, self._below(id_))
        verdict = rules.judge(entry, log)
        if isinstance(verdict, rules.Accepted) and verdict.statement is not None:
            self._apply(run.start, verdict.core, verdict.statement)
        piece = self._piece(run)
        judged: Future[Judged] = Future()
        judged.set_result(pieces.judge_heads(piece, self._state, [entry]))
        self._under.append(_Under(piece, judged, verdict))

    def _apply(self, index: int, core: pb.Core, statement: pb.Statement) -> None:
        """Let the directory say what an accepted statement says.

        Sealing keys sign nothing: the workers need not know of them.
        """
        self._directory.apply(index, core, statement)
        if statement.role == SEALING:
            return
        if statement.type == pb.STATEMENT_TYPE_POLICY:
            self._stated.append(statement.policy)
            self._policies.append((index + 1, self._policy()))
        if statement.type == pb.STATEMENT_TYPE_REVOCATION:
            self._revoking.append(statement)
        self._officers.apply(index, core, statement)
        self._state = self._new_state()
        self._packed = self._state.packed()

    def _policy(self) -> Policy:
        text = self._directory.quorum_text
        return policies.in_force(text, self._keys.node, self._pinned)

    def _new_state(self) -> State:
        witnesses = self._policies[-1][1].vkeys
        cosigners = {key.key: key for key in (*self._keys.mirrors, *witnesses)}
        keys = tuple(self._keys.log), tuple(cosigners.values())
        return State(self._keys.node, self._officers, *keys)

    # Merging, in order.

    def _merge(self, under: _Under) -> None:
        """Take up one piece.

        1. The verdicts. 2. The tree, and the heads that end here. 3. Whether all of a
        run verified, so that nobody need verify it again.
        """
        piece, judged = under.piece, under.judged.result()
        refused, wrong = len(self._refused), self._findings.wrong
        # 1
        if under.verdict is not None:
            (entry,) = piece.run.entries()
            self._take(piece.run.start, _id(entry), under.verdict)
        else:
            self._signatures += judged.signatures
            self._verdicts(piece, judged)
        # 2
        self._grow(piece, judged)
        # 3
        sound = len(self._refused) == refused and self._findings.wrong == wrong
        self._sound = self._sound and sound
        if under.number is not None:
            if self._sound:
                self._claims.add(self.origin, under.number)
            self._sound = True
        self._progress(self.origin, self._edge.size, self._source.size)

    def _verdicts(self, piece: Piece, judged: Judged) -> None:
        """Take up the verdicts on entries; ask the rules where one is in doubt."""
        start = piece.run.start
        if not judged.doubtful and not self._seen.any(judged.ids):
            self._seen.add_run(judged.ids, start)
            self._accepted += len(judged.ids)
            return
        state = pieces.unpacked(piece.state)
        entries = piece.run.entries()
        for index, (entry, id_) in enumerate(
            zip(entries, judged.ids, strict=True), start
        ):
            if id_ and self._seen.place(id_) is None:
                self._accepted += 1
                self._seen.add(id_, index)
                continue
            found = id_ or _id(entry)
            log = rules.Log(state.node, state.directory, self._below(found))
            self._take(index, found, rules.judge(entry, log))

    def _take(
        self, index: int, id_: bytes, verdict: rules.Accepted | rules.Refused
    ) -> None:
        if isinstance(verdict, rules.Accepted):
            self._accepted += 1
            self._signatures += len(verdict.signers)
            self._seen.add(id_, index)
            return
        self._refused.append(index)
        self._reasons.append(REASONS.index(verdict.reason))
        if len(self._ours) < TOLD:
            self._ours.append(Refused(index, verdict.reason))

    def _below(self, id_: bytes) -> rules.Known:
        """Return what the rules may ask of those below that were accepted.

        An entry with the same name has the same header, and so the same id.
        """
        place = self._seen.place(id_) if id_ else None
        if place is None:
            return NOTHING
        _, other = next(self._source.entries(place))
        return _Below(id_, envelope.split(other).name)

    def _grow(self, piece: Piece, judged: Judged) -> None:
        """Grow the tree; where it is cut a head claims its root."""
        for place, cover in enumerate(judged.covers):
            self._edge = tree.fold(self._edge, cover)
            if place < len(piece.cuts):
                self._head(judged.notes[place])

    def _head(self, noted: Noted | Reason) -> None:
        """Take up the head that claims the tree as it stands."""
        size = self._edge.size
        what = f"head {size}"
        if isinstance(noted, Reason):
            self._wrong(size - 1, noted, what)
            return
        head = Head(self.origin, size, self._edge.root())
        if noted.head != head:
            self._wrong(size - 1, Reason.ROOT, what)
            return
        self._newest = head
        self._counted += 1
        self._lines(noted)
        while len(self._policies) > 1 and self._policies[1][0] <= size:
            self._policies.popleft()
        met = self._policies[0][1].met(noted.times)
        if met is not None:
            self._cosigned = size, max(met, noted.time_s)
            self._proven.add(*self._cosigned)

    def _lines(self, noted: Noted) -> None:
        """Count the lines of a good note, and keep who cosigned, and when last."""
        self._signatures += noted.signatures
        self._strange += noted.unknown
        for (name, _), time_s in noted.times.items():
            held = self._cosigners.get(name, Cosigner(name, 0, 0))
            newest = max(held.size, noted.head.size), max(held.time_s, time_s)
            self._cosigners[name] = Cosigner(name, *newest)

    # At the end.

    def _end(self) -> None:
        size = self._edge.size
        if strays := self._heads.strays:
            self._wrong(None, Reason.HEAD, f"{strays} heads out of order")
        if beyond := self._heads.left():
            self._wrong(size, Reason.HEAD, f"{beyond} heads beyond the entries")
        if size and (self._newest is None or self._newest.size != size):
            self._wrong(size - 1, Reason.MISSING, f"head {size}")

    def _pulse(self) -> None:
        note = self._source.pulse()
        if note is None:
            return
        noted = pieces.judge_note(note, self._state)
        if isinstance(noted, Reason):
            self._wrong(None, noted, "newest note")
        elif noted.head != self._newest:
            self._wrong(None, Reason.ROOT, "newest note")
        else:
            self._lines(noted)

    def _fork(self) -> None:
        """Say that the log is forked, or that what says so is no proof."""
        data = self._source.fork()
        if data is None:
            return
        try:
            proof = fork.verify(data, self._keys.log)
        except FusionError as error:
            self._wrong(None, error.reason, "proof of a fork")
        else:
            right = proof.origin == self.origin
            self._wrong(None, Reason.FORK if right else Reason.PROOF, "fork")

    def _theirs(self) -> tuple[tuple[Refused, ...], int, int]:
        """Return what partners refused: the first, all in number, and disputed."""
        ours = set(self._refused)
        told: list[Refused] = []
        count = disputed = 0
        for refusal in self._source.refusals():
            count += 1
            disputed += refusal.index not in ours
            if refusal.index >= self._edge.size:
                self._wrong(refusal.index, Reason.MISSING, "refusal")
            if len(told) < TOLD:
                told.append(Refused(refusal.index, refusal.reason, refusal.by))
        return tuple(told), count, disputed

    def _revoked(self) -> tuple[Revoked, ...]:
        """Find what revoked keys signed that is not proven to be older (DESIGN 3)."""
        subjects = {s.revokes: s.subject for s in self._revoking}
        since: dict[bytes, tuple[int, int]] = {}
        for key in subjects:
            found = self._directory.revoked(key)
            if found is not None:
                since[key] = found.compromised_since, found.index
        signed = Signed(since, self._proven, set(self._refused))
        if since:
            signed.read(self._source)
        return tuple(
            Revoked(
                key, subjects[key], *since[key], signed.count[key], signed.told(key)
            )
            for key in since
        )


def _parts(run: Run) -> Iterator[Run]:
    """Yield a run in parts: each entry that may be a statement by itself.

    Of a run without one nothing is taken apart.
    """
    if STATEMENT not in run.packed:
        yield run
        return
    start, held = run.start, list[bytes]()
    for index, entry in enumerate(run.entries(), run.start):
        alone = STATEMENT in entry[:STATEMENT_WITHIN]
        if held and alone:
            yield Run.of(start, held)
        if alone:
            yield Run.of(index, [entry])
            start, held = index + 1, []
        else:
            held.append(entry)
    if held:
        yield Run.of(start, held)


def _id(entry: bytes) -> bytes:
    """Return the id of an entry; empty where that cannot be told."""
    try:
        return envelope.parse_core(envelope.split(entry).core_bytes).id
    except Refusal:
        return b""
