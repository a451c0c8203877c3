"""The values of times of day: 06:00Z, 06:00, 06:00+05:00, or with its day first."""

import re

from exchange.recognise.en import words as en
from exchange.recognise.text import URDU, alternatives, first_letters
from exchange.recognise.ur import words as ur
from exchange.recognise.values.dates import date_text, date_value
from exchange.recognise.values.numbers import HAN, digits_or_han
from exchange.recognise.zh import words as zh

HOURS = {
    "am": range(12),
    "pm": range(12, 24),
    "morning": range(1, 12),
    "noon": range(11, 17),
    "afternoon": range(12, 21),
    "evening": range(15, 24),
    "night": (*range(19, 24), *range(5)),
    "late": (*range(17, 24), *range(5)),
    "day": range(7, 18),
}
"""The possible hours of a part of the day."""
_ZONES = {
    zone: tuple(name for each in (en, ur, zh) for name in each.ZONES[zone])
    for zone in en.ZONES
}
_ZONE_NAMES = {
    zone: re.compile(rf"(?i:(?:{alternatives(names)})(?![A-Za-z]))")
    for zone, names in _ZONES.items()
}
ZONE = f"(?:{alternatives(name for names in _ZONES.values() for name in names)})"
"""Any name of a time zone, in any language."""
ZONE_LETTERS = "".join({name[0] for name in sum(_ZONES.values(), ()) if name.isascii()})
"""The first Latin letters of time zone names."""
_HOURS_OF = {
    word: set(HOURS[part])
    for each in (en, ur, zh)
    for part, words in each.DAY_PARTS.items()
    for word in words
}
DAY_PART = (
    f"(?i:(?<![A-Za-z])(?<!{URDU})(?:{alternatives(_HOURS_OF)})(?![A-Za-z])(?!{URDU}))"
)
"""Any word for a part of the day, in any language."""
TIME_WORDS = (*_HOURS_OF, *sum(_ZONES.values(), ()))
"""Every time zone name and word for a part of the day."""
ZONE_OR_PART_LETTERS = first_letters(TIME_WORDS)
_NOON = 12
_SMALL = alternatives(w for w in _HOURS_OF if w.isascii())
_ANY_PART = re.compile(
    rf"(?i:(?<![A-Za-z])(?<!I )(?:{_SMALL}|morning|afternoon|evening|night)(?![a-z]))"
    rf"|(?<!{URDU})(?:دن|صبح|دوپہر|سہ پہر|شام|رات|شب)(?!{URDU})"
    rf"|{alternatives(w for w in _HOURS_OF if w > '一')}"
)
_GROUP = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})Z ?([A-Z]{3})? ?([0-9]{2})?")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]+)Z")
_FOUR = re.compile(r"([0-9]{2})([0-9]{2}) ?(Z|UTC|GMT|(?i:hrs|hours))")
_ZONE_OR_PART = re.compile(f"{ZONE}(?![A-Za-z])|{DAY_PART}|[()（）]")
_DAY_PART = re.compile(DAY_PART)
_TOKENS: dict[str, int] = {
    **en.HOURS,
    **en.MINUTES,
    **ur.MINUTES,
    **ur.HOURS,
    **zh.QUARTERS,
}
_TOKEN = re.compile(
    rf"[0-9]+|(?<![a-z])(?:{alternatives(t for t in _TOKENS if t.isascii())})(?![a-z])"
    rf"|(?<!{URDU})(?:{alternatives(ur.MINUTES | ur.HOURS)})(?!{URDU})"
    rf"|{alternatives(zh.QUARTERS)}|[{HAN}]+"
)
_BACK = re.compile("差|بجنے میں| to ")
_FIRST = re.compile("差| to | past ")
_PLAIN = re.compile("([01]?[0-9]|2[0-3]):([0-5][0-9])")
_EXACT = re.compile(r"Z|UTC|GMT|(?i:hrs|hours)|世界?协?调?时|یو ٹی سی|جی ایم ٹی")
_STOP = re.compile(r"[.!?;。！？；۔؟](?: |$)|\n")
NEAR = 24  # characters examined on each side of a number or time


