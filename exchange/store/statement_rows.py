"""The row that indexes a statement, derived from its entry (statements.py)."""

from exchange import envelope
from exchange.errors import Refusal
from exchange.trust import names
from exchange.trust.statements import OFFICER_ROLES, ROOT, parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid

StatementRow = tuple[int, int, int, str, str, str, bytes, int]


def statement_row(log: int, index: int, entry: bytes) -> StatementRow | None:
    try:
        parsed = envelope.split(entry)
        statement = parse_statement(parsed.core.clear)
    except Refusal:
        return None
    role, key_id = statement.role, statement.revokes
    revokes = statement.type == pb.STATEMENT_TYPE_REVOCATION
    if revokes and parsed.signatures[0].role == ROOT:
        role = ROOT
    if statement.type == pb.STATEMENT_TYPE_KEY:
        key_id = kid(statement.algorithm, statement.public_key)
    return (
        *(log, index, statement.type, statement.subject, role),
        names.desk_of(statement.subject) if role in OFFICER_ROLES else "",
        *(key_id, statement.compromised_since),
    )
