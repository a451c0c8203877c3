"""Check the signature behind an export against the keys in its own logs."""

from collections.abc import Sequence

from exchange.audit.result import DOUBTED, LogAudit, TakenBy
from exchange.audit.sources.export_file import Export
from exchange.errors import Reason, Tampered
from exchange.trust import names
from exchange.trust.registered_keys import Registered, registered_key
from exchange.trust.statements import AUTHOR
from exchange.v1 import envelope_pb2 as pb


def check_signer(export: Export, logs: Sequence[LogAudit]) -> TakenBy | None:
    """Return None if the export is unsigned.

    1. A log of the officer's node registers the key for this author (SIGNER_UNKNOWN).
    2. The key was valid at the signature's time (SIGNER_TIME).
    3. It signed everything before the trailer (SIGNATURE).

    The result says if the key was revoked since. Raises Tampered.
    """
    said = export.signature
    if said is None:
        return None
    node = names.node_of(names.desk_of(said.officer))
    own = [log for log in logs if log.origin.partition(".fusion/")[0] == node]
    # 1
    key = _find_key(own, said.officer, said.kid)
    # 2
    if not key.valid_from <= said.at <= key.valid_until:
        raise Tampered(Reason.SIGNER_TIME, f"export, trailer: {said.officer}")
    # 3
    said.check(export.sha256(), key.public)
    ends = [
        one.since
        for log in own
        for one in log.revocations
        if one.revokes == key.kid and one.sort != DOUBTED
    ]
    return TakenBy(said.officer, said.at, min(ends, default=0))


def _find_key(logs: Sequence[LogAudit], officer: str, kid: bytes) -> Registered:
    for log in logs:
        for one in log.stated:
            statement = one.statement
            if statement.type != pb.STATEMENT_TYPE_KEY:
                continue
            if (statement.subject, statement.role) == (officer, AUTHOR):
                key = registered_key(statement, one.index, one.core.author)
                if key.kid == kid:
                    return key
    raise Tampered(Reason.SIGNER_UNKNOWN, f"export, trailer: {officer}")
