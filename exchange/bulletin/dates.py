"""Dates and times of day as people write them in the three languages, and their values.

Patterns and readers take folded text (`numerals.fold`). Patterns hold no groups.
"""

import re
from datetime import date

from exchange.bulletin.numerals import HAN, WORDS, alternatives, han, numbered

_EN = numbered(
    "january february march april may june july august september october november"
    " december"
)
_UR = numbered("جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر")
_SHORT = {name[:3]: i for name, i in _EN.items()}
_MONTHS = _EN | _SHORT | _UR | {"sept": 9}

_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_YEAR = "(?:19|20)[0-9]{2}"
_TH = "(?:st|nd|rd|th)?"
_M_EN = rf"(?:{alternatives({**_EN, **_SHORT, 'sept': 9})})(?![a-z])"
_M_UR = f"(?:{alternatives(_UR)})"
# Urdu has a word of its own for the first of a month.
_SAID_UR = {"یکم": 1} | {w: n for w, n in WORDS["ur"].items() if n <= 31}  # noqa: PLR2004  # days
_TO_EN, _TO_UR, _TO_ZH = "-|\u2013|to|and", "-|\u2013|تا|سے|اور", "[至到和\u2013-]"
_HAN = rf"(?:[0-9]{{1,4}}|[{HAN}]{{1,4}})"
NOT_UR = "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff]"
"""A letter or mark of Urdu: no edge of a word."""

_SPOKEN_UR = f"(?<!{NOT_UR})(?:{alternatives(_SAID_UR)})(?!{NOT_UR})"
_DAY_UR = f"(?:{_DAY}|{_SPOKEN_UR})"
_NUMERIC = (
    rf"(?<![0-9]){_YEAR}(?:-[0-9]{{1,2}}-[0-9]{{1,2}}|/[0-9]{{1,2}}/[0-9]{{1,2}})"
    # 03/04/2026 may be one of two days: its numbers are kept instead.
    rf"(?![0-9])|(?<![0-9/-])(?:1[3-9]|2[0-9]|3[01])/(?:0?[1-9]|1[0-2])/{_YEAR}"
    r"(?![0-9/-])"
)
_WRITTEN = {
    "en": (
        rf"(?i:(?<![a-z0-9])(?:{_DAY}{_TH} ?(?:{_TO_EN}) ?)?{_DAY}{_TH}"
        rf" (?:of )?{_M_EN}(?:\.?,? {_YEAR})?(?![0-9])"
        rf"|(?<![a-z]){_M_EN}\.? {_DAY}{_TH}(?:,? {_YEAR})?(?![a-z0-9])"
        rf"|(?<![a-z]){_M_EN}\.?,? {_YEAR}(?![a-z0-9]))"
    ),
    "ur": (
        rf"(?<![0-9])(?:{_DAY_UR} ?(?:{_TO_UR}) ?)?{_DAY_UR} {_M_UR}(?!{NOT_UR})"
        rf"(?:،? {_YEAR})?(?![0-9])"
        rf"|(?<!{NOT_UR}){_M_UR} (?:{_DAY}،? )?{_YEAR}(?![0-9])"
    ),
    "zh-Hans": (
        rf"(?<![0-9])(?:{_HAN} ?年 ?)?{_HAN} ?月 ?{_HAN}"
        rf"(?: ?[日号]? ?{_TO_ZH} ?{_HAN})? ?[日号]"
        rf"|(?<![0-9]){_HAN} ?年 ?{_HAN} ?月(?! ?[0-9{HAN}])"
    ),
}
DATES = {lang: f"{_NUMERIC}|{more}" for lang, more in _WRITTEN.items()}
"""What looks like a date; `date_value` has the last word."""

_ZH_PARTS = re.compile(rf"(?:({_HAN}) ?年 ?)?({_HAN}) ?月(.*)")
_RUN = re.compile(rf"[0-9]+|[{HAN}]+")
_LETTERS = re.compile(rf"(?:[a-z]|{NOT_UR})+")


_DAY_WORD = re.compile(_SPOKEN_UR)


def _number(text: str) -> int:
    return int(text) if text[0] in "0123456789" else han(text)


def date_value(text: str) -> str:
    """Return 2026-11-26, --11-26, 2026-11 or two days with a slash; "" for no date."""
    if found := _ZH_PARTS.fullmatch(text):
        year, month, rest = found.groups()
        days = [_number(run) for run in _RUN.findall(rest)]
        return _written(_number(year) if year else 0, _number(month), days)
    text = _DAY_WORD.sub(lambda found: str(_SAID_UR[found[0]]), text)
    numbers = _RUN.findall(text)
    for name in _LETTERS.findall(text.lower()):
        if name in _MONTHS:
            years = [int(n) for n in numbers if len(n) > 2]  # noqa: PLR2004  # digits
            days = [int(n) for n in numbers if len(n) <= 2]  # noqa: PLR2004
            return _written(years[0] if years else 0, _MONTHS[name], days)
    first, month, last = map(int, numbers)
    if len(numbers[0]) == 4:  # noqa: PLR2004  # digits of a year
        return _written(first, month, [last])
    return _written(last, month, [first])


def _written(year: int, month: int, days: list[int]) -> str:
    start = f"{year:04}" if year else "-"
    try:
        if not days:
            return date(year, month, 1).isoformat()[:7]
        each = [date(year or 2000, month, day).isoformat()[4:] for day in days]
    except ValueError:
        return ""
    return "/".join(start + rest for rest in each)


