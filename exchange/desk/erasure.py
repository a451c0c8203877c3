"""Erase at this desk a text whose author's desk asks for that, and answer.

The order is a recall with the instruction DESTROY: only the author's desk can give it,
and it is sealed. It erases nothing by itself: what one nation was sent, the other one
cannot take out of its hands. An officer obeys, and his receipt says so.
"""

from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.mailbox import Mailbox
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import envelope_pb2 as pb

DESTROY = "DESTROY"


def erase_recalled(desk: Desk, name: bytes) -> bytes | None:
    """Erase the text of a bulletin, and sign COMPLETED of its recall; again is safe.

    Returns the name of the receipt; None at the author's own desk, which owes none.

    1. Its author's desk asks for that; else Refusal(REFERENCES).
    2. The text goes, with its key and whatever was made of it here.
    3. The desk answers.
    """
    # 1
    recall = find_order(desk.mailbox, name)
    # 2
    desk.mailbox.erasure.erase(name)
    # 3
    if desk.mailbox.messages.row(recall).outgoing:
        return None
    return desk.acknowledge(recall, pb.RELATION_COMPLETED)


def find_order(mailbox: Mailbox, name: bytes) -> bytes:
    """Return the recall that asks to destroy a bulletin; Refusal(REFERENCES)."""
    for given in mailbox.receipts.of(name):
        asked = given.relation == "RECALLS" and given.remark is not None
        if asked and decode_remark(given.remark or b"").instruction == DESTROY:
            return given.name
    why = Why("its author has not asked that it be destroyed")
    raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
