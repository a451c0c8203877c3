"""Verify a whole export without asking anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.audit import trust_files
from exchange.audit.judge import chunk, pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.resume import KeptResumption, Resumption
from exchange.audit.judge.verify_log import verify_logs
from exchange.audit.result import Audit, LogAudit
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import Progress, silent
from exchange.trust.bundle import Bundle


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A request to verify an export.

    `trust` are (name, bytes) of the trust files; `state` is the folder of this user's
    own key, by which an interrupted audit is taken up again, None not to; `workers`
    how many processes, None for one a core.
    """

    path: Path
    trust: Sequence[tuple[str, bytes]]
    now: int  # ms UTC
    max_age: int | None = None  # s
    state: Path | None = None
    workers: int | None = None


def verify(request: ExportRequest, progress: Progress = silent) -> Audit:
    """Verify an export by trust files alone.

    What is wrong in it stands in the result. Raises Refusal: what `load` and
    `check_needed` of trust_files raise, INPUT where the file is no export, naming the
    place.

    1. The trust files are sound, and those of the nations that are needed.
    2. What an interrupted run has verified counts, for these very bytes.
    3. Each log.
    """
    # 1
    pinned = trust_files.load(request.trust, request.now)
    with Export.open(request.path) as export:
        trust_files.check_needed(pinned, (log.origin for log in export.logs))
        # 2
        done = _resumption(request, export, pinned)
        # 3
        try:
            logs = verify_all(export, pinned, done, request.workers, progress)
        except BaseException:
            done.save()
            raise
        done.forget()
        found = export.node, export.exported, export.digest, tuple(logs)
        return Audit(request.now, request.max_age, *found)


def _resumption(
    request: ExportRequest, export: Export, pinned: Mapping[str, Bundle]
) -> Resumption:
    if request.state is None:
        return Resumption()
    files = [bundle.data for bundle in pinned.values()]
    return KeptResumption.beside(request.path, export.digest, files, request.state)


def verify_all(
    export: Export,
    pinned: Mapping[str, Bundle],
    done: Resumption | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[LogAudit]:
    """Verify each log of an export, one after the other, each on all cores."""
    size = sum(log.size for log in export.logs)
    with pool.open_pool(chunk.judge, size, workers) as many:
        means = Means(pinned, many, done or Resumption(), progress)
        return verify_logs(export.logs, means)
