"""Signing keys and their names: Ed25519 (RFC 8032), ML-DSA-44 (FIPS 204).

Ed25519 uses libsodium: it refuses small-order keys and non-canonical points, and
verifies twice as fast as `cryptography`, which is used for ML-DSA.
"""

import secrets
from functools import lru_cache
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
)
from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from keys import sealing
from keys.errors import BadSignature, WeakKey
from keys.pae import kid

__all__ = [
    "ED25519",
    "ML_DSA_44",
    "X_WING",
    "Ed25519Signer",
    "MlDsa44Signer",
    "Signer",
    "check_public",
    "kid",
    "verify",
    "verify_signed",
]

ED25519 = "ed25519"
ML_DSA_44 = "ml-dsa-44"
X_WING = "x-wing"

SEED_SIZE = 32
PUBLIC_SIZES = {ED25519: 32, ML_DSA_44: 1_312, X_WING: sealing.PUBLIC_SIZE}
SIGNATURE_SIZES = {ED25519: 64, ML_DSA_44: 2_420}


class Signer(Protocol):
    """A private key that signs; it reveals only its public half."""

    @property
    def algorithm(self) -> str:
        """The algorithm: ED25519 or ML_DSA_44."""

    @property
    def public(self) -> bytes:
        """The raw public key."""

    @property
    def kid(self) -> bytes:
        """The 32-byte name of the public key."""

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over the message itself."""


class Ed25519Signer:
    """An Ed25519 key; signatures are deterministic (RFC 8032)."""

    algorithm = ED25519

    def __init__(self, seed: bytes) -> None:
        self.seed = _checked_seed(seed)
        self.public, self._secret = crypto_sign_seed_keypair(seed)
        self.kid = kid(ED25519, self.public)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(SEED_SIZE))

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[: SIGNATURE_SIZES[ED25519]]


class MlDsa44Signer:
    """An ML-DSA-44 key with the empty context; its signatures are randomised."""

    algorithm = ML_DSA_44

    def __init__(self, seed: bytes) -> None:
        self.seed = _checked_seed(seed)
        self._key = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.kid = kid(ML_DSA_44, self.public)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(SEED_SIZE))

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def verify(algorithm: str, public: bytes, signature: bytes, message: bytes) -> None:
    """Raise BadSignature on any fault, also a wrong length or algorithm."""
    # The bindings pass raw pointers to C: we must check lengths.
    if len(signature) != SIGNATURE_SIZES.get(algorithm):
        raise BadSignature(algorithm)
    if len(public) != PUBLIC_SIZES[algorithm]:
        raise BadSignature(algorithm)
    try:
        if algorithm == ED25519:
            crypto_sign_open(signature + message, public)
        else:
            _ml_dsa_44(public).verify(signature, message)
    except (BadSignatureError, InvalidSignature, ValueError):
        raise BadSignature(algorithm) from None


_ml_dsa_44 = lru_cache(maxsize=256)(MLDSA44PublicKey.from_public_bytes)
"""Cached: few keys sign all heads, and unpacking one is slow."""


def verify_signed(public: bytes, signed: bytes) -> None:
    """Check an Ed25519 signature in front of its message, as `verify` does."""
    if len(public) != PUBLIC_SIZES[ED25519] or len(signed) < SIGNATURE_SIZES[ED25519]:
        raise BadSignature(ED25519)
    try:
        crypto_sign_open(signed, public)
    except (BadSignatureError, ValueError):
        raise BadSignature(ED25519) from None


def check_public(algorithm: str, public: bytes) -> bytes:
    """Return a public key that may be registered; raise WeakKey for any other.

    Ed25519: a canonical point of the main subgroup, not the identity. X-Wing: both
    halves canonical and a trial seal succeeds. ML-DSA-44: t1 is not zero: anyone could
    sign for such a key.
    """
    if len(public) != PUBLIC_SIZES.get(algorithm):
        raise WeakKey(algorithm)
    if algorithm == ED25519 and not crypto_core_ed25519_is_valid_point(public):
        raise WeakKey(algorithm)
    if algorithm == ML_DSA_44 and not any(public[32:]):
        raise WeakKey(algorithm)
    if algorithm == X_WING:
        sealing.check_public(public)
    return public


def _checked_seed(seed: bytes) -> bytes:
    if len(seed) != SEED_SIZE:
        raise WeakKey("seed")
    return seed
