"""The row by which a statement is found, as its entry says it (statements.py)."""

from exchange import envelope
from exchange.errors import Refusal
from exchange.trust import names
from exchange.trust.statements import OFFICER_ROLES, parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid

StatementRow = tuple[int, int, int, str, str, str, bytes, int, int]


def statement_row(log: int, index: int, entry: bytes) -> StatementRow | None:
    """Return the row of a statement that stands there; None of what is none."""
    try:
        statement = parse_statement(envelope.split(entry).core.clear)
    except Refusal:
        return None
    officer = statement.role in OFFICER_ROLES
    key_id = statement.revokes
    if statement.type == pb.STATEMENT_TYPE_KEY:
        key_id = kid(statement.algorithm, statement.public_key)
    return (
        *(log, index, statement.type, statement.subject, statement.role),
        names.desk_of(statement.subject) if officer else "",
        *(key_id, statement.serial, statement.compromised_since),
    )
