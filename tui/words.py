"""The program's own words in the officer's language.

The English text is the key, as in gettext; the catalogues are PO files in `locale/`
(`pybabel extract -k say -k label` finds the keys). Words of bulletins, codes and
kinds are not here: `exchange.bulletin` has them in all languages.
"""

import re
from importlib.resources import files

from tui.text import lay_out, safe

LANGUAGES = {"en": "English", "ur": "اردو", "zh-Hans": "中文"}
_ENTRY = re.compile(r'^(msgid|msgstr) "(.*)"$|^"(.*)"$', re.MULTILINE)
_UNESCAPE = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


class _Catalogue:
    lang = "en"
    texts: dict[str, str]

    def __init__(self) -> None:
        self.texts = {}


_now = _Catalogue()


def read_po(text: str) -> dict[str, str]:
    """Return msgid -> msgstr of a PO file without plural forms and contexts."""
    parts: list[tuple[str, str]] = []
    for kind, value, more in _ENTRY.findall(text):
        clean = re.sub(r'\\[n"\\]', lambda m: _UNESCAPE[m.group()], value or more)
        if kind:
            parts.append((kind, clean))
        elif parts:
            parts[-1] = (parts[-1][0], parts[-1][1] + clean)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {key: said for (_, key), (_, said) in pairs if key and said}


def use(lang: str) -> None:
    """Speak `lang` from now on; a word without a translation stays English."""
    _now.lang = lang if lang in LANGUAGES else "en"
    _now.texts = {}
    if _now.lang != "en":
        po = files("tui").joinpath("locale", f"{_now.lang}.po")
        _now.texts = read_po(po.read_text("utf-8"))


def lang() -> str:
    """Return the language in use, a BCP 47 tag."""
    return _now.lang


def say(text: str) -> str:
    """Return the program's own `text` in the language in use, logical order."""
    return _now.texts.get(text, text)


def joined(*parts: str) -> str:
    """Return words that were said already, and values, as one label."""
    text = safe(" ".join(part for part in parts if part))
    return lay_out(text, _now.lang, 4 * len(text) + 4)[0].shown.strip()


def label(text: str) -> str:
    """Return `text` said, shaped and in visual order, for a place of one line."""
    return joined(say(text))
