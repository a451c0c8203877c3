"""Times of day as people say them in the three languages, and their values.

Patterns and readers take folded text (`numerals.fold`). Patterns hold no groups.
"""

import re

from exchange.bulletin.dates import (
    NOT_UR,
    SHORT_MONTHS,
    YEAR,
    date_value,
    number,
    written,
)
from exchange.bulletin.numerals import HAN, MEASURES, WORDS, alternatives, numbered

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
_PARTS = {
    "am": (range(12), ("am", "a.m.", "凌晨")),
    "pm": (range(12, 24), ("pm", "p.m.")),
    "morning": (
        range(1, 12),
        (
            *("in the morning", "this morning", "صبح", "علی الصبح", "صبح سویرے"),
            *("上午", "早上", "早晨", "清晨"),
        ),
    ),
    "noon": (range(11, 17), ("noon", "دوپہر", "中午")),
    "afternoon": (
        range(12, 21),
        (
            *("in the afternoon", "this afternoon", "سہ پہر", "بعد دوپہر"),
            *("بعد از دوپہر", "下午"),
        ),
    ),
    "evening": (
        range(15, 24),
        ("in the evening", "this evening", "شام", "傍晚"),
    ),
    "night": (
        (*range(19, 24), *range(5)),
        (
            *(
                "at night",
                "midnight",
                "رات",
                "رات گئے",
                "شب",
                "夜间",
                "深夜",
                "夜里",
                "半夜",
            ),
            "午夜",
        ),
    ),
    "late": ((*range(17, 24), *range(5)), ("tonight", "晚上", "晚间", "今晚")),
    "day": (range(7, 18), ("دن کے",)),
}
"""Parts of the day: the hours that they can mean, and their words."""
_HOURS = {name: set(hours) for hours, names in _PARTS.values() for name in names}
_EDGED = f"(?<![A-Za-z])(?<!{NOT_UR})(?:%s)(?![A-Za-z])(?!{NOT_UR})"
_PART = f"(?i:{_EDGED % alternatives(_HOURS)})"
_M_DTG = f"(?:{alternatives(name.upper() for name in SHORT_MONTHS)})"
_JOIN = "(?:(?:کے|کو|تقریباً|تقریبا|قریباً|ٹھیک|约|大约) ?){0,2}"
_WHERE = (
    rf"(?:(?<!{NOT_UR}){_ZONE} ?)?(?:{_PART} ?{_JOIN})?"
    r"(?<![0-9])(?<![0-9]:)(?<![0-9]\.)"
)
# In "6 in the morning, 8 at night" said without a stop a part is of what comes next.
_BEHIND = f"{_PART}(?! ?(?:کے )?(?:[0-9]|ساڑھے|سوا |پونے |ڈیڑھ|ڈھائی))"
_THERE = rf"(?: ?{_ZONE}(?![A-Za-z])| ?[(（]{_ZONE}[)）])?"
_SAID = (
    # A date-time group: 260600ZNOV26. The day alone may stand for it.
    r"(?<![A-Z0-9])[0-3][0-9][0-2][0-9][0-5][0-9]Z"
    rf"(?: ?{_M_DTG}(?: ?[0-9]{{2}})?)?(?![A-Za-z0-9])"
    rf"|(?<![0-9/-]){YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-2][0-9]:[0-5][0-9]"
    r"(?::[0-5][0-9])?Z(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[0-2][0-9][0-5][0-9] ?(?:Z|UTC|GMT|(?i:hrs|hours))"
    r"(?![A-Za-z0-9])"
    rf"|{_WHERE}{_CLOCK}:[0-5][0-9](?::[0-5][0-9])?(?![0-9]|:[0-9])"
    rf"(?: ?بجے(?!{NOT_UR}))?(?: ?{_BEHIND})?{_THERE}"
)
_NOON = 12
_HOURS_EN = numbered("one two three four five six seven eight nine ten eleven twelve")
_HOURS_UR = {"ایک": 1} | {w: n for w, n in WORDS["ur"].items() if n <= _NOON}
_MINUTES_EN = {
    "quarter": 15,
    "half": 30,
    "five": 5,
    "ten": 10,
    "twenty": 20,
    "twenty-five": 25,
    "twenty five": 25,
}
_MINUTES_UR = {w: n for w, n in WORDS["ur"].items() if n < 60}  # noqa: PLR2004  # minutes
_SHIFTS_UR = {
    **dict.fromkeys(("ساڑھے", "ساڑہے", "ساڑے"), 30),
    "سوا": 15,
    "پونے": -15,
}
_WHOLES_UR = {
    **dict.fromkeys(("ڈیڑھ", "ڈیڑہ"), (1, 30)),
    **dict.fromkeys(("ڈھائی", "ڈہائی", "اڑھائی"), (2, 30)),
}
_QUARTERS_ZH = {"一刻": 15, "三刻": 45, "半": 30, "整": 0}
_DOTTED = rf"{_CLOCK}\.[0-5][0-9]"
_H_EN = rf"(?:{_CLOCK}|{alternatives(_HOURS_EN)})"
_H_UR = rf"(?:{_CLOCK}|(?<!{NOT_UR})(?:{alternatives(_HOURS_UR)}))"
_M_UR_SAID = rf"(?:[0-5]?[0-9]|{alternatives(_MINUTES_UR)})"
_H_ZH = (
    f"(?<![{HAN}第几数每小.])"
    "(?:[01]?[0-9]|2[0-4]|二?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
)
_M_ZH = "(?:[0-5]?[0-9]|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
_REST_ZH = rf"(?:{_M_ZH} ?分(?!钟)|半(?![夜个小数])|整|[一三]刻(?!钟))"
_FREE_EN = r"(?<![A-Za-z0-9.])(?<![0-9]:)(?:(?<![A-Za-z]-)|(?<=[AaPp][Mm]-))"
_CLOCK_EN = r" ?o['’]clock"
_AT_EN = "|".join(f"(?<={word} )" for word in ("at", "by", "until", "till", "before"))
_SAID_EN = "(?:half|(?:a )?quarter|5|10|20|25|five|ten|twenty(?:[ -]five)?"  # open
_SPOKEN = {
    "en": (
        rf"(?i:{_FREE_EN}(?:"
        rf"(?:{_DOTTED}|{_H_EN}) ?[ap](?:m|\.m\.)(?![a-z]){_THERE}"
        rf"|{_H_EN}{_CLOCK_EN}(?: {_BEHIND})?{_THERE}"
        rf"|{_CLOCK} (?:noon|midnight)(?![a-z])"
        rf"|{_DOTTED} ?(?:hrs(?![a-z])|{_ZONE}(?![a-z]))"
        rf"|{_CLOCK} (?:UTC|GMT)(?![a-z])"
        rf"|{_SAID_EN}|[0-5]?[0-9] min(?:ute)?s?) past {_H_EN}(?![a-z0-9-]|[.:][0-9])"
        rf"(?:{_CLOCK_EN})?(?: ?{_BEHIND})?{_THERE}"
        rf"|(?:a )?quarter to {_H_EN}(?![a-z0-9-]|[.:][0-9])"
        rf"(?:{_CLOCK_EN})?(?: ?{_BEHIND})?{_THERE}"
        rf"|[0-5]?[0-9] min(?:ute)?s? to {_H_EN}(?:{_CLOCK_EN}| (?=[ap]\.?m))"
        rf"(?: ?{_BEHIND})?{_THERE}"
        rf"|(?:{_AT_EN}){_H_EN} {_PART}{_THERE}"
        r"|[0-2][0-9]Z(?![a-z0-9])))"
    ),
    "ur": (
        rf"{_WHERE}{_H_UR} ?(?:بج کر|بجکر) ?{_M_UR_SAID} ?منٹ(?: {_BEHIND})?{_THERE}"
        rf"|{_WHERE}{_H_UR} ?بجنے میں ?{_M_UR_SAID} ?منٹ{_THERE}"
        rf"|{_WHERE}(?:(?:(?<!{NOT_UR})(?:{alternatives(_SHIFTS_UR)}) )?{_H_UR}"
        rf"|(?<!{NOT_UR})(?:{alternatives(_WHOLES_UR)})|{_DOTTED})"
        rf" ?بجے(?!{NOT_UR})(?: {_BEHIND})?{_THERE}"
    ),
    "zh-Hans": (
        rf"{_WHERE}(?!(?<!午)(?<!晨)(?<!上)一 ?时){_H_ZH} ?时(?! ?[间期代段差速效辰候])"
        rf"(?: ?{_REST_ZH})?{_THERE}"
        rf"|(?:{_ZONE} ?)?{_PART} ?(?:大?约)?{_H_ZH} ?点 ?"
        rf"(?:{_REST_ZH}|{_M_ZH}(?! ?分钟)(?![0-9{HAN}])(?! ?[{MEASURES}])|钟)?{_THERE}"
        rf"|{_WHERE}{_H_ZH} ?点 ?"
        rf"(?:{_REST_ZH}|[0-5][0-9](?![0-9.])(?! ?分钟)(?! ?[{MEASURES}])|钟){_THERE}"
        rf"|{_WHERE}差 ?(?:{_M_ZH} ?分|一刻) ?{_H_ZH} ?点(?:钟|整)?"
    ),
}
TIMES = {lang: f"{_SAID}|{more}" for lang, more in _SPOKEN.items()}
"""What looks like a time of day; `time_value` has the last word."""

