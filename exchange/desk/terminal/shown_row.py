"""A row of the list in the form in which a terminal gets it (`tui.data`)."""

from dataclasses import dataclass

from exchange.desk.mailbox import Row
from exchange.desk.remarks import subject
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang

GONE = frozenset({"RECALLED", "SUPERSEDED"})


@dataclass(frozen=True, slots=True)
class RowView:
    """One bulletin of the list."""

    number: int
    name: bytes
    origin: str
    index: int
    kind: str
    precedence: str
    mode: str
    subject: str
    lang: str
    filed: int
    author: str
    outgoing: bool
    state: str
    read: bool
    ack_asked: bool
    acknowledged: bool
    verdict: str
    standing: str = ""
    open_at: tuple[str, ...] = ()
    open_here: bool = False


def row_view(
    row: Row, standing: str = "", owing: tuple[str, ...] = (), own: str = ""
) -> RowView:
    """Return a row of the mailbox as the list shows it (`threads.standings`).

    `owing` are the desks that have not done what was asked (`Duties.owing`), `own` is
    the one whose list it is.
    """
    waits = still_open(row, standing, owing)
    node = row.origin.partition(".fusion/")[0] or names.node_of(row.desk)
    return RowView(
        number=row.number,
        name=row.name,
        origin=node,
        index=-1 if row.index is None else row.index,
        kind=row.kind or envelope_word(row.envelope),
        precedence=row.precedence,
        mode=row.mode,
        subject=subject(row, lang()),
        lang=row.lang or lang(),
        filed=row.filed,
        author=row.author,
        outgoing=row.direction == "out",
        state=row.state,
        read=bool(row.read),
        ack_asked=row.acknowledge != "NONE",
        acknowledged=bool(row.acknowledged),
        verdict=row.verdict,
        standing=standing,
        open_at=waits,
        open_here=own in waits,
    )


def still_open(row: Row, standing: str, owing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the desks at which what was asked is still open.

    Of what came in, and was to be read only, one desk's word stills all (`due`); of
    what its author took back nothing is open.
    """
    stilled = row.direction == "in" and row.acknowledged and row.acknowledge != "ACTION"
    return () if stilled or standing in GONE else owing


def envelope_word(kind: int) -> str:
    """Return RECALL for a recall; "" for a bulletin that did not open."""
    return "RECALL" if kind == pb.KIND_RECALL else ""
