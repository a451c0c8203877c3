"""The values of numbers: digits, Han numerals, number words of any language.

A word for one is ignored in every language, since it is an article as often: a vehicle,
ایک گاڑی, 一辆车. So a translation may have it or not (`scan.may_say`).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from exchange.recognise.text import alternatives

HAN_DIGITS = "〇零一二三四五六七八九两"
_HAN_VALUES = dict(zip(HAN_DIGITS, (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10**4, "亿": 10**8}
HAN = HAN_DIGITS + "".join(_HAN_UNITS)
"""Every character of a Han numeral."""
_DIGITS_MAX = 12  # avoids rounding of sums
_VULGAR = {"¼": ".25", "½": ".5", "¾": ".75"}
MINUS = re.compile("-|\u2013|(?i:minus) |منفی |零下|负")
"""Signs and words for a minus."""
Halves = Mapping[str, Decimal]


def plain(digits: str) -> str:
    """Return the canonical form of a decimal: no commas, no redundant zeros."""
    sign = "-" if digits[0] == "-" else ""
    whole, _, part = digits.lstrip("-").replace(",", "").partition(".")
    part = part.rstrip("0")
    found = (whole.lstrip("0") or "0") + (f".{part}" if part else "")
    return found if found == "0" else sign + found


def canonical(value: Decimal) -> str:
    return plain(f"{value:f}")


def decimal(piece: str) -> str | None:
    """Return the value of digits: -5, 1,234, 3½."""
    piece = MINUS.sub("-", piece, 1)
    if part := _VULGAR.get(piece[-1]):
        return None if "." in piece else plain(piece[:-1].rstrip() + part)
    return plain(piece)


def han(text: str) -> str | None:
    """Return the value of a Han numeral: 二〇二六, 三百二十, 一百二 (120), 两点五.

    It may begin with a minus. None if it is ambiguous: 三四十 is 30 to 40.
    """
    if minus := MINUS.match(text):
        above = han(text[minus.end() :])
        return above and plain(f"-{above}")
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
    value = _whole_han(text)
    if short:
        digit = _HAN_VALUES[short[1]]
        value += digit * (_HAN_UNITS[short[0][0]] // 10 - 1)
    return str(value)


def _whole_han(text: str) -> int:
    total = section = digit = 0
    for c in text:
        if c in _HAN_VALUES:
            digit = _HAN_VALUES[c]
            continue
        unit = _HAN_UNITS[c]
        if unit < 10**4:  # 万 and 亿 multiply everything before them
            section += (digit or 1) * unit
        else:
            part = section + digit
            total = total + part * unit if total > unit else (total + part or 1) * unit
            section = 0
        digit = 0
    return total + section + digit


def digits_or_han(text: str) -> int:
    """Return 0 if it is ambiguous."""
    return int(text if text[0] in "0123456789" else han(text) or 0)


_MIXED = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?) ?([十百千万亿]*)零?")


def mixed_value(text: str) -> str | None:
    """Return the value of digits with Han units: 1.2万, 3万5千, 1万5000; else None.

    3万5 may be spoken for 35,000, and 3万0005 is invalid: the digits after a unit must
    have as many places as it.
    """
    total, last = Decimal(0), 0
    for match in _MIXED.finditer(text):
        digits, times = match[1].replace(",", ""), 1
        if len(digits) > _DIGITS_MAX:
            return None
        for unit in match[2]:
            times *= _HAN_UNITS[unit]
        value = Decimal(digits) * times
        fills = match[2] or len(digits) == len(str(last)) - 1 or "零" in text
        if last and (value >= last or not fills):
            return None
        total, last = total + value, times
    return canonical(total)


def with_half(text: str) -> str | None:
    """Return the value of 3个半 and 三天半."""
    digits = re.match("[0-9]+", text)
    whole = digits[0] if digits else han(re.sub(f"[^{HAN}]", "", text))
    return whole and plain(f"{whole}.5")


class NumberWords(Struct, frozen=True, dict=True):
    """The number words of a language.

    `words` are the numbers from two on; `scales` multiply the number before them; `one`
    counts only next to a scale. `before` adds to the number after it, in the following
    unit (ساڑھے تین سو is 350); `whole` is one and a half, or half of the following;
    `after` adds to the number before it. `unsure` are numbers with another meaning as
    often.
    """

    words: Mapping[str, int]
    scales: Mapping[str, int]
    one: tuple[str, ...]
    before: Halves = field(default_factory=dict)
    whole: Halves = field(default_factory=dict)
    after: Halves = field(default_factory=dict)
    unsure: tuple[str, ...] = ()

    def value(self, text: str) -> str | None:
        """Return the value of number words: three hundred and fifty, 2 لاکھ 50 ہزار.

        They may begin with a minus. None if they may be two numbers, or one of an
        unknown form: دو تین سو.
        """
        if minus := MINUS.match(text):
            value = self.value(text[minus.end() :])
            return value and plain(f"-{value}")
        words = self._pattern.findall(text.lower())
        if any(len(word) > _DIGITS_MAX for word in words if word[0] in "0123456789"):
            return None
        known = self._known
        parts = [known.get(w) or ("n", Decimal(w.replace(",", ""))) for w in words]
        shape = "".join(letter for letter, _ in parts)
        values = [value for _, value in parts]
        if shape.endswith("sn") and not _fills(words[-1], values[-2]):
            return None
        total = _sum(parts) if set(shape) <= {"n", "s"} else _halves(shape, values)
        return None if total is None else canonical(total)

    @cached_property
    def _known(self) -> dict[str, tuple[str, Decimal]]:
        """The words, each with its value and a letter for its role.

        n is a number, s multiplies it, b adds to the next one, w is a whole with its
        half, p a part after a number, u is unsure.
        """
        known: dict[str, tuple[str, Decimal]] = {}
        for letter, words in (
            ("n", {**self.words, **dict.fromkeys(self.one, 1)}),
            ("s", self.scales),
            ("b", self.before),
            ("w", self.whole),
            ("p", self.after),
            ("u", dict.fromkeys(self.unsure, 0)),
        ):
            known |= {word: (letter, Decimal(value)) for word, value in words.items()}
        return known

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        digits = r"[0-9][0-9,]*(?:\.[0-9]+)?"
        return re.compile(rf"(?:{alternatives(self._known)})(?!\w)|{digits}")


def _fills(word: str, times: Decimal) -> bool:
    """Return whether digits fit the unit before them: 3 thousand 500, not 3 million 12.

    Number words always do.
    """
    digits = word.replace(",", "")
    return not digits[0].isdigit() or len(digits) == len(str(times)) - 1


def _sum(parts: list[tuple[str, Decimal]]) -> Decimal | None:
    """Return the sum of numbers and their scales; None unless the scales descend."""
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
    """Return the value of a number with a half or a quarter, by letters of `_known`."""
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
