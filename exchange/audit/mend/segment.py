"""What stands between two heads, and the leaf hashes that make the upper one's root."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import Edge

Leaves = Sequence[bytes | None]


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands here between two heads: None where nothing does.

    `own` are the leaf hashes of the entries, `held` those that are stored.
    """

    edge: Edge
    own: Leaves
    held: Leaves

    def prove(self, root: bytes) -> list[bytes]:
        """Return the leaf hashes that make the root of a signed head.

        Those of the entries do, else those that are stored. Raises Refusal(ROOT).
        """
        stored = [own if held is None else held for own, held in self._pairs()]
        for leaves in (self.own, stored):
            found = without_holes(leaves)
            if found is not None and self.makes(found, root):
                return found
        raise Refusal(Reason.ROOT)

    def prove_with(
        self, given: Sequence[bytes], root: bytes, *, ours: bool
    ) -> list[bytes]:
        """Return the leaf hashes that make the root, some of them a partner's.

        1. Where entry and hash agree here, they stand. 2. All are the partner's: only
        under a head that is `ours`. Raises Refusal(ROOT).
        """
        # 1
        mixed = [
            own if own is not None and own == held else theirs
            for (own, held), theirs in zip(self._pairs(), given, strict=True)
        ]
        if self.makes(mixed, root):
            return mixed
        # 2
        if ours and self.makes(given, root):
            return list(given)
        raise Refusal(Reason.ROOT)

    def makes(self, leaves: Sequence[bytes], root: bytes) -> bool:
        """Whether these leaf hashes lead to that root."""
        return self.edge.extend(leaves).edge.root() == root

    def _pairs(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        return zip(self.own, self.held, strict=True)


def without_holes(leaves: Leaves) -> list[bytes] | None:
    """Return leaf hashes if all of them are there."""
    found = [leaf for leaf in leaves if leaf is not None]
    return found if len(found) == len(leaves) else None