_GROUP = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})Z ?([A-Z]{3})? ?([0-9]{2})?")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]+)Z")
_FOUR = re.compile(r"([0-9]{2})([0-9]{2}) ?(Z|UTC|GMT|(?i:hrs|hours))")


def time_value(text: str) -> str | None:
    """Return 06:00Z, 06:00, 06:00+05:00, or with its day in front.

    "" for no time, None for one that may be two: night at 6, morning at 12.
    """
    if found := _GROUP.fullmatch(text):
        return _group(*found.groups())
    if found := _STAMP.fullmatch(text):
        hour, minute, second, *_ = map(int, f"{found[2]}:0".split(":"))
        day, clock = date_value(found[1]), _clock(hour, minute, second)
        return f"{day}T{clock}Z" if day and clock else ""
    zone = next((z for z, names in _ZONES.items() if _has(text, names)), "")
    if found := _FOUR.fullmatch(text):
        clock = _clock(int(found[1]), int(found[2]))
        return clock and clock + zone
    parts = part_words(text)
    face = _ZONE_OR_PART.sub(" ", text).lower()
    hour, minute, *seconds = _face(face)
    if hour >= 24:  # noqa: PLR2004  # 24 is the end of this day or the begin of the next
        return None
    could = {hour}
    if hour <= _NOON:
        could.add((hour + _NOON) % 24)
    hours = set(range(24)).intersection(*(_HOURS[word] for word in parts))
    could = could & hours if parts else {hour}
    if len(could) != 1 or minute > 59:  # noqa: PLR2004
        return None
    # A quarter to twelve may lie in another part of the day than twelve.
    hour, minute = divmod((could.pop() * 60 + minute) % 1440, 60)
    clock = _clock(hour, minute, *seconds[:1])
    return clock + zone if clock and hour in hours else None


