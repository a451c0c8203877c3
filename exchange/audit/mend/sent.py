"""Entries that a partner sent, and the leaf hashes that they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import leaf_hash
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class Sent:
    """Entries that a partner sent, from where a segment begins."""

    envelopes: Sequence[pb.Envelope] = ()
    by: str = ""

    def at(self, place: int, leaf: bytes) -> pb.Envelope | None:
        """Return the one at a place, if it is the entry of this leaf."""
        if place < len(self.envelopes) and _is(self.envelopes[place], leaf):
            return self.envelopes[place]
        return None


def leaves_of(sent: Iterable[pb.Envelope]) -> list[bytes]:
    """Return the leaf hash of each, in order."""
    return [leaf_hash(one.entry) for one in sent]


def _is(sent: pb.Envelope, leaf: bytes) -> bool:
    return leaf_hash(sent.entry) == leaf


def checked(sent: pb.Envelope, leaf: bytes) -> pb.Envelope:
    """Return an entry if this is its leaf hash; Refusal(ROOT)."""
    if not _is(sent, leaf):
        raise Refusal(Reason.ROOT)
    return sent
