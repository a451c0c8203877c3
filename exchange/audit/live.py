"""Running nodes, read beside each other: whether all show one history of each log.

Each node shows the logs that it holds, its own and its replicas. Each of those views
is verified like an export (check.py), and all heads that are shown of one log must
lie in one tree: a smaller one is looked for in the tree of a larger one while its
entries pass. Two that exclude each other are a proof that the log is forked.

A replica that lags is honest. A node that shows less of its own log than another
holds of it is not, or has lost what it signed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from exchange.audit.export.bundle import Progress, silent
from exchange.audit.export.source import Source
from exchange.audit.judge import piece
from exchange.audit.judge.heads import claimed_size
from exchange.audit.judge.log import Keys, keys_of
from exchange.audit.judge.piece import Judged, Piece
from exchange.audit.judge.pool import Pool, opened
from exchange.audit.offline import check_sources
from exchange.audit.tell.audited import LogAudit
from exchange.audit.tell.report import Fault
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.ledger import checkpoint, fork, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, Id, leaf_hash
from exchange.trust.bundle import Bundle

RUN = 256  # leaves by which a tree grows at once


@dataclass(frozen=True, slots=True)
class ShownLog:
    """A log as a node shows it: its newest head's note, a proof of a fork or b""."""

    origin: str
    note: bytes
    fork: bytes = b""


class Reader(ABC):
    """A node as an auditor reads it; nothing that it answers is believed.

    Reading raises Unreachable, or what else is wrong with an answer, naming the node.
    """

    node: str

    @abstractmethod
    def logs(self) -> Iterator[ShownLog]:
        """Yield the logs that it holds, each origin once."""

    @abstractmethod
    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of a log in [start, end), as many as it has."""

    @abstractmethod
    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        """Yield the notes of kept heads of at most that size, smallest first."""


@dataclass(frozen=True, slots=True)
class View:
    """A log as one node shows it.

    `head` is its newest head, signed by the log; None where it shows none, and then
    nothing was audited. `faults` are what is wrong beside what the audit found.
    """

    node: str
    head: Head | None
    audit: LogAudit | None
    faults: tuple[Fault, ...] = ()

    @property
    def size(self) -> int:
        """How many entries the newest head covers."""
        return self.head.size if self.head else 0

    @property
    def ok(self) -> bool:
        """Whether all that it shows is as it was signed."""
        return not self.faults and (self.audit is None or self.audit.ok)


@dataclass(frozen=True, slots=True)
class LiveLog:
    """One log in all views. `agree`: that one tree has every head that is shown.

    `fork` is the proof that none can, made here or shown by a node.
    """

    origin: str
    views: tuple[View, ...]
    agree: bool
    fork: bytes | None

    @property
    def size(self) -> int:
        """The size of the largest view."""
        return max(view.size for view in self.views)

    @property
    def ok(self) -> bool:
        """Whether every view is sound, and all of them agree."""
        return self.agree and not self.fork and all(view.ok for view in self.views)


@dataclass(frozen=True, slots=True)
class LiveAudit:
    """What the nodes showed, log by log."""

    nodes: tuple[str, ...]
    logs: tuple[LiveLog, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed, and the same at all nodes."""
        return all(log.ok for log in self.logs)


class Walked:
    """What is kept of a tree whose entries pass by.

    The root at each of `marks`, and the nodes by which a fork between there and the
    end, at `size`, can be proven.
    """

    def __init__(self, size: int, marks: Iterable[int]) -> None:
        self._marks = sorted({mark for mark in marks if 0 < mark < size})
        self._wanted = {id_ for mark in self._marks for id_ in _asked(mark, size)}
        self._nodes: dict[Id, bytes] = {}
        self._run: list[bytes] = []
        self._edge = Edge.empty()
        self.roots: dict[int, bytes] = {}

    def follow(self, entries: Iterable[bytes]) -> Iterator[bytes]:
        """Yield entries, and grow by them."""
        for entry in entries:
            self._run.append(leaf_hash(entry))
            size = self._edge.size + len(self._run)
            if len(self._run) == RUN or size in self._marks:
                self._grow()
            yield entry
        self._grow()

    def _grow(self) -> None:
        grown = self._edge.extend(self._run)
        self._edge, self._run = grown.edge, []
        for level, place, hashed in grown.nodes:
            if (level, place) in self._wanted:
                self._nodes[level, place] = hashed
        if self._edge.size in self._marks:
            self.roots[self._edge.size] = self._edge.root()

    def leads_to(self, head: Head) -> bool:
        """Whether all of the tree passed by, and this head is signed over it."""
        return (self._edge.size, self._edge.root()) == (head.size, head.root)

    def get(self, level: int, place: int) -> bytes:
        """Return a node that was kept; Refusal(MISSING) where it was not."""
        if (level, place) not in self._nodes:
            raise Refusal(Reason.MISSING, f"{level}/{place}")
        return self._nodes[level, place]


