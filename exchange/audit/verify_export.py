"""Verify a whole export offline."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from exchange.audit import trust_files
from exchange.audit.compare import compare
from exchange.audit.judge import chunk, demands, pool
from exchange.audit.judge.demands import Asked
from exchange.audit.judge.export_signer import check_signer
from exchange.audit.judge.replay import Means
from exchange.audit.judge.resume import KeptResumption, Resumption
from exchange.audit.judge.verify_log import verify_logs
from exchange.audit.result import Audit, LogAudit
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import Progress, silent
from exchange.trust.bundle import Bundle
from keys.secret_records import SecretRecord


class ExportRequest(SecretRecord, frozen=True):
    """A request to verify an export.

    `trust` are (name, bytes) of the trust files; `resume_key` is this user's own key,
    None not to resume an interrupted audit; `workers` are processes, None for one per
    core. With `at` (ms UTC), keys not ended then are current; `against` is a
    newer export that may continue this one. `require_cosigned` as in `Audit`; `asked`
    has further demands.
    """

    path: Path
    trust: Sequence[tuple[str, bytes]]
    now: int  # ms UTC
    max_age: int | None = None  # s
    resume_key: bytes | None = None
    workers: int | None = None
    at: int | None = None
    against: Path | None = None
    require_cosigned: bool = True
    asked: Asked = field(default_factory=Asked)


def verify(request: ExportRequest, progress: Progress = silent) -> Audit:
    """Verify by the trust files alone; the result has the faults.

    Raises as `load` and `check_needed` of trust_files and `check_signer` do, and
    Refusal(INPUT) with the place if the file is no export.

    1. The trust files are sound, and of the nations needed.
    2. Results of an interrupted run over the same bytes count.
    3. Each log is verified.
    4. The export meets the demands.
    5. Its signer is found, if it is signed.
    6. Logs whose newest head rests on ended keys continue in a newer export.
    """
    # 1
    pinned = trust_files.load(request.trust)
    with Export.open(request.path) as export:
        trust_files.check_needed(pinned, (log.origin for log in export.logs))
        trust_files.check_listed(pinned, export.node)
        # 2
        done = _resumption(request, export, pinned)
        # 3
        try:
            conduct = Conduct(done, request.workers, progress, request.at)
            logs = verify_all(export, pinned, conduct)
        except BaseException:
            done.save()
            raise
        done.forget()
        # 4
        lacking = demands.meet(export, logs, pinned, request.asked)
        # 5
        taken = check_signer(export, logs)
        # 6
        continued = _continued(request, export, pinned, logs, progress)
        found = export.node, export.exported, export.digest, tuple(logs), lacking
        trust, asked = tuple(pinned.values()), request.require_cosigned
        return Audit(
            request.now, request.max_age, *found, trust, continued, asked, taken
        )


def _continued(
    request: ExportRequest,
    export: Export,
    pinned: Mapping[str, Bundle],
    logs: Sequence[LogAudit],
    progress: Progress,
) -> frozenset[str]:
    """Return those that it holds at least as far as this one.

    Only sound logs there, with a newest head that rests on current keys.
    """
    if request.against is None or not any(log.retired for log in logs):
        return frozenset()
    with Export.open(request.against) as newer:
        trust_files.check_needed(pinned, (log.origin for log in newer.logs))
        conduct = Conduct(workers=request.workers, progress=progress)
        found = verify_all(newer, pinned, conduct)
        sound = {log.origin for log in found if log.ok and not log.retired}
        return frozenset(
            one.origin
            for one in compare(export, newer, pinned, progress)
            if one.ok and one.origin in sound and (one.a or 0) <= (one.b or 0)
        )


def _resumption(
    request: ExportRequest, export: Export, pinned: Mapping[str, Bundle]
) -> Resumption:
    if request.resume_key is None:
        return Resumption()
    files = [bundle.data for bundle in pinned.values()]
    said = export.digest, files, request.resume_key
    return KeptResumption.beside(request.path, *said)


class Conduct(Struct, frozen=True):
    """The settings of a verification.

    `done` has an interrupted run's results; `workers` are processes, None for one per
    core. With `at` (ms UTC) only keys that had ended then are ended.
    """

    done: Resumption = field(default_factory=Resumption)
    workers: int | None = None
    progress: Progress = silent
    at: int | None = None


def verify_all(
    export: Export, pinned: Mapping[str, Bundle], conduct: Conduct
) -> list[LogAudit]:
    """Verify one after the other, each on all cores."""
    size = sum(log.size for log in export.logs)
    with pool.open_pool(chunk.judge, size, conduct.workers) as many:
        means = Means(pinned, many, conduct.done, conduct.progress, conduct.at)
        return verify_logs(export.logs, means)
