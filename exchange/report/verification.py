"""The verification of an export, as far as the page needs it."""

from collections.abc import Mapping

from exchange.audit import trust_files, verify_export
from exchange.audit.judge.keys import keys_of
from exchange.audit.result import LogAudit
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import Progress
from exchange.errors import Refusal
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.report.header_table import Key, LogVerification
from exchange.trust.bundle import Bundle


def verify_logs(
    export: Export, pinned: Mapping[str, Bundle], progress: Progress
) -> dict[str, LogVerification]:
    """Verify every log of an export by the trust bundles, on all cores.

    Raises Refusal(NOT_PINNED) for a log that no bundle names, BUNDLE for a bundle too
    many, INPUT where the file is none.
    """
    trust_files.check_needed(pinned, (log.origin for log in export.logs))
    audits = verify_export.verify_all(
        export, pinned, verify_export.Conduct(progress=progress)
    )
    return {audit.origin: _judged(export, audit, pinned) for audit in audits}


def _judged(
    export: Export, audit: LogAudit, pinned: Mapping[str, Bundle]
) -> LogVerification:
    keys = keys_of(audit.origin, pinned)
    return LogVerification(
        verified=True,
        signatures=audit.signatures,
        wrong=audit.wrong,
        faults=audit.faults,
        refused=dict(audit.refusals()),
        keys=frozenset(key.key for key in (*keys.log, *keys.mirrors)),
        witnesses=_witnesses(export, audit.origin),
        revocations=audit.revocations,
    )


def _witnesses(export: Export, origin: str) -> dict[Key, Vkey]:
    """Return the keys of all witnesses that a policy of the log ever named."""
    keys: dict[Key, Vkey] = {}
    for text in export.log(origin).policies():
        try:
            keys.update((vkey.key, vkey) for vkey in Policy.parse(text).vkeys)
        except Refusal:  # how long bodies are kept, or damage that is a fault
            continue
    return keys
