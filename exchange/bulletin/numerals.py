"""Numbers as values, however they are written: digits, Han numerals, number words.

A word for one is left aside in every language: it is an article as often (a vehicle,
ایک گاڑی, 一辆车). So a translation may have it or not, also for a 1 (`perhaps`); every
other number must agree.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
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
MEASURES = (
    "名人辆架艘个枚支挺把次处座条米天日月年位只台批组队发件份级度吨倍层家所艇轮门颗具起"
    "列节车户箱袋桶升瓦周岁种类项"
)
"""Words of measure, behind a number of what is counted."""


def numbered(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Return words with their numbers."""
    return {word: start + i * step for i, word in enumerate(words.split())}


Halves = Mapping[str, Decimal]
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
    " پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس اکاون باون ترپن چون پچپن چھپن ستاون"
    " اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ تریسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر ستر"
    " اکہتر بہتر تہتر چوہتر پچھتر چھہتر ستتر اٹھتر اناسی اسی اکیاسی بیاسی تراسی چوراسی"
    " پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے اکانوے بانوے ترانوے چورانوے پچانوے چھیانوے"
    " ستانوے اٹھانوے ننانوے",
    2,
)
UNSURE: Mapping[str, tuple[str, ...]] = {"ur": ("اسی", "بہتر", "نواسی")}
"""80 is "this very" far more often, 72 "better", 89 "granddaughter"."""
WORDS = {
    "en": _EN
    | _TENS
    | {
        f"{tens}{between}{word}": ten + one
        for between in "- "
        for tens, ten in _TENS.items()
        for word, one in _ONES.items()
    },
    "ur": {word: n for word, n in _UR.items() if word not in UNSURE["ur"]}
    | {"چھے": 6, "ترسٹھ": 63, "اناسٹھ": 59},
    "zh-Hans": {},
}
"""The number words of each language, from two on."""

SCALES = {
    "en": {
        "hundred": 100,
        "thousand": 1_000,
        "lakh": 10**5,
        "million": 10**6,
        "crore": 10**7,
        "billion": 10**9,
        "trillion": 10**12,
    },
    "ur": {
        "سو": 100,
        "ہزار": 1_000,
        "لاکھ": 10**5,
        "کروڑ": 10**7,
        "ارب": 10**9,
        "کھرب": 10**11,
    },
    "zh-Hans": {},
}
"""By what a word multiplies the number before it."""
ONE = {"en": ("one", "a"), "ur": ("ایک",), "zh-Hans": ()}
"""Counts only before a word of SCALES, or after it."""
BEFORE: Mapping[str, Halves] = {
    "ur": {
        **dict.fromkeys(("ساڑھے", "ساڑہے", "ساڑے"), Decimal("0.5")),
        "سوا": Decimal("0.25"),
        "پونے": Decimal("-0.25"),
    },
}
"""What adds to the number after it, by the unit that follows: ساڑھے تین سو is 350."""
WHOLE: Mapping[str, Halves] = {
    "en": {
        **dict.fromkeys(("half a", "half"), Decimal("0.5")),
        **dict.fromkeys(("quarter of a", "quarter"), Decimal("0.25")),
    },
    "ur": {
        **dict.fromkeys(("ڈیڑھ", "ڈیڑہ"), Decimal("1.5")),
        **dict.fromkeys(("ڈھائی", "ڈہائی", "اڑھائی"), Decimal("2.5")),
    },
}
"""One and a half, two and a half; half of what follows."""
PARTS: Mapping[str, Halves] = {
    "en": {
        "and a half": Decimal("0.5"),
        "and a quarter": Decimal("0.25"),
        **dict.fromkeys(("and three quarters", "and three-quarters"), Decimal("0.75")),
    },
}
"""What adds to the number before it."""


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


_DIGITS_MAX = 12  # so that no sum is rounded


def canonical(value: Decimal) -> str:
    """Return the canonical form of a number."""
    return plain(f"{value:f}")


def han(text: str) -> str | None:
    """Return the value of a Han numeral: 二〇二六, 三百二十, 一百二 (120), 两点五.

    None where it may be two: 三四十 is 30 to 40.
    """
    if "点" in text:
        whole, _, part = text.partition("点")
        before, after = han(whole), re.fullmatch(rf"([{HAN_DIGITS}]+)([万亿]?)", part)
        if before is None or after is None:
            return None
        digits = "".join(str(_HAN_VALUES[c]) for c in after[1])
        times = _HAN_UNITS.get(after[2], 1)
        return canonical(Decimal(f"{before}.{digits}") * times)
    if not set(text) & set(_HAN_UNITS):
        return str(int("".join(str(_HAN_VALUES[c]) for c in text)))
    if re.search(rf"[{HAN_DIGITS[2:]}]{{2}}", text):
        return None
    short = re.search("[百千万亿]([一二三四五六七八九])$", text)
    value = _han(text)
    if short:
        digit = _HAN_VALUES[short[1]]
        value += digit * (_HAN_UNITS[short[0][0]] // 10 - 1)
    return str(value)


def _han(text: str) -> int:
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


_MIXED = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?) ?([十百千万亿]*)零?")


