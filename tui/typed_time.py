"""Times as people type them: 0600, 6:00, 28 Nov 0600, +30m, in Z or local time.

A clock without a zone is Z; L after it is local time by the settings. Ambiguous text is
refused, with the text to type for each meaning; every guess is shown in full before it
is used.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from exchange.bulletin.schema import Type
from exchange.bulletin.values import PATTERNS, iso, milliseconds
from exchange.errors import FusionError
from exchange.recognise.en.words import MONTHS, SHORT_MONTHS
from exchange.recognise.ur.words import MONTHS as URDU_MONTHS
from exchange.words import word
from tui.words import say

AHEAD_MAX = timedelta(days=366)  # longest way ahead of a typed time
NEAR = timedelta(hours=12)  # within this, today's clock is the nearest
THIS_YEAR = timedelta(days=150)  # longest distance of a date typed without its year
UNDATED = word("Type a day too: {first} or {second}")
UNREAD = word("Not understood; type 0600, 6:00, Nov 28 0600, 0600L (local) or +30m")
NUMBERED = word("Day or month? Type the month by its name: Nov 28 0600")
HALF_DAY = word("Type the hours of 24: 1800 for 6 pm")
BARE_HOUR = word("Hour or minute? Type four digits: {example}")
NO_YEAR = word("Which year? Type {first} or {second}")
YEAR_OR_CLOCK = word("A year or a clock? Type {first} or {second}")
NO_CLOCK = word("Type a time of day too: {example}")
NO_SUCH = word("There is no such day or time; type Nov 28 0600")
NO_LOCAL = word("No local time is set (, in the list); type 0600Z")
KAL = word("Yesterday or tomorrow? Type the day: {first} or {second}")
TOO_FAR = word("More than a year away; type the day: Nov 28 2026 0600")

_MONTHS = {**MONTHS, **SHORT_MONTHS, "sept": 9, **URDU_MONTHS}
_DAYS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "آج": 0,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "昨天": -1,
    "昨日": -1,
}
_KAL = "کل"  # Urdu: yesterday, and tomorrow
_PAKISTAN, _CHINA = timezone(timedelta(hours=5)), timezone(timedelta(hours=8))
_ZONES: Mapping[str, tzinfo | None] = {
    **dict.fromkeys(("z", "utc", "gmt"), UTC),
    **dict.fromkeys(("pkt", "e"), _PAKISTAN),  # E and H as in a date-time group
    **dict.fromkeys(("cst", "bjt", "h"), _CHINA),
    **dict.fromkeys(("l", "local"), None),
}
_NAME = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_WORD = "|".join((*map(re.escape, _DAYS), _KAL))
_ZONE = "|".join(sorted(_ZONES, key=len, reverse=True))
_DATES = (
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    rf"(?P<d>\d{{1,2}})[ -]?(?P<name>{_NAME})(?:[ ,-]+(?P<y>\d{{4}}))?",
    rf"(?P<name>{_NAME})[ -]?(?P<d>\d{{1,2}})(?:[ ,]+(?P<y>\d{{4}}))?",
    r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]",
    rf"(?P<word>{_WORD})",
)
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?|(?P<four>\d{4})"
_TAIL = rf"(?: ?(?P<zone>{_ZONE}|[+-]\d\d:?\d\d))?"
_WHOLE = tuple(
    re.compile(form)
    for day in _DATES
    for form in (
        rf"{day}(?:t| *)(?:{_CLOCK}){_TAIL}",
        rf"(?:{_CLOCK}){_TAIL} {day}",
    )
)
_UNDATED = re.compile(rf"(?:{_CLOCK}){_TAIL}")
_GROUP = re.compile(
    rf"(?P<d>\d\d)(?P<four>\d{{4}}) ?(?P<zone>[zehl]) ?(?P<name>{_NAME})"
    r" ?(?:20)?(?P<yy>\d\d)?"
)
_DAY_ALONE = tuple(re.compile(rf"{day}{_TAIL}") for day in _DATES)
_YEAR_OR_CLOCK = re.compile(
    rf"(?:(\d{{1,2}})[ -]?({_NAME})|({_NAME})[ -]?(\d{{1,2}}))"
    r"[ ,-]+(?P<year>20[0-5]\d)"
)
_SPAN = re.compile(r"(?P<sign>[+-]) ?(?P<parts>(?:\d{1,5} ?(?:d|h|min|m) ?)+)")
_PART = re.compile(r"(\d+) ?(d|h|m)")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
_REFUSED = (  # known to be ambiguous
    (re.compile(r"\d{1,2}(:\d\d)? ?[ap]\.?m\.?"), HALF_DAY),
    (re.compile(r"\d{1,4}[/.]\d{1,2}([/.]\d{1,4})?.*"), NUMBERED),
)


class Unread(Exception):
    """Typed text that means no single time; the message advises what to type."""


class _Clock(NamedTuple):
    at: datetime
    local: tzinfo | None


def read_time(typed: str, now: int, local: tzinfo | None) -> int:
    """Return ms UTC; raises Unread, with advice on typing it.

    `now` is in ms UTC; `local` is the zone of the settings, or None.
    """
    text = _plain(typed)
    if PATTERNS[Type.TIME].fullmatch(text.upper()):
        try:
            return milliseconds(text.upper(), "")
        except FusionError as error:
            raise Unread(say(NO_SUCH)) from error
    about = _Clock(datetime.fromtimestamp(now / 1000, UTC), local)
    try:
        moment = _moment(text, about)
        ms = round(moment.timestamp()) * 1000
    except (ValueError, OverflowError) as error:
        raise Unread(say(NO_SUCH)) from error
    if ms <= 0:
        raise Unread(say(NO_SUCH))
    return ms


def echo(ms: int, local: tzinfo | None) -> str:
    """Return a moment in full: 2026-11-28T06:00Z = 11:00 PKT, its day if another."""
    said = iso(ms).replace(":00Z", "Z") if ms % 60_000 == 0 else iso(ms)
    if local is None:
        return said
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    try:
        here = moment.astimezone(local)
    except OverflowError:  # it is already the year 10000 there
        return said
    day = "" if here.date() == moment.date() else f"{here:%Y-%m-%d} "
    return f"{said} = {day}{here:%H:%M} {here.tzname() or ''}".rstrip()


def _plain(typed: str) -> str:
    """Replace other keyboards' digits, signs and spaces by plain ones."""
    text = unicodedata.normalize("NFKC", typed).casefold().strip()
    digits = "".join(map(_digit, text))
    return re.sub(r"[\s,،]+", " ", digits.translate(str.maketrans("−–—", "---")))


