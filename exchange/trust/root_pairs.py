"""The pairs of roots of a nation: the current one, and those before it.

docs/spec/statements.md, "Former roots". Each former pair signed the next pair's public
keys, so a partner that trusted the first can verify the succession to the last. That is
not enough to trust the last: two officers compare the new safety number first.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.limits import FORMER_ROOTS_MAX
from exchange.trust.statements import ROOT
from exchange.v1 import envelope_pb2, trust_pb2
from keys.errors import BadSignature, WeakKey
from keys.pae import pae
from keys.signing import (
    ED25519,
    ML_DSA_44,
    PUBLIC_SIZES,
    Signer,
    check_public,
    kid,
    verify,
)

CHANGE_SIZE = 8  # bytes of the number of a change of roots


class RootPair(Struct, frozen=True):
    """Two public root keys, always used together."""

    ed25519: bytes
    ml_dsa_44: bytes

    @property
    def by_kid(self) -> dict[bytes, tuple[str, bytes]]:
        both = (ED25519, self.ed25519), (ML_DSA_44, self.ml_dsa_44)
        return {kid(*key): key for key in both}


def pair_of(statement: envelope_pb2.Statement) -> RootPair:
    size = PUBLIC_SIZES[ED25519]
    return RootPair(statement.public_key[:size], statement.public_key[size:])


def sign(message: bytes, roots: Iterable[Signer]) -> list[envelope_pb2.Signature]:
    """Sign by each, ascending by kid."""
    return [
        envelope_pb2.Signature(role=ROOT, kid=root.kid, signature=root.sign(message))
        for root in sorted(roots, key=lambda root: root.kid)
    ]


def check_signatures(
    signatures: Sequence[envelope_pb2.Signature],
    pairs: Iterable[RootPair],
    message: bytes,
    where: str = "signatures",
) -> None:
    """Raise Refusal(BUNDLE) unless exactly these pairs signed, ascending by kid.

    1. One signature per key, in role root, in the order of kids.
    2. Each key is strong, and its signature verifies.
    """
    known = {key: of for pair in pairs for key, of in pair.by_kid.items()}
    # 1
    signers = [one.kid for one in signatures]
    roles = {one.role for one in signatures}
    if signers != sorted(known) or roles != {ROOT}:
        raise Refusal(Reason.BUNDLE, where)
    # 2
    for one in signatures:
        algorithm, public = known[one.kid]
        try:
            check_public(algorithm, public)
            verify(algorithm, public, one.signature, message)
        except (WeakKey, BadSignature):
            raise Refusal(Reason.BUNDLE, f"root {algorithm}") from None


def read_former(
    earlier: Sequence[trust_pb2.FormerRoots], now: RootPair
) -> tuple[RootPair, ...]:
    """Return them, oldest first; raises Refusal(BUNDLE).

    1. Not too many, and no key in two of them or in the current pair.
    2. Each pair signed the next one, the last signed the current pair.
    """
    # 1
    former = tuple(RootPair(one.root_ed25519, one.root_ml_dsa_44) for one in earlier)
    line = (*former, now)
    publics = {public for pair in line for public in (pair.ed25519, pair.ml_dsa_44)}
    if len(former) > FORMER_ROOTS_MAX or len(publics) != 2 * len(line):
        raise Refusal(Reason.BUNDLE, "earlier")
    # 2
    for number, (one, pair) in enumerate(zip(earlier, former, strict=True), 1):
        message = succession(line[number], number)
        check_signatures(one.signatures, [pair], message, "earlier")
    return former


def succession(successors: RootPair, change: int) -> bytes:
    """Return the bytes that a pair signs about its successor."""
    number = change.to_bytes(CHANGE_SIZE)
    return pae("roots", successors.ed25519, successors.ml_dsa_44, number)
