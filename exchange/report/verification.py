"""The verification of an export, as far as the page needs it."""

from collections.abc import Mapping

from exchange.audit.judge.keys import keys_of
from exchange.audit.result import Audit, LogAudit
from exchange.audit.sources.export_file import Export
from exchange.errors import Refusal
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.report.header_table import Key, LogVerification
from exchange.trust.bundle import Bundle


def judged_logs(export: Export, audit: Audit) -> dict[str, LogVerification]:
    pinned = {bundle.domain: bundle for bundle in audit.trust}
    return {log.origin: _judged(export, log, pinned) for log in audit.logs}


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
    """Return those that a policy of the log ever named."""
    keys: dict[Key, Vkey] = {}
    for text in export.log(origin).policies():
        try:
            keys.update((vkey.key, vkey) for vkey in Policy.parse(text).vkeys)
        except Refusal:  # a retention period, or damage, which is a fault
            continue
    return keys
