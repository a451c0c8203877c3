"""Sealing a second time, from the specifications, for tests and the second reader.

HPKE base mode (RFC 9180) and X-Wing (draft-connolly-cfrg-xwing-kem) from ML-KEM,
X25519 and HMAC; Cobblestone256 (C2SP chunked-encryption) from HKDF and AES-GCM.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHUNK = 16 * 1024
LABEL = bytes.fromhex("5c2e2f2f5e5c")


class XWing:
    def __init__(self, seed: bytes) -> None:
        expanded = hashlib.shake_256(seed).digest(96)
        self._m = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._x = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._public_x = self._x.public_key().public_bytes_raw()
        self.public = self._m.public_key().public_bytes_raw() + self._public_x

    def decapsulate(self, enc: bytes) -> bytes:
        m, x = enc[:1088], enc[1088:]
        shared_m = self._m.decapsulate(m)
        shared_x = self._x.exchange(X25519PublicKey.from_public_bytes(x))
        mixed = shared_m + shared_x + x + self._public_x + LABEL
        return hashlib.sha3_256(mixed).digest()


def hpke(shared: bytes, info: bytes) -> tuple[AESGCM, bytes]:
    """KEM 0x647a, KDF HKDF-SHA256, AEAD AES-256-GCM: the box and its first nonce."""
    suite = b"HPKE" + bytes.fromhex("647a 0001 0002")

    def extract(salt: bytes, label: bytes, secret: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + suite + label + secret, "sha256")

    def expand(label: bytes, size: int) -> bytes:
        text = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(secret, text + b"\1", "sha256")[:size]

    psk_id, hashed = extract(b"", b"psk_id_hash", b""), extract(b"", b"info_hash", info)
    context = b"\0" + psk_id + hashed
    secret = extract(shared, b"secret", b"")
    return AESGCM(expand(b"key", 32)), expand(b"base_nonce", 12)


def open_hpke(shared: bytes, info: bytes, ciphertext: bytes) -> bytes:
    box, nonce = hpke(shared, info)
    return box.decrypt(nonce, ciphertext, None)


def seal_hpke(shared: bytes, info: bytes, plaintext: bytes) -> bytes:
    box, nonce = hpke(shared, info)
    return box.encrypt(nonce, plaintext, None)


class Cobblestone256:
    def __init__(self, key: bytes, context: bytes, salt: bytes) -> None:
        name = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
        made = HKDFExpand(SHA512(), 76, name + salt + context).derive(key)
        self._box, self._base = AESGCM(made[:32]), int.from_bytes(made[32:44], "big")
        self.prefix = salt + made[44:]

    def nonce(self, number: int) -> bytes:
        return (self._base ^ number).to_bytes(12, "big")

    def seal(self, plaintext: bytes) -> bytes:
        # The last chunk is always shorter than a whole one, and may be empty.
        chunks = [
            plaintext[at : at + CHUNK] for at in range(0, len(plaintext) + 1, CHUNK)
        ]
        return self.prefix + b"".join(
            self._box.encrypt(self.nonce(number), chunk, None)
            for number, chunk in enumerate(chunks)
        )

    def open(self, ciphertext: bytes) -> bytes:
        if not hmac.compare_digest(ciphertext[:56], self.prefix):
            raise InvalidTag
        rest, out = ciphertext[56:], b""
        for number in range(len(rest) // (CHUNK + 16) + 1):
            chunk = rest[number * (CHUNK + 16) :][: CHUNK + 16]
            out += self._box.decrypt(self.nonce(number), chunk, None)
        return out
