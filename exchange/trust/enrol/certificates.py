"""TLS certificates: requested by the key's holder, issued for that name only."""

import hashlib

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from exchange.errors import Reason, Refusal
from exchange.trust.bundle import Bundle
from exchange.trust.enrol.common_checks import demand
from exchange.v1 import trust_pb2
from keys.errors import BadCertificate
from keys.tls import Authority, certificate_der, issue, spiffe_of, verify_chain

MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    BadCertificate,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""Errors that the library raises for a forged request or certificate."""


def tls_request(key: bytes, identity: str) -> bytes:
    """`key` is PEM, the request DER; raises Refusal(KEY_FILE)."""
    secret = load_pem_private_key(key, None)
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise Refusal(Reason.KEY_FILE, "tls.key")
    uri = x509.UniformResourceIdentifier(identity)
    return (
        x509.CertificateSigningRequestBuilder(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=True)
        .sign(secret, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def tls_public(request: trust_pb2.KeyRequest) -> bytes:
    """Return its SPKI PEM, if its holder asked for this name."""
    try:
        asked = x509.load_der_x509_csr(request.tls_request)
        named = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = named.value.get_values_for_type(x509.UniformResourceIdentifier)
        right = asked.is_signature_valid and uris == [_identity(request)]
        demand(right, "tls_request")
        public = asked.public_key()
    except MALFORMED:
        raise Refusal(Reason.INPUT, "tls_request") from None
    demand(
        isinstance(public, ec.EllipticCurvePublicKey)
        and isinstance(public.curve, ec.SECP256R1),
        "tls_request",
    )
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certify(request: trust_pb2.KeyRequest, ca: Authority, now: int) -> bytes:
    """Return the certificate (DER) that a request asks for; raises as `tls_public`."""
    public = tls_public(request)
    return certificate_der(issue(ca, _identity(request), public, now))


def tls_key_hash(request: trust_pb2.KeyRequest) -> bytes:
    """Return the SHA-256 of its SPKI; raises Refusal(INPUT)."""
    public = load_pem_public_key(tls_public(request))
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def check(
    certificate: bytes, request: trust_pb2.KeyRequest, bundle: Bundle, now: int
) -> None:
    """Raise Refusal(DOMAIN_CA | INPUT) if it is not as requested."""
    try:
        verify_chain(certificate, bundle.tls_roots, now)
        loaded = x509.load_der_x509_certificate(certificate)
        named = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = named.value.get_values_for_type(x509.UniformResourceIdentifier)
        public = loaded.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
    except MALFORMED:
        raise Refusal(Reason.DOMAIN_CA, "tls_certificate") from None
    demand(uris == [_identity(request)], "tls_certificate")
    demand(public == tls_public(request), "tls_certificate")


def _identity(request: trust_pb2.KeyRequest) -> str:
    if request.auditor:
        return spiffe_of("auditor", request.name)
    return spiffe_of("node" if request.HasField("node") else "desk", request.name)