def time_value(text: str) -> str | None:
    """Return the value of a time that a rule matched.

    "" if invalid, None if ambiguous: night at 6, morning at 12.
    """
    if match := _PLAIN.fullmatch(text):  # most are: a clock alone
        return _clock(int(match[1]), int(match[2]))
    if match := _GROUP.fullmatch(text):
        return _group(*match.groups())
    if match := _STAMP.fullmatch(text):
        hour, minute, second, *_ = map(int, f"{match[2]}:0".split(":"))
        day, clock = date_value(match[1]), _clock(hour, minute, second)
        return f"{day}T{clock}Z" if day and clock else ""
    return _spoken(text)


def _spoken(text: str) -> str | None:
    """Read it with the words next to it, as `time_value`."""
    zone = next((z for z, name in _ZONE_NAMES.items() if name.search(text)), "")
    if match := _FOUR.fullmatch(text):
        clock = _clock(int(match[1]), int(match[2]))
        return clock and clock + zone
    parts = _day_parts(text)
    face = _ZONE_OR_PART.sub(" ", text).lower()
    hour, minute, *seconds = _face(face)
    if hour >= 24:  # noqa: PLR2004  # 24 is the end of this day or the begin of the next
        return None
    could = {hour}
    if hour <= _NOON:
        could.add((hour + _NOON) % 24)
    hours = set(range(24)).intersection(*(_HOURS_OF[word] for word in parts))
    could = could & hours if parts else {hour}
    if len(could) != 1 or minute > 59:  # noqa: PLR2004
        return None
    # A quarter to twelve may be in another part of the day than twelve.
    hour, minute = divmod((could.pop() * 60 + minute) % 1440, 60)
    clock = _clock(hour, minute, *seconds[:1])
    return clock + zone if clock and hour in hours else None


def is_half_known(text: str, start: int, end: int, value: str) -> bool:
    """Return whether the part of the day is given elsewhere nearby.

    06:30 is a 24-hour time, 6:30 may be either.
    """
    if not 0 < int(value.rpartition("T")[2][:2]) <= _NOON:
        return False
    piece = text[start:end]
    padded = re.search("[0-9]+", piece)
    if padded and padded[0][0] == "0":
        return False
    if _DAY_PART.search(piece) or _EXACT.search(piece):
        return False
    near = (
        _STOP.split(text[max(0, start - NEAR) : start])[-1],
        _STOP.split(text[end : end + NEAR])[0],
    )
    return any(map(_ANY_PART.search, near))


def _day_parts(text: str) -> list[str]:
    return [found.lower() for found in _DAY_PART.findall(text)]


def _face(text: str) -> list[int]:
    """Return hour, minutes and seconds as spoken; minutes may be negative."""
    for word, time in ur.WHOLE_TIMES.items():
        if word in text:
            return list(time)
    numbers = [
        _TOKENS[t] if t in _TOKENS else digits_or_han(t) for t in _TOKEN.findall(text)
    ]
    hour, minute, *rest = numbers + [0] * (2 - len(numbers))
    if _FIRST.search(text):
        hour, minute = minute, hour
    shift = next((n for word, n in ur.SHIFTS.items() if word in text), minute)
    return [hour, -shift if _BACK.search(text) else shift, *rest]


def _clock(hour: int, minute: int = 0, second: int = 0) -> str:
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return ""
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _group(
    day: str, hour: str, minute: str, month: str | None, year: str | None
) -> str:
    clock = _clock(int(hour), int(minute))
    if month:
        number = en.SHORT_MONTHS[month.lower()]
        on = date_text(2000 + int(year) if year else 0, number, [int(day)])
    else:
        on = f"---{day}" if 0 < int(day) <= 31 else ""  # noqa: PLR2004  # days
    return f"{on}T{clock}Z" if on and clock else ""
