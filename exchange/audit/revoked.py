"""What revoked keys have signed that is not proven to be older (DESIGN section 3)."""

from collections.abc import Mapping

from exchange import envelope
from exchange.audit.audited import TOLD
from exchange.audit.proven import Proven
from exchange.audit.source import Source
from exchange.errors import Refusal

SECOND = 1_000  # ms


class Signed:
    """Which entries revoked keys have signed from a place on.

    `revoked` gives each key its `compromised_since` (ms UTC) and the index of its
    revocation; `refused` are the entries that stand for nothing.
    """

    def __init__(
        self,
        revoked: Mapping[bytes, tuple[int, int]],
        proven: Proven,
        refused: set[int],
    ) -> None:
        self._refused = refused
        # The places of a key: not proven before, and below the revocation.
        self._spans = {
            key: (proven.first(-(-since // SECOND)), index)
            for key, (since, index) in revoked.items()
        }
        self.count = dict.fromkeys(revoked, 0)
        self._first: dict[bytes, list[int]] = {key: [] for key in revoked}

    def told(self, key: bytes) -> tuple[int, ...]:
        """Return the first places of a key."""
        return tuple(self._first[key])

    def read(self, source: Source) -> None:
        """Read the entries once more, as far as they are in question."""
        start = min(start for start, _ in self._spans.values())
        end = max(end for _, end in self._spans.values())
        if start >= end:
            return
        for index, entry in source.entries(start):
            if index >= end:
                return
            for key, (first, last) in self._spans.items():
                if first <= index < last and key in entry and self._by(entry, key):
                    self._add(key, index)

    def _by(self, entry: bytes, key: bytes) -> bool:
        try:
            return key in {s.kid for s in envelope.split(entry).signatures}
        except Refusal:
            return False

    def _add(self, key: bytes, index: int) -> None:
        if index not in self._refused:
            self.count[key] += 1
            if len(self._first[key]) < TOLD:
                self._first[key].append(index)
