"""Urgent envelopes that a Watch shows ahead of its arrivals, by name.

Unsettled ones that partners sent ahead of their logs, and their outcomes; and urgent
entries above the desk's cursor, which may be far behind.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from exchange.limits import EXPRESS_STATEMENTS_MAX, URGENT_MAX, WATCH_PAGE_BYTES
from exchange.node import outbox, retention
from exchange.node.express_inbox import envelope_of, statements_of
from exchange.node.express_statements import find_statements
from exchange.node.node import Node
from exchange.store import UrgentPlace
from exchange.store.express import NOT_LOGGED, OPEN, StoredExpress, brief_of
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import ledger_pb2

Unstored = Mapping[bytes, StoredExpress]
"""Rows waiting for the disk, by name."""
NONE_UNSTORED: Unstored = MappingProxyType({})


class UrgentWatch:
    """Yields urgent envelopes from a desk's cursor on.

    `sizes` are those of the logs that the desk has verified: it gets the statements
    above them that signers need.
    """

    def __init__(
        self, node: Node, desk: str, after: int, sizes: Mapping[str, int] | None = None
    ) -> None:
        self._node = node
        self._sizes = sizes or {}
        self._desk = desk
        self._after = after  # urgent entries up to this arrival were sent
        self._told: frozenset[tuple[bytes, int]] = frozenset()
        self._due: list[UrgentPlace] = []

    def news(self, unstored: Unstored = NONE_UNSTORED) -> list[desk_pb.Urgent]:
        """Return a page not sent yet; empty if all are.

        Those ahead of their log come first, on a page of their own; `unstored` has
        those not yet on disk when this view of the database began, or before.
        """
        return _page(self._ahead(unstored)) or _page(self._entries())

    def _ahead(self, unstored: Unstored) -> Iterator[desk_pb.Urgent]:
        rows = {row.name: row for row in self._node.store.express.brief()}
        for new in unstored.values():
            rows.setdefault(new.name, brief_of(new))
        mine = [
            row
            for row in rows.values()
            if self._desk in row.desks.split() or row.desks == "*"
        ]
        self._told &= {(row.name, row.state) for row in mine}
        due = [row for row in mine if (row.name, row.state) not in self._told]
        for row in sorted(due, key=lambda row: row.state != OPEN)[:URGENT_MAX]:
            held = unstored.get(row.name) if row.state == OPEN else None
            held = held or self._node.store.express.by_name(row.name)
            told = None if held is None else self._of_row(held)
            self._told |= {(row.name, row.state)}
            if told is not None:
                yield told

    def _of_row(self, held: StoredExpress) -> desk_pb.Urgent:
        sent, came = envelope_of(held), statements_of(held)
        told = desk_pb.Urgent(
            envelope=sent,
            statements=[*self._statements(held.origin, sent.entry, *came), *came],
            origin=held.origin,
            refused_reason=held.reason,
        )
        if held.state not in {OPEN, NOT_LOGGED}:
            told.place = held.index
            told.verdict = ledger_pb2.VERDICT_REFUSED
        return told

    def _entries(self) -> Iterator[desk_pb.Urgent]:
        node, desk = self._node, self._desk
        if not self._due:
            self._due = node.store.express.arrived(desk, self._after, URGENT_MAX)
            self._after = max([self._after, *(place.arrival for place in self._due)])
        while self._due:
            place = self._due.pop(0)
            (stored,) = node.store.entries.page(place.origin, place.index, 1)
            shown = retention.shown_to_desk(node, stored, desk)
            yield desk_pb.Urgent(
                envelope=outbox.shown_envelope(shown, readable=True),
                statements=self._statements(stored.origin, stored.entry),
                origin=stored.origin,
                place=stored.index,
                verdict=ledger_pb2.VERDICT_ACCEPTED,
            )

    def _statements(self, origin: str, *entries: bytes) -> list[bytes]:
        """Return none if there are too many."""
        position = self._sizes.get(origin, 0)
        found = find_statements(self._node, origin, entries, position)
        return found if len(found) <= EXPRESS_STATEMENTS_MAX else []


def _page(news: Iterator[desk_pb.Urgent]) -> list[desk_pb.Urgent]:
    page: list[desk_pb.Urgent] = []
    total = 0
    for told in news:
        page.append(told)
        total += told.ByteSize()
        if total >= WATCH_PAGE_BYTES:
            break
    return page