def _digit(char: str) -> str:
    value = unicodedata.digit(char, None)
    return char if value is None else str(value)


def _moment(text: str, now: _Clock) -> datetime:
    if text == "now":
        return now.at.replace(second=0, microsecond=0)
    if found := _SPAN.fullmatch(text):
        return _from_now(found, now)
    if found := _GROUP.fullmatch(text):
        return _dated(found, now)
    if found := _YEAR_OR_CLOCK.fullmatch(text):
        name, number = (found[2] or found[3]).title(), found[1] or found[4]
        day, year = f"{name} {number}", found["year"]
        two = (f"{day} {year} 0600", f"{day} {year[:2]}:{year[2:]}")
        raise Unread(_two(YEAR_OR_CLOCK, *two))
    for form in _WHOLE:
        if found := form.fullmatch(text):
            return _dated(found, now)
    if found := _UNDATED.fullmatch(text):
        return _undated(found, now)
    raise Unread(_why(text))


def _why(text: str) -> str:
    for form, said in _REFUSED:
        if form.fullmatch(text):
            return say(said)
    if re.fullmatch(rf"\d{{1,3}}{_TAIL}", text):
        digits = "".join(re.findall(r"^\d+", text))
        full = f"{digits:0>2}00" if len(digits) <= len("06") else f"0{digits}"
        return say(BARE_HOUR).format(example=full)
    if any(form.fullmatch(text) for form in _DAY_ALONE):
        return say(NO_CLOCK).format(example="Nov 28 0600")
    return say(UNREAD)


