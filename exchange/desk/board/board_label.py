"""The label of a board: the strictest of all bulletins that it shows."""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import and_

from exchange.bulletin.combined_label import Label
from exchange.desk.board.records import Board
from exchange.desk.mailbox import Mailbox
from exchange.errors import Refusal
from exchange.v1 import envelope_pb2

_TOGETHER = 512  # bulletins in one query


def label_of(
    mailbox: Mailbox, board: Board, counted: Iterable[bytes] = ()
) -> Label | None:
    """Return the label, None if the board is empty.

    `counted` are the names of the bulletins in the counts beside it. Each counts with
    its handling now, with narrowings. Bulletins no longer here have none.
    """
    names = sorted({*_names(mailbox, board), *counted})
    found = [
        handled.label
        for at in range(0, len(names), _TOGETHER)
        if (handled := mailbox.references.handling_together(names[at : at + _TOGETHER]))
    ]
    return reduce(and_, found) if found else None


def tlp_of(mailbox: Mailbox, board: Board, counted: Iterable[bytes]) -> str:
    label = label_of(mailbox, board, counted)
    return envelope_pb2.Tlp.Name(label.tlp).removeprefix("TLP_") if label else ""


def _names(mailbox: Mailbox, board: Board) -> Iterator[bytes]:
    for number in sorted({n for sign in board.signs for n in sign.numbers}):
        try:
            yield mailbox.messages.row(number).name
        except Refusal:  # moved to an archive meanwhile
            continue
