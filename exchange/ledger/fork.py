"""Proofs that a log signed two histories (docs/spec/ledger.md, "Forks").

fusion/fork-proof@v1
<base64 hash>, one per line; none if both heads have one size
<empty line>
<note of the smaller head, or of one size, of the smaller root>
<empty line>
<the other head's note>

Two heads of one log that exclude each other: one size and two roots, or m < n entries
and hashes that give root n but another root at m. The hashes are a consistency proof
from m to n, always with its first step. Any holder of the tree of n can make them, but
not for heads that agree: root n alone determines the steps (`merkle.fold`).

Only such a proof freezes a log; anyone can verify the file with the log's keys.
"""

import base64
from collections.abc import Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head, head_of
from exchange.ledger.merkle import Get
from exchange.ledger.note import Vkey, decode_base64
from exchange.limits import NOTE_MAX

MAGIC = "fusion/fork-proof@v1"
HASHES_MAX = 64
FORK_MAX = 2 * NOTE_MAX + 8 * 1024  # bytes


class ForkProof(Struct, frozen=True):
    """A well-formed proof, the smaller head first; `verify` verifies it."""

    first: bytes
    second: bytes
    hashes: tuple[bytes, ...]

    @property
    def origin(self) -> str:
        return head_of(self.second).origin

    def encode(self) -> bytes:
        hashes = [base64.b64encode(each).decode() for each in self.hashes]
        top = "\n".join([MAGIC, *hashes]).encode()
        return b"\n\n".join([top, self.first.removesuffix(b"\n"), self.second])


def parse(data: bytes) -> ForkProof:
    """Raise Refusal(PROOF | NOTE | HEAD) unless canonical."""
    if len(data) > FORK_MAX:
        raise Refusal(Reason.PROOF, "size")
    # A head's text has three lines, so a note has exactly one empty line.
    try:
        top, *texts = data.split(b"\n\n")
        first, second = _notes(texts)
        magic, *hashes = top.decode("ascii").split("\n")
        steps = tuple(decode_base64(each) for each in hashes[: HASHES_MAX + 1])
    except (ValueError, Refusal):
        raise Refusal(Reason.PROOF, "form") from None
    if magic != MAGIC or len(hashes) > HASHES_MAX:
        raise Refusal(Reason.PROOF, "form")
    if _rank(head_of(first)) >= _rank(head_of(second)):
        raise Refusal(Reason.PROOF, "order")
    return ForkProof(first, second, steps)


def _notes(texts: list[bytes]) -> tuple[bytes, bytes]:
    text_m, lines_m, text_n, lines_n = texts
    return text_m + b"\n\n" + lines_m + b"\n", text_n + b"\n\n" + lines_n


def _rank(head: Head) -> tuple[int, bytes]:
    """Return an order of heads that makes the encoding unique."""
    return head.size, head.root


def verify(data: bytes, log_keys: Sequence[Vkey]) -> ForkProof:
    """Parse and verify the proof of a fork.

    Refusal(NOTE | HEAD) if a head is not one of that log's, Refusal(PROOF) for all
    other faults, above all if one tree can have both heads.
    """
    # 1. canonical encoding, the smaller head first
    # 2. both heads signed with both keys of the log
    # 3. one log
    # 4. one size and two roots, or a different root at the smaller size
    # 1.
    proof = parse(data)
    # 2.
    a, b = (
        checkpoint.verify_head(note, log_keys).head
        for note in (proof.first, proof.second)
    )
    # 3. and 4.
    _check(a, b, proof.hashes)
    return proof


def _check(a: Head, b: Head, hashes: Sequence[bytes]) -> None:
    """Refuse (PROOF) unless the hashes show that no tree has both heads.

    `a` is the smaller head, or as large as `b`.
    """
    if a.origin != b.origin:
        raise Refusal(Reason.PROOF, "two logs")
    if a.size == b.size:
        if hashes or a.root == b.root:
            raise Refusal(Reason.PROOF, a.origin)
        return
    if a.size == 0:  # all logs start with the same empty tree
        raise Refusal(Reason.PROOF, "sizes")
    if any(len(each) != merkle.HASH_SIZE for each in hashes):
        raise Refusal(Reason.PROOF, "length of a hash")
    old, new = merkle.fold(a.size, b.size, hashes)
    if new != b.root or old == a.root:
        raise Refusal(Reason.PROOF, a.origin)


def between(note_a: bytes, note_b: bytes, get: Get) -> ForkProof:
    """Prove that the heads of two verified notes exclude each other.

    `get` reads the tree of the larger head, and raises if a node is missing.
    Refusal(PROOF) if they agree, or `get` has another tree.
    """
    first, second = sorted((note_a, note_b), key=lambda note: _rank(head_of(note)))
    a, b = head_of(first), head_of(second)
    hashes = _steps(a.size, b.size, get) if 0 < a.size < b.size else []
    _check(a, b, hashes)
    return ForkProof(first, second, tuple(hashes))


def _steps(m: int, n: int, get: Get) -> list[bytes]:
    """Return the steps, with the one that a proof omits for a power of two."""
    steps = merkle.consistency_proof(m, n, get)
    if m & (m - 1):
        return steps
    return [get(m.bit_length() - 1, 0), *steps]
