"""Texts as the rules know them, and the parts that patterns are built of."""

import re
from collections.abc import Iterable

# Digits, and full-width letters and signs that stand within dates, times and numbers.
_ZEROS = 0x06F0, 0x0660, 0xFF10
_WIDE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:-./+"
# Separators of decimals and thousands, hyphens and a minus, fixed and wide blanks.
_SIGNS = "\u066b\u066c\u2010\u2011\u2212\xa0\u202f\u3000", ".,---   "
# Letters of an Arabic keyboard, and those of an Urdu one: yeh twice, kaf, heh.
_LETTERS = "\u064a\u0649\u0643\u0647", "\u06cc\u06cc\u06a9\u06c1"
_FOLD: dict[int, str] = {
    **{zero + i: str(i) for zero in _ZEROS for i in range(10)},
    **{ord(c) + 0xFEE0: c for c in _WIDE},
    **{ord(c): d for pair in (_SIGNS, _LETTERS) for c, d in zip(*pair, strict=True)},
}
URDU = "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff]"
"""A letter or mark of Urdu: beside it no word of Urdu begins or ends."""
NEVER = "(?!)"
"""A pattern for what a language has not."""


def fold(text: str) -> str:
    """Return the text with all digits in ASCII, character for character."""
    return text.translate(_FOLD)


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(map(re.escape, ordered)) or NEVER


def urdu_word(pattern: str) -> str:
    """Return a pattern for whole words of Urdu."""
    return f"(?<!{URDU})(?:{pattern})(?!{URDU})"


def numbered(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Return words with their numbers, counted on from `start`."""
    return {word: start + i * step for i, word in enumerate(words.split())}