def _from_now(found: re.Match[str], now: _Clock) -> datetime:
    parts = (int(n) * _UNITS[unit] for n, unit in _PART.findall(found["parts"]))
    span = sum(parts, timedelta())
    if span > AHEAD_MAX:
        raise Unread(say(TOO_FAR))
    start = now.at.replace(second=0, microsecond=0)
    return start + span if found["sign"] == "+" else start - span


def _zone(found: re.Match[str], now: _Clock) -> tzinfo:
    said = found["zone"] or "z"
    if said in _ZONES:
        zone = _ZONES[said] or now.local
        if zone is None:
            raise Unread(say(NO_LOCAL))
        return zone
    minutes = int(said[1:3]) * 60 + int(said[-2:])
    return timezone(timedelta(minutes=minutes if said[0] == "+" else -minutes))


def _at(found: re.Match[str], day: date, zone: tzinfo) -> datetime:
    """Return the clock time found, on a day; ValueError if it does not exist."""
    four, parts = found["four"], found.groupdict()
    hour, minute = (four[:2], four[2:]) if four else (parts["hour"], parts["minute"])
    second = parts.get("second") or 0
    made = datetime(  # noqa: DTZ001 - it gets its zone
        *(day.year, day.month, day.day),
        *(int(hour), int(minute), int(second)),
    )
    return made.replace(tzinfo=zone)


def _undated(found: re.Match[str], now: _Clock) -> datetime:
    """Return today's clock time; raise Unread if another day's is nearer."""
    zone = _zone(found, now)
    today = now.at.astimezone(zone).date()
    made = _at(found, today, zone)
    if abs(made - now.at) <= NEAR:
        return made
    other = today + timedelta(days=1 if made < now.at else -1)
    clock = f"{made:%H%M}{_letter(found)}"
    two = sorted((today, other))
    raise Unread(_two(UNDATED, *(f"{_day(one)} {clock}" for one in two)))


def _letter(found: re.Match[str]) -> str:
    return (found["zone"] or "").upper()


def _dated(found: re.Match[str], now: _Clock) -> datetime:
    zone, said = _zone(found, now), found.groupdict()
    if said.get("word"):
        return _at(found, _by_word(said["word"], now, zone), zone)
    name = said.get("name")
    month = _MONTHS[name] if name else int(said["m"])
    year = said.get("y") or (f"20{said['yy']}" if said.get("yy") else "")
    if year:
        return _at(found, date(int(year), month, int(said["d"])), zone)
    made = list(_in_years(found, now, (month, int(said["d"]), zone)))
    near = min(made, key=lambda one: abs(one - now.at))
    if abs(near - now.at) <= THIS_YEAR:
        return near
    before = [one for one in made if one < now.at][-1:]
    after = [one for one in made if one >= now.at][:1]
    both = (f"{_day(one.date())} {one:%Y %H%M}" for one in (*before, *after))
    raise Unread(_two(NO_YEAR, *both))


def _in_years(
    found: re.Match[str], now: _Clock, at: tuple[int, int, tzinfo]
) -> Iterator[datetime]:
    """Yield the date in the years around now; ValueError if none of them has it."""
    month, day, zone = at
    none = True
    for year in range(now.at.year - 8, now.at.year + 9):  # a leap year among them
        try:
            made = _at(found, date(year, month, day), zone)
        except ValueError:
            continue
        none = False
        yield made
    if none:
        raise ValueError(month, day)


def _by_word(said: str, now: _Clock, zone: tzinfo) -> date:
    today, one = now.at.astimezone(zone).date(), timedelta(days=1)
    if said == _KAL:
        two = (f"{_day(day)} 0600" for day in (today - one, today + one))
        raise Unread(_two(KAL, *two))
    return today + _DAYS[said] * one


def _day(day: date) -> str:
    """Return a day as it can be typed: Nov 28.

    A number after a Latin word stays after it in Urdu text, too.
    """
    names = {number: name for name, number in SHORT_MONTHS.items()}
    return f"{names[day.month].title()} {day.day}"


def _two(said: str, *both: str) -> str:
    first, second = (*both, both[-1])[:2]
    return say(said).format(first=first, second=second)
