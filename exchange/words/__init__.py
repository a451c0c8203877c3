"""The program's own words in the officer's language: commands, errors, checks.

The English text is the key, as in gettext; the others are the PO files beside this
one. A text that stands in a table is marked by `word`, and said where it is shown.
Words of bulletins, codes and kinds are not here: `exchange.bulletin` has them.
"""

import re
from gettext import NullTranslations
from pathlib import Path

from exchange.errors import TEXTS, FusionError
from exchange.words.catalogue import load

LANGUAGES = ("en", "ur", "zh-Hans")
DEFAULT = "en"
HERE = Path(__file__).parent
_BY_SUBTAG = {lang.partition("-")[0]: lang for lang in LANGUAGES}


class _Now:
    lang = DEFAULT
    reasons = False


_now = _Now()


def use(lang: str) -> None:
    """Speak one of LANGUAGES from now on, in every thread of this process."""
    _now.lang = lang if lang in LANGUAGES else DEFAULT


def show_reasons(*, on: bool) -> None:
    """Say whether an error line ends with its reason in capitals.

    That word is for programs, which call with --json; an officer reads what it means.
    """
    _now.reasons = on


def with_reason(text: str, reason: str) -> str:
    """Return what an error says, with its reason behind it where programs read it."""
    return f"{text} ({reason})" if _now.reasons else text


def lang() -> str:
    """Return the language in use, a BCP 47 tag."""
    return _now.lang


def find_language(tag: str) -> str:
    """Return the one of LANGUAGES that a tag or a locale means; empty: none.

    `zh`, `zh-Hans` and `zh_CN.UTF-8` mean zh-Hans, and so does any other Chinese.
    """
    return _BY_SUBTAG.get(re.split("[-_.@]", tag.lower(), maxsplit=1)[0], "")


def word(text: str) -> str:
    """Mark a text for the catalogues; it is said later."""
    return text


def say(text: str, **values: object) -> str:
    """Return `text` in the language in use, with its `{values}` put in."""
    said = text and of(_now.lang).gettext(text)  # of "" gettext returns its header
    return said.format(**values) if values else said


def say_n(singular: str, many: str, n: int, **values: object) -> str:
    """Return the text for `{n}` of something, in the plural form that n takes."""
    return of(_now.lang).ngettext(singular, many, n).format(n=n, **values)


def means(error: FusionError) -> str:
    """Return what an error means; `exchange.bulletin.error_text` says where, too."""
    why = error.why
    return say(why.text, **why.values) if why else say(TEXTS[error.reason])


def of(lang: str) -> NullTranslations:
    """Return the catalogue of one of LANGUAGES; that of English is empty."""
    return load(lang, HERE)
