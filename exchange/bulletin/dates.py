"""Dates as people write them in the three languages, and their values.

Patterns and readers take folded text (`numerals.fold`). Patterns hold no groups.
"""

import re
from datetime import date

from exchange.bulletin.numerals import (
    HAN,
    MEASURES,
    WORDS,
    alternatives,
    han,
    numbered,
)

_EN = numbered(
    "january february march april may june july august september october november"
    " december"
)
_UR = numbered("جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر")
SHORT_MONTHS = {name[:3]: i for name, i in _EN.items()}
_MONTHS = _EN | SHORT_MONTHS | _UR | {"sept": 9}

_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
YEAR = "(?:19|20)[0-9]{2}"
_TH = "(?:st|nd|rd|th)?"
_VERBS = ["march", "may", "mar"]
_CASES = "|".join(case(word) for word in _VERBS for case in (str.title, str.upper))
_M_EN = (
    rf"(?:(?:{alternatives({*_EN, *SHORT_MONTHS, 'sept'} - {*_VERBS})})(?![a-z])"
    # "Camera 5 may be down": a verb, but for its capital or a year behind it.
    rf"|(?-i:{_CASES})(?![a-z]| (?:be|have|not|also)(?![a-z]))"
    rf"|(?:{'|'.join(_VERBS)})(?=[-/., ]{{1,2}}{YEAR}))"
)
_M_UR = f"(?:{alternatives(_UR)})"
# Urdu has a word of its own for the first of a month.
_SAID_UR = {"یکم": 1} | {w: n for w, n in WORDS["ur"].items() if n <= 31}  # noqa: PLR2004  # days
_TO_EN, _TO_UR, _TO_ZH = "-|\u2013|to|and", "-|\u2013|تا|سے|اور", "[至到和\u2013-]"
_HAN = rf"(?:[0-9]{{1,4}}|[{HAN}]{{1,4}})"
NOT_UR = "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff]"
"""A letter or mark of Urdu: no edge of a word."""

_SPOKEN_UR = f"(?<!{NOT_UR})(?:{alternatives(_SAID_UR)})(?!{NOT_UR})"
_DAY_UR = f"(?:{_DAY}|{_SPOKEN_UR})"
_N, _NN = "[0-9]{1,2}", "[0-9]{2}"
_END = r"(?![0-9/-]|[.۔][0-9])"
_NUMERIC = "|".join(
    rf"(?<![0-9.]){YEAR}{sign}{_N}{sign}{_N}(?![0-9]|[.۔][0-9])"
    rf"|(?<![0-9./۔-]){_N}{sign}{_N}{sign}{YEAR}{_END}"
    # A version or a paragraph has as many points as a date: 1.2.26.
    rf"|(?<![0-9./۔-]){short}{sign}{short}{sign}[0-9]{{2}}{_END}"
    for sign, short in (("-", _NN), ("/", _N), (r"\.", _NN), ("۔", _NN))
)
_DAYS_NUMERIC = (
    rf"(?<![0-9./-]){_DAY}\.? ?[-\u2013] ?{_DAY}(?:\.{_N}\.|/{_N}/){YEAR}{_END}"
)
_DAY_MONTH = rf"(?<![0-9.,/-]){_DAY}\.{_N}\."
_DOTTED_DAY = {
    # Not where the second point may end a sentence: "It weighs 26.11."
    "en": (
        rf"(?<!\bat ){_DAY_MONTH}(?=[,;:)]| [a-z(])"
        rf"|(?:(?<=\bon )|(?<=until )|(?<=\btill )|(?<=since )|(?<=dated ))"
        rf"{_DAY_MONTH}(?![0-9A-Za-z])"
    ),
    **dict.fromkeys(("ur", "zh-Hans"), rf"{_DAY_MONTH}(?= ?[^\s0-9A-Za-z.])"),
}
_YY = r"[0-9]{2}(?![0-9A-Za-z%]|[.,:][0-9])"
_AND_SO_ON = (
    r"(?=$|[\n.,;:!?)\]。，；：！？）、۔،؛؟]"
    r"| (?:at|by|from|in|near|on|the|till|until|via)(?![a-z])"
    r"| [0-2][0-9][0-5][0-9](?: ?(?:Z|hrs|hours|UTC|GMT|PKT))?(?![0-9a-z])"
    rf"| [0-2]?[0-9]:[0-5][0-9]| (?:کو|تک|سے|کے|کی|میں|پر)(?!{NOT_UR})"
    rf"| ?(?![{MEASURES}{HAN}])[\u4e00-\u9fff])"
)
"""What stands behind the 26 of "26 NOV 26" where it counts nothing."""
_D_EN = f"{_DAY}{_TH}"
_MEASURED = (
    "(?:(?:kms?|kilomet(?:re|er)s?|met(?:re|er)s?|miles?|yards?|min(?:ute)?s?|hours?"
    "|hrs?|days|weeks|months|years|times|per ?cent)(?![a-z])|%)"
)
"""What stands behind a number that is no day of a month."""
_LATIN = (
    rf"(?i:(?<![a-z0-9])(?:{_D_EN} ?(?:{_TO_EN}) ?)?{_D_EN}(?: ?(?:of )?|[-/.])"
    rf"{_M_EN}(?:\.?,? ?{YEAR}|[-/.](?:{YEAR}|{_YY})|\.? ?['’]{_YY}|(?<=[a-z]){_YY}"
    rf"|\.? {_YY}{_AND_SO_ON})?(?![0-9])"
    rf"|(?<![a-z0-9]){_DAY}\. {_M_EN}\.? {YEAR}(?![0-9])"
    rf"|(?<![0-9.,]){YEAR}[-/. ]{_M_EN}(?:\. |[-/. ]){_D_EN}(?![a-z0-9])"
    # Troops march 5 km, and may 10 days later.
    rf"|(?<![a-z]){_M_EN}\.? {_D_EN}(?:,? {YEAR})?(?![a-z0-9]| ?{_MEASURED})"
    rf"|(?<![a-z]){_M_EN}\.?,? {YEAR}(?![a-z0-9]))"
)
SHORT = (
    r"(?=[0-9])(?i:(?<![a-z0-9])(?<![0-9][-\u2013])"
    rf"{_D_EN} {_M_EN}\.? {_YY}(?!{_AND_SO_ON}))"
)
"""A day with two digits behind it, which may be its year or count what follows."""
_WRITTEN = {
    "en": "(?!)",
    "ur": (
        rf"(?<![0-9])(?:{_DAY_UR} ?(?:{_TO_UR}) ?)?(?:{_DAY} ?|{_SPOKEN_UR} ){_M_UR}"
        rf"(?!{NOT_UR})(?:،? ?(?:سنہ? )?{YEAR})?(?![0-9])"
        rf"|(?<!{NOT_UR}){_M_UR} (?:{_DAY}،? )?{YEAR}(?![0-9])"
    ),
    "zh-Hans": (
        rf"(?<![0-9])(?:{_HAN} ?年 ?)?{_HAN} ?月 ?{_HAN}"
        rf"(?: ?[日号]? ?{_TO_ZH} ?{_HAN})? ?[日号]"
        rf"|(?<![0-9]){_HAN} ?年 ?{_HAN} ?月(?! ?[0-9{HAN}])"
    ),
}
DATES = {
    lang: (
        # Nothing of it need be tried where no digit or month can begin.
        rf"(?=[0-9])(?:{_DAYS_NUMERIC}|{_NUMERIC}|{_DOTTED_DAY[lang]})"
        rf"|(?=[0-9A-Za-z]){_LATIN}|{more}"
    )
    for lang, more in _WRITTEN.items()
}
"""What looks like a date; `date_value` has the last word."""
EITHER = "|"
"""Parts the days that one date may mean: 2026-11-12|2026-12-11 for 11/12/2026."""

