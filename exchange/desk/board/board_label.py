"""The label of a board: the most restrictive one of all bulletins that it shows."""

from functools import reduce
from operator import and_

from exchange.bulletin.combined_label import Label
from exchange.desk.board.records import Board
from exchange.desk.mailbox import Mailbox
from exchange.errors import Refusal


def label_of(mailbox: Mailbox, board: Board) -> Label | None:
    """Return the label of all that a board shows, None where it shows nothing.

    As each is to be handled now: what narrows it counts. Bulletins that are not here
    any more have none.
    """
    found = []
    for number in sorted({n for sign in board.signs for n in sign.numbers}):
        try:
            name = mailbox.messages.row(number).name
            found.append(mailbox.references.handling_of(name).label)
        except Refusal:  # it was moved to an archive meanwhile
            continue
    return reduce(and_, found) if found else None
