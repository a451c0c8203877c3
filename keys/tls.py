"""X.509 for the transport: a national CA, its certificates, SPIFFE identities.

ECDSA P-256 (gRPC refuses Ed25519 certificates). Every certificate has one URI name,
`spiffe://pk.fusion/node/islamabad`, `/desk/islamabad/ops` or `/auditor/NAME`; a node's
also has the DNS name `islamabad.pk.fusion` (docs/spec/enrolment.md, "Identity").
Certificates and keys may be PEM or DER; times are milliseconds since the epoch, UTC.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from msgspec import Struct

from keys.errors import BadCertificate, CertificateTime

CA_DAYS = 3_650
NODE_DAYS = 397
AUDITOR_DAYS = 90  # an auditor needs access only for a short time
# A partner's clock may be behind ours when it first sees a certificate.
BACKDATED = timedelta(hours=1)

Kind = Literal["node", "desk", "auditor"]

_PEM = b"-----BEGIN"
_CURVE = "secp256r1"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SPIFFE = re.compile(
    rf"spiffe://({_LABEL})\.fusion/"
    rf"(?:(node)/({_LABEL})|(desk)/({_LABEL})/({_LABEL})|(auditor)/({_LABEL}))"
)
_NODE = re.compile(rf"({_LABEL})\.({_LABEL})")
_DESK = re.compile(rf"({_LABEL})\.({_LABEL})\.({_LABEL})")


class Authority(NamedTuple):
    key: bytes  # PKCS#8 DER
    cert: bytes  # DER


class Peer(Struct, frozen=True):
    """The holder of a certificate, in our own names."""

    domain: str  # pk
    kind: Kind
    name: str  # islamabad.pk, ops.islamabad.pk; an auditor: NAME.pk


def parse_spiffe(identity: str) -> Peer:
    """Raise BadCertificate for any text but one of our identities."""
    found = _SPIFFE.fullmatch(identity)
    if found is None:
        raise BadCertificate("not an identity of ours")
    domain, is_node, node, is_desk, of, desk, _, auditor = found.groups()
    if is_node:
        return Peer(domain, "node", f"{node}.{domain}")
    if is_desk:
        return Peer(domain, "desk", f"{desk}.{of}.{domain}")
    return Peer(domain, "auditor", f"{auditor}.{domain}")


def spiffe_of(kind: Kind, name: str) -> str:
    """Return that of `ops.islamabad.pk`, say; BadCertificate for another form."""
    found = (_DESK if kind == "desk" else _NODE).fullmatch(name)
    if found is None:
        raise BadCertificate(f"not the name of any {kind}")
    *path, domain = found.groups()
    return f"spiffe://{domain}.fusion/{kind}/{'/'.join(reversed(path))}"


def dns_of_node(name: str) -> str:
    spiffe_of("node", name)
    return f"{name}.fusion"


def new_key() -> bytes:
    """Make a P-256 key: PKCS#8 PEM, unencrypted, for a file of mode 0600."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_ca(domain: str, now: int) -> Authority:
    """Make an authority valid for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject(f"{domain} TLS root")
    cert = (
        _builder(name, name, key.public_key(), (now, CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Authority(clear, cert.public_bytes(Encoding.DER))


def public_of(key: bytes) -> bytes:
    """Return SPKI DER of a PKCS#8 key; or raise BadCertificate."""
    public = _load_key(key).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_pem_of(cert: bytes) -> bytes:
    """Return SPKI PEM; or raise BadCertificate."""
    try:
        public = load_certificate(cert).public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except _UNSOUND:
        raise BadCertificate("no public key") from None


