"""Bundles: both roots sign, names are one's own, nothing is taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from exchange.errors import FILE_MADE_BEFORE, MADE_BEFORE, Reason, Refusal
from exchange.ledger import note
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import wire
from exchange.trust.bundle import load_all, make, read
from exchange.trust.bundle_succession import accept
from exchange.v1 import trust_pb2
from keys.pae import pae
from keys.signing import Signer
from keys.tls import certificate_pem, issue, make_ca, new_key, spiffe_of
from tests.expecting import refusing
from tests.tls_keys import public_of
from tests.trust.editions import Change, edition
from tests.trust.nation import NOW, Nation, ed, ml, seed
from tests.trust.test_later_editions import signed


@pytest.fixture(scope="module")
def pk() -> Nation:
    return Nation()


def test_it_comes_back_with_every_key(pk: Nation) -> None:
    found = read(pk.data)
    node = found.node(pk.node)

    assert (found.domain, found.serial, found.issued) == ("pk", 1, NOW)
    assert found.roots[:2] == (pk.roots[0].public, pk.roots[1].public)
    assert node.addresses == ("127.0.0.1:7443",)
    assert [key.type for key in found.log_keys("islamabad.pk.fusion/log/1")] == [1, 6]
    assert found.log_keys("islamabad.pk.fusion/log/2") == ()
    assert found.cosigner_keys("islamabad.pk.fusion/mirror") == node.cosigners
    assert found.data == pk.data


def test_an_unknown_node_is_not_pinned(pk: Nation) -> None:
    with pytest.raises(Refusal, match=Reason.NOT_PINNED):
        pk.bundle.node("lahore.pk")


# Signatures and encoding.


def test_any_flipped_bit_is_refused(pk: Nation) -> None:
    for place in range(0, len(pk.data), 97):
        spoilt = bytearray(pk.data)
        spoilt[place] ^= 1
        with pytest.raises(Refusal, match=Reason.BUNDLE):
            read(bytes(spoilt))


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"x" * 2_000_000, b"-----BEGIN CERTIFICATE-----\n"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(data)


def test_an_older_version_says_what_is_to_be_done(pk: Nation, tmp_path: Path) -> None:
    """Where it came from elsewhere, and where it is a home's."""
    plain = pk.plain()
    plain.version = bundles.VERSION - 1
    data = signed(plain, *pk.roots)
    path = tmp_path / "pk.bundle"
    path.write_bytes(data)

    with pytest.raises(Refusal) as carried:
        read(data)
    with pytest.raises(Refusal) as held:
        bundles.load(path)

    assert (carried.value.why, held.value.why) == (FILE_MADE_BEFORE, MADE_BEFORE)


def test_what_follows_or_is_unknown_is_refused(pk: Nation) -> None:
    for tail in (b"\xa0\x06\x01", b"\0", pk.data):
        with pytest.raises(Refusal, match=Reason.BUNDLE):
            read(pk.data + tail)


Spoil = Callable[[trust_pb2.SignedTrustBundle], None]


def _signatures(*kept: int) -> Spoil:
    """Keep these of the two signatures, in this order."""

    def spoil(one: trust_pb2.SignedTrustBundle) -> None:
        both = list(one.signatures)
        del one.signatures[:]
        one.signatures.extend(both[place] for place in kept)

    return spoil


def _signed_by(context: str, first: str, second: str) -> Spoil:
    """Have the two kids, which are listed, sign anew: in a context, by these keys."""

    def spoil(one: trust_pb2.SignedTrustBundle) -> None:
        message, (root, root_pq) = pae(context, one.bundle), Nation().roots
        keys: dict[bytes, Signer] = {root.kid: ed(first), root_pq.kid: ml(second)}
        for signature in one.signatures:
            signature.signature = keys[signature.kid].sign(message)

    return spoil


