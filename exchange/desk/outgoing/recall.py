"""Recalls, which take a bulletin back; they mark it and delete nothing.

Sealed for all readers of the bulletin under its label; each of them is asked to act.
"""

from collections.abc import Sequence

from exchange.bulletin.content import encode
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox import Mailbox
from exchange.desk.outgoing.composer import Composer, Prepared, remark_of
from exchange.desk.remarks import INSTRUCTION, RECALL, check_code
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

STOP_USE = "STOP_USE"


def remark(
    reason: str, text: str, instruction: str, confirmed: Sequence[str] = ()
) -> bulletin_pb2.Remark:
    """Raise Refusal for the code or the text at fault.

    FIELD_MISSING or CODE_UNKNOWN for reason and instruction.
    """
    check_code(RECALL, reason, "reason")
    check_code(INSTRUCTION, instruction or STOP_USE, "instruction")
    return remark_of(text, reason, instruction or STOP_USE, confirmed)


def earlier(
    mailbox: Mailbox, name: bytes, recall_remark: bulletin_pb2.Remark
) -> bytes | None:
    """Return the recall with this remark, if any.

    One refused for good by its own node does not count. Refusal(REFERENCES) if an
    earlier one has another remark: a bulletin is recalled once.
    """
    for given in mailbox.receipts.of(name):
        if given.relation != "RECALLS" or _refused(mailbox, given.name):
            continue
        if given.remark == encode(recall_remark):
            return given.name
        why = Why(
            "was already recalled, with another reason or remark; see fusion show"
        )
        raise Refusal(Reason.REFERENCES, f"{name.hex()[:16]}: RECALLED", why)
    return None


def _refused(mailbox: Mailbox, name: bytes) -> bool:
    row = mailbox.messages.row(name)
    return row.state in {"refused", "expired"} and row.index is None


def compose(
    composer: Composer,
    name: bytes,
    about: About,
    own: str,
    recall_remark: bulletin_pb2.Remark,
) -> Prepared:
    """Raise Refusal(REFERENCES) unless it is a bulletin of `own`."""
    if about.desk != own or about.core.kind != pb.KIND_BULLETIN:
        why = Why("you can recall only bulletins of your own desk")
        raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
    return composer.recall(name, about, recall_remark)
