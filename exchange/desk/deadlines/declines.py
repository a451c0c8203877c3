"""An officer takes note that a desk cannot do what a bulletin of his desk asks.

It stays open in the hand-over until then. Nothing is signed, and nobody else learns it.
"""

from exchange.desk.client import Desk
from exchange.errors import Reason, Refusal, Why

_NONE = Why("no desk says that it cannot do this; see fusion list --handover")


def take_note(desk: Desk, name: bytes) -> None:
    """Keep that this officer took note of all that is declined of a bulletin now.

    What another desk declines later is open again. Refusal(NOT_FOUND) where nothing is.
    """
    row = desk.mailbox.messages.row(name)
    with desk.writing():
        noted = row.outgoing and desk.mailbox.answers.take_note(
            row.number, desk.officer.name, desk.clock()
        )
    if not noted:
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16], _NONE)
