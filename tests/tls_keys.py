"""TLS keys of tests: certified without a request, shown to whoever answers."""

import ssl
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


def public_of(key: bytes) -> bytes:
    """Return the public half of a private key (PEM) as SPKI PEM."""
    public = load_pem_private_key(key, None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def http2_context(folder: Path | None = None) -> ssl.SSLContext:
    """Speak HTTP/2 with whoever answers, as the node or desk of this folder if any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if folder is not None:
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context
