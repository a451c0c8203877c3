"""A receipt that one entry is in a log, for offline use (C2SP tlog-proof).

c2sp.org/tlog-proof@v1
index <n>
<base64 hash>, leaf to root, one a line
<empty line>
<the checkpoint with its cosignatures, verbatim>
"""

import base64
from dataclasses import dataclass

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.note import Vkey, decode_base64
from exchange.limits import NOTE_MAX

MAGIC = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 64
PROOF_MAX = NOTE_MAX + 8 * 1024  # bytes
INDEX_DIGITS_MAX = 19


@dataclass(frozen=True)
class Proof:
    """Entry `index`, the hashes from leaf to root, and the head's note."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the proof file."""
        hashes = [base64.b64encode(each).decode() for each in self.hashes]
        lines = [MAGIC, f"index {self.index}", *hashes, "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Return the proof; Refusal(PROOF) unless it is its own one encoding.

        An `extra` line is refused: nothing authenticates it.
        """
        if len(data) > PROOF_MAX:
            raise Refusal(Reason.PROOF, "size")
        top, _, note = data.partition(b"\n\n")
        try:
            _, index, *hashes = top.decode("ascii").split("\n")
            number = int(index.removeprefix("index ")[:INDEX_DIGITS_MAX])
            steps = tuple(decode_base64(each) for each in hashes[: HASHES_MAX + 1])
        except (ValueError, Refusal):
            raise Refusal(Reason.PROOF, "form") from None
        proof = cls(number, steps, note)
        if proof.encode() != data or number < 0 or len(steps) > HASHES_MAX:
            raise Refusal(Reason.PROOF, "form")
        return proof

    def verify(self, entry: bytes, log_keys: list[Vkey]) -> checkpoint.VerifiedHead:
        """Return the head that `entry` is proved to be under, verified.

        Raises Refusal(NOTE | HEAD | PROOF). Cosignatures are the caller's to ask of.
        """
        verified = checkpoint.verify_head(self.note, log_keys)
        head = verified.head
        leaf = merkle.leaf_hash(entry)
        merkle.verify_inclusion(self.index, head.size, leaf, self.hashes, head.root)
        return verified
