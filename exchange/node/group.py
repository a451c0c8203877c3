"""The envelopes that one head of the own log covers: signed and stored together."""

from collections.abc import Sequence

from exchange.errors import FusionError
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX
from exchange.node import batch_verdict, outbox, refusals
from exchange.node.node import Node
from exchange.store import NewEntry
from exchange.trust import rules
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

Place = tuple[str, int]
"""(origin, index) of an entry."""
Desks = tuple[str, ...]


class Group:
    """The envelopes that one head will cover, of all that one call asks for."""

    def __init__(
        self,
        edge: Edge,
        log: rules.Log,
        known: batch_verdict.Growing,
        places: dict[bytes, Place],
    ) -> None:
        self.log = log
        self.known = known
        self.places = places
        self.published = False  # whether heads of earlier groups went with one of these
        self.begin(edge)

    def begin(self, edge: Edge) -> None:
        """Start the next group."""
        self.edge = edge
        self.entries: list[NewEntry] = []
        self.answers: list[desk_pb.Submitted] = []
        self.weight = 0

    def add(
        self, origin: str, verdict: rules.Accepted, sent: pb.Envelope, desks: Desks
    ) -> None:
        """Take up an envelope at the next place of the log; `desks` may read it."""
        self.places[verdict.parsed.name] = origin, self.next
        self.known.add(verdict)
        self.entries.append(batch_verdict.accepted(verdict, sent, desks))
        self.weight += _weight(sent)

    def take_back(self, origin: str, error: FusionError) -> None:
        """Turn the answers of what was not stored into refusals.

        Each of them was found right: what failed is their storing.
        """
        self.known.forget()
        for entry in self.entries:
            del self.places[entry.name]
        for answer in self.answers:
            new = answer.origin == origin and answer.index >= self.edge.size
            if not answer.reason and new:
                refusals.refuse(answer, error, later=True)

    @property
    def next(self) -> int:
        """The index at which the next envelope will stand."""
        return self.edge.size + len(self.entries)

    def full(self, sent: pb.Envelope) -> bool:
        """Whether this envelope must wait for the next head."""
        over = self.weight + _weight(sent) > BATCH_BYTES_MAX
        return bool(self.entries) and (over or len(self.entries) >= BATCH_ENTRIES_MAX)

    def head(self, origin: str) -> Head:
        """Return the head that covers the log with this group."""
        leaves = [leaf_hash(entry.entry) for entry in self.entries]
        grown = self.edge.extend(leaves).edge
        return Head(origin, grown.size, grown.root())


def begin(node: Node, entries: Sequence[bytes]) -> Group:
    """Begin a group; what stands in a log that has ended stands there."""
    members = node.members
    logs = members.logs(node.name)
    found = {log: members.standing(log, entries) for log in logs}
    places = {
        name: (log, at)
        for log, standing in found.items()
        for name, at in standing.places.items()
    }
    known = batch_verdict.Growing(found[node.origin])
    log = members.log(node.origin, known)
    return Group(node.store.logs.edge(node.origin), log, known, places)


def _weight(sent: pb.Envelope) -> int:
    return outbox.weight(sent.entry, sent.wraps, sent.body)