_ZONE_OR_PART = re.compile(f"{_ZONE}(?![A-Za-z])|{_PART}|[()（）]")
_PART_WORD = re.compile(_PART)
_SMALL = alternatives(w for w in _HOURS if w.isascii())
ANY_PART = re.compile(
    rf"(?i:(?<![A-Za-z])(?<!I )(?:{_SMALL}|morning|afternoon|evening|night)(?![a-z]))"
    rf"|(?<!{NOT_UR})(?:دن|صبح|دوپہر|سہ پہر|شام|رات|شب)(?!{NOT_UR})"
    rf"|{alternatives(w for w in _HOURS if w > '一')}"
)
"""A word for a part of the day, wherever it stands."""
_TOKENS: dict[str, int] = {
    **_HOURS_EN,
    **_MINUTES_EN,
    **_MINUTES_UR,
    **_HOURS_UR,
    **_QUARTERS_ZH,
}
_TOKEN = re.compile(
    rf"[0-9]+|(?<![a-z])(?:{alternatives(t for t in _TOKENS if t.isascii())})(?![a-z])"
    rf"|(?<!{NOT_UR})(?:{alternatives(_MINUTES_UR | _HOURS_UR)})(?!{NOT_UR})"
    rf"|{alternatives(_QUARTERS_ZH)}|[{HAN}]+"
)
_BACK = re.compile("差|بجنے میں| to ")
_FIRST = re.compile("差| to | past ")


def part_words(text: str) -> list[str]:
    """Return the words for parts of the day that stand in a text, as in a time."""
    return [found.lower() for found in _PART_WORD.findall(text)]


def _face(text: str) -> list[int]:
    """Return hour, minutes and seconds as a time is said; minutes may be negative."""
    for word, time in _WHOLES_UR.items():
        if word in text:
            return list(time)
    numbers = [_TOKENS[t] if t in _TOKENS else number(t) for t in _TOKEN.findall(text)]
    hour, minute, *rest = numbers + [0] * (2 - len(numbers))
    if _FIRST.search(text):
        hour, minute = minute, hour
    shift = next((n for word, n in _SHIFTS_UR.items() if word in text), minute)
    return [hour, -shift if _BACK.search(text) else shift, *rest]


def _has(text: str, names: tuple[str, ...]) -> bool:
    return any(
        re.search(rf"{re.escape(name)}(?![A-Za-z])", text, re.IGNORECASE)
        for name in names
    )


def _clock(hour: int, minute: int = 0, second: int = 0) -> str:
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return ""
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _group(
    day: str, hour: str, minute: str, month: str | None, year: str | None
) -> str:
    clock = _clock(int(hour), int(minute))
    if month:
        on = written(
            2000 + int(year) if year else 0, SHORT_MONTHS[month.lower()], [int(day)]
        )
    else:
        on = f"---{day}" if 0 < int(day) <= 31 else ""  # noqa: PLR2004  # days
    return f"{on}T{clock}Z" if on and clock else ""
