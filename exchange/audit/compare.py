"""Compare two exports: the partner's and ours, or an older and a newer one.

Finds the first entry of each log that differs. Being behind is no difference: an honest
partition delays a log. Two heads that no tree can both have are a fork; their notes
prove it to anyone (ledger/fork.py).
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from exchange.audit.compare_ends import RolledBackCheck
from exchange.audit.directory_age import lacks_directory_head
from exchange.audit.judge.kept_heads import KeptHeads
from exchange.audit.judge.keys import keys_of
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import LogSource, Progress, silent
from exchange.errors import FusionError
from exchange.ledger import checkpoint, fork, subtree
from exchange.ledger.checkpoint import head_of
from exchange.ledger.directory_head import directory_origin
from exchange.ledger.merkle import Edge
from exchange.ledger.note import Vkey
from exchange.ledger.tree_tracker import TreeTracker
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import key_ends

HEADS_TRIED = 64  # newest heads tried, to find one signed by the log

_Verify = Callable[[bytes], object]
Signed = Callable[[bytes], bool]
"""Whether a note counts: the log signed it, as far as the trust files can say."""


class ComparedDirectories(Struct, frozen=True):
    """`differs` is the smallest size with different roots.

    `lack`: whether the newest directory head of A or B is much older than its newest
    head.
    """

    differs: int | None = None
    lack: tuple[bool, bool] = (False, False)

    @property
    def ok(self) -> bool:
        return self.differs is None and not any(self.lack)


SAME = ComparedDirectories()


class _Shown(Struct, frozen=True):
    """The root of each size, and when (s) the log signed the last."""

    roots: Mapping[int, bytes]
    last_s: int


class Compared(Struct, frozen=True):
    """A size is None if that export does not have the log.

    `differs` is the first index with different entries. `fork` has the notes of two
    heads that exclude each other, `proof` the proof. `unsigned` counts each export's
    entries beyond its newest head; `rolled_back` are the exports (A, B) that end below
    a head signed earlier by their own node.
    """

    origin: str
    a: int | None
    b: int | None
    differs: int | None = None
    fork: tuple[bytes, bytes] | None = None
    proof: bytes | None = None
    unsigned: tuple[int, int] = (0, 0)
    directories: ComparedDirectories = SAME
    rolled_back: str = ""

    @property
    def ok(self) -> bool:
        """Whether the logs agree up to the shorter one, and heads cover all entries."""
        same = self.differs is None and self.fork is None and not self.rolled_back
        return same and not any(self.unsigned) and self.directories.ok

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the two heads that exclude each other."""
        return tuple(head_of(note).size for note in self.fork or ())

    @property
    def lag(self) -> int:
        """The difference of the sizes, in entries."""
        return abs((self.a or 0) - (self.b or 0))


def compare(
    a: Export,
    b: Export,
    pinned: Mapping[str, Bundle] | None = None,
    progress: Progress = silent,
) -> list[Compared]:
    """Compare log by log, without verifying the rest.

    With trust bundles only heads signed by the log count; without, notes are taken at
    their word. Refusal: INPUT if a file is no export, NOT_PINNED if no bundle names a
    log.
    """
    sizes = [{log.origin: log.size for log in export.logs} for export in (a, b)]
    held = [RolledBackCheck.of(export, pinned) for export in (a, b)]
    compared = []
    for origin in sorted({*sizes[0], *sizes[1]}):
        if origin in sizes[0] and origin in sizes[1]:
            sources = a.log(origin), b.log(origin)
            signed, evidence = _signed(origin, pinned)
            found = _log(*sources, signed, evidence, progress)
            heads_s = _signed_at(sources[0], signed), _signed_at(sources[1], signed)
            directories = _compare_directories(*sources, heads_s, pinned)
            found = replace(found, directories=directories)
        else:
            found = Compared(origin, sizes[0].get(origin), sizes[1].get(origin))
        back = "".join(
            name
            for name, check, other in zip("AB", held, (b, a), strict=True)
            if any(check.is_cut(log) for log in other.logs if log.origin == origin)
        )
        compared.append(replace(found, rolled_back=back))
    return compared


def _signed(origin: str, pinned: Mapping[str, Bundle] | None) -> tuple[Signed, Signed]:
    """Return two checks: the log signed a note; it may prove a fork."""
    if pinned is None:
        return lambda _: True, lambda _: True
    keys, ends = keys_of(origin, pinned).log, key_ends(pinned.values())

    def counts(note: bytes, keys: Sequence[Vkey]) -> bool:
        try:
            ends.verify_head(note, keys)
        except FusionError:
            return False
        return True

    unrevoked = ends.unrevoked(keys)
    return lambda note: counts(note, keys), lambda note: counts(note, unrevoked)


def _log(
    a: LogSource, b: LogSource, signed: Signed, evidence: Signed, progress: Progress
) -> Compared:
    """Compare a log; only notes that pass `evidence` prove a fork.

    1. Entry by entry.
    2. The newest head of each against its size.
    3. The heads of each against the tree of the other.
    """
    # 1
    first = _first(a, b, progress)
    # 2
    unsigned = _unsigned(a, signed), _unsigned(b, signed)
    compared = Compared(a.origin, a.size, b.size, first, unsigned=unsigned)
    # 3
    for larger, smaller in ((b, a), (a, b)):
        heads = _Sides(larger.origin, evidence).walk(larger, smaller)
        if heads is not None:
            return replace(compared, fork=heads, proof=_prove(larger, *heads))
    return compared


