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
from keys.tls import certificate_pem, issue_node, make_ca, new_key
from tests.tls_keys import public_of
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


def test_one_root_is_not_enough(pk: Nation) -> None:
    signed = trust_pb2.SignedTrustBundle.FromString(pk.data)
    first, second = signed.signatures
    for kept in ([first], [second], [first, first], [second, first], []):
        spoilt = trust_pb2.SignedTrustBundle(bundle=signed.bundle, signatures=kept)
        with pytest.raises(Refusal, match=Reason.BUNDLE):
            read(wire.encode(spoilt))


@pytest.mark.parametrize("forged", [0, 1])
def test_another_key_for_one_root_is_refused(pk: Nation, forged: int) -> None:
    """The listed kid, signed by somebody else."""
    signed = trust_pb2.SignedTrustBundle.FromString(pk.data)
    message = pae("bundle", signed.bundle)
    for one in signed.signatures:
        if one.kid == pk.roots[forged].kid:
            thief = ed("thief") if forged == 0 else ml("thief")
            one.signature = thief.sign(message)

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(wire.encode(signed))


def test_a_signature_in_another_role_is_refused(pk: Nation) -> None:
    signed = trust_pb2.SignedTrustBundle.FromString(pk.data)
    signed.signatures[0].role = "issuer"

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(wire.encode(signed))


def test_a_signature_of_another_context_is_refused(pk: Nation) -> None:
    signed = trust_pb2.SignedTrustBundle.FromString(pk.data)
    for one in signed.signatures:
        root = next(root for root in pk.roots if root.kid == one.kid)
        one.signature = root.sign(pae("sig", signed.bundle))

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(wire.encode(signed))


# What may stand in one. Each spoilt bundle is signed by its true roots.


def _no_domain(plain: trust_pb2.TrustBundle) -> None:
    plain.domain = ""
    del plain.nodes[:]


def _capitals(plain: trust_pb2.TrustBundle) -> None:
    plain.domain = "PK"
    del plain.nodes[:]


def _pem_root(plain: trust_pb2.TrustBundle) -> None:
    plain.tls_root = certificate_pem(plain.tls_root)


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


def _rename(plain: trust_pb2.TrustBundle) -> None:
    plain.nodes[0].name = "beijing.cn"


def _desk_as_node(plain: trust_pb2.TrustBundle) -> None:
    """Consistent in itself, but no name of a node."""
    name = "ops.islamabad.pk"
    origin = f"{name}.fusion/log/1"
    plain.nodes[0].name = name
    plain.nodes[0].logs[0] = Vkey(origin, note.ED25519, ed("x").public).encode()
    plain.nodes[0].logs[1] = Vkey(origin, note.ML_DSA_44, ml("x").public).encode()
    mirror = Vkey(f"{name}.fusion/mirror", note.ML_DSA_44, ml("x").public)
    plain.nodes[0].cosigners[0] = mirror.encode()


def _other_log(plain: trust_pb2.TrustBundle) -> None:
    origin = "beijing.cn.fusion/log/1"
    plain.nodes[0].logs[0] = Vkey(origin, note.ED25519, ed("x").public).encode()
    plain.nodes[0].logs[1] = Vkey(origin, note.ML_DSA_44, ml("x").public).encode()


def _other_mirror(plain: trust_pb2.TrustBundle) -> None:
    name = "beijing.cn.fusion/mirror"
    plain.nodes[0].cosigners[0] = Vkey(name, note.ML_DSA_44, ml("x").public).encode()


def _classical_mirror(plain: trust_pb2.TrustBundle) -> None:
    name = "islamabad.pk.fusion/mirror"
    key = Vkey(name, note.ED25519_COSIGNATURE, ed("x").public)
    plain.nodes[0].cosigners[0] = key.encode()


def _half_a_log(plain: trust_pb2.TrustBundle) -> None:
    del plain.nodes[0].logs[1]


def _weak_log(plain: trust_pb2.TrustBundle) -> None:
    origin = "islamabad.pk.fusion/log/1"
    plain.nodes[0].logs[0] = Vkey(origin, note.ED25519, bytes(32)).encode()


def _twice(plain: trust_pb2.TrustBundle) -> None:
    plain.nodes.append(plain.nodes[0])


def _leaf_as_root(plain: trust_pb2.TrustBundle) -> None:
    ca = make_ca("pk", NOW)
    leaf = issue_node(ca, "islamabad.pk", public_of(new_key()), NOW)
    plain.tls_root = leaf


def _text(field: str, value: object) -> Callable[[trust_pb2.TrustBundle], None]:
    def spoil(plain: trust_pb2.TrustBundle) -> None:
        setattr(plain, field, value)

    return spoil


def _many(field: str, *values: object) -> Callable[[trust_pb2.TrustBundle], None]:
    def spoil(plain: trust_pb2.TrustBundle) -> None:
        del getattr(plain.nodes[0], field)[:]
        getattr(plain.nodes[0], field).extend(values)

    return spoil


