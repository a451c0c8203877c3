"""Signatures against Wycheproof, OpenSSL and forgeries for keys nobody holds."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_add

from keys import signing
from keys.errors import BadSignature, WeakKey
from keys.signing import Ed25519Signer, MlDsa44Signer

VECTORS = Path(__file__).parents[1] / "vectors" / "ed25519-wycheproof.json"
ED = Ed25519Signer(bytes(range(32)))
ML = MlDsa44Signer(bytes(range(32)))
# Every encoding of a point of order 1, 2, 4 or 8: ("Taming the many EdDSAs", table 6)
EIGHT = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
ALSO = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
SMALL = [
    *("01" + "00" * 31, "01" + "00" * 30 + "80"),
    *("ec" + "ff" * 30 + "7f", "ec" + "ff" * 31),
    *("00" * 32, "00" * 31 + "80"),
    *(EIGHT + "05", EIGHT + "85", ALSO + "7a", ALSO + "fa"),
    *("ed" + "ff" * 30 + "7f", "ed" + "ff" * 31),
    *("ee" + "ff" * 30 + "7f", "ee" + "ff" * 31),
]


def wycheproof() -> Iterator[tuple[str, bytes, bytes, bytes, bool]]:
    for group in json.loads(VECTORS.read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
            good = test["result"] == "valid"
            yield str(test["tcId"]), public, signature, message, good


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Ask by both functions: a signature by itself, and before its message."""
    try:
        signing.verify(signing.ED25519, public, signature, message)
    except BadSignature:
        found = False
    else:
        found = True
    if len(signature) == signing.SIGNATURE_SIZES[signing.ED25519]:
        assert opens(public, signature + message) == found
    return found


def opens(public: bytes, signed: bytes) -> bool:
    try:
        signing.verify_signed(public, signed)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("size", [0, 1, 63, 64])
def test_what_is_too_short_for_a_signature_is_none(size: int) -> None:
    assert not opens(ED.public, bytes(size))
    assert not opens(ED.public[:size], bytes(64))


def test_wycheproof() -> None:
    cases = list(wycheproof())
    assert len(cases) == 151
    for name, public, signature, message, good in cases:
        assert verifies(public, signature, message) is good, name


def test_rfc_8032_section_7_1_first() -> None:
    signer = Ed25519Signer(
        bytes.fromhex(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        )
    )
    assert signer.public.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert signer.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def forgeries(key: bytes) -> Iterator[tuple[bytes, bytes]]:
    """S = 0 and R of small order: no private key is asked."""
    loaded = Ed25519PublicKey.from_public_bytes(key)
    for number in range(32):
        for start in SMALL:
            signature, message = bytes.fromhex(start) + bytes(32), bytes([number])
            try:
                loaded.verify(signature, message)
            except InvalidSignature:
                continue
            yield signature, message


def test_a_key_off_the_main_subgroup_is_refused() -> None:
    mixed = crypto_core_ed25519_add(ED.public, bytes.fromhex(EIGHT + "05"))
    Ed25519PublicKey.from_public_bytes(mixed)  # the other library takes it
    with pytest.raises(WeakKey):
        signing.check_public(signing.ED25519, mixed)


@pytest.mark.parametrize(
    ("algorithm", "public"),
    [
        (signing.ED25519, b"\xff" * 32),  # not a point
        (signing.ML_DSA_44, ML.public[:-1]),
        ("", b""),
    ],
    ids=["no-point", "ml-short", "empty"],
)
def test_a_weak_or_unknown_key_is_refused(algorithm: str, public: bytes) -> None:
    with pytest.raises(WeakKey):
        signing.check_public(algorithm, public)


@given(st.binary(max_size=100), st.binary(max_size=40), st.binary(max_size=40))
def test_noise_raises_bad_signature_only(
    signature: bytes, public: bytes, message: bytes
) -> None:
    for algorithm in (signing.ED25519, signing.ML_DSA_44, signing.X_WING, "none"):
        with pytest.raises(BadSignature):
            signing.verify(algorithm, public, signature, message)


