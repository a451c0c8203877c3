"""An officer takes note that a desk declined a bulletin of his desk.

Until then it stays open in the hand-over. Nothing is signed or sent.
"""

from exchange.desk.client import Desk
from exchange.errors import Reason, Refusal, Why

_NONE = Why("no desk says that it cannot do this; see fusion list --handover")


def take_note(desk: Desk, name: bytes) -> None:
    """Record that this officer took note of the present declines, not of later ones.

    Raises Refusal(NOT_FOUND) if there are none.
    """
    row = desk.mailbox.messages.row(name)
    with desk.writing():
        noted = row.outgoing and desk.mailbox.answers.take_note(
            row.number, desk.officer.name, desk.clock()
        )
    if not noted:
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16], _NONE)
