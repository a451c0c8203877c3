"""Days and numbers are written as the CLDR writes them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.codes import label
from exchange.bulletin.date_patterns import date_text, day_text
from exchange.bulletin.format_value import format_count, number_text

LOCALES = {"en": "en_GB", "ur": "ur", "zh-Hans": "zh_Hans"}
LEAP_YEAR = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]
EDGES = [date.min, date(999, 12, 31), date.max]


@pytest.mark.parametrize(("lang", "locale"), LOCALES.items())
def test_each_day_is_written_as_babel_writes_it(lang: str, locale: str) -> None:
    for day in (*LEAP_YEAR, *EDGES):
        assert date_text(day, lang) == format_date(day, "long", locale=locale)
        assert day_text(day, lang) == format_skeleton("MMMd", day, locale=locale)


@given(st.integers(0, 10**9))
def test_thousands_are_grouped_as_babel_groups_them(number: int) -> None:
    for locale in LOCALES.values():
        assert number_text(number) == format_decimal(number, locale=locale)


@pytest.mark.parametrize("lang", ["en", "ur"])
@pytest.mark.parametrize("digits", ["0", "1", "2", "-1", "11", "21", "1.0", "1,001"])
def test_a_number_takes_the_form_that_babel_names(lang: str, digits: str) -> None:
    one, _, other = label("unit", "VEHICLE", lang).partition("|")
    rule = Locale.parse(LOCALES[lang]).plural_form
    form = {"one": one, "other": other}[rule(Decimal(digits.replace(",", "")))]
    assert format_count(digits, "VEHICLE", lang) == f"{digits} {form}"
