"""Sealing: HPKE over X-Wing for keys, Cobblestone256 for contents.

HPKE base mode (RFC 9180) with KEM 0x647a (X-Wing, draft-connolly-cfrg-xwing-kem),
HKDF-SHA256, AES-256-GCM. Cobblestone256 is C2SP chunked-encryption: 16 KiB chunks, a
commitment to the key, the context bound in. Neither takes external randomness.
"""

import hashlib
import secrets
from functools import lru_cache
from typing import Self

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from keys.errors import CannotOpen, WeakKey
from keys.pae import kid

SEED_SIZE = 32
ML_KEM_SIZE = 1_184  # bytes of the first half of a public key
PUBLIC_SIZE = ML_KEM_SIZE + 32
KEY_SIZE = 32
SEALED_SIZE = 1_120 + KEY_SIZE + 16  # enc, the sealed key, its tag
FIELD_PRIME = 2**255 - 19

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Opener:
    """A private sealing key, kept as its 32-byte X-Wing seed."""

    algorithm = "x-wing"

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise WeakKey("seed")
        self.seed = seed
        # Section 5.2 of the draft: the seed expands to d || z || X25519 key.
        expanded = hashlib.shake_256(seed).digest(96)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._key = MLKEM768X25519PrivateKey(ml_kem, x25519)
        self.public = (
            ml_kem.public_key().public_bytes_raw()
            + x25519.public_key().public_bytes_raw()
        )
        self.kid = kid(self.algorithm, self.public)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(SEED_SIZE))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return the 32-byte secret of a 1,168-byte seal; else CannotOpen."""
        if len(sealed) != SEALED_SIZE:
            raise CannotOpen
        try:
            return _SUITE.decrypt(sealed, self._key, info)
        except (InvalidTag, ValueError):
            raise CannotOpen from None


def seal(public: bytes, info: bytes, secret: bytes) -> bytes:
    """Seal a 32-byte secret: enc (1,120 bytes) || ciphertext (48 bytes).

    Raises WeakKey if the public key cannot be sealed to.
    """
    try:
        return _SUITE.encrypt(secret, _load(public), info)
    except ValueError:
        raise WeakKey("x-wing") from None


def check_public(public: bytes) -> bytes:
    """Return an X-Wing public key that can be sealed to and is canonical.

    An X25519 half above the field prime would be a second name of another key.
    """
    if int.from_bytes(public[ML_KEM_SIZE:], "little") >= FIELD_PRIME:
        raise WeakKey("x-wing")
    seal(public, b"", bytes(KEY_SIZE))
    return public


@lru_cache(maxsize=256)
def _load(public: bytes) -> MLKEM768X25519PublicKey:
    """Return the key, cached: a desk uses few, and unpacking is slow."""
    return MLKEM768X25519PublicKey(  # ValueError if either half has the wrong length
        MLKEM768PublicKey.from_public_bytes(public[:ML_KEM_SIZE]),
        X25519PublicKey.from_public_bytes(public[ML_KEM_SIZE:]),
    )


def seal_body(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Encrypt under a 32-byte key: salt, commitment, chunks; adds 72 bytes or more."""
    box = Cobblestone256Encryptor(key, context)
    return box.update(plaintext) + box.finalize()


def open_body(key: bytes, context: bytes, ciphertext: bytes) -> bytes:
    """Return the whole plaintext; raise CannotOpen."""
    try:
        box = Cobblestone256Decryptor(key, context)
        return box.update(ciphertext) + box.finalize()
    except (InvalidTag, ValueError):
        raise CannotOpen from None