def _asked(m: int, n: int) -> list[Id]:
    """Return the nodes of which `fork.between` makes a proof for these sizes."""
    found: list[Id] = [] if m & (m - 1) else [(m.bit_length() - 1, 0)]

    def get(level: int, place: int) -> bytes:
        found.append((level, place))
        return merkle.EMPTY_ROOT

    merkle.consistency_proof(m, n, get)
    return found


class LiveSource(Source):
    """One node's view of one log, up to the head that it showed first."""

    def __init__(
        self, reader: Reader, shown: ShownLog, head: Head, marks: Iterable[int]
    ) -> None:
        self.origin, self.size = head.origin, head.size
        self.walked = Walked(head.size, marks)
        self.faults: list[Fault] = []
        self._reader, self._shown = reader, shown
        self._begun = False

    def _told(self, answers: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what a node answers up to the first nonsense, and keep what it is.

        What lacks behind that is found missing; other logs are not the worse for it.
        """
        try:
            yield from answers
        except Unreachable:
            raise
        except FusionError as error:
            fault = Fault(self.origin, None, error.reason, error.where)
            if fault not in self.faults:
                self.faults.append(fault)

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) from `start` on; the first time, they are walked."""
        found = self._told(self._reader.entries(self.origin, start, self.size))
        if not self._begun:
            self._begun = True
            found = self.walked.follow(found)
        return enumerate(found, start)

    def heads(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads, and of the newest.

        The newest may have been forgotten since it was shown: another covers it.
        """
        last = 0
        for note in self._told(self._reader.heads(self.origin, self.size)):
            last = claimed_size(note)
            yield note
        if last < self.size:
            yield self._shown.note

    def pulse(self) -> bytes | None:
        """Return the newest note."""
        return self._shown.note

    def fork(self) -> bytes | None:
        """Return the proof of a fork."""
        return self._shown.fork or None


Shown = dict[str, ShownLog]
"""What one node shows, by origin."""


def verify_live(
    readers: Sequence[Reader],
    pinned: Mapping[str, Bundle],
    progress: Progress = silent,
    workers: int | None = None,
) -> LiveAudit:
    """Read every log at every node and compare; `pinned` are the trust bundles.

    Raises Unreachable naming the node that does not answer. Whatever else is wrong
    stands in what is returned.

    1. Each node says which logs it holds.
    2. The heads that it shows are signed by both keys of each log; what it knows of
       others is no reason to read on.
    3. Each view is verified, its tree walked past the sizes of smaller ones.
    4. The views of a log are compared.
    """
    # 1
    shown = {reader.node: _listed(reader, pinned) for reader in readers}
    # 2
    _ask_owners(readers, shown, pinned)
    views = {
        origin: [_view(r, shown[r.node].get(origin), pinned) for r in readers]
        for origin in sorted({origin for held in shown.values() for origin in held})
    }
    entries = sum(one.view.size for held in views.values() for one in held)
    # 3
    with opened(piece.judge, entries, workers) as pool:
        for reader in readers:
            mine = [
                one for held in views.values() for one in held if one.reader is reader
            ]
            sizes = {o: [one.view.size for one in held] for o, held in views.items()}
            _read(mine, sizes, pinned, pool, progress)
    # 4
    logs = [_compared(origin, held, pinned) for origin, held in views.items()]
    return LiveAudit(tuple(reader.node for reader in readers), tuple(logs))


@dataclass(slots=True)
class _Open:
    """A view under way."""

    reader: Reader
    shown: ShownLog | None
    view: View
    walked: Walked | None = None

    def add(self, origin: str, reason: Reason, what: str) -> None:
        """Say what is wrong with it."""
        fault = Fault(origin, None, reason, what)
        self.view = replace(self.view, faults=(*self.view.faults, fault))


def _listed(reader: Reader, pinned: Mapping[str, Bundle]) -> Shown:
    """Return what a node shows; of a log that no trust file names, only that."""
    found: Shown = {}
    for log in reader.logs():
        try:
            keys_of(log.origin, pinned)
        except Refusal:
            found[log.origin] = ShownLog(log.origin, b"")
        else:
            found[log.origin] = log
    return found


def _ask_owners(
    readers: Sequence[Reader],
    shown: dict[str, Shown],
    pinned: Mapping[str, Bundle],
) -> None:
    """Ask a node again that shows less of its own log than another does.

    It may have been asked first, and have gone on since. What it shows then counts.
    """
    for reader in readers:
        origin = _own(reader.node, shown)
        if origin is not None:
            shown[reader.node] = _listed(reader, pinned)


def _own(node: str, shown: Mapping[str, Shown]) -> str | None:
    """Return the log of a node that another shows more of."""
    for held in shown.values():
        for origin, log in held.items():
            mine = shown[node].get(origin)
            less = mine is None or claimed_size(mine.note) < claimed_size(log.note)
            if less and origin.startswith(f"{node}.fusion/"):
                return origin
    return None


def _view(
    reader: Reader, shown: ShownLog | None, pinned: Mapping[str, Bundle]
) -> _Open:
    """Return what is to be read, if the head shown is signed; else why not."""
    found = _Open(reader, shown, View(reader.node, None, None))
    if shown is None:
        return found
    try:
        found.view = replace(found.view, head=_signed(shown, pinned))
    except Refusal as refusal:
        found.add(shown.origin, refusal.reason, f"newest head: {refusal.where}")
    return found


def _signed(shown: ShownLog, pinned: Mapping[str, Bundle]) -> Head:
    """Return the newest head; the keys of one log sign no other's."""
    keys = keys_of(shown.origin, pinned)
    return checkpoint.verify_head(shown.note, keys.log).head


def _read(
    mine: Sequence[_Open],
    sizes: Mapping[str, Iterable[int]],
    pinned: Mapping[str, Bundle],
    pool: "Pool[Piece, Judged]",
    progress: Progress,
) -> None:
    """Verify all that one node shows; `sizes` are those of every view of a log."""
    read = []
    for one in mine:
        if one.shown is not None and one.view.head is not None:
            origin = one.view.head.origin
            source = LiveSource(one.reader, one.shown, one.view.head, sizes[origin])
            read.append((one, source))

    def told(origin: str, done: int, size: int) -> None:
        progress(f"{mine[0].view.node} {origin}", done, size)

    audits = check_sources([source for _, source in read], pinned, pool, progress=told)
    for (one, source), audit in zip(read, audits, strict=True):
        faults = *one.view.faults, *source.faults
        one.view = replace(one.view, audit=audit, faults=faults)
        one.walked = source.walked


def _compared(
    origin: str, held: Sequence[_Open], pinned: Mapping[str, Bundle]
) -> LiveLog:
    """Compare the views of one log.

    1. The heads of any two lie in one tree, or prove a fork.
    2. A fork that a node proves is one.
    3. No node shows less of its own log than others hold of it.
    """
    agree, proof = True, None
    # 1
    signed = sorted((one for one in held if one.view.head), key=lambda o: o.view.size)
    for small, large in combinations(signed, 2):
        same, found = _beside(small, large, keys_of(origin, pinned))
        agree = agree and same
        proof = proof or found
    # 2
    for one in signed:
        proof = proof or _shown_fork(one, pinned)
    # 3
    largest = signed[-1] if signed else None
    for one in held:
        own = origin.startswith(f"{one.view.node}.fusion/")
        if own and largest is not None and one.view.size < largest.view.size:
            what = f"{one.view.size} of {largest.view.size} at {largest.view.node}"
            one.add(origin, Reason.MISSING, what)
    return LiveLog(origin, tuple(one.view for one in held), agree, proof)


def _beside(small: _Open, large: _Open, keys: Keys) -> tuple[bool, bytes | None]:
    """Return whether one tree has both heads, and else the proof that none can.

    Neither where the larger one's entries do not lead to the head that it shows: that
    is a fault of its own, and nothing is known of the two.
    """
    a, b = small.view.head, large.view.head
    if a is None or b is None or small.shown is None or large.shown is None:
        return False, None
    if a == b or not a.size:
        return True, None
    walked = large.walked or Walked(0, ())
    if a.size < b.size:
        if not walked.leads_to(b):
            return False, None
        if walked.roots[a.size] == a.root:
            return True, None
    notes = [checkpoint.only(one.note, keys.log) for one in (small.shown, large.shown)]
    return False, fork.between(notes[0], notes[1], walked.get).encode()


def _shown_fork(one: _Open, pinned: Mapping[str, Bundle]) -> bytes | None:
    """Return the proof of a fork that a node shows, if it is one of that log."""
    if one.shown is None or not one.shown.fork:
        return None
    try:
        fork.verify(one.shown.fork, keys_of(one.shown.origin, pinned).log)
    except Refusal:  # told by the check of that view
        return None
    return one.shown.fork
