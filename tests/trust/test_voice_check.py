"""What is read of a bulletin by telephone: it binds name and signer's key."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.trust.spoken_words import EVEN, ODD
from exchange.trust.voice_check import spoken

HASH = st.binary(min_size=32, max_size=32)


def test_each_byte_has_a_word_of_its_own_at_even_and_at_odd_places() -> None:
    every = [word.lower() for word in (*EVEN, *ODD)]
    assert len(EVEN) == len(ODD) == 256
    assert len(set(every)) == 512
    assert all(word.isascii() and word.isalpha() for word in every)


@given(HASH, HASH, st.integers(0, 511))
def test_a_bit_of_either_changes_words_and_digits(
    name: bytes, kid: bytes, at: int
) -> None:
    both = int.from_bytes(name + kid) ^ (1 << at)
    changed = both.to_bytes(64)
    was, now = spoken(name, kid), spoken(changed[:32], changed[32:])
    assert was.words != now.words
    assert was.digits != now.digits


@given(HASH, HASH)
def test_its_form(name: bytes, kid: bytes) -> None:
    check = spoken(name, kid)
    assert [word in (ODD if at % 2 else EVEN) for at, word in enumerate(check.words)]
    assert len(check.words) == 8
    assert [len(group) for group in check.digits.split()] == [5] * 4
    assert check.digits.replace(" ", "").isdecimal()
