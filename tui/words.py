"""The program's own words in the officer's language.

The English text is the key, as in gettext; the catalogues are PO files in `locale/`,
over those of the commands, which have the reasons of errors. Words of bulletins, codes
and kinds are in `exchange.bulletin`, in all languages.
"""

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from exchange.words import HERE, lang, use
from exchange.words.catalogue import load
from tui.text.layout import direction_of, lay_out
from tui.text.order import Bidi, bidi
from tui.text.safe_text import safe

__all__ = [
    "LANGUAGES",
    "join_words",
    "label",
    "lang",
    "mirrored",
    "say",
    "say_n",
    "use",
    "wrap_words",
]

LANGUAGES = {"en": "English", "ur": "اردو", "zh-Hans": "中文"}
_LOCALE = Path(__file__).parent / "locale"


@cache
def _texts(lang: str) -> NullTranslations:
    return load(lang, _LOCALE, HERE)


def mirrored() -> bool:
    """Return whether rows, bars and titles begin on the right, as Urdu does.

    Not if the terminal or a screen reader gets the text as it is stored.
    """
    return bidi() is Bidi.APP and direction_of(lang()) == 1


def say(text: str) -> str:
    """Return the program's own `text` in the language in use, logical order."""
    return text and _texts(lang()).gettext(text)


def say_n(singular: str, many: str, n: int, **values: str) -> str:
    """Return the plural form that `n` takes, with `{n}` and values filled in."""
    return _texts(lang()).ngettext(singular, many, n).format(n=n, **values)


def join_words(*parts: str) -> str:
    text = safe(" ".join(part for part in parts if part))
    return lay_out(text, lang(), 4 * len(text) + 4)[0].shown.strip()


def wrap_words(text: str, columns: int) -> str:
    """Return translated words as lines, shaped and in visual order."""
    return "\n".join(line.shown for line in lay_out(safe(text), lang(), columns))


def label(text: str) -> str:
    """Return `text` translated, shaped and in visual order, for a single line."""
    return join_words(say(text))
