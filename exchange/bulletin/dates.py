"""Dates and times of day as people write them in the three languages, and their values.

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
_SHORT = {name[:3]: i for name, i in _EN.items()}
_MONTHS = _EN | _SHORT | _UR | {"sept": 9}

_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_YEAR = "(?:19|20)[0-9]{2}"
_TH = "(?:st|nd|rd|th)?"
_VERBS = ["march", "may", "mar"]
_CASES = "|".join(case(word) for word in _VERBS for case in (str.title, str.upper))
_M_EN = (
    rf"(?:(?:{alternatives({*_EN, *_SHORT, 'sept'} - {*_VERBS})})(?![a-z])"
    # "Camera 5 may be down": a verb, but for its capital or a year behind it.
    rf"|(?-i:{_CASES})(?![a-z]| (?:be|have|not|also)(?![a-z]))"
    rf"|(?:{'|'.join(_VERBS)})(?=[-/., ]{{1,2}}{_YEAR}))"
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
_N = "[0-9]{1,2}"
_END = r"(?![0-9/-]|[.۔][0-9])"
_NUMERIC = "|".join(
    rf"(?<![0-9.]){_YEAR}{sign}{_N}{sign}{_N}(?![0-9]|[.۔][0-9])"
    rf"|(?<![0-9./۔-]){_N}{sign}{_N}{sign}{_YEAR}{_END}"
    # A version or a paragraph has as many points as a date: 1.2.26.
    rf"|(?<![0-9./۔-])(?:{_N}/{_N}|[0-9]{{2}}{sign}[0-9]{{2}}){sign}[0-9]{{2}}{_END}"
    for sign in ("-", "/", r"\.", "۔")
)
_DAYS_NUMERIC = (
    rf"(?<![0-9./-]){_DAY}\.? ?[-\u2013] ?{_DAY}(?:\.{_N}\.|/{_N}/){_YEAR}{_END}"
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
_LATIN = (
    rf"(?i:(?<![a-z0-9])(?:{_D_EN} ?(?:{_TO_EN}) ?)?{_D_EN}(?: ?(?:of )?|[-/.])"
    rf"{_M_EN}(?:\.?,? ?{_YEAR}|[-/.](?:{_YEAR}|{_YY})|\.? ?['’]{_YY}|(?<=[a-z]){_YY}"
    rf"|\.? {_YY}{_AND_SO_ON})?(?![0-9])"
    rf"|(?<![a-z0-9]){_DAY}\. {_M_EN}\.? {_YEAR}(?![0-9])"
    rf"|(?<![0-9.,]){_YEAR}[-/. ]{_M_EN}(?:\. |[-/. ]){_D_EN}(?![a-z0-9])"
    rf"|(?<![a-z]){_M_EN}\.? {_D_EN}(?:,? {_YEAR})?(?![a-z0-9])"
    rf"|(?<![a-z]){_M_EN}\.?,? {_YEAR}(?![a-z0-9]))"
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
        rf"(?!{NOT_UR})(?:،? ?(?:سنہ? )?{_YEAR})?(?![0-9])"
        rf"|(?<!{NOT_UR}){_M_UR} (?:{_DAY}،? )?{_YEAR}(?![0-9])"
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
_LETTERS = re.compile(rf"(?:[a-z]|{NOT_UR})+")
_FIGURES = re.compile(
    rf"(?:({_DAY})\.? ?[-\u2013] ?)?([0-9]+)([-/.۔])([0-9]+)\3([0-9]*)"
)

_DAY_WORD = re.compile(_SPOKEN_UR)


def _number(text: str) -> int:
    return int(text if text[0] in "0123456789" else han(text) or 0)


def date_value(text: str) -> str:
    """Return 2026-11-26, --11-26, 2026-11 or two days with a slash; "" for no date.

    Where it may be several they stand with EITHER between them.
    """
    if found := _ZH_PARTS.fullmatch(text):
        year, month, rest = found.groups()
        days = [_number(run) for run in _RUN.findall(rest)]
        return _written(_year(_number(year)) if year else 0, _number(month), days)
    if found := _FIGURES.fullmatch(text):
        return _figures(*found.groups())
    text = _DAY_WORD.sub(lambda found: str(_SAID_UR[found[0]]), text).lower()
    name = next(m for m in _LETTERS.finditer(text) if m[0] in _MONTHS)
    around = text[: name.start()], text[name.end() :]
    return _named(_MONTHS[name[0]], *map(_RUN.findall, around))


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
    return _written(_year(int(years[0])) if years else 0, month, [*map(int, days)])


def _year(year: int) -> int:
    return year + 2000 if year < 100 else year  # noqa: PLR2004  # two digits


def _figures(first: str | None, one: str, sign: str, month: str, three: str) -> str:
    """Return the value of a date in figures, by all orders in which people write it."""
    a, b, c = int(one), int(month), int(three or 0)
    if first:
        return _written(c, b, [int(first), a])
    if len(one) == 4:  # noqa: PLR2004  # digits of a year
        return _written(a, b, [c])
    year = _year(c) if three else 0
    day_first, month_first = _written(year, b, [a]), _written(year, a, [b])
    if len(three) == 4:  # noqa: PLR2004
        return _either(day_first, month_first)
    if not three:
        return day_first and _either(day_first, month_first)
    year_first = _written(_year(a), b, [c])
    orders = day_first, year_first, month_first if sign == "/" else ""
    return (day_first or year_first) and _either(*orders)


def _either(*days: str) -> str:
    return EITHER.join(sorted({*days} - {""}))


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
_M_DTG = f"(?:{alternatives(name.upper() for name in _SHORT)})"
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
    rf"|(?<![0-9/-]){_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-2][0-9]:[0-5][0-9]"
    r"(?::[0-5][0-9])?Z(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[0-2][0-9][0-5][0-9] ?(?:Z|UTC|GMT|hrs|hours)(?![A-Za-z0-9])"
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
_FOUR = re.compile(r"([0-9]{2})([0-9]{2}) ?(Z|UTC|GMT|hrs|hours)")


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
    if hour == 24:  # noqa: PLR2004  # of this day the end, of the next the begin
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
    numbers = [_TOKENS[t] if t in _TOKENS else _number(t) for t in _TOKEN.findall(text)]
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
        on = _written(
            2000 + int(year) if year else 0, _SHORT[month.lower()], [int(day)]
        )
    else:
        on = f"---{day}" if 0 < int(day) <= 31 else ""  # noqa: PLR2004  # days
    return f"{on}T{clock}Z" if on and clock else ""