_ZH_PARTS = re.compile(rf"(?:({_HAN}) ?年 ?)?({_HAN}) ?月(.*)")
_RUN = re.compile(rf"[0-9]+|[{HAN}]+")
_MONTH = re.compile(f"({alternatives(_MONTHS)})")
_FIGURES = re.compile(
    rf"(?:({_DAY})\.? ?[-\u2013] ?)?([0-9]+)([-/.۔])([0-9]+)\3([0-9]*)"
)

_DAY_WORD = re.compile(_SPOKEN_UR)


def number(text: str) -> int:
    """Return a number in digits or Han numerals; 0 for one that may be two."""
    return int(text if text[0] in "0123456789" else han(text) or 0)


def date_value(text: str) -> str:
    """Return 2026-11-26, --11-26, 2026-11 or two days with a slash; "" for no date.

    Where it may be several they stand with EITHER between them.
    """
    if found := _ZH_PARTS.fullmatch(text):
        year, month, rest = found.groups()
        days = [number(run) for run in _RUN.findall(rest)]
        return written(_year(number(year)) if year else 0, number(month), days)
    if found := _FIGURES.fullmatch(text):
        return _figures(*found.groups())
    text = _DAY_WORD.sub(lambda found: str(_SAID_UR[found[0]]), text).lower()
    before, name, behind = _MONTH.split(text, maxsplit=1)
    return _named(_MONTHS[name], *map(_RUN.findall, (before, behind)))


def short_value(text: str) -> str:
    """Return the day of SHORT: with its year, or with none; "" for no date."""
    value = date_value(text)
    return value and _either(value, f"-{value[4:]}")


def _named(month: int, before: list[str], behind: list[str]) -> str:
    years = [n for n in (*before, *behind) if len(n) > 2]  # noqa: PLR2004  # digits
    days = [n for n in before or behind if n not in years]
    if before and not years:
        years = behind
    elif not days:
        days = [n for n in behind if n not in years]
    return written(_year(int(years[0])) if years else 0, month, [*map(int, days)])


def _year(year: int) -> int:
    return year + 2000 if year < 100 else year  # noqa: PLR2004  # two digits


def _figures(first: str | None, one: str, sign: str, month: str, three: str) -> str:
    """Return the value of a date in figures, by all orders in which people write it."""
    a, b, c = int(one), int(month), int(three or 0)
    if first:
        return written(c, b, [int(first), a])
    if len(one) == 4:  # noqa: PLR2004  # digits of a year
        return written(a, b, [c])
    year = _year(c) if three else 0
    day_first, month_first = written(year, b, [a]), written(year, a, [b])
    if len(three) == 4:  # noqa: PLR2004
        return _either(day_first, month_first)
    if not three:
        return day_first and _either(day_first, month_first)
    year_first = written(_year(a), b, [c])
    orders = day_first, year_first, month_first if sign == "/" else ""
    return (day_first or year_first) and _either(*orders)


def _either(*days: str) -> str:
    return EITHER.join(sorted({*days} - {""}))


def written(year: int, month: int, days: list[int]) -> str:
    """Return the value of a month, a day or two; no year is 0; "" for no such day."""
    start = f"{year:04}" if year else "-"
    try:
        if not days:
            return date(year, month, 1).isoformat()[:7]
        each = [date(year or 2000, month, day).isoformat()[4:] for day in days]
    except ValueError:
        return ""
    return "/".join(start + rest for rest in each)
