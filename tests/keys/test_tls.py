"""Certificates: who may be who, judged in one nation's store, and by OpenSSL."""

import contextlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from keys import tls
from keys.errors import BadCertificate, CertificateTime
from keys.tls import Authority, Peer
from tests.tls_keys import public_of

NOW = 1_795_000_000_000
DAY = 86_400_000
PK = tls.make_ca("pk", NOW)
CN = tls.make_ca("cn", NOW)
KEY = tls.new_key()
PUBLIC = public_of(KEY)
NODE = tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), PUBLIC, NOW, 30)
DESK = tls.issue(PK, tls.spiffe_of("desk", "ops.islamabad.pk"), PUBLIC, NOW, 30)
AUDITOR = tls.issue(PK, tls.spiffe_of("auditor", "court-3.pk"), PUBLIC, NOW, 30)
URI = x509.UniformResourceIdentifier


@pytest.mark.parametrize(
    ("cert", "spiffe", "peer"),
    [
        (
            NODE,
            "spiffe://pk.fusion/node/islamabad",
            Peer("pk", "node", "islamabad.pk"),
        ),
        (
            DESK,
            "spiffe://pk.fusion/desk/islamabad/ops",
            Peer("pk", "desk", "ops.islamabad.pk"),
        ),
        (
            AUDITOR,
            "spiffe://pk.fusion/auditor/court-3",
            Peer("pk", "auditor", "court-3.pk"),
        ),
    ],
    ids=["node", "desk", "auditor"],
)
def test_a_certificate_says_who(cert: bytes, spiffe: str, peer: Peer) -> None:
    tls.verify_chain(cert, [PK.cert], NOW)
    tls.verify_chain(tls.certificate_der(cert), [tls.certificate_pem(PK.cert)], NOW)
    assert tls.spiffe_id(cert) == tls.spiffe_id(tls.certificate_der(cert)) == spiffe
    assert tls.parse_spiffe(spiffe) == peer


def test_names_and_usages() -> None:
    def of(cert: bytes) -> tuple[list[str], list[x509.ObjectIdentifier]]:
        extensions = tls.load_certificate(cert).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName)
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        return names.value.get_values_for_type(x509.DNSName), list(usages.value)

    client, server = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
    assert of(NODE) == (["islamabad.pk.fusion"], [client, server])
    assert of(DESK) == of(AUDITOR) == ([], [client])
    assert tls.dns_of_node("islamabad.pk") == "islamabad.pk.fusion"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spiffe://pk.fusion",
        "spiffe://pk.fusion/node",
        "spiffe://pk.fusion/node/",
        "spiffe://pk.fusion/node/a/b",
        "spiffe://pk.fusion/node/islamabad/",
        "spiffe://pk.fusion/node/islamabad\n",
        "spiffe://pk.fusion/node/Islamabad",
        "spiffe://pk.fusion/node/islamab\u0430d",
        "spiffe://pk.fusion/node/a.b",
        "spiffe://pk.fusion/node/-a",
        "spiffe://pk.fusion/node/" + "a" * 64,
        "spiffe://pk.fusion/desk/ops",
        "spiffe://pk.fusion/root/islamabad",
        "spiffe://pk.fusion/node/islamabad?x",
        "spiffe://pk.fusion:1/node/islamabad",
        "spiffe://u@pk.fusion/node/islamabad",
        "spiffe://pk.other/node/islamabad",
        "spiffe://a.pk.fusion/node/islamabad",
        "SPIFFE://pk.fusion/node/islamabad",
        "https://pk.fusion/node/islamabad",
        " spiffe://pk.fusion/node/islamabad",
    ],
)
def test_another_identity_is_none_of_ours(text: str) -> None:
    with pytest.raises(BadCertificate):
        tls.parse_spiffe(text)


LABELS = st.from_regex(r"\A[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?\Z")


@given(LABELS, LABELS, LABELS)
def test_identities_of_our_names_come_back(desk: str, node: str, domain: str) -> None:
    name = f"{node}.{domain}"
    assert tls.parse_spiffe(tls.spiffe_of("node", name)) == Peer(domain, "node", name)
    name = f"{desk}.{name}"
    assert tls.parse_spiffe(tls.spiffe_of("desk", name)) == Peer(domain, "desk", name)


