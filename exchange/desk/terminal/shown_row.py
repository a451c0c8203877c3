"""A row of the list in the form in which a terminal gets it (`tui.data`)."""

from dataclasses import dataclass

from exchange.desk.mailbox import Row
from exchange.desk.outgoing.remarks import subject
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang


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


def row_view(row: Row, standing: str = "") -> RowView:
    """Return a row of the mailbox as the list shows it (`threads.standings`)."""
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
    )


def envelope_word(kind: int) -> str:
    """Return RECALL for a recall; "" for a bulletin that did not open."""
    return "RECALL" if kind == pb.KIND_RECALL else ""