def issue(
    ca: Authority, identity: str, public: bytes, now: int, days: int | None = None
) -> bytes:
    """Certify `public` (SPKI PEM): a node as client and server, others as client only.

    Returns PEM. Without `days` it lives as its kind does. Raises BadCertificate.
    """
    peer = parse_spiffe(identity)
    if days is None:
        days = AUDITOR_DAYS if peer.kind == "auditor" else NODE_DAYS
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(identity)]
    usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if peer.kind == "node":
        names.append(x509.DNSName(dns_of_node(peer.name)))
        usage.append(ExtendedKeyUsageOID.SERVER_AUTH)
    key, root = _load_key(ca.key), load_certificate(ca.cert)
    left = (root.not_valid_after_utc - _moment(now)).days
    if left > 0:  # a certificate that outlived its authority would appear valid
        days = min(days, left)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    subject = _subject(identity)
    cert = (
        _builder(subject, root.subject, _load_public(public), (now, days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(authority, critical=False)
        .sign(key, hashes.SHA256())
    )
    return cert.public_bytes(Encoding.PEM)


# The library parses lazily: a loaded certificate may still fail at any field.
_UNSOUND = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
)


def load_certificate(data: bytes) -> x509.Certificate:
    """Parse PEM or DER; BadCertificate if malformed."""
    pem = data.startswith(_PEM)
    try:
        return (
            x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
        )(data)
    except _UNSOUND:
        raise BadCertificate("not a certificate") from None


def certificate_der(data: bytes) -> bytes:
    return load_certificate(data).public_bytes(Encoding.DER)


def certificate_pem(data: bytes) -> bytes:
    return load_certificate(data).public_bytes(Encoding.PEM)


def spki_hash(cert: bytes) -> bytes:
    """Return the SHA-256 of its SubjectPublicKeyInfo (RFC 7469)."""
    try:
        public = load_certificate(cert).public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _UNSOUND:
        raise BadCertificate("no public key") from None
    return hashlib.sha256(spki).digest()


def spiffe_id(cert: bytes) -> str:
    """Return the one URI name of a certificate (X509-SVID section 2).

    Raises BadCertificate if it has none or several.
    """
    try:
        names = load_certificate(cert).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        uris = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    except _UNSOUND:
        raise BadCertificate("no name") from None
    if len(uris) != 1:
        raise BadCertificate("not exactly one URI name")
    return uris[0]


def verify_chain(leaf: bytes, ca_certs: Iterable[bytes], now: int) -> None:
    """Check that a CA of one nation, and no other, issued it.

    Checks 1 the chain and its extensions, against those CAs alone (a common pool of two
    nations would let each issue the other's names), 2 the time. Raises BadCertificate,
    for 2 its subclass CertificateTime.
    """
    cert, at = load_certificate(leaf), _moment(now)
    try:
        begin, end = cert.not_valid_before_utc, cert.not_valid_after_utc
        # 1
        verifier = (
            PolicyBuilder()
            .store(Store([load_certificate(one) for one in ca_certs]))
            .time(min(max(at, begin), end))
            .max_chain_depth(0)
            .build_client_verifier()
        )
        verifier.verify(cert, [])
    except (VerificationError, *_UNSOUND):
        raise BadCertificate("not issued by that nation's authority") from None
    # 2
    if not begin <= at <= end:
        raise CertificateTime("expired or not yet valid")


def check_pair(key: bytes, cert: bytes) -> None:
    """Raise BadCertificate unless they belong together."""
    if _load_key(key).public_key() != load_certificate(cert).public_key():
        raise BadCertificate("of another key")


def times(cert: bytes) -> tuple[int, int]:
    """Return start and end of its validity (ms); or BadCertificate."""
    loaded = load_certificate(cert)
    try:
        ends = loaded.not_valid_before_utc, loaded.not_valid_after_utc
    except _UNSOUND:
        raise BadCertificate("no times") from None
    return int(ends[0].timestamp() * 1000), int(ends[1].timestamp() * 1000)


def _moment(now: int) -> datetime:
    return datetime.fromtimestamp(now // 1000, UTC)


def _subject(text: str) -> x509.Name:
    # At most 64 characters (RFC 5280 ub-common-name); the identity is the URI.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[-64:])])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    life: tuple[int, int],
) -> x509.CertificateBuilder:
    now, days = life
    begin = _moment(now)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - BACKDATED)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(identifier, critical=False)
    )


def _load_key(data: bytes) -> ec.EllipticCurvePrivateKey:
    pem = data.startswith(_PEM)
    try:
        key = (load_pem_private_key if pem else load_der_private_key)(data, None)
    except (ValueError, TypeError):
        raise BadCertificate("not a private key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != _CURVE:
        raise BadCertificate("not a P-256 key")
    return key


def _load_public(data: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(data)
    except ValueError:
        raise BadCertificate("not a public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != _CURVE:
        raise BadCertificate("not a P-256 key")
    return key
