"""Sealing against X-Wing's vectors and a second HPKE and Cobblestone256."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import sealing, signing
from keys.errors import CannotOpen, WeakKey
from keys.sealing import Opener
from tests.second_sealing import Cobblestone256, XWing, open_hpke, seal_hpke

VECTORS = Path(__file__).parents[1] / "vectors" / "xwing.json"
OPENER = Opener(bytes(range(32)))
KEY = bytes(range(100, 132))
INFO = b"info"
SEALED = sealing.seal(OPENER.public, INFO, KEY)
PRIME = 2**255 - 19
# u-coordinates of small order (RFC 7748 section 6.1; Langley's list), then encodings
# above the prime: second names of a key.
LOW = [0, 1, PRIME - 1, PRIME, PRIME + 1]
LOW += [
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    )
]


@pytest.mark.parametrize("number", range(3))
def test_published_x_wing(number: int) -> None:
    """The published shared secret, wrapped by hand, opens; so we decapsulate right."""
    case = {
        name: bytes.fromhex(value)
        for name, value in json.loads(VECTORS.read_text())[number].items()
    }
    opener = Opener(case["sk"])
    assert opener.public == case["pk"]
    sealed = case["ct"] + seal_hpke(case["ss"], INFO, KEY)
    assert opener.open(sealed, INFO) == KEY
    assert XWing(case["sk"]).decapsulate(case["ct"]) == case["ss"]


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_sealed_secret_has_32_bytes(size: int) -> None:
    shared = XWing(OPENER.seed).decapsulate(SEALED[:1_120])
    sealed = SEALED[:1_120] + seal_hpke(shared, INFO, bytes(size))
    with pytest.raises(CannotOpen):
        OPENER.open(sealed, INFO)


def test_another_hpke_opens_what_we_seal() -> None:
    shared = XWing(OPENER.seed).decapsulate(SEALED[:1_120])
    assert open_hpke(shared, INFO, SEALED[1_120:]) == KEY
    with pytest.raises(InvalidTag):
        open_hpke(shared, b"other", SEALED[1_120:])


def test_names_and_sizes() -> None:
    assert len(OPENER.public) == 1_216
    assert len(SEALED) == sealing.SEALED_SIZE == 1_168
    assert OPENER.kid == signing.kid(signing.X_WING, OPENER.public)
    assert Opener.generate().public != Opener.generate().public
    assert OPENER.seed.hex() not in repr(OPENER)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 8 * 1_168 - 1))
def test_a_flipped_bit_does_not_open(place: int) -> None:
    sealed = bytearray(SEALED)
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(CannotOpen):
        OPENER.open(bytes(sealed), INFO)


@pytest.mark.parametrize(
    ("sealed", "info"),
    [
        (SEALED, b"other"),
        (b"", INFO),
        (bytes(1_168), INFO),
    ],
    ids=["info", "empty", "zeros"],
)
def test_what_was_not_sealed_so_does_not_open(sealed: bytes, info: bytes) -> None:
    with pytest.raises(CannotOpen):
        OPENER.open(sealed, info)


def test_another_key_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        Opener.generate().open(SEALED, INFO)


@pytest.mark.parametrize("u", LOW + [u + 2**255 for u in LOW])
def test_a_low_order_or_second_encoding_is_refused(u: int) -> None:
    public = OPENER.public[:1_184] + u.to_bytes(32, "little")
    with pytest.raises(WeakKey):
        signing.check_public(signing.X_WING, public)


def test_a_second_name_of_a_sound_key_is_refused() -> None:
    half = bytearray(OPENER.public[1_184:])
    half[31] |= 0x80  # X25519 ignores this bit
    with pytest.raises(WeakKey):
        signing.check_public(signing.X_WING, OPENER.public[:1_184] + bytes(half))


@pytest.mark.parametrize(
    "public",
    [
        b"\xff" * 1_184 + OPENER.public[1_184:],  # coefficients not reduced
        b"\x01\x0d\x00" + OPENER.public[3:],  # the first one is q = 3,329
        bytes(1_216),
        OPENER.public[:-1],
        OPENER.public + b"\0",
        b"",
    ],
    ids=["unreduced", "q-itself", "zeros", "short", "long", "empty"],
)
def test_a_weak_key_is_refused(public: bytes) -> None:
    with pytest.raises(WeakKey):
        signing.check_public(signing.X_WING, public)
    with pytest.raises(WeakKey):
        sealing.seal(public, INFO, KEY)


def test_a_seed_of_another_length_is_refused() -> None:
    for size in (0, 31, 64, 96):
        with pytest.raises(WeakKey):
            Opener(bytes(size))


SIZES = [0, 1, 16_383, 16_384, 16_385, 40_000]


@pytest.mark.parametrize("size", SIZES)
def test_another_cobblestone_agrees_both_ways(size: int) -> None:
    text = bytes(index % 251 for index in range(size))
    sealed = sealing.seal_body(KEY, b"context", text)
    assert Cobblestone256(KEY, b"context", sealed[:24]).open(sealed) == text
    theirs = Cobblestone256(KEY, b"context", bytes(24)).seal(text)
    assert sealing.open_body(KEY, b"context", theirs) == text


@given(st.integers(0, 8 * 76 - 1))
def test_a_flipped_bit_of_a_body_does_not_open(place: int) -> None:
    body = bytearray(BODY)
    body[place // 8] ^= 1 << place % 8
    with pytest.raises(CannotOpen):
        sealing.open_body(KEY, b"context", bytes(body))


BODY = sealing.seal_body(KEY, b"context", b"text")


@given(st.integers(0, 75))
def test_a_cut_body_does_not_open(size: int) -> None:
    with pytest.raises(CannotOpen):
        sealing.open_body(KEY, b"context", BODY[:size])
