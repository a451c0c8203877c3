"""Refusals signed by the refusing node: the entries and the reasons.

docs/spec/ledger.md, "Refusals". One signature covers an answer's refusals, by the root
of a tree over them; each has its own path to that root.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle
from exchange.ledger.merkle import HASH_SIZE, Edge
from exchange.ledger.note import ED25519, Vkey
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.trust.key_ends import KeyEnds
from keys import signing
from keys.errors import BadSignature
from keys.pae import pae

SIGNATURE_SIZE = 64  # bytes
FIXED = struct.Struct(">QQHH64s")  # size, time (s), place, count; hashes follow
DEPTH_MAX = (BATCH_ENTRIES_MAX - 1).bit_length()
PROOF_MAX = FIXED.size + DEPTH_MAX * HASH_SIZE  # bytes


class RefusedPlace(Struct, frozen=True):
    """A refused entry: its place, leaf hash, and the reason."""

    index: int
    leaf: bytes
    reason: str

    def hash(self) -> bytes:
        """Return its leaf hash in the tree of an answer's refusals."""
        placed = self.index.to_bytes(8) + self.leaf
        return merkle.leaf_hash(placed + self.reason.encode())


class RefusalList(Struct, frozen=True):
    """The refusals of node `by` in one answer about a log of which it holds `size`.

    `places` are ascending by index, at most BATCH_ENTRIES_MAX; `time_s` is the signing
    time (s).
    """

    by: str
    origin: str
    size: int
    time_s: int
    places: Sequence[RefusedPlace]

    def sign(self, signer: signing.Signer) -> bytes:
        """`signer` is the Ed25519 key of the node's log."""
        root = merkle.root_hash([one.hash() for one in self.places])
        return signer.sign(_message(self, root))

    def proofs(self, signature: bytes) -> Iterator[bytes]:
        grown = Edge.empty().extend([one.hash() for one in self.places])
        nodes = {(level, place): hashed for level, place, hashed in grown.nodes}
        count = len(self.places)
        for place in range(count):
            path = merkle.inclusion_proof(place, count, lambda *at: nodes[at])
            fixed = FIXED.pack(self.size, self.time_s, place, count, signature)
            yield fixed + b"".join(path)


class ShownRefusal(Struct, frozen=True):
    """A refusal by node `by` of an entry of a log, as claimed."""

    by: str
    origin: str
    place: RefusedPlace

    def verify(self, proof: bytes, keys: Iterable[Vkey], ends: KeyEnds) -> int:
        """Return when (s) the node signed it; `keys` are those of the node's logs.

        Raises Refusal: PROOF if it is missing or malformed, SIGNATURE if none of the
        keys made it, SIGNER_TIME if the signing key had ended.
        """
        if not FIXED.size <= len(proof) <= PROOF_MAX:
            raise Refusal(Reason.PROOF, self.origin)
        fixed: tuple[int, int, int, int, bytes] = FIXED.unpack_from(proof)
        size, time_s, at, count, signature = fixed
        path = [
            proof[start : start + HASH_SIZE]
            for start in range(FIXED.size, len(proof), HASH_SIZE)
        ]
        root = merkle.included_root(at, count, self.place.hash(), path)
        if not self.place.index < size:
            raise Refusal(Reason.PROOF, self.origin)
        signed = _message(RefusalList(self.by, self.origin, size, time_s, ()), root)
        key = _signer(keys, signature, signed)
        if key is None:
            raise Refusal(Reason.SIGNATURE, self.origin)
        if not ends.refuses(key.key, time_s):
            raise Refusal(Reason.SIGNER_TIME, self.origin)
        return time_s


def _message(answer: RefusalList, root: bytes) -> bytes:
    names = answer.by.encode("ascii"), answer.origin.encode("ascii")
    numbers = answer.size.to_bytes(8), answer.time_s.to_bytes(8)
    return pae("refused", *names, *numbers, root)


def _signer(keys: Iterable[Vkey], signature: bytes, signed: bytes) -> Vkey | None:
    for key in keys:
        if key.type == ED25519:
            try:
                signing.verify(signing.ED25519, key.public, signature, signed)
            except BadSignature:
                continue
            return key
    return None
