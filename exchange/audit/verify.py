"""Everything that a node's database holds, verified again, by public keys alone.

Works beside a running node, on one view of its database, and needs no passphrase.
What has changed is found and named by log and index. A sum without a key (sums.py)
stands for what no signature covers; dead space in the file's pages is held by the
digest that its node left on closing it (whole.py), and by nothing while it is open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exchange import config
from exchange.audit.judge import beside
from exchange.audit.judge.judging import Judging, Keys, keys_of
from exchange.audit.judge.log import Cosigned, LogVerifier
from exchange.audit.tell.report import Fault, Findings, LogReport, Report, shown
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.store import raw as raws
from exchange.store import whole
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.sums import Value
from exchange.trust import bundle as bundles
from exchange.trust.bundle import Bundle

Progress = Callable[[str, int, int], None]
"""Told origin, entries done, entries in all, after each entry."""


def _silent(origin: str, done: int, size: int) -> None:
    """Tell nobody."""


def verify_home(home: Path, progress: Progress = _silent, now: int = 0) -> Report:
    """Verify the database of the node in `home`, by the bundles imported there.

    At `now` (ms UTC) what is past its retention may be gone; at 0 nothing may.

    Raises Refusal(HOME | BUNDLE | LOCKED | ...) where there is no node that could be
    verified, DATABASE where there is no database to read. Whatever is wrong in the
    database is no exception but stands in the report.
    """
    node = config.node_home(home)
    me = config.read_node(node).name
    pinned = bundles.load_all(node.trust)
    try:
        node.database.open("rb").close()
    except OSError:
        raise Refusal(Reason.DATABASE, config.short(node.database)) from None
    return verify_file(node.database, me, pinned, progress, now)


def verify_file(
    path: Path,
    me: str,
    pinned: Mapping[str, Bundle],
    progress: Progress = _silent,
    now: int = 0,
) -> Report:
    """Verify a database of node `me`; a file too damaged to be read is a finding."""
    findings = Findings()
    found: list[LogReport] = []
    try:
        with raws.opened(path) as raw:
            found += _Verification(raw, me, pinned, findings, progress, now).run()
    except (Refusal, Tampered) as error:
        if error.reason is not Reason.DATABASE:
            raise
        findings.add(Fault(None, None, Reason.DATABASE, error.where))
    if whole.changed(path) and not findings.wrong:
        findings.add(Fault(None, None, Reason.DATABASE, "a byte outside of any row"))
    return Report(
        tuple(found),
        findings.entries,
        findings.signatures,
        tuple(findings.faults),
        findings.wrong,
        findings.erased,
        findings.lacking,
        tuple(findings.lacks_first),
    )


@dataclass(frozen=True, slots=True)
class _Verification:
    """One run over one view of a database."""

    raw: Raw
    me: str
    pinned: Mapping[str, Bundle]
    findings: Findings
    progress: Progress
    now: int
    done: dict[str, Judging] = field(default_factory=dict)

    def run(self) -> list[LogReport]:
        """Verify everything.

        1. The file itself is sound, and its schema ours.
        2. Each log, from its first entry to its newest head (log.py).
        3. What arrived, what partners refused, how it stands with them (beside.py).
        """
        logs = self.raw.logs()
        # 1
        self._keep(beside.file(self.raw, logs))
        # 2
        cosigned = [self._log(row) for row in logs]
        # 3
        by_origin = {row.origin: by for row, by in zip(logs, cosigned, strict=True)}
        own = by_origin.get(self._own(), Cosigned())
        self._keep(self._beside(logs, own.up_to))
        return [
            self._report(row, by.newest) for row, by in zip(logs, cosigned, strict=True)
        ]

    def _own(self) -> str:
        """Return the log that this node writes to."""
        for bundle in self.pinned.values():
            if self.me in bundle.nodes:
                return bundle.nodes[self.me].origins[-1]
        return checkpoint.log_origin(self.me)

    def _keep(self, faults: Iterator[Fault]) -> None:
        """Keep what a check yields; that it cannot go on is a fault too."""
        try:
            for fault in faults:
                self.findings.add(fault)
        except Tampered as error:
            self.findings.add(Fault(None, None, error.reason, error.where))

    def _log(self, row: RawLog) -> Cosigned:
        """Verify one log as far as the file can be read; return who cosigned it."""
        origin = shown(row.origin)
        try:
            keys = keys_of(origin, self.pinned)
            before = self.done.get(keys.before(origin))
            verifier = LogVerifier(self.raw, row, self.me, keys, self.now, before)
            self.done[origin] = verifier.judging
        except Refusal as refusal:
            self.findings.add(Fault(origin, None, refusal.reason, "log.origin"))
            return Cosigned()
        done = 0
        try:
            for done in verifier.run(self.findings):
                self.progress(origin, done, _size(row))
        except Tampered as error:
            self.findings.add(Fault(origin, done, error.reason, error.where))
        return verifier.cosigned

    def _beside(
        self, logs: Sequence[RawLog], up_to: Mapping[str, int]
    ) -> Iterator[Fault]:
        origins = {row.number: shown(row.origin) for row in logs}
        nodes = {name for bundle in self.pinned.values() for name in bundle.nodes}
        peers = nodes - {self.me}
        refusals = 0
        for refusal in self.raw.refusals():
            refusals += 1
            yield from beside.refusal(refusal, origins, peers)
        for lacking in self.raw.lacking():
            yield from beside.lacking(lacking, origins, peers)
        yield from beside.Arrivals(origins).run(self.raw, refusals)
        for peer in self.raw.peers():
            size = up_to.get(checkpoint.cosigner_name(str(peer.name)), 0)
            yield from beside.peer(peer, peers, size)
        for waiting in self.raw.waiting():
            yield from beside.waiting(waiting)
        yield from beside.times(self.raw)
        yield from self._aside(origins)

    def _aside(self, origins: Mapping[Value, str]) -> Iterator[Fault]:
        """Check the pulse and the proof of a fork of each log that is pinned."""
        for pulse in self.raw.pulses():
            origin = origins.get(pulse.log, "")
            keys = self._keys(origin)
            if keys is not None:
                cosigners = self.done[origin].cosigners
                yield from beside.pulse(pulse, origin, keys.log, cosigners)
        for fork in self.raw.forks():
            origin = origins.get(fork.log, "")
            keys = self._keys(origin)
            if keys is not None:
                yield from beside.forked(fork, origin, keys.log)

    def _keys(self, origin: str) -> Keys | None:
        """Return the keys of a log; None where that was found wrong already."""
        try:
            return keys_of(origin, self.pinned)
        except Refusal:
            return None

    def _report(self, row: RawLog, cosigned_by: tuple[str, ...]) -> LogReport:
        root = row.root if isinstance(row.root, bytes) else b""
        return self.findings.log(shown(row.origin), _size(row), root, cosigned_by)


def _size(row: RawLog) -> int:
    return row.size if isinstance(row.size, int) else 0
