"""The number that two officers read aloud."""

import hashlib
import subprocess

import pytest

from exchange.errors import Refusal
from exchange.trust.bundle import Bundle
from exchange.trust.safety_number import nation_number, safety_number
from tests.trust.nation import Nation


@pytest.fixture(scope="module")
def pk() -> Nation:
    return Nation("pk", "islamabad")


@pytest.fixture(scope="module")
def cn() -> Nation:
    return Nation("cn", "beijing")


def encode(label: bytes, *parts: bytes) -> bytes:
    """PAE once more, from docs/spec/encoding.md, "PAE"."""
    joined = b"".join(len(part).to_bytes(8) + part for part in parts)
    return b"fusion/1%c%b%b%b" % (len(label), label, len(parts).to_bytes(4), joined)


def spki(cert: bytes) -> bytes:
    """The TLS root's key as OpenSSL's command line writes it."""
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"],
        input=cert,
        capture_output=True,
        check=True,
    ).stdout
    return subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=pem,
        capture_output=True,
        check=True,
    ).stdout


def test_it_is_the_formula(pk: Nation, cn: Nation) -> None:
    blocks = sorted(
        encode(
            b"block",
            nation.domain.encode(),
            nation.roots[0].public,
            nation.roots[1].public,
            spki(nation.ca.cert),
        )
        for nation in (pk, cn)
    )
    digest = hashlib.sha512(encode(b"safety", *blocks)).digest()
    groups = [int.from_bytes(digest[5 * i : 5 * i + 5]) % 100_000 for i in range(12)]

    assert safety_number(pk.bundle, cn.bundle) == " ".join(f"{g:05}" for g in groups)


def test_both_sides_read_the_same(pk: Nation, cn: Nation) -> None:
    assert safety_number(pk.bundle, cn.bundle) == safety_number(cn.bundle, pk.bundle)


def test_it_has_sixty_digits(pk: Nation, cn: Nation) -> None:
    for number in (safety_number(pk.bundle, cn.bundle), nation_number(pk.bundle)):
        assert [len(group) for group in number.split(" ")] == [5] * 12
        assert number.replace(" ", "").isdecimal()


def test_another_tls_root_changes_it(pk: Nation, cn: Nation) -> None:
    other = Nation("cn", "beijing")  # the same seeds, a new CA

    assert other.roots[0].public == cn.roots[0].public
    assert safety_number(pk.bundle, other.bundle) != safety_number(pk.bundle, cn.bundle)
    assert nation_number(other.bundle) != nation_number(cn.bundle)


def test_one_nation_is_no_pair(pk: Nation) -> None:
    fake: Bundle = Nation("pk", "lahore").bundle

    with pytest.raises(Refusal):
        safety_number(pk.bundle, fake)