def _unsigned(source: LogSource, signed: Signed) -> int:
    size, _ = _newest(source, signed)
    return source.size - size


def _signed_at(source: LogSource, signed: Signed) -> int:
    """Return when (s) the newest head that counts was signed, or 0."""
    _, note = _newest(source, signed)
    return checkpoint.signed_at(note, source.origin) if note else 0


def _newest(source: LogSource, signed: Signed) -> tuple[int, bytes]:
    """Return (0, b"") if no head counts."""
    newest = deque(source.heads(), maxlen=HEADS_TRIED)
    for size, note in sorted(newest, reverse=True):
        if size <= source.size and _is_of(source.origin, note) and signed(note):
            return size, note
    return 0, b""


def _is_of(origin: str, note: bytes) -> bool:
    try:
        return head_of(note).origin == origin
    except FusionError:
        return False


def _first(a: LogSource, b: LogSource, progress: Progress) -> int | None:
    least = min(a.size, b.size)
    for (index, one), (_, other) in zip(a.entries(), b.entries(), strict=False):
        if one != other:
            return index
        progress(a.origin, index, least)
    return None


class _Sides:
    """Finds a head beside one tree, and a head on it that is at least as large."""

    def __init__(self, origin: str, signed: Signed) -> None:
        self._origin, self._signed = origin, signed
        self._edge = Edge.empty()
        self._on: tuple[int, bytes] | None = None  # the largest on the tree
        self._beside: tuple[int, bytes] | None = None  # the smallest beside it

    def walk(self, larger: LogSource, smaller: LogSource) -> tuple[bytes, bytes] | None:
        """Return notes of a head of each, or None.

        At the size of the first, the entries under the second have another root: no
        tree has both.
        """
        own, others = KeptHeads(larger.heads()), KeptHeads(smaller.heads())
        for run in larger.runs():
            end = run.start + run.count
            ours, theirs = dict(own.upto(end)), dict(others.upto(end))
            cuts = sorted(ours.keys() | theirs.keys())
            leaves = subtree.leaves(run.entries())
            for cover in subtree.covers(run.start, leaves, cuts):
                self._edge = subtree.fold(self._edge, cover)
                size = self._edge.size
                self._see(ours.get(size), theirs.get(size))
        if self._beside is None or self._on is None or self._on[0] < self._beside[0]:
            return None
        return (self._beside[1], self._on[1]) if self._signed(self._on[1]) else None

    def _see(self, own: bytes | None, other: bytes | None) -> None:
        size, root = self._edge.size, self._edge.root()
        if own is not None and self._root(own) == root:
            self._on = size, own
        if other is not None and self._beside is None:
            found = self._root(other)
            if found not in {None, root} and self._signed(other):
                self._beside = size, other

    def _root(self, note: bytes) -> bytes | None:
        """Return the claimed root for the tree at its present size."""
        try:
            head = head_of(note)
        except FusionError:
            return None
        right = (head.origin, head.size) == (self._origin, self._edge.size)
        return head.root if right else None


def _prove(larger: LogSource, beside: bytes, newest: bytes) -> bytes:
    size = head_of(newest).size
    walked = TreeTracker(size, [head_of(beside).size])
    entries = (entry for _, entry in islice(larger.entries(), size))
    deque(walked.follow(entries), maxlen=0)
    return fork.between(beside, newest, walked.get).encode()


def _compare_directories(
    a: LogSource,
    b: LogSource,
    heads_s: tuple[int, int],
    pinned: Mapping[str, Bundle] | None,
) -> ComparedDirectories:
    """Compare only signed ones, with trust bundles.

    `heads_s` is when (s) each newest head was signed.
    """
    verify = _verifier(a.origin, pinned)
    one, other = _read(a, verify), _read(b, verify)
    both = one.roots.keys() & other.roots.keys()
    differing = [size for size in both if one.roots[size] != other.roots[size]]
    lack_a, lack_b = (
        lacks_directory_head(head_s, shown.last_s)
        for head_s, shown in zip(heads_s, (one, other), strict=True)
    )
    return ComparedDirectories(min(differing, default=None), (lack_a, lack_b))


def _verifier(origin: str, pinned: Mapping[str, Bundle] | None) -> _Verify:
    """Return a check that raises Refusal unless the log, if known, signed."""
    if pinned is None:
        return lambda _: None
    ends = key_ends(pinned.values())
    keys = ends.unrevoked(keys_of(origin, pinned).log)
    return lambda note: ends.verify_directory_head(note, origin, keys)


def _read(source: LogSource, verify: _Verify) -> _Shown:
    roots: dict[int, bytes] = {}
    times: list[int] = []
    for note in source.directory_notes():
        try:
            head = head_of(note)
            if head.origin != directory_origin(source.origin):
                continue
            verify(note)
        except FusionError:  # does not count; `audit verify` reports it
            continue
        roots[head.size] = head.root
        times.append(checkpoint.signed_at(note, source.origin))
    return _Shown(roots, max(times, default=0))
