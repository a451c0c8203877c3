"""Erase a text at this desk on the order of its author's desk, and answer.

Only the author's desk can give the order, a sealed recall with the instruction DESTROY.
The order erases nothing by itself: no nation can take back a text sent to another.
"""

from collections.abc import Sequence

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.mailbox import Mailbox, Receipt
from exchange.desk.outgoing import receipts
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord

DESTROY = "DESTROY"
ANSWERS = frozenset({"COMPLETED", "CANNOT_COMPLY", "UNOPENABLE"})
"""The receipts that settle such an order."""


def erase_recalled(
    desk: Desk, name: bytes, remark: str = "", confirmed: Sequence[str] = ()
) -> bytes | None:
    """Erase a bulletin's text, and answer its recall with COMPLETED; idempotent.

    Returns the name of the receipt; None at the author's own desk, which owes none.
    `remark` is sealed with it: for example what the node's operator has done.

    1. Its author's desk ordered it, else Refusal(REFERENCES); the remark is valid.
    2. The text is erased, with its key and everything derived from it here.
    3. The desk answers.
    """
    # 1
    recall = find_order(desk.mailbox, name)
    receipts.remark(pb.RELATION_COMPLETED, remark, "", confirmed)
    # 2
    desk.mailbox.erasure.erase(name)
    # 3
    if desk.mailbox.messages.row(recall).outgoing:
        return None
    return desk.acknowledge(recall, pb.RELATION_COMPLETED, remark, confirmed=confirmed)


class ErasureOrder(SecretRecord, frozen=True):
    """`recall` and `text` are their names; `own`: this desk gave the order.

    `answers` are the receipts of desks that did it, or cannot; `waiting` are the other
    desks.
    """

    recall: bytes
    text: bytes
    filed: int  # ms UTC
    own: bool
    erased: bool
    """Whether the text is erased at this desk."""
    answers: tuple[Receipt, ...]
    waiting: tuple[str, ...]


def list_orders(mailbox: Mailbox) -> list[ErasureOrder]:
    """Return the newest first."""
    return [
        _order(mailbox, given)
        for given in mailbox.receipts.recalls()
        if _asks_to_destroy(given) and mailbox.messages.knows(given.about)
    ]


def _order(mailbox: Mailbox, given: Receipt) -> ErasureOrder:
    by = names.desk_of(given.author)
    core = envelope.split(given.entry).core
    said = mailbox.receipts.of(given.name)
    answers = tuple(o for o in said if o.relation in ANSWERS and not o.state)
    answered = {names.desk_of(one.author) for one in answers}
    asked = {recipient.desk for recipient in core.recipients} - {by}
    recall = mailbox.messages.row(given.name)
    return ErasureOrder(
        given.name,
        given.about,
        given.filed,
        recall.outgoing,
        mailbox.messages.row(given.about).verdict == Reason.ERASED,
        answers,
        tuple(sorted(asked - answered)),
    )


def ordered_erasure(mailbox: Mailbox, recall: bytes) -> bytes | None:
    """Return None for any other recall."""
    given = mailbox.receipts.get(recall)
    return given.about if given is not None and _asks_to_destroy(given) else None


def _asks_to_destroy(given: Receipt) -> bool:
    asks = given.relation == "RECALLS" and given.remark is not None
    return asks and decode_remark(given.remark or b"").instruction == DESTROY


def find_order(mailbox: Mailbox, name: bytes) -> bytes:
    """Raise Refusal(REFERENCES) if no recall orders it."""
    for given in mailbox.receipts.of(name):
        if _asks_to_destroy(given):
            return given.name
    why = Why("its author has not asked that it be destroyed")
    raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
