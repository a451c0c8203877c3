"""The program's own words in the officer's language: commands, errors, checks.

The English text is the key, as in gettext; PO files in this folder have the others.
`word` marks a text in a table, to be translated when shown. Words of bulletins, codes
and kinds are in `exchange.bulletin`.
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
    """Use it from now on, in every thread of this process."""
    _now.lang = lang if lang in LANGUAGES else DEFAULT


def show_reasons(*, on: bool) -> None:
    """Set whether an error line ends with its reason, for programs."""
    _now.reasons = on


def with_reason(text: str, reason: str) -> str:
    return f"{text} ({reason})" if _now.reasons else text


def lang() -> str:
    return _now.lang


def find_language(tag: str) -> str:
    """Return "" for none of LANGUAGES.

    `zh`, `zh-Hans` and `zh_CN.UTF-8` are zh-Hans, and so is any other Chinese.
    """
    return _BY_SUBTAG.get(re.split("[-_.@]", tag.lower(), maxsplit=1)[0], "")


def word(text: str) -> str:
    """Mark a text for the catalogues; `say` translates it later."""
    return text


def say(text: str, **values: object) -> str:
    """Translate a text and fill in its `{values}`."""
    said = text and of(_now.lang).gettext(text)  # gettext returns its header for ""
    return said.format(**values) if values else said


def say_n(singular: str, many: str, n: int, **values: object) -> str:
    """Translate in the right plural form for `{n}`."""
    return of(_now.lang).ngettext(singular, many, n).format(n=n, **values)


def means(error: FusionError) -> str:
    why = error.why
    return say(why.text, **why.values) if why else say(TEXTS[error.reason])


def of(lang: str) -> NullTranslations:
    return load(lang, HERE)
