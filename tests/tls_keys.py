"""The public half of a TLS key, which tests certify without a request for it."""

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


def public_of(key: bytes) -> bytes:
    """Return the public half of a private key (PEM) as SPKI PEM."""
    public = load_pem_private_key(key, None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
