"""Certificates that no honest authority issues, but a hostile one can."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys import tls
from tests.tls_keys import public_of


def minted(
    authority: tls.Authority, uris: Sequence[str], key: bytes, now: int
) -> bytes:
    """Return a certificate with whatever identities, PEM, in time at `now` (ms)."""
    signing = serialization.load_der_private_key(authority.key, None)
    public = serialization.load_pem_public_key(public_of(key))
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    at = datetime.fromtimestamp(now // 1000, UTC)
    names = [x509.UniformResourceIdentifier(uri) for uri in uris]
    ca = x509.load_der_x509_certificate(authority.cert)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.DNSName("x.fusion")]),
            critical=True,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
    )
    return made.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
