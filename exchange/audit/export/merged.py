"""A log put together again from its pieces, in order."""

from array import array
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from exchange import envelope
from exchange.audit.export.bundle import Progress
from exchange.audit.export.source import Source
from exchange.audit.judge import piece as pieces
from exchange.audit.judge import tree
from exchange.audit.judge.claims import Claims
from exchange.audit.judge.piece import Judged, Noted, Piece
from exchange.audit.judge.proven import Proven
from exchange.audit.judge.seen import Seen
from exchange.audit.tell.audited import REASONS, TOLD, Cosigner, Refused
from exchange.audit.tell.report import Fault, Findings
from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.ledger.policy import Policy
from exchange.trust import rules


@dataclass(slots=True)
class Under:
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


class Merged:
    """What is known of a log up to the entry that was merged last.

    `policies` are shared with who reads ahead: what counts from which size on.
    """

    def __init__(
        self,
        source: Source,
        policies: deque[tuple[int, Policy]],
        claims: Claims,
        progress: Progress,
    ) -> None:
        self._source, self._policies = source, policies
        self._claims, self._progress = claims, progress
        self._seen = Seen()
        self._sound = True  # of the run whose pieces are being merged
        self.findings = Findings()
        self.edge = Edge.empty()
        self.accepted = self.signatures = self.heads = self.strange = 0
        self.refused = array("q")
        self.reasons = bytearray()
        self.ours: list[Refused] = []
        self.newest: Head | None = None
        self.cosigned = (0, 0)
        self.cosigners: dict[str, Cosigner] = {}
        self.proven = Proven()

    def close(self) -> None:
        """Give back what was used."""
        self._seen.close()

    def wrong(self, index: int | None, reason: Reason, what: str) -> None:
        """Keep that something is not as it was signed."""
        self.findings.add(Fault(self._source.origin, index, reason, what))

    def merge(self, under: Under) -> None:
        """Take up one piece.

        1. The verdicts. 2. The tree, and the heads that end here. 3. Whether all of a
        run verified, so that nobody need verify it again.
        """
        piece, judged = under.piece, under.judged.result()
        refused, wrong = len(self.refused), self.findings.wrong
        # 1
        if under.verdict is not None:
            (entry,) = piece.run.entries()
            self._take(piece.run.start, id_of(entry), under.verdict)
        else:
            self.signatures += judged.signatures
            self._verdicts(piece, judged)
        # 2
        self._grow(piece, judged)
        # 3
        sound = len(self.refused) == refused and self.findings.wrong == wrong
        self._sound = self._sound and sound
        if under.number is not None:
            if self._sound:
                self._claims.add(self._source.origin, under.number)
            self._sound = True
        self._progress(self._source.origin, self.edge.size, self._source.size)

    def _verdicts(self, piece: Piece, judged: Judged) -> None:
        """Take up the verdicts on entries; ask the rules where one is in doubt."""
        start = piece.run.start
        if not judged.doubtful and not self._seen.any(judged.ids):
            self._seen.add_run(judged.ids, start)
            self.accepted += len(judged.ids)
            return
        state = pieces.unpacked(piece.state)
        entries = piece.run.entries()
        for index, (entry, id_) in enumerate(
            zip(entries, judged.ids, strict=True), start
        ):
            if id_ and self._seen.place(id_) is None:
                self.accepted += 1
                self._seen.add(id_, index)
                continue
            found = id_ or id_of(entry)
            log = rules.Log(state.node, state.directory, self.below(found))
            self._take(index, found, rules.judge(entry, log))

    def _take(
        self, index: int, id_: bytes, verdict: rules.Accepted | rules.Refused
    ) -> None:
        if isinstance(verdict, rules.Accepted):
            self.accepted += 1
            self.signatures += len(verdict.signers)
            self._seen.add(id_, index)
            return
        self.refused.append(index)
        self.reasons.append(REASONS.index(verdict.reason))
        if len(self.ours) < TOLD:
            self.ours.append(Refused(index, verdict.reason))

    def below(self, id_: bytes) -> rules.Known:
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
            self.edge = tree.fold(self.edge, cover)
            if place < len(piece.cuts):
                self._head(judged.notes[place])

    def _head(self, noted: Noted | Reason) -> None:
        """Take up the head that claims the tree as it stands."""
        size = self.edge.size
        what = f"head {size}"
        if isinstance(noted, Reason):
            self.wrong(size - 1, noted, what)
            return
        head = Head(self._source.origin, size, self.edge.root())
        if noted.head != head:
            self.wrong(size - 1, Reason.ROOT, what)
            return
        self.newest = head
        self.heads += 1
        self.lines(noted)
        while len(self._policies) > 1 and self._policies[1][0] <= size:
            self._policies.popleft()
        met = self._policies[0][1].met(noted.times)
        if met is not None:
            self.cosigned = size, max(met, noted.time_s)
            self.proven.add(*self.cosigned)

    def lines(self, noted: Noted) -> None:
        """Count the lines of a good note, and keep who cosigned, and when last."""
        self.signatures += noted.signatures
        self.strange += noted.unknown
        for (name, _), time_s in noted.times.items():
            held = self.cosigners.get(name, Cosigner(name, 0, 0))
            newest = max(held.size, noted.head.size), max(held.time_s, time_s)
            self.cosigners[name] = Cosigner(name, *newest)


def id_of(entry: bytes) -> bytes:
    """Return the id of an entry; empty where that cannot be told."""
    try:
        return envelope.parse_core(envelope.split(entry).core_bytes).id
    except Refusal:
        return b""
