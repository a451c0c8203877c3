"""Large sealed files: nothing comes out that was not put in, and the end counts."""

import io
from collections.abc import Iterator

import pytest

from keys import keystore
from keys.errors import CannotOpen, KeystoreError
from keys.keystore import FLOOR, Cost
from keys.sealed_stream import open_for, open_under, seal_for, seal_under
from keys.sealing import Opener

MAGIC, ROLE, WORDS = b"TEST", "test", "correct horse"
PIECES = [b"one", b"", bytes(700_000), b"two"]
OPENER = Opener.generate()


def under(role: str = ROLE, cost: Cost = FLOOR) -> bytes:
    out = io.BytesIO()
    writer = seal_under(out, MAGIC, role, WORDS, cost=cost)
    for piece in PIECES:
        writer.write(piece)
    writer.finish()
    return out.getvalue()


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return under()


def opened(data: bytes, words: str = WORDS) -> bytes:
    return b"".join(open_under(io.BytesIO(data), MAGIC, ROLE, words))


def test_it_comes_out_as_it_went_in(sealed: bytes) -> None:
    assert opened(sealed) == b"".join(PIECES)
    assert under() != sealed


@pytest.mark.parametrize("size", [0, 3, 7, 8, 60, 90, 300, 16_500, -1, -16, -17])
def test_a_file_without_its_end_is_none(sealed: bytes, size: int) -> None:
    with pytest.raises(KeystoreError):
        opened(sealed[:size])


@pytest.mark.parametrize("place", [0, 5, 9, 20, 60, 100, 200, -1])
def test_each_byte_counts(sealed: bytes, place: int) -> None:
    spoilt = bytearray(sealed)
    spoilt[place] ^= 1

    with pytest.raises(KeystoreError):
        opened(bytes(spoilt))


def test_words_role_and_more_behind_it_are_one_error(sealed: bytes) -> None:
    for data, words in (
        (sealed, "wrong"),
        (under("other"), WORDS),
        (sealed + b"x", WORDS),
    ):
        with pytest.raises(KeystoreError):
            opened(data, words)


def test_a_header_out_of_bounds_derives_nothing(sealed: bytes) -> None:
    header = keystore.make_header(ROLE, b"", Cost(2**31, 1, 1), bytes(16))
    clear = header.SerializeToString(deterministic=True)

    for data in (
        MAGIC + len(clear).to_bytes(4) + clear,
        MAGIC + (2**32 - 1).to_bytes(4) + sealed[8:],
    ):
        with pytest.raises(KeystoreError):
            opened(data)


def for_key(magic: bytes = MAGIC, label: str = "label") -> bytes:
    out = io.BytesIO()
    writer = seal_for(out, magic, label, OPENER.public)
    for piece in PIECES:
        writer.write(piece)
    writer.finish()
    return out.getvalue()


def with_key(data: bytes, opener: Opener = OPENER) -> Iterator[bytes]:
    return open_for(io.BytesIO(data), MAGIC, "label", opener)


def test_only_that_key_opens_it() -> None:
    data = for_key()

    assert b"".join(with_key(data)) == b"".join(PIECES)
    for wrong in (
        b"",
        data[:40],
        data[:1_300],
        data[:-1],
        data + b"x",
        for_key(magic=b"ELSE"),
        for_key(label="else"),
        data[:10] + bytes([data[10] ^ 1]) + data[11:],
        data[:500] + bytes([data[500] ^ 1]) + data[501:],
    ):
        with pytest.raises(CannotOpen):
            list(with_key(wrong))
    with pytest.raises(CannotOpen):
        list(with_key(data, Opener.generate()))
