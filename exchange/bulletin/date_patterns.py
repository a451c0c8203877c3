"""How each language writes a day: names of months and order of the parts.

From the CLDR (en-GB, ur, zh-Hans: the format `long` and the skeleton `MMMd`). Not from
Babel, which takes 7 MiB and 0.1 s to load a language; tests compare with it.
"""

from datetime import date

_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_EN_SHORT = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
)
_UR = (
    *("جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون"),
    *("جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر"),
)
_NUMBERS = tuple(map(str, range(1, 13)))
_WITH_YEAR = {
    "en": ("{day} {month} {year}", _EN),
    "ur": ("{day} {month}، {year}", _UR),
    "zh-Hans": ("{year}年{month}月{day}日", _NUMBERS),
}
_OF_THE_YEAR = {
    "en": ("{day} {month}", _EN_SHORT),
    "ur": ("{day} {month}", _UR),
    "zh-Hans": ("{month}月{day}日", _NUMBERS),
}


def date_text(day: date, lang: str) -> str:
    """Return it as 24 November 2026."""
    pattern, months = _WITH_YEAR[lang]
    return pattern.format(day=day.day, month=months[day.month - 1], year=day.year)


def day_text(day: date, lang: str) -> str:
    """Return it as 24 Nov."""
    pattern, months = _OF_THE_YEAR[lang]
    return pattern.format(day=day.day, month=months[day.month - 1])
