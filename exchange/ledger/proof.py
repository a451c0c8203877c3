"""A receipt that one entry is in a log, for offline use (C2SP tlog-proof).

c2sp.org/tlog-proof@v1
extra <base64>, optional
index <n>
<base64 hash>, leaf to root, one per line
<empty line>
<the checkpoint with its cosignatures, verbatim>

The extra data is not authenticated as such. Ours is the entry itself, so that one file
is enough; the hashes prove that it is the entry at that index.
"""

import base64

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.note import Vkey, decode_base64
from exchange.limits import ENTRY_MAX, NOTE_MAX

MAGIC = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 64
PROOF_MAX = NOTE_MAX + ENTRY_MAX * 4 // 3 + 8 * 1024  # bytes
EXTRA = "extra "
INDEX_DIGITS_MAX = 19


class Proof(Struct, frozen=True):
    """`hashes` go from leaf to root; `note` is the head's."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        hashes = map(_base64, self.hashes)
        extra = [] if self.extra is None else [EXTRA + _base64(self.extra)]
        lines = [MAGIC, *extra, f"index {self.index}", *hashes, "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Raise Refusal(PROOF) unless canonical."""
        if len(data) > PROOF_MAX:
            raise Refusal(Reason.PROOF, "size")
        top, _, note = data.partition(b"\n\n")
        try:
            _, *lines = top.decode("ascii").split("\n")
            extra = None
            if lines[0].startswith(EXTRA):
                extra = decode_base64(lines.pop(0).removeprefix(EXTRA))
            index, *hashes = lines
            number = int(index.removeprefix("index ")[:INDEX_DIGITS_MAX])
            steps = tuple(decode_base64(each) for each in hashes[: HASHES_MAX + 1])
        except (ValueError, IndexError, Refusal):
            raise Refusal(Reason.PROOF, "form") from None
        proof = cls(number, steps, note, extra)
        if proof.encode() != data or number < 0 or len(steps) > HASHES_MAX:
            raise Refusal(Reason.PROOF, "form")
        return proof

    def verify(self, entry: bytes, log_keys: list[Vkey]) -> checkpoint.VerifiedHead:
        """Return the verified head; Refusal(NOTE | HEAD | PROOF).

        The caller checks cosignatures.
        """
        verified = checkpoint.verify_head(self.note, log_keys)
        head = verified.head
        leaf = merkle.leaf_hash(entry)
        merkle.verify_inclusion(self.index, head.size, leaf, self.hashes, head.root)
        return verified


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
