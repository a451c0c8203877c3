"""Check what an export must hold, by its own signatures and known heads.

docs/spec/export.md, "What it must hold". So an export must hold each log of the trust
files, reach each head that its node signed, and be dated after its signatures.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from exchange.audit.judge.keys import LogKeys, keys_of, log_before
from exchange.audit.result import Demands, Fault, LogAudit, RolledBack
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import LogSource
from exchange.errors import FusionError, Reason
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import head_of
from exchange.ledger.note import Vkey
from exchange.ledger.tree_tracker import TreeTracker
from exchange.limits import SECOND
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import KeyEnds, key_ends


class Asked(Struct, frozen=True):
    """The operator's options: `known` heads, logs that may be missing, a false time."""

    known: Sequence[bytes] = ()
    missing: frozenset[str] = frozenset()
    time: bool = False


def meet(
    export: Export,
    logs: Sequence[LogAudit],
    pinned: Mapping[str, Bundle],
    asked: Asked,
) -> Demands:
    """Return those not met; add each fork to `logs`.

    1. Each log in the trust files is there.
    2. No log ends below a head that the exporter signed, unless a later log continues
       it. Heads that exclude each other are a fork, with its proof.
    3. Its time is not before any signature by the exporter's own keys.
    """
    # 1
    listed = [o for b in pinned.values() for n in b.nodes.values() for o in n.origins]
    there = {log.origin for log in logs}
    lacking = sorted(set(listed) - there)
    # 2
    ended = {log_before(log.origin, pinned) for log in logs if log.size}
    shown = Shown(export.node, pinned, key_ends(pinned.values()))
    counted = 0
    rolled: list[RolledBack] = []
    forks: dict[str, bytes] = {}
    for log in logs:
        known = [note for note in asked.known if head_of(note).origin == log.origin]
        newest = [log.newest] if log.newest else []
        heads = list(shown.verified(log.origin, [*newest, *known, *log.strays]))
        counted += len(list(shown.verified(log.origin, known)))
        if log.origin not in ended and (back := shown.rolled_back(log, heads)):
            rolled.append(back)
        if proof := shown.prove_fork(export.log(log.origin), log.newest, heads):
            forks[log.origin] = proof
            log.add(Fault(log.origin, None, Reason.FORK, "fork"))
    # 3
    own_s, others = _lines(export, logs)
    ahead = {name: at for name, at in others.items() if at * SECOND > export.exported}
    return Demands(
        missing=tuple(o for o in lacking if o not in asked.missing),
        allowed=tuple(o for o in lacking if o in asked.missing),
        rolled_back=tuple(rolled),
        forks=forks,
        known=counted,
        own_s=own_s,
        ahead=tuple(sorted(ahead.items())),
        allow_time=asked.time,
    )


class Shown(Struct, frozen=True):
    """Heads that count against an exporter, by the keys of the trust files."""

    node: str
    pinned: Mapping[str, Bundle]
    ends: KeyEnds

    def verified(self, origin: str, notes: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the notes that the log signed with keys not revoked."""
        keys = self.ends.unrevoked(keys_of(origin, self.pinned).log)
        for note in notes:
            try:
                self.ends.verify_head(note, keys)
            except FusionError:
                continue
            yield note

    def rolled_back(self, log: LogAudit, notes: Sequence[bytes]) -> RolledBack | None:
        """Return one if the log ends below a verified head of the exporter's."""
        sizes = [
            head_of(note).size
            for note in notes
            if head_of(note).size > log.size and self.time_of(log.origin, note)
        ]
        return RolledBack(log.origin, log.size, max(sizes)) if sizes else None

    def time_of(self, origin: str, note: bytes) -> int:
        """Return when (s) the exporter signed it; 0 if it did not."""
        keys = keys_of(origin, self.pinned)
        if keys.node == self.node:
            return checkpoint.signed_at(note, origin)
        mirror = self._mirror(keys)
        try:
            times = self.ends.cosignatures(note, mirror)
        except FusionError:
            return 0
        return max(times.values(), default=0)

    def _mirror(self, keys: LogKeys) -> Sequence[Vkey]:
        name = checkpoint.cosigner_name(self.node)
        return [key for key in keys.mirrors if key.name == name]

    def prove_fork(
        self, source: LogSource, newest: bytes | None, notes: Sequence[bytes]
    ) -> bytes | None:
        """Return the proof that two of the heads exclude each other.

        1. Two heads have one size.
        2. A head lies beside the tree of `newest`, if that was verified.
        """
        # 1
        by_size: dict[int, bytes] = {}
        for note in notes:
            other = by_size.setdefault(head_of(note).size, note)
            if head_of(note) != head_of(other):
                return self._proof(source.origin, (other, note), TreeTracker(0, ()))
        # 2
        if newest is None or newest not in notes:
            return None
        head = head_of(newest)
        walked = TreeTracker(head.size, by_size)
        if any(0 < size < head.size for size in by_size):
            entries = (entry for _, entry in islice(source.entries(), head.size))
            deque(walked.follow(entries), maxlen=0)
        for size, root in walked.roots.items():
            note = by_size[size]
            if head_of(note).root != root and walked.leads_to(head):
                return self._proof(source.origin, (note, newest), walked)
        return None

    def _proof(
        self, origin: str, pair: tuple[bytes, bytes], tree: TreeTracker
    ) -> bytes:
        keys = keys_of(origin, self.pinned).log
        first, second = (checkpoint.only(note, keys) for note in pair)
        return fork.between(first, second, tree.get).encode()


def _lines(export: Export, logs: Sequence[LogAudit]) -> tuple[int, dict[str, int]]:
    """Return when (s) the exporter signed last, and others by name."""
    own = {checkpoint.cosigner_name(export.node)}
    own |= {
        log.origin for log in logs if log.origin.partition(".fusion/")[0] == export.node
    }
    times: dict[str, int] = {}
    for log in logs:
        signed = max(log.signed_s, log.directory.last_s)
        for name, at in (
            (log.origin, signed),
            *((one.name, one.time_s) for one in log.cosigners),
        ):
            times[name] = max(at, times.get(name, 0))
    own_s = max((at for name, at in times.items() if name in own), default=0)
    return own_s, {name: at for name, at in times.items() if name not in own}
