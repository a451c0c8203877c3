"""Sealing: HPKE over X-Wing for keys, Cobblestone256 for what they protect.

HPKE base mode (RFC 9180) with KEM 0x647a (X-Wing, draft-connolly-cfrg-xwing-kem),
HKDF-SHA256, AES-256-GCM. Cobblestone256 is C2SP chunked-encryption: 16 KiB chunks, a
commitment to the key, the context bound in. Neither takes randomness from outside.
"""

import hashlib
import hmac
import secrets
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
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PublicKey,
    Suite,
)
from nacl.bindings import crypto_scalarmult
from nacl.exceptions import CryptoError

from keys.errors import CannotOpen, WeakKey
from keys.pae import kid

SEED_SIZE = 32
ML_KEM_SIZE = 1_184  # bytes of the first half of a public key
PUBLIC_SIZE = ML_KEM_SIZE + 32
KEY_SIZE = 32
SEALED_SIZE = 1_120 + KEY_SIZE + 16  # enc, the sealed key, its tag
FIELD_PRIME = 2**255 - 19

ML_KEM_TEXT_SIZE = 1_088  # bytes of the first half of enc
TEXT_SIZE = KEY_SIZE + 16  # bytes of the sealed key with its tag
NONCE_SIZE = 12
_LABEL = bytes.fromhex("5c2e2f2f5e5c")  # of X-Wing, section 5.3
_SUITE_ID = b"HPKE" + bytes.fromhex("647a 0001 0002")
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Opener:
    """A sealing key's private half, kept as its 32-byte X-Wing seed."""

    algorithm = "x-wing"

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise WeakKey("seed")
        self.seed = seed
        # Section 5.2 of the draft: the seed expands to d || z || X25519 key.
        expanded = hashlib.shake_256(seed).digest(96)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._ml_kem, self._x25519 = ml_kem, expanded[64:]
        self.public = (
            ml_kem.public_key().public_bytes_raw()
            + x25519.public_key().public_bytes_raw()
        )
        self.kid = kid(self.algorithm, self.public)

    @classmethod
    def generate(cls) -> Self:
        """Make a key from 32 random bytes."""
        return cls(secrets.token_bytes(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed; WeakKey on another length."""
        return cls(seed)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return the 32-byte secret of a 1,168-byte seal; CannotOpen otherwise."""
        if len(sealed) != SEALED_SIZE:
            raise CannotOpen
        enc, text = sealed[:-TEXT_SIZE], sealed[-TEXT_SIZE:]
        try:
            key, nonce = _key_schedule(self._decapsulate(enc), info)
            return AESGCM(key).decrypt(nonce, text, None)
        except (InvalidTag, ValueError, CryptoError):
            raise CannotOpen from None

    def _decapsulate(self, enc: bytes) -> bytes:
        """Return the shared secret of X-Wing (section 5.4 of the draft).

        By parts, since libsodium multiplies without the interpreter: 35 of 80 us, in
        which a desk that catches up files.
        """
        theirs = enc[ML_KEM_TEXT_SIZE:]
        of_ml_kem = self._ml_kem.decapsulate(enc[:ML_KEM_TEXT_SIZE])
        of_x25519 = crypto_scalarmult(self._x25519, theirs)
        parts = of_ml_kem, of_x25519, theirs, self.public[ML_KEM_SIZE:], _LABEL
        return hashlib.sha3_256(b"".join(parts)).digest()


def _key_schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return key and nonce of the one message of a seal (RFC 9180 section 5.1)."""
    context = b"\0" + _NO_PSK + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    return (
        _expand(secret, b"key", context, KEY_SIZE),
        _expand(secret, b"base_nonce", context, NONCE_SIZE),
    )


def _extract(salt: bytes, label: bytes, material: bytes) -> bytes:
    """LabeledExtract (RFC 9180 section 4)."""
    return hmac.digest(salt, b"HPKE-v1" + _SUITE_ID + label + material, "sha256")


def _expand(secret: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """LabeledExpand (RFC 9180 section 4), of one block at most."""
    labeled = size.to_bytes(2) + b"HPKE-v1" + _SUITE_ID + label + info
    return hmac.digest(secret, labeled + b"\x01", "sha256")[:size]


_NO_PSK = _extract(b"", b"psk_id_hash", b"")


def seal(public: bytes, info: bytes, secret: bytes) -> bytes:
    """Seal a 32-byte secret: enc (1,120 bytes) || ciphertext (48 bytes).

    Raise WeakKey where the public key does not take a seal.
    """
    try:
        return _SUITE.encrypt(secret, _load(public), info)
    except ValueError:
        raise WeakKey("x-wing") from None


def check_public(public: bytes) -> bytes:
    """Return an X-Wing public key that takes a seal and has one encoding only.

    An unreduced ML-KEM half does not load, a low-order X25519 half does not
    seal; an X25519 half above the field prime would be a second name of another key.
    """
    if int.from_bytes(public[ML_KEM_SIZE:], "little") >= FIELD_PRIME:
        raise WeakKey("x-wing")
    seal(public, b"", bytes(KEY_SIZE))
    return public


def _load(public: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(  # ValueError on another length of either half
        MLKEM768PublicKey.from_public_bytes(public[:ML_KEM_SIZE]),
        X25519PublicKey.from_public_bytes(public[ML_KEM_SIZE:]),
    )


def seal_body(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Encrypt under a 32-byte key: salt, commitment, chunks; 72 bytes more or up."""
    box = Cobblestone256Encryptor(key, context)
    return box.update(plaintext) + box.finalize()


def open_body(key: bytes, context: bytes, ciphertext: bytes) -> bytes:
    """Return the whole plaintext or none of it; raise CannotOpen."""
    try:
        box = Cobblestone256Decryptor(key, context)
        return box.update(ciphertext) + box.finalize()
    except (InvalidTag, ValueError):
        raise CannotOpen from None
