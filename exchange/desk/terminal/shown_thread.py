"""What belongs to a bulletin, in the forms in which a terminal gets it (`tui.data`).

What it refers to and what refers to it, its thread, how far each desk has come with
it, and what became of a route that was drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.desk import ladder
from exchange.desk.incoming import threads
from exchange.desk.mailbox import Mailbox, Receipt, Row
from exchange.desk.mailbox.noting import said
from exchange.desk.mailbox.references import Link
from exchange.desk.outgoing import route_draw
from exchange.desk.terminal.shown_row import RowView, row_view
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class LinkedView:
    """A reference of a bulletin, or to it; `row` is None where the other is not here.

    `forth` says that it is the bulletin that refers, `repeated` that the same source
    bears itself out (`threads.repeated`).
    """

    relation: str
    forth: bool
    name: bytes
    row: RowView | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class PartView:
    """One message of a thread, with relation and number of what it refers to.

    The number is 0 where that is not here. The last says that it is the same source's
    (`threads.repeated`).
    """

    row: RowView
    references: Sequence[tuple[str, int, bool]]


@dataclass(frozen=True, slots=True)
class ThreadView:
    """The messages in order of arrival; `more` where there are others still."""

    parts: Sequence[PartView]
    more: bool


@dataclass(frozen=True, slots=True)
class RungView:
    """How far one desk that is asked has come: the code of what it said last."""

    desk: str
    relation: str
    at: int
    reason: str
    done: bool


@dataclass(frozen=True, slots=True)
class DrawView:
    """What is known of a drawn route, in words; `held` None while it is sealed."""

    held: bool | None
    text: str


def rows_view(mailbox: Mailbox, rows: Sequence[Row], now: int = 0) -> list[RowView]:
    """Return rows as the list shows them at `now` (ms UTC).

    How they stand, and at which desks what they ask is open, in one look for all.
    """
    marks = threads.standings(mailbox, [row.name for row in rows])
    owing = mailbox.owing([row.number for row in rows], now)
    return [
        row_view(row, marks.get(row.name, ""), owing.get(row.number, ()), mailbox.desk)
        for row in rows
    ]


def linked(mailbox: Mailbox, name: bytes) -> list[LinkedView]:
    """Return what a message refers to, then what refers to it."""
    forth, back = threads.around(mailbox, name)
    others = [link.about for link in forth] + [link.name for link in back]
    rows = rows_view(mailbox, mailbox.rows_named(list(set(others))))
    known = {row.name: row for row in rows}
    again = threads.repeated(mailbox, [*forth, *back])
    return [
        LinkedView(
            link.relation, at < len(forth), other, known.get(other), link in again
        )
        for at, (link, other) in enumerate(zip([*forth, *back], others, strict=True))
    ]


def stands(mailbox: Mailbox, name: bytes) -> tuple[str, int]:
    """Return how a message stands, and the number of what brought that about."""
    found = threads.standing(mailbox, name)
    by = [
        link.number
        for link in mailbox.marking([name])
        if threads.STANDINGS[link.relation] == found
    ]
    return found, max(by, default=0)


def thread_view(mailbox: Mailbox, name: bytes) -> ThreadView:
    """Return all that a message is connected with. Raises Refusal(NOT_FOUND)."""
    found = threads.thread(mailbox, name)
    numbers = {part.row.name: part.row.number for part in found.parts}
    parts = [
        PartView(row_view(part.row, part.standing), _references(part, numbers))
        for part in found.parts
    ]
    return ThreadView(parts, found.more)


def _references(
    part: threads.Part, numbers: dict[bytes, int]
) -> Sequence[tuple[str, int, bool]]:
    links: Sequence[Link] = part.references
    return [
        (link.relation, numbers.get(link.about, 0), link in part.repeated)
        for link in links
    ]


def asked(core: pb.Core, content: bytes | None) -> tuple[str, int]:
    """Return the acknowledgement that a message asks of its readers, and until when."""
    *_, acknowledge, by = said(core, content)
    return str(acknowledge), int(by or 0)


def rungs(
    core: pb.Core, acknowledge: str, receipts: Sequence[Receipt]
) -> Iterator[RungView]:
    """Yield how far each desk that is asked has come, by its furthest receipt."""
    goal = ladder.goal(acknowledge)
    for desk in ladder.asked_desks(core) if goal else ():
        given = [r for r in receipts if _by(r, desk)]
        last = max(
            given, key=lambda r: (ladder.said(r.relation), r.filed), default=None
        )
        if last is None:
            yield RungView(desk, "", 0, "", done=False)
        else:
            done = ladder.said(last.relation) >= goal
            yield RungView(desk, last.relation, last.filed, last.reason, done=done)


def _by(receipt: Receipt, desk: str) -> bool:
    counts = ladder.said(receipt.relation) or receipt.relation == "UNOPENABLE"
    return bool(counts) and names.desk_of(receipt.author) == desk


def draws(mailbox: Mailbox, name: bytes, lang: str) -> list[DrawView]:
    """Return what a reader of a movement or a reveal must know of the draw."""
    return [DrawView(held, text) for held, text in route_draw.told(mailbox, name, lang)]
