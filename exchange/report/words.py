"""The page's own words, numbers and times in its three languages.

English is the key, as in gettext; the others are PO files in `locale/`, on top of the
commands' (reasons of errors). `fill` inserts a value from the ledger as a part of the
page: it cannot become markup, and translations cannot contain any.
"""

import string
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from babel.dates import format_date, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from msgspec import Struct

from exchange.bulletin.codes import label
from exchange.core import TIME_MAX
from exchange.report.html import join_parts
from exchange.words import HERE, word
from exchange.words.catalogue import load

__all__ = ["LANGUAGES", "Words", "word"]

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400  # s
_UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))
_UNITS_SHOWN = 2
_LOCALE = Path(__file__).parent / "locale"
_DAYS_ONLY = 10 * DAY  # s, from which hours are left out


class Language(Struct, frozen=True):
    """A language of the page: its own name, BCP 47 tag, direction, CLDR locale."""

    name: str
    tag: str
    direction: str
    locale: str


LANGUAGES = {
    "en": Language("English", "en", "ltr", "en_GB"),
    "ur": Language("اردو", "ur", "rtl", "ur_PK"),
    "zh-Hans": Language("中文", "zh-Hans", "ltr", "zh_Hans_CN"),
}


class Words:
    def __init__(self, lang: str) -> None:
        self.language = LANGUAGES[lang]
        self._texts = load(lang, _LOCALE, HERE)

    @property
    def rtl(self) -> bool:
        return self.language.direction == "rtl"

    def say(self, text: str, **values: str) -> str:
        return self._texts.gettext(text).format(**values)

    def fill(self, text: str, **values: str) -> str:
        """Return a text as a part of the page, with parts for its `{values}`."""
        return _filled(self._texts.gettext(text), values)

    def count(self, singular: str, many: str, n: int, **values: str) -> str:
        said = self._texts.ngettext(singular, many, n)
        return said.format(n=self.number(n), **values)

    def code(self, codes: str, code: str) -> str:
        return label(codes, code, self.language.tag)

    def number(self, n: int) -> str:
        return format_decimal(n, locale=self.language.locale)

    def percent(self, share: float) -> str:
        """Return a fraction of 1 as whole per cent."""
        return format_percent(share, locale=self.language.locale)

    def day(self, ms: int) -> str:
        return format_date(_moment(ms).date(), "medium", self.language.locale)

    def skeleton(self, ms: int, fields: str) -> str:
        day = _moment(ms)
        return format_skeleton(fields, day, locale=self.language.locale)

    def moment(self, ms: int) -> str:
        return f"{self.day(ms)} {_moment(ms):%H:%M:%S}"

    def span(self, seconds: int) -> str:
        """Return a duration in its two largest units."""
        parts: list[tuple[str, int]] = []
        left = max(seconds, 0)
        for unit, size in _UNITS:
            many, left = divmod(left, size)
            if many:
                parts.append((unit, many))
            if unit == "day" and seconds >= _DAYS_ONLY:
                break
        texts = [self._unit(unit, n) for unit, n in parts[:_UNITS_SHOWN]]
        shown = texts or [self._unit("second", 0)]
        return format_list(shown, "unit-short", self.language.locale)

    def age(self, ms: int) -> str:
        """Return how long ago it was; of a negative one, how far ahead it is."""
        delta = timedelta(milliseconds=-ms)
        locale = self.language.locale
        return format_timedelta(delta, add_direction=True, locale=locale, threshold=2)

    def join(self, texts: Iterable[str]) -> str:
        return format_list(list(texts), locale=self.language.locale)

    def _unit(self, unit: str, n: int) -> str:
        return format_unit(n, f"duration-{unit}", "short", locale=self.language.locale)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(ms, 0), TIME_MAX) // 1_000, UTC)


def _filled(text: str, values: Mapping[str, str]) -> str:
    pieces: list[str] = []
    for literal, field, _, _ in string.Formatter().parse(text):
        pieces.append(literal)
        if field is not None:
            pieces.append(values[field])
    return join_parts(*pieces)