UNSIGNED: dict[str, Spoil] = {
    "first-twice": _signatures(0, 0),
    "none": _signatures(),
    "ml-dsa-of-a-thief": _signed_by("bundle", "pk root", "thief"),
    "of-another-context": _signed_by("sig", "pk root", "pk root"),
    "of-another-role": lambda one: setattr(one.signatures[0], "role", "issuer"),
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_what_both_roots_did_not_sign_is_refused(pk: Nation, name: str) -> None:
    spoilt = trust_pb2.SignedTrustBundle.FromString(pk.data)
    UNSIGNED[name](spoilt)

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(wire.encode(spoilt))


# What may stand in one. Each spoilt bundle is signed by its true roots.


def _no_authority(plain: trust_pb2.TrustBundle) -> None:
    """A certificate that signed itself and may sign nothing."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pk TLS root")])
    cert = (
        x509.CertificateBuilder(name, name, secret.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    plain.tls_root = cert.public_bytes(Encoding.DER)


def vkey(name: str, kind: int) -> str:
    """Return another key of that name."""
    made = ml("x") if kind == note.ML_DSA_44 else ed("x")
    return Vkey(name, kind, made.public).encode()


def both(node: str) -> tuple[str, str]:
    """Return other keys of a node's log."""
    origin = f"{node}.fusion/log/1"
    return vkey(origin, note.ED25519), vkey(origin, note.ML_DSA_44)


def _domain(domain: str) -> Change:
    """Write another domain, and no node that is not of it."""

    def spoil(plain: trust_pb2.TrustBundle) -> None:
        plain.domain = domain
        del plain.nodes[:]

    return spoil


def _desk_as_node(plain: trust_pb2.TrustBundle) -> None:
    """Consistent in itself, but no name of a node."""
    plain.nodes[0].name = name = "ops.islamabad.pk"
    plain.nodes[0].logs[:2] = both(name)
    plain.nodes[0].cosigners[0] = vkey(f"{name}.fusion/mirror", note.ML_DSA_44)


def _text(field: str, value: object) -> Change:
    def spoil(plain: trust_pb2.TrustBundle) -> None:
        setattr(plain, field, value)

    return spoil


def _many(field: str, *values: object) -> Change:
    def spoil(plain: trust_pb2.TrustBundle) -> None:
        del getattr(plain.nodes[0], field)[:]
        getattr(plain.nodes[0], field).extend(values)

    return spoil


def _first(field: str, value: object) -> Change:
    def spoil(plain: trust_pb2.TrustBundle) -> None:
        getattr(plain.nodes[0], field)[0] = value

    return spoil


LOG = "islamabad.pk.fusion/log/1"
MIRROR = "islamabad.pk.fusion/mirror"
CA = make_ca("pk", NOW)

# More of them, and bundles that are right, are in the vectors of docs/spec.
SPOILT: dict[str, Change] = {
    "version-0": _text("version", 0),
    "weak-root": _text("root_ml_dsa_44", bytes(1_312)),
    "capital-domain": _domain("PK"),
    "serial-huge": _text("serial", 2**64 - 1),
    "issued-0": _text("issued", 0),
    "tls-root-none": _text("tls_root", b""),
    "tls-root-leaf": _text(
        "tls_root",
        issue(CA, spiffe_of("node", "islamabad.pk"), public_of(new_key()), NOW),
    ),
    "tls-root-pem": _text("tls_root", certificate_pem(CA.cert)),
    "tls-root-no-authority": _no_authority,
    "node-with-a-desks-name": _desk_as_node,
    "log-with-weak-key": _first("logs", Vkey(LOG, note.ED25519, bytes(32)).encode()),
    "mirror-of-another-node": _first(
        "cosigners", vkey("beijing.cn.fusion/mirror", note.ML_DSA_44)
    ),
    "mirror-classical": _first("cosigners", vkey(MIRROR, note.ED25519_COSIGNATURE)),
    "no-log": _many("logs"),
    "vkey-noise": _many("logs", "islamabad.pk.fusion/log/1+00000000+AAAA"),
    "short-tls-key": _many("tls_keys", bytes(31)),
    "many-tls-keys": _many("tls_keys", *(seed(str(n)) for n in range(65))),
    "address-port-0": _many("addresses", "127.0.0.1:0"),
    "address-port-65536": _many("addresses", "127.0.0.1:65536"),
    "address-unix": _many("addresses", "unix:/tmp/x"),
    "address-escape": _many("addresses", "a\x1b]0;x\x07:1"),
    "address-twice": _many("addresses", "a:1", "a:1"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_must_not_stand_in_one(pk: Nation, name: str) -> None:
    plain = pk.plain()
    SPOILT[name](plain)

    with refusing(Reason.BUNDLE):
        make(plain, *pk.roots)


# One bundle after another.


def test_a_later_one_takes_the_place(pk: Nation) -> None:
    new = edition(pk, 2)

    assert accept(new, pk.bundle) is new
    assert accept(pk.bundle, None) is pk.bundle


def test_the_same_file_again_changes_nothing(pk: Nation) -> None:
    assert accept(read(pk.data), pk.bundle) is pk.bundle


def test_an_older_or_equal_serial_is_refused(pk: Nation) -> None:
    held = edition(pk, 5)
    for serial in (1, 4, 5):
        plain = pk.plain(serial)
        plain.issued += 1
        with pytest.raises(Refusal, match=Reason.SERIAL):
            accept(read(make(plain, *pk.roots)), held)


def test_other_roots_cannot_take_the_place(pk: Nation) -> None:
    ed_root, ml_root = pk.roots
    for roots, tls in (
        ((ed("thief"), ml_root), pk.ca.cert),
        ((ed_root, ml("thief")), pk.ca.cert),
        ((ed_root, ml_root), make_ca("pk", NOW).cert),
    ):
        plain = pk.plain(2)
        plain.root_ed25519, plain.root_ml_dsa_44 = roots[0].public, roots[1].public
        plain.tls_root = tls
        with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
            accept(read(make(plain, *roots)), pk.bundle)


def test_another_nation_cannot_take_the_place(pk: Nation) -> None:
    cn = Nation("cn", "beijing")
    renamed = pk.plain(2)
    renamed.domain = "cn"
    del renamed.nodes[:]

    for data in (make(cn.plain(2), *cn.roots), make(renamed, *pk.roots)):
        with pytest.raises(Refusal, match=Reason.BUNDLE):
            accept(read(data), pk.bundle)

    bare = pk.plain()
    del bare.nodes[:]
    with pytest.raises(Refusal, match=Reason.BUNDLE):
        accept(read(make(renamed, *pk.roots)), read(make(bare, *pk.roots)))


TAKEN_BACK: dict[str, Change] = {
    "nodes": lambda plain: plain.ClearField("nodes"),
    "tls_keys": _first("tls_keys", seed("another")),
    "logs": _first("logs", vkey(LOG, note.ED25519)),
    "cosigners": _first("cosigners", vkey(MIRROR, note.ML_DSA_44)),
}


@pytest.mark.parametrize("field", TAKEN_BACK)
def test_keys_that_history_needs_stay(pk: Nation, field: str) -> None:
    new = edition(pk, 2, TAKEN_BACK[field])

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        accept(new, pk.bundle)


# A folder of them.


def test_a_folder_is_read_by_domain(pk: Nation, tmp_path: Path) -> None:
    cn = Nation("cn", "beijing")
    for nation in (pk, cn):
        (tmp_path / f"{nation.domain}.bundle").write_bytes(nation.data)
    (tmp_path / "notes.txt").write_text("not a bundle")

    assert load_all(tmp_path) == {"cn": cn.bundle, "pk": pk.bundle}
    assert load_all(tmp_path / "absent") == {}


@pytest.mark.parametrize(("domain", "cut"), [("cn", 0), ("pk", 1)])
def test_a_bundle_of_another_name_or_damaged_names_its_file(
    pk: Nation, tmp_path: Path, domain: str, cut: int
) -> None:
    data = pk.data[: len(pk.data) - cut]
    (tmp_path / f"{domain}.bundle").write_bytes(data)

    with pytest.raises(Refusal, match=rf"{domain}\.bundle.*BUNDLE"):
        load_all(tmp_path)


@pytest.mark.parametrize("address", ["a.example:1", "[::1]:7443", "10.0.0.1:65535"])
def test_addresses_that_can_be_dialled(address: str) -> None:
    assert bundles.check_address(address) == address
