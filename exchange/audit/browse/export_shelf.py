"""The logs in an audit export, for an auditor with its trust files.

A window reads only its chunks of the file. Verifying an entry reads the whole log once,
as `fusion audit verify` does, and keeps the result but not the log.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from exchange.audit import trust_files
from exchange.audit.browse.entry_steps import ACCEPTED, Evidence, Rebuilt, steps
from exchange.audit.browse.header_lines import KnownLog, read_entry, read_head
from exchange.audit.judge import chunk, pool
from exchange.audit.judge.keys import log_before
from exchange.audit.judge.replay import Means
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.result import REASONS, LogAudit
from exchange.audit.sources.export_file import Export, ExportedLog
from exchange.audit.sources.log_source import claimed_size
from exchange.audit.text import audit_text
from exchange.audit.verify_export import ExportRequest, verify
from exchange.browsed_logs import (
    VERIFY,
    BrowsedEntry,
    BrowsedHead,
    BrowsedLog,
    Progress,
    ProofStep,
)
from exchange.errors import Reason, Refusal, Why
from exchange.trust.bundle import Bundle

_NO_EXPORT = Why("this is an export already; copy the file")


class ExportFiles(Struct, frozen=True):
    """Trust files are (name, bytes)."""

    export: Export
    trust: Sequence[tuple[str, bytes]]


class ExportShelf:
    """`now` returns ms UTC."""

    checks = VERIFY
    exports = False

    def __init__(self, files: ExportFiles, now: Callable[[], int]) -> None:
        """Load the trust files; raise if one of them cannot be used."""
        self._files, self._export, self._now = files, files.export, now
        self._pinned: Mapping[str, Bundle] = trust_files.load(files.trust)
        origins = [log.origin for log in self._export.logs]
        trust_files.check_needed(self._pinned, origins)
        self.title = self._export.path.name
        self._audits: dict[str, LogAudit] = {}

    def _known(self, origin: str) -> KnownLog:
        """Return keys, with officers' keys once the log was verified."""
        audit = self._audits.get(origin)
        return KnownLog.of(origin, self._pinned, audit.stated if audit else ())

    def logs(self) -> Sequence[BrowsedLog]:
        return [self._log(log) for log in self._export.logs]

    def _log(self, log: ExportedLog) -> BrowsedLog:
        note = _newest(log)
        head = None if note is None else read_head(note, self._known(log.origin))
        own = log.origin.partition(".fusion/")[0] == self._export.node
        return BrowsedLog(log.origin, log.size, own, head, log.fork() is not None)

    def heads(self, origin: str, below: int, count: int) -> Sequence[BrowsedHead]:
        """Return the newest first; read notes one by one."""
        notes = (
            note
            for note in self._export.log(origin).head_notes()
            if claimed_size(note) < below
        )
        log = self._known(origin)
        return [read_head(note, log) for note in reversed(deque(notes, count))]

    def entries(self, origin: str, start: int, count: int) -> Sequence[BrowsedEntry]:
        """Return entries, with verdicts once the log was verified."""
        directory, audit = self._known(origin).directory, self._audits.get(origin)
        found = islice(self._export.log(origin).entries(start), count)
        return [
            read_entry(index, entry, directory, _verdict(audit, index))
            for index, entry in found
        ]

    def steps(self, origin: str, index: int, tell: Progress) -> Sequence[ProofStep]:
        log = self._export.log(origin)
        found = next(islice(log.entries(index), 1), None)
        if found is None:
            raise Refusal(Reason.NOT_FOUND, f"{origin}#{index}")
        audit = self._audit(origin, tell)
        leads = Rebuilt(audit.size, audit.root)
        of = origin, index, found[1], _verdict(audit, index)
        return list(steps(Evidence(*of, self._known(origin), _newest(log), leads)))

    def _audit(self, origin: str, tell: Progress) -> LogAudit:
        if origin not in self._audits:
            before = log_before(origin, self._pinned)
            carried = self._audit(before, tell) if before else None
            log = self._export.log(origin)
            with pool.open_pool(chunk.judge, log.size) as many:
                means = Means(self._pinned, many, progress=tell)
                self._audits[origin] = verify_log(log, means, carried)
        return self._audits[origin]

    def check(self, tell: Progress) -> Sequence[str]:
        request = ExportRequest(self._export.path, self._files.trust, self._now())
        return list(audit_text.lines(verify(request, tell), bytes.hex))

    def export(self, out: str, tell: Progress) -> Sequence[str]:  # noqa: ARG002 - as others have it
        raise Refusal(Reason.INPUT, out, _NO_EXPORT)


def _newest(log: ExportedLog) -> bytes | None:
    """Return the one with the newest lines."""
    if (note := log.newest_note()) is not None:
        return note
    return next(iter(deque(log.head_notes(), 1)), None)


def _verdict(audit: LogAudit | None, index: int) -> str:
    if audit is None:
        return ""
    at = bisect_left(audit.all_ours, index)
    if at < audit.refused and audit.all_ours[at] == index:
        return REASONS[audit.reasons[at]]
    return ACCEPTED
