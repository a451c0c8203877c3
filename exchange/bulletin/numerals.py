"""Numbers as values, however they are written: digits, Han numerals, number words.

A word for one is left aside in every language: it is an article as often (a vehicle,
ایک گاڑی, 一辆车). So a translation may have it or not; every other number must agree.
"""

import re
from collections.abc import Iterable
from functools import cache

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

HAN_DIGITS = "〇零一二三四五六七八九两"
_HAN_VALUES = dict(zip(HAN_DIGITS, (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10**4, "亿": 10**8}
HAN = HAN_DIGITS + "".join(_HAN_UNITS)
"""Every character of a Han numeral."""


def numbered(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Return words with their numbers."""
    return {word: start + i * step for i, word in enumerate(words.split())}


_ONES = numbered("one two three four five six seven eight nine")
_EN = numbered(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen",
    2,
)
_TENS = numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_UR = numbered(
    "دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس"
    " بیس اکیس بائیس تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس بتیس تینتیس"
    " چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس چالیس اکتالیس بیالیس تینتالیس چوالیس"
    " پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس",
    2,
)
WORDS = {
    "en": _EN
    | _TENS
    | {
        f"{tens}{between}{word}": ten + one
        for between in "- "
        for tens, ten in _TENS.items()
        for word, one in _ONES.items()
    },
    # 80 (اسی) is left out: it means "this very" far more often.
    "ur": _UR | {"چھے": 6, "ساٹھ": 60, "ستر": 70, "نوے": 90},
    "zh-Hans": {},
}
"""The number words of each language, from two on."""

SCALES = {
    "en": {"hundred": 100, "thousand": 1_000, "million": 10**6},
    "ur": {"سو": 100, "ہزار": 1_000, "لاکھ": 10**5, "کروڑ": 10**7},
    "zh-Hans": {"千": 1_000, "万": 10**4, "百万": 10**6, "亿": 10**8},
}
"""By what a word multiplies the number before it."""
ONE = {"en": ("one", "a"), "ur": ("ایک",), "zh-Hans": ()}
"""Counts only before a word of SCALES."""


def fold(text: str) -> str:
    """Return the text with all digits in ASCII, character for character."""
    return text.translate(_FOLD)


def plain(digits: str) -> str:
    """Return the canonical form of a decimal: no commas, no needless zeros."""
    sign = "-" if digits[0] == "-" else ""
    whole, _, part = digits.lstrip("-").replace(",", "").partition(".")
    part = part.rstrip("0")
    found = (whole.lstrip("0") or "0") + (f".{part}" if part else "")
    return found if found == "0" else sign + found


def scaled(digits: str, times: int) -> str:
    """Return a decimal multiplied by a power of ten, canonical."""
    zeros = len(str(times)) - 1
    whole, _, part = plain(digits).partition(".")
    moved = part.ljust(zeros, "0")
    return plain(f"{whole}{moved[:zeros]}.{moved[zeros:]}")


def han(text: str) -> int:
    """Return the value of a Han numeral: 二〇二六, or 三百二十 by its units."""
    if not set(text) & set(_HAN_UNITS):
        return int("".join(str(_HAN_VALUES[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in _HAN_VALUES:
            digit = _HAN_VALUES[c]
            continue
        unit = _HAN_UNITS[c]
        if unit < 10**4:  # from 万 on a unit takes all that stands before it
            section += (digit or 1) * unit
        else:
            part = section + digit
            total = total + part * unit if total > unit else (total + part or 1) * unit
            section = 0
        digit = 0
    return total + section + digit


def words_value(text: str, lang: str) -> int:
    """Return the value of number words: three hundred and fifty, تین سو پچاس."""
    total = last = 0
    known, pattern = _known(lang)
    for word in pattern.findall(text.lower()):
        if word not in SCALES[lang]:
            last += known[word]
        elif (scale := known[word]) < 1_000:  # noqa: PLR2004  # more may follow it
            last *= scale
        else:
            total, last = total + last * scale, 0
    return total + last


@cache
def _known(lang: str) -> tuple[dict[str, int], re.Pattern[str]]:
    """Return every number word of a language, and what finds them; once."""
    known = WORDS[lang] | SCALES[lang] | dict.fromkeys(ONE[lang], 1)
    return known, re.compile(rf"(?:{alternatives(known)})(?!\w)")


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(map(re.escape, ordered)) or "(?!)"