@pytest.mark.parametrize(
    "name", ["", "pk", ".pk", "islamabad.", "a.b.c.pk", "Is.pk", "a b.pk", "a.pk\n"]
)
def test_other_names_get_no_certificate(name: str) -> None:
    with pytest.raises(BadCertificate):
        tls.issue(PK, tls.spiffe_of("node", name), PUBLIC, NOW)
    with pytest.raises(BadCertificate):
        tls.issue(PK, tls.spiffe_of("desk", name), PUBLIC, NOW)


def test_no_certificate_outlives_its_authority() -> None:
    """Else nobody would know that it is due."""
    late = NOW + (tls.CA_DAYS - 20) * DAY
    for cert in (
        tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), PUBLIC, late),
        tls.issue(PK, tls.spiffe_of("desk", "ops.islamabad.pk"), PUBLIC, late),
        tls.issue(PK, tls.spiffe_of("auditor", "court-3.pk"), PUBLIC, late),
    ):
        _, end = tls.times(cert)
        assert late < end <= tls.times(PK.cert)[1]


def test_the_other_nation_did_not_issue_it() -> None:
    for cert in (NODE, DESK):
        with pytest.raises(BadCertificate) as error:
            tls.verify_chain(cert, [CN.cert], NOW)
        assert not isinstance(error.value, CertificateTime)


def test_a_nation_cannot_mint_the_other_ones_name_in_its_store() -> None:
    minted = tls.issue(PK, tls.spiffe_of("node", "beijing.cn"), PUBLIC, NOW)
    peer = tls.parse_spiffe(tls.spiffe_id(minted))
    assert peer.domain == "cn"  # so the gate asks the store of cn
    with pytest.raises(BadCertificate):
        tls.verify_chain(minted, [CN.cert], NOW)


def test_a_namesake_authority_is_another_one() -> None:
    with pytest.raises(BadCertificate):
        tls.verify_chain(NODE, [tls.make_ca("pk", NOW).cert], NOW)


@pytest.mark.parametrize("days", [-1, 31, 365, 20_000])
def test_outside_its_time(days: int) -> None:
    with pytest.raises(CertificateTime):
        tls.verify_chain(NODE, [PK.cert], NOW + days * DAY)


def test_a_clock_an_hour_behind_is_borne() -> None:
    tls.verify_chain(NODE, [PK.cert], NOW - DAY // 24)
    with pytest.raises(CertificateTime):
        tls.verify_chain(NODE, [PK.cert], NOW - DAY // 24 - 1_000)
    tls.verify_chain(NODE, [PK.cert], NOW + 30 * DAY)


def test_an_expired_authority_vouches_for_nobody() -> None:
    cert = tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), PUBLIC, NOW, 5_000)
    tls.verify_chain(cert, [PK.cert], NOW + 3_000 * DAY)
    with pytest.raises(BadCertificate):
        tls.verify_chain(cert, [PK.cert], NOW + 4_000 * DAY)


def test_an_authority_is_no_peer() -> None:
    with pytest.raises(BadCertificate):
        tls.verify_chain(PK.cert, [PK.cert], NOW)
    with pytest.raises(BadCertificate):
        tls.spiffe_id(PK.cert)


def issued(
    names: list[x509.GeneralName] | None, ca: Authority = PK, *, is_ca: bool = False
) -> bytes:
    """Issue what our own functions never would."""
    root = tls.load_certificate(ca.cert)
    key = tls._load_key(ca.key)
    begin = datetime.fromtimestamp(NOW // 1000, UTC)
    public = tls._load_public(PUBLIC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(root.subject)
        .issuer_name(root.subject)
        .public_key(public)
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
            critical=False,
        )
    )
    if names is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "names",
    [
        None,
        [x509.DNSName("islamabad.pk.fusion")],
        [URI("spiffe://pk.fusion/node/a"), URI("spiffe://cn.fusion/node/b")],
        [URI("spiffe://pk.fusion/node/a"), URI("spiffe://pk.fusion/node/a")],
        [URI("spiffe://pk.fusion/node/a"), URI("https://example.org")],
    ],
    ids=["none", "dns-only", "two-nations", "one-twice", "another-uri"],
)
def test_not_exactly_one_uri_name(names: list[x509.GeneralName] | None) -> None:
    with pytest.raises(BadCertificate):
        tls.spiffe_id(issued(names))