@given(st.integers(0, 511), st.binary(max_size=64))
def test_a_flipped_bit_is_refused(place: int, message: bytes) -> None:
    signature = bytearray(ED.sign(message))
    signature[place // 8] ^= 1 << place % 8
    assert not verifies(ED.public, bytes(signature), message)


@given(st.integers(0, 8 * 2_420 - 1))
def test_a_flipped_bit_of_ml_dsa_is_refused(place: int) -> None:
    signature = bytearray(ML_SIGNED)
    signature[place // 8] ^= 1 << place % 8
    with pytest.raises(BadSignature):
        signing.verify(signing.ML_DSA_44, ML.public, bytes(signature), b"head")


ML_SIGNED = ML.sign(b"head")


def test_bytes_after_a_key_or_signature_are_refused() -> None:
    """The bindings would read only as many as they need."""
    signature = ED.sign(b"head")
    for public, made in ((ED.public + b"\0", signature), (ED.public, signature + b"h")):
        assert not verifies(public, made, b"head")
        assert not verifies(public, made, b"ead")
    with pytest.raises(BadSignature):
        signing.verify(signing.ML_DSA_44, ML.public + b"\0", ML_SIGNED, b"head")


def test_seeds_of_another_length_are_refused() -> None:
    for kind in (Ed25519Signer, MlDsa44Signer):
        for size in (0, 31, 33, 64):
            with pytest.raises(WeakKey):
                kind(bytes(size))


def test_generated_keys_differ_and_come_back_from_their_seed() -> None:
    for kind in (Ed25519Signer, MlDsa44Signer):
        one, two = kind.generate(), kind.generate()
        assert one.public != two.public
        again = kind(one.seed)
        assert (again.public, again.kid) == (one.public, one.kid)
        assert one.kid == signing.kid(one.algorithm, one.public)


def test_a_key_does_not_show_its_secret() -> None:
    for signer in (ED, ML):
        assert signer.seed.hex() not in repr(signer)
        assert repr(signer.seed) not in repr(signer)


# OpenSSL, a program that nobody here wrote.


def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, timeout=30)


def knows(algorithm: str) -> bool:
    if shutil.which("openssl") is None:
        return False
    listed = openssl("list", "-signature-algorithms").stdout
    return algorithm.encode() in listed.upper()


KEYS = [
    (ED, Ed25519PrivateKey.from_private_bytes(ED.seed), "ED25519"),
    (ML, MLDSA44PrivateKey.from_seed_bytes(ML.seed), "ML-DSA-44"),
]


@pytest.mark.parametrize(("signer", "key", "name"), KEYS, ids=["ed25519", "ml-dsa-44"])
def test_openssl_agrees(
    signer: Ed25519Signer | MlDsa44Signer,
    key: Ed25519PrivateKey | MLDSA44PrivateKey,
    name: str,
    tmp_path: Path,
) -> None:
    if not knows(name):
        pytest.skip(f"this OpenSSL has no {name}")
    message, signed, made = (tmp_path / name for name in ("message", "ours", "theirs"))
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    message.write_bytes(b"Karakoram")
    signed.write_bytes(signer.sign(b"Karakoram"))
    verify = ("-verify", "-pubin", "-inkey", public, "-rawin", "-in", message)
    assert openssl("pkeyutl", *verify, "-sigfile", signed).returncode == 0
    sign = ("-sign", "-inkey", private, "-rawin", "-in", message, "-out", made)
    assert openssl("pkeyutl", *sign).returncode == 0
    signing.verify(signer.algorithm, signer.public, made.read_bytes(), b"Karakoram")
    message.write_bytes(b"Karakorum")
    assert openssl("pkeyutl", *verify, "-sigfile", signed).returncode != 0
