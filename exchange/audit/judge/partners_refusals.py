"""Check that partners signed the refusals that a log's reader reports."""

from collections.abc import Mapping

from exchange.audit.sources.log_source import LogSource, PartnerRefusal
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import leaf_hash
from exchange.limits import CHUNK_ITEMS
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import KeyEnds
from exchange.trust.signed_refusals import RefusedPlace, ShownRefusal


class RefusalCheck:
    """Checks refusals in a log of `size` entries, in the order of their indexes."""

    def __init__(
        self,
        source: LogSource,
        size: int,
        pinned: Mapping[str, Bundle],
        ends: KeyEnds,
    ) -> None:
        self._source, self._size, self._ends = source, size, ends
        nodes = (node for bundle in pinned.values() for node in bundle.nodes.values())
        self._keys = {node.name: node.logs for node in nodes}
        self._entries = source.entries()
        self._held = -1, b""  # index and leaf hash of the last entry read

    def is_signed(self, refusal: PartnerRefusal) -> bool:
        """Return whether a key of a partner signed it that had not ended.

        Refusal: MISSING if there is no such entry; PROOF or SIGNATURE if it has a proof
        that no such key signed.
        """
        if refusal.index >= self._size:
            raise Refusal(Reason.MISSING)
        if not refusal.proof:
            return False
        leaf = self._leaf(refusal.index)
        place = RefusedPlace(refusal.index, leaf, refusal.reason)
        shown = ShownRefusal(refusal.by, self._source.origin, place)
        try:
            shown.verify(refusal.proof, self._keys.get(refusal.by, ()), self._ends)
        except Refusal as fault:
            if fault.reason is not Reason.SIGNER_TIME:
                raise
            return False
        return True

    def _leaf(self, index: int) -> bytes:
        """Return the leaf hash of an entry; those in between are skipped."""
        at, leaf = self._held
        if not at <= index <= at + CHUNK_ITEMS:
            self._entries = self._source.entries(index)
        if index != at:
            found = (entry for place, entry in self._entries if place == index)
            leaf = leaf_hash(next(found))
            self._held = index, leaf
        return leaf