def test_no_intermediate_and_no_certificate_authority_as_peer() -> None:
    names: list[x509.GeneralName] = [URI("spiffe://pk.fusion/node/a")]
    middle = issued(names, is_ca=True)
    with pytest.raises(BadCertificate):
        tls.verify_chain(middle, [PK.cert], NOW)
    under = issued(names, Authority(KEY, middle))
    with pytest.raises(BadCertificate):
        tls.verify_chain(under, [PK.cert], NOW)


@given(st.binary(max_size=200), st.booleans())
def test_noise_is_no_certificate(noise: bytes, pem: bool) -> None:  # noqa: FBT001 - drawn
    data = b"-----BEGIN CERTIFICATE-----\n" + noise if pem else noise
    for call in (tls.load_certificate, tls.spki_hash, tls.spiffe_id):
        with pytest.raises(BadCertificate):
            call(data)
    with pytest.raises(BadCertificate):
        tls.issue(
            Authority(data, PK.cert), tls.spiffe_of("node", "islamabad.pk"), PUBLIC, NOW
        )


@pytest.mark.filterwarnings("ignore")  # the library's, about odd serial numbers
def test_any_flipped_bit_breaks_the_chain_and_raises_nothing_else() -> None:
    der = tls.certificate_der(NODE)
    # How many bits of the signature's last byte do not count, X.690 section 8.6.2:
    # the library reads the same signature whatever it says there.
    unused = der.rfind(tls.load_certificate(der).signature) - 1
    for place in range(8 * len(der)):
        data = bytearray(der)
        data[place // 8] ^= 1 << place % 8
        if place // 8 != unused:
            with pytest.raises(BadCertificate):
                tls.verify_chain(bytes(data), [PK.cert], NOW)
        for call in (tls.spiffe_id, tls.spki_hash):
            with contextlib.suppress(BadCertificate):
                call(bytes(data))


def test_only_p_256_keys_are_certified() -> None:
    others: list[ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey] = [
        ed25519.Ed25519PrivateKey.generate().public_key(),
        ec.generate_private_key(ec.SECP384R1()).public_key(),
    ]
    for key in others:
        public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(BadCertificate):
            tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), public, NOW)
    with pytest.raises(BadCertificate):
        tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), b"", NOW)


def test_only_p_256_keys_are_ours() -> None:
    for key in (
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP384R1()),
    ):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(BadCertificate):
            tls.issue(
                Authority(pem, PK.cert),
                tls.spiffe_of("node", "islamabad.pk"),
                PUBLIC,
                NOW,
            )


def test_one_key_has_one_pin_whatever_the_certificate() -> None:
    again = tls.issue(PK, tls.spiffe_of("node", "islamabad.pk"), PUBLIC, NOW + DAY)
    other = tls.issue(
        PK, tls.spiffe_of("node", "islamabad.pk"), public_of(tls.new_key()), NOW
    )
    assert tls.spki_hash(NODE) == tls.spki_hash(again)
    assert tls.spki_hash(NODE) != tls.spki_hash(other)
    assert len(tls.spki_hash(NODE)) == 32


def test_the_private_key_fits_the_certificate() -> None:
    key = load_pem_private_key(KEY, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == tls.load_certificate(NODE).public_key()


def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, timeout=30)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no OpenSSL program")
def test_openssl_agrees_on_chain_and_pin(tmp_path: Path) -> None:
    leaf, pk, cn = (tmp_path / name for name in ("leaf", "pk", "cn"))
    leaf.write_bytes(NODE)
    pk.write_bytes(tls.certificate_pem(PK.cert))
    cn.write_bytes(tls.certificate_pem(CN.cert))
    when = ["-attime", str(NOW // 1000), "-x509_strict", "-verify_hostname"]
    when += ["islamabad.pk.fusion", "-no-CAfile", "-no-CApath", "-no-CAstore"]
    for purpose in ("sslserver", "sslclient"):
        words = ["verify", "-purpose", purpose, *when]
        trusted = openssl(*words, "-trusted", pk, leaf)
        assert trusted.returncode == 0, trusted.stderr
        assert openssl(*words, "-trusted", cn, leaf).returncode != 0
    pem = openssl("x509", "-in", leaf, "-pubkey", "-noout").stdout
    key = tmp_path / "key"
    key.write_bytes(pem)
    der = openssl("pkey", "-pubin", "-in", key, "-outform", "DER").stdout
    (tmp_path / "der").write_bytes(der)
    shown = openssl("dgst", "-sha256", "-r", tmp_path / "der").stdout
    assert shown.split()[0].decode() == tls.spki_hash(NODE).hex()
