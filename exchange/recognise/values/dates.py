"""The values of dates: 2026-11-26, --11-26, 2026-11, two days with a slash."""

import re
from datetime import date

from exchange.recognise.en import words as en
from exchange.recognise.text import alternatives, urdu_word
from exchange.recognise.ur import words as ur
from exchange.recognise.values.numbers import HAN, digits_or_han

EITHER = "|"
"""Separates the possible days of a date: 2026-11-12|2026-12-11 for 11/12/2026."""
DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
YEAR = "(?:19|20)[0-9]{2}"
HAN_OR_DIGITS = rf"(?:[0-9]{{1,4}}|[{HAN}]{{1,4}})"
DAY_WORD = urdu_word(alternatives(ur.DAYS))
"""A day of a month in Urdu words."""

_MONTHS = en.MONTHS | en.SHORT_MONTHS | ur.MONTHS | {"sept": 9}
_CHINESE = re.compile(rf"(?:({HAN_OR_DIGITS}) ?年 ?)?({HAN_OR_DIGITS}) ?月(.*)")
_RUN = re.compile(rf"[0-9]+|[{HAN}]+")
_MONTH = re.compile(f"({alternatives(_MONTHS)})")
_DAY_WORD = re.compile(DAY_WORD)
_FIGURES = re.compile(
    rf"(?:({DAY})\.? ?[-\u2013] ?)?([0-9]+)([-/.۔])([0-9]+)\3([0-9]*)"
)


def date_value(text: str) -> str:
    """Return the value of a date that a rule matched; "" for no date.

    Possible values of an ambiguous one are joined by EITHER.
    """
    if match := _CHINESE.fullmatch(text):
        year, month, rest = match.groups()
        days = [digits_or_han(run) for run in _RUN.findall(rest)]
        century = _year(digits_or_han(year)) if year else 0
        return date_text(century, digits_or_han(month), days)
    if match := _FIGURES.fullmatch(text):
        return _figures(*match.groups())
    text = _DAY_WORD.sub(lambda found: str(ur.DAYS[found[0]]), text).lower()
    before, name, behind = _MONTH.split(text, maxsplit=1)
    return _named(_MONTHS[name], *map(_RUN.findall, (before, behind)))


def month_name(month: int, lang: str) -> str:
    names = {"en": en.MONTHS, "ur": ur.MONTHS}.get(lang)
    return [*names][month - 1].title() if names else f"{month}月"


def short_date_value(text: str) -> str:
    """Return a day followed by two digits: both with that year and without."""
    value = date_value(text)
    return value and _either(value, f"-{value[4:]}")


def _named(month: int, before: list[str], behind: list[str]) -> str:
    years = [n for n in (*before, *behind) if len(n) > 2]  # noqa: PLR2004  # digits
    days = [n for n in before or behind if n not in years]
    if before and not years:
        years = behind
    elif not days:
        days = [n for n in behind if n not in years]
    return date_text(_year(int(years[0])) if years else 0, month, [*map(int, days)])


def _year(year: int) -> int:
    return year + 2000 if year < 100 else year  # noqa: PLR2004  # two digits


def _figures(first: str | None, start: str, sign: str, month: str, three: str) -> str:
    """Return the value of a date in figures, by all common orders."""
    a, b, c = int(start), int(month), int(three or 0)
    if first:
        return date_text(c, b, [int(first), a])
    if len(start) == 4:  # noqa: PLR2004  # digits of a year
        return date_text(a, b, [c])
    year = _year(c) if three else 0
    day_first, month_first = date_text(year, b, [a]), date_text(year, a, [b])
    if len(three) == 4:  # noqa: PLR2004
        return _either(day_first, month_first)
    if not three:
        return day_first and _either(day_first, month_first)
    year_first = date_text(_year(a), b, [c])
    orders = day_first, year_first, month_first if sign == "/" else ""
    return (day_first or year_first) and _either(*orders)


def _either(*days: str) -> str:
    return EITHER.join(sorted({*days} - {""}))


def date_text(year: int, month: int, days: list[int]) -> str:
    """Return the value of a month, one day or two; year 0 for none; "" if invalid."""
    start = f"{year:04}" if year else "-"
    try:
        if not days:
            return date(year, month, 1).isoformat()[:7]
        each = [date(year or 2000, month, day).isoformat()[4:] for day in days]
    except ValueError:
        return ""
    return "/".join(start + rest for rest in each)