_CLOCK = "(?:[01]?[0-9]|2[0-3])"
_ZONES = {
    "Z": (
        *("Z", "UTC", "GMT", "یو ٹی سی", "جی ایم ٹی", "عالمی وقت"),
        *("协调世界时", "世界协调时", "世界时"),
    ),
    "+05:00": ("PKT", "Pakistan time", "پاکستانی وقت", "پاکستان وقت", "巴基斯坦时间"),
    "+08:00": ("Beijing time", "بیجنگ وقت", "北京时间"),
}
_ZONE = f"(?:{alternatives(name for names in _ZONES.values() for name in names)})"
_NIGHT = 18
_HALVES = {
    **dict.fromkeys(("am", "a.m.", "صبح", "上午", "早上", "凌晨", "清晨"), 0),
    **dict.fromkeys(("pm", "p.m.", "دوپہر", "سہ پہر", "شام"), 12),
    **dict.fromkeys(("下午", "傍晚", "中午"), 12),
    **dict.fromkeys(("رات", "晚上", "夜间", "深夜"), _NIGHT),
}
_HALF = f"(?:{alternatives(_HALVES)})(?![A-Za-z])"
_M_DTG = f"(?:{alternatives(name.upper() for name in _SHORT)})"
_WHERE = rf"(?:{_ZONE} ?)?(?:{_HALF} ?)?(?<![0-9])(?<![0-9]:)"
_SAID = (
    # A date-time group: 260600ZNOV26. The day alone may stand for it.
    r"(?<![A-Z0-9])[0-3][0-9][0-2][0-9][0-5][0-9]Z"
    rf"(?: ?{_M_DTG}(?: ?[0-9]{{2}})?)?(?![A-Za-z0-9])"
    rf"|(?<![0-9/-]){_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-2][0-9]:[0-5][0-9]"
    r"(?::[0-5][0-9])?Z(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[0-2][0-9][0-5][0-9] ?(?:Z|UTC|GMT|hrs|hours)(?![A-Za-z0-9])"
    rf"|{_WHERE}{_CLOCK}:[0-5][0-9](?::[0-5][0-9])?(?![0-9]|:[0-9])(?: ?{_HALF})?"
    rf"(?: ?{_ZONE}(?![A-Za-z]))?"
)
_SPOKEN = {
    "en": rf"(?i:(?<![0-9.])(?<![0-9]:){_CLOCK} ?(?:am|pm|a\.m\.|p\.m\.)(?![a-z]))",
    "ur": (
        rf"{_WHERE}{_CLOCK} ?بج کر ?[0-5]?[0-9] ?منٹ"
        rf"|{_WHERE}{_CLOCK} ?بجے(?: ?{_ZONE})?"
    ),
    "zh-Hans": (
        rf"{_WHERE}{_CLOCK} ?时 ?(?:[0-5]?[0-9] ?分(?!钟)|半|整)?(?! ?间)"
        rf"|(?:{_ZONE} ?)?{_HALF} ?{_CLOCK} ?点 ?(?:[0-5]?[0-9] ?分?|半|整)?"
        rf"|{_WHERE}{_CLOCK} ?点 ?(?:[0-5]?[0-9] ?分(?!钟)|半|整)"
    ),
}
TIMES = {lang: f"{_SAID}|{more}" for lang, more in _SPOKEN.items()}
"""What looks like a time of day; `time_value` has the last word."""

_GROUP = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})Z ?([A-Z]{3})? ?([0-9]{2})?")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]+)Z")
_FOUR = re.compile(r"([0-9]{2})([0-9]{2}) ?(Z|UTC|GMT|hrs|hours)")


def time_value(text: str) -> str:
    """Return 06:00Z, 06:00, 06:00+05:00, or with its day in front; "" for no time."""
    if found := _GROUP.fullmatch(text):
        return _group(*found.groups())
    if found := _STAMP.fullmatch(text):
        hour, minute, second, *_ = map(int, f"{found[2]}:0".split(":"))
        day, clock = date_value(found[1]), _clock(hour, minute, second)
        return f"{day}T{clock}Z" if day and clock else ""
    zone = next((z for z, names in _ZONES.items() if _has(text, names)), "")
    if found := _FOUR.fullmatch(text):
        clock = _clock(int(found[1]), int(found[2]))
    else:
        hour, *rest = map(int, _RUN_OF_DIGITS.findall(text))
        minute, second, *_ = (*(rest or [30 if "半" in text else 0]), 0)
        clock = _clock(hour, minute, second, _half(text))
    return clock + zone if clock else ""


_RUN_OF_DIGITS = re.compile("[0-9]+")


def _has(text: str, names: tuple[str, ...]) -> bool:
    return any(name in text for name in names)


def _half(text: str) -> int | None:
    lower = text.lower()
    return next((hours for half, hours in _HALVES.items() if half in lower), None)


def _clock(hour: int, minute: int = 0, second: int = 0, half: int | None = None) -> str:
    noon = 12
    if hour == noon and half in {0, _NIGHT}:
        hour = 0
    elif hour < noon and (half == noon or (half == _NIGHT and hour > _NIGHT - noon)):
        hour += noon
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return ""
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _group(
    day: str, hour: str, minute: str, month: str | None, year: str | None
) -> str:
    clock = _clock(int(hour), int(minute))
    if month:
        on = _written(
            2000 + int(year) if year else 0, _SHORT[month.lower()], [int(day)]
        )
    else:
        on = f"---{day}" if 0 < int(day) <= 31 else ""  # noqa: PLR2004  # days
    return f"{on}T{clock}Z" if on and clock else ""
