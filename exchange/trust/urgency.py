"""The urgency of an envelope: whether it may pass its log, and in which order.

By the signed header and statement alone, so that all agree (docs/spec/express.md).
"""

from exchange.trust import rules
from exchange.v1 import envelope_pb2 as pb

REVOCATION = 1
_ACTUAL, _EXERCISE = 1, 9
SENT = frozenset({pb.KIND_BULLETIN, pb.KIND_TRANSLATION, pb.KIND_RECEIPT})


def urgency_of(core: pb.Core, statement: pb.Statement | None) -> int:
    """Return 0 if it keeps its turn; else a rank, lowest first.

    Revocations, then ACTUAL, then EXERCISE; each by precedence. A recall is urgent at
    any precedence; a TEST never is.
    """
    if statement is not None:
        revoked = statement.type == pb.STATEMENT_TYPE_REVOCATION
        return REVOCATION if revoked else 0
    urgent = core.kind in SENT and core.precedence in rules.URGENT
    if not (urgent or core.kind == pb.KIND_RECALL) or core.mode == pb.MODE_TEST:
        return 0
    return core.precedence + (_ACTUAL if core.mode == pb.MODE_ACTUAL else _EXERCISE)
