"""The program's own words in the officer's language: commands, errors, checks.

The English text is the key, as in gettext; the others are the PO files beside this
one. A text that stands in a table is marked by `word`, and said where it is shown.
Words of bulletins, codes and kinds are not here: `exchange.bulletin` has them.
"""

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO

LANGUAGES = ("en", "ur", "zh-Hans")
DEFAULT = "en"


class _Now:
    lang = DEFAULT


_now = _Now()


def use(lang: str) -> None:
    """Speak one of LANGUAGES from now on, in every thread of this process."""
    _now.lang = lang if lang in LANGUAGES else DEFAULT


def lang() -> str:
    """Return the language in use, a BCP 47 tag."""
    return _now.lang


def word(text: str) -> str:
    """Mark a text for the catalogues; it is said later."""
    return text


def say(text: str, **values: object) -> str:
    """Return `text` in the language in use, with its `{values}` put in."""
    said = _catalogue(_now.lang).gettext(text)
    return said.format(**values) if values else said


def say_n(one: str, many: str, n: int, **values: object) -> str:
    """Return the text for `{n}` of something, in the plural form that n takes."""
    return _catalogue(_now.lang).ngettext(one, many, n).format(n=n, **values)


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == DEFAULT:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415  # not for English
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with files(__package__).joinpath(f"{lang}.po").open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
