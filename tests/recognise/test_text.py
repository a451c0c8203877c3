"""Texts are folded character for character, so that a rule knows each letter."""

import re
import sys

import pytest

from exchange.bulletin.spans import scan
from exchange.recognise.text import alternatives, fold_digits


def test_no_other_letter_is_taken_for_one_of_ascii() -> None:
    every = (chr(code) for code in range(128, sys.maxunicode + 1))
    alike = [each for each in every if re.fullmatch("(?i:[a-z])", fold_digits(each))]
    assert {fold_digits(each) for each in alike} <= set(map(fold_digits, alike))
    assert all(fold_digits(each).isascii() for each in alike)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Move to Gılgıt.", "GILGIT"),
        ("5 ſept 2026", "2026-09-05"),
        ("5 APRİL 2026", "2026-04-05"),
        ("half past sıx", "06:30"),
        ("FİVE cars", "5"),
    ],
)
def test_letters_that_are_those_of_ascii_in_capitals_are_read_as_such(
    text: str, value: str
) -> None:
    """They stopped the reading, or gave another value: 00:30 for half past sıx."""
    assert [each.value for each in scan(text, "en")] == [value]


def test_of_words_that_fit_the_longest_is_found() -> None:
    words = ["six", "sixty", "sixty-one", "s", "e.g."]
    pattern = re.compile(alternatives(words))
    assert [pattern.match(word)[0] for word in words] == words  # type: ignore[index]
    assert not pattern.match("eXg.")
    assert not re.match(alternatives([]), "")