SPOILT: dict[str, Callable[[trust_pb2.TrustBundle], None]] = {
    "version-0": _text("version", 0),
    "version-2": _text("version", 2),
    "version-4": _text("version", 4),
    "no-domain": _no_domain,
    "capital-domain": _capitals,
    "serial-0": _text("serial", 0),
    "serial-huge": _text("serial", 2**64 - 1),
    "issued-0": _text("issued", 0),
    "tls-root-none": _text("tls_root", b""),
    "tls-root-noise": _text("tls_root", bytes(100)),
    "tls-root-leaf": _leaf_as_root,
    "tls-root-pem": _pem_root,
    "tls-root-no-authority": _no_authority,
    "node-of-another-nation": _rename,
    "node-with-a-desks-name": _desk_as_node,
    "node-twice": _twice,
    "log-of-another-node": _other_log,
    "log-without-ml-dsa": _half_a_log,
    "log-with-weak-key": _weak_log,
    "mirror-of-another-node": _other_mirror,
    "mirror-classical": _classical_mirror,
    "no-mirror": _many("cosigners"),
    "no-log": _many("logs"),
    "vkey-noise": _many("logs", "islamabad.pk.fusion/log/1+00000000+AAAA"),
    "no-tls-key": _many("tls_keys"),
    "short-tls-key": _many("tls_keys", bytes(31)),
    "many-tls-keys": _many("tls_keys", *(seed(str(n)) for n in range(65))),
    "address-without-port": _many("addresses", "127.0.0.1"),
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

    with pytest.raises(Refusal) as caught:
        make(plain, *pk.roots)

    assert caught.value.reason == Reason.BUNDLE


def test_weak_roots_are_refused(pk: Nation) -> None:
    plain = pk.plain()
    plain.root_ml_dsa_44 = bytes(1_312)

    with pytest.raises(Refusal):
        make(plain, *pk.roots)


def test_a_bundle_without_nodes_is_fine(pk: Nation) -> None:
    plain = pk.plain()
    del plain.nodes[:]

    assert read(make(plain, *pk.roots)).nodes == {}


# One bundle after another.


def later(pk: Nation, serial: int = 2) -> trust_pb2.TrustBundle:
    return pk.plain(serial)


def test_a_later_one_takes_the_place(pk: Nation) -> None:
    new = read(make(later(pk), *pk.roots))

    assert accept(new, pk.bundle) is new
    assert accept(pk.bundle, None) is pk.bundle


def test_the_same_file_again_changes_nothing(pk: Nation) -> None:
    assert accept(read(pk.data), pk.bundle) is pk.bundle


def test_an_older_or_equal_serial_is_refused(pk: Nation) -> None:
    held = read(make(later(pk, 5), *pk.roots))
    for serial in (1, 4, 5):
        plain = later(pk, serial)
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
        plain = later(pk)
        plain.root_ed25519, plain.root_ml_dsa_44 = roots[0].public, roots[1].public
        plain.tls_root = tls
        with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
            accept(read(make(plain, *roots)), pk.bundle)


def test_another_nation_cannot_take_the_place(pk: Nation) -> None:
    cn = Nation("cn", "beijing")
    renamed = later(pk)
    renamed.domain = "cn"
    del renamed.nodes[:]

    for data in (make(cn.plain(2), *cn.roots), make(renamed, *pk.roots)):
        with pytest.raises(Refusal, match=Reason.BUNDLE):
            accept(read(data), pk.bundle)

    bare = pk.plain()
    del bare.nodes[:]
    with pytest.raises(Refusal, match=Reason.BUNDLE):
        accept(read(make(renamed, *pk.roots)), read(make(bare, *pk.roots)))


@pytest.mark.parametrize("field", ["nodes", "tls_keys", "logs", "cosigners"])
def test_keys_that_history_needs_stay(pk: Nation, field: str) -> None:
    plain = later(pk)
    origin = "islamabad.pk.fusion/log/1"
    if field == "nodes":
        del plain.nodes[:]
    elif field == "tls_keys":
        plain.nodes[0].tls_keys[0] = seed("another")
    elif field == "logs":
        plain.nodes[0].logs[0] = Vkey(origin, 1, ed("another").public).encode()
    else:
        plain.nodes[0].cosigners[0] = Vkey(
            "islamabad.pk.fusion/mirror", 6, ml("another").public
        ).encode()

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        accept(read(make(plain, *pk.roots)), pk.bundle)


# A folder of them.


def test_a_folder_is_read_by_domain(pk: Nation, tmp_path: Path) -> None:
    cn = Nation("cn", "beijing")
    for nation in (pk, cn):
        (tmp_path / f"{nation.domain}.bundle").write_bytes(nation.data)
    (tmp_path / "notes.txt").write_text("not a bundle")

    assert load_all(tmp_path) == {"cn": cn.bundle, "pk": pk.bundle}
    assert load_all(tmp_path / "absent") == {}


def test_a_bundle_under_another_name_is_refused(pk: Nation, tmp_path: Path) -> None:
    (tmp_path / "cn.bundle").write_bytes(pk.data)

    with pytest.raises(Refusal, match=r"cn\.bundle.*BUNDLE"):
        load_all(tmp_path)


def test_a_damaged_bundle_names_its_file(pk: Nation, tmp_path: Path) -> None:
    (tmp_path / "pk.bundle").write_bytes(pk.data[:-1])

    with pytest.raises(Refusal, match=r"pk\.bundle.*BUNDLE"):
        load_all(tmp_path)


@pytest.mark.parametrize("address", ["a.example:1", "[::1]:7443", "10.0.0.1:65535"])
def test_addresses_that_can_be_dialled(address: str) -> None:
    assert bundles.check_address(address) == address
