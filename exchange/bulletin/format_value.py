"""Values of fields in words: labels, dates, numbers with their units.

They may contain a partner's text: show them in a terminal only through `tui.text`.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from exchange.bulletin.codes import label
from exchange.bulletin.date_patterns import date_text, day_text
from exchange.bulletin.punctuation import AMONG, ASIDE, BETWEEN, COLON, WITHIN
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.values import known_parts, milliseconds

# Neither state has summer time.
_ZONES = {
    "PAKISTAN": timezone(timedelta(hours=5)),
    "BEIJING": timezone(timedelta(hours=8)),
}
_GRID = re.compile(r"([0-9]{1,2}[A-Z])([A-Z]{2})([0-9]*)")


def time_text(ms: int, lang: str) -> str:
    """Return day and time UTC, with both states' local times.

    A partner may have written any moment up to TIME_MAX.
    """
    moment = datetime.fromtimestamp(ms / 1_000, UTC)
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    said = f"{date_text(moment.date(), lang)} {clock} UTC"
    try:
        places = [_local(moment, place, lang) for place in _ZONES]
    except OverflowError:  # the local year is 10000
        return said
    return said + ASIDE[lang].format(WITHIN[lang].join(places))


def _local(moment: datetime, place: str, lang: str) -> str:
    """Return local time, with its day if that differs from the UTC day."""
    there = moment.astimezone(_ZONES[place])
    words = [label("word", place, lang), there.strftime("%H:%M")]
    if there.date() != moment.date():
        words.insert(1, day_text(there.date(), lang))
    return ("" if lang == "zh-Hans" else " ").join(words)


def number_text(number: int) -> str:
    """Group thousands, as all three languages do."""
    return f"{number:,}"


def format_count(digits: str, unit: str, lang: str) -> str:
    """Return 1 vehicle, 3 گاڑیاں, 3辆.

    `digits` are already grouped, or a decimal exactly as signed.
    """
    if not unit:
        return digits
    one, _, other = label("unit", unit, lang).partition("|")
    form = one if not other or _is_one(digits) else other
    return f"{digits}{'' if lang == 'zh-Hans' else ' '}{form}"


def _is_one(digits: str) -> bool:
    """Return whether a number takes the singular: 1 does, 1.0 does not (CLDR)."""
    return digits.removeprefix("-") == "1"


def value_text(field: Field, text: str, lang: str) -> str:
    """Return one value; `text` is its text form."""
    if field.type is Type.RECORD:
        return _row_text(field, text, lang)
    if field.type is Type.TALLY:
        code, _, count = text.partition(":")
        shown = format_count(number_text(int(count)), field.unit, lang)
        return label(field.codes, code, lang) + ASIDE[lang].format(shown)
    if field.codes:
        return label(field.codes, text, lang)
    said = _SAID[field.type](text, lang) if field.type in _SAID else text
    return format_count(said, field.unit, lang)


def grid_text(grid: str) -> str:
    """Return it as 43S DU 1234 5678."""
    found = _GRID.fullmatch(grid)
    if not found:
        return grid
    zone, square, digits = found.groups()
    half = len(digits) // 2
    return " ".join(filter(None, (zone, square, digits[:half], digits[half:])))


_SAID: dict[Type, Callable[[str, str], str]] = {
    Type.FLAG: lambda text, lang: label(
        "word", "YES" if text == "true" else "NO", lang
    ),
    Type.TIME: lambda text, lang: time_text(milliseconds(text, ""), lang),
    Type.DATE: lambda text, lang: date_text(date.fromisoformat(text), lang),
    Type.GRID: lambda text, _: grid_text(text),
    Type.COUNT: lambda text, _: number_text(int(text)),
}
"""Formatters for types that are not shown as signed."""


def _row_text(field: Field, text: str, lang: str) -> str:
    shown = []
    for part, texts in known_parts(field, text):
        values = AMONG[lang].join(value_text(part, each, lang) for each in texts)
        shown.append(f"{part.labels[lang]}{COLON[lang]}{values}")
    return BETWEEN[lang].join(shown)
