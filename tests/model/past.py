"""What was shown to others: the ground truth that no node knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from exchange.errors import Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import root_hash
from exchange.ledger.note import parse_note
from tests.model.parts import parties

Leaves = tuple[bytes, ...]


@dataclass
class Past:
    """The heads of one log that left a node, as the histories that they add up to.

    One history, as long as no two heads exclude each other.
    """

    branches: list[Leaves] = field(default_factory=list)
    heads: set[Head] = field(default_factory=set)

    def add(self, head: Head, leaves: Leaves) -> int | None:
        """Take a head over `leaves`; return where it departs from all others."""
        self.heads.add(head)
        departs = 0
        for at, branch in enumerate(self.branches):
            common = shared(branch, leaves)
            if common == min(len(branch), len(leaves)):
                self.branches[at] = max(branch, leaves, key=len)
                return None
            departs = max(departs, common)
        self.branches.append(leaves)
        return departs if len(self.branches) > 1 else None

    @property
    def forked(self) -> bool:
        return len(self.branches) > 1


def shared(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """Return how many leaves two histories have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


@lru_cache(maxsize=4096)
def root_of(leaves: Leaves) -> bytes:
    return root_hash(leaves)


@dataclass(frozen=True)
class Shown:
    """A head that its log signed, and the names of all who did."""

    head: Head
    signers: frozenset[str]


@lru_cache(maxsize=4096)
def verified(note: bytes) -> Shown | None:
    """Return what a note shows, None where its log's lines do not verify."""
    try:
        parsed = parse_note(note)
        origin = checkpoint.parse_head(parsed.text).origin
        party = parties().get(origin.partition(".fusion/")[0])
        if party is None:
            return None
        (node,) = party.nation.bundle.nodes.values()
        keys = [key for key in node.logs if key.name == origin]
        head = checkpoint.verify_head(note, keys).head
    except Refusal:
        return None
    return Shown(head, frozenset(line.name for line in parsed.lines))
