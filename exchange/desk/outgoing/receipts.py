"""The remark of a receipt, and replacing receipts that must be signed again."""

from collections.abc import Iterable, Sequence

from exchange.desk.mailbox import Mailbox, Receipt
from exchange.desk.outgoing.composer import remark_of
from exchange.desk.remarks import DECLINE, check_code
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

_SILENT = Why("goes with ACKNOWLEDGED, COMPLETED or CANNOT_COMPLY, not with OPENED")


def remark(
    relation: "pb.Relation.ValueType",
    text: str,
    reason: str,
    confirmed: Sequence[str] = (),
) -> bulletin_pb2.Remark | None:
    """Return None if there is no text and no reason.

    CANNOT_COMPLY needs a reason, a code of decline_reason or in words:
    Refusal(FIELD_MISSING | CODE_UNKNOWN). FIELD_VALUE for a code with any other
    relation, and for a text with OPENED.
    """
    declines = relation == pb.RELATION_CANNOT_COMPLY
    if declines and (reason or not text):
        check_code(DECLINE, reason, "reason")
    if reason and not declines:
        raise Refusal(Reason.FIELD_VALUE, "reason")
    if text and relation == pb.RELATION_OPENED:
        raise Refusal(Reason.FIELD_VALUE, "remark", _SILENT)
    if not text and not reason:
        return None
    return remark_of(text, reason, confirmed=confirmed)


def acknowledged_by(mailbox: Mailbox, references: Iterable[pb.Reference]) -> set[bytes]:
    """Return the messages that a draft acknowledges by answering them.

    Only those that ask for it, and that no officer of this desk acknowledged.
    """
    answered = [x.name for x in references if x.relation == pb.RELATION_ANSWERS]
    return mailbox.obligations.select_unanswered(answered)


def drop_resigned(mailbox: Mailbox, given: Iterable[Receipt], new: bytes) -> None:
    for one in given:
        if one.state == "resign":
            mailbox.receipts.drop(one.name)
            mailbox.outbox.renew(one.name, new)