def mixed(text: str) -> str | None:
    """Return the value of digits with Han units: 1.2万, 3万5千, 1万5000; else None.

    3万5 may be 35,000, as it is said, and 3万0005 is nothing: the digits after a unit
    must fill it.
    """
    total, last = Decimal(0), 0
    for found in _MIXED.finditer(text):
        digits, times = found[1].replace(",", ""), 1
        if len(digits) > _DIGITS_MAX:
            return None
        for unit in found[2]:
            times *= _HAN_UNITS[unit]
        value = Decimal(digits) * times
        fills = found[2] or len(digits) == len(str(last)) - 1 or "零" in text
        if last and (value >= last or not fills):
            return None
        total, last = total + value, times
    return canonical(total)


def words_value(text: str, lang: str) -> str | None:
    """Return the value of number words: three hundred and fifty, 2 لاکھ 50 ہزار.

    None where they may be two numbers, or one of an unknown kind: دو تین سو.
    """
    known, pattern = _known(lang)
    found = pattern.findall(text.lower())
    if any(len(word) > _DIGITS_MAX for word in found if word[0] in "0123456789"):
        return None
    parts = [known.get(w) or ("n", Decimal(w.replace(",", ""))) for w in found]
    shape = "".join(letter for letter, _ in parts)
    values = [value for _, value in parts]
    if shape.endswith("sn") and not _fills(found[-1], values[-2]):
        return None
    value = _sum(parts) if set(shape) <= {"n", "s"} else _halves(shape, values)
    return None if value is None else canonical(value)


def _fills(word: str, times: Decimal) -> bool:
    """Say whether digits are of a unit before them: 3 thousand 500, not 3 million 12.

    Number words always are.
    """
    digits = word.replace(",", "")
    return not digits[0].isdigit() or len(digits) == len(str(times)) - 1


def _sum(parts: list[tuple[str, Decimal]]) -> Decimal | None:
    """Return the sum of numbers and what multiplies them, None if it does not fall."""
    total, least, group, last = Decimal(0), Decimal("Infinity"), Decimal(0), "s"
    for letter, value in parts:
        if letter == "n":
            if last == "n" or group % 100 or (group and value >= 100):  # noqa: PLR2004
                return None
            group += value
        elif value == 100:  # noqa: PLR2004  # a hundred: smaller numbers may follow
            if last == "s" or group >= value:
                return None
            group *= value
        elif not group or group * value >= least:
            return None
        else:
            total, least, group = total + group * value, value, Decimal(0)
        last = letter
    return total + group if group < least else None


def _halves(shape: str, values: list[Decimal]) -> Decimal | None:
    """Return what a half or a quarter makes of a number, by letters of `_known`."""
    first, second, *_ = (*values, Decimal(0))
    times = values[-1] if shape[-1] == "s" else Decimal(1)
    half = Decimal("0.5")
    match shape.removesuffix("s"):
        case "w" if first > 1 or times > 1:
            return first * times
        case "b" if first == Decimal("0.25") and times > 1:
            return (first + 1) * times
        case "bn" if (3 if first == half else 2) <= second < 100:  # noqa: PLR2004
            return (first + second) * times
        case "np" if first < 100:  # noqa: PLR2004
            return (first + second) * times
    return None


@cache
def _known(lang: str) -> tuple[dict[str, tuple[str, Decimal]], re.Pattern[str]]:
    """Return every number word of a language, and what finds them; once.

    Each with n for a number, s for what multiplies it, b for what adds to the next, w
    for a whole with its half, p for a part after a number, u for one that is unsure.
    """
    known: dict[str, tuple[str, Decimal]] = {}
    for letter, words in (
        ("n", WORDS[lang] | dict.fromkeys(ONE[lang], 1)),
        ("s", SCALES[lang]),
        ("b", BEFORE.get(lang, {})),
        ("w", WHOLE.get(lang, {})),
        ("p", PARTS.get(lang, {})),
        ("u", dict.fromkeys(UNSURE.get(lang, ()), 0)),
    ):
        known |= {word: (letter, Decimal(value)) for word, value in words.items()}
    digits = r"[0-9][0-9,]*(?:\.[0-9]+)?"
    return known, re.compile(rf"(?:{alternatives(known)})(?!\w)|{digits}")


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(map(re.escape, ordered)) or "(?!)"
