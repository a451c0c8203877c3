"""What a text is in another language: a reader of PO files, plural forms included.

The one reader for the three sets of catalogues: the commands' beside this file, the
terminal's in `tui/locale`, the report's in `exchange/report/locale`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path

_LINE = re.compile(
    r'^(msgid|msgid_plural|msgstr|msgstr\[\d+\]) "(.*)"$|^"(.*)"$', re.MULTILINE
)
_ENTRY = re.compile(r'^(?=msgid ")', re.MULTILINE)
_ESCAPE = re.compile(r'\\([n"\\])')
_PLURAL = re.compile(r"plural=([^;\n]+);")
_GERMANIC = "n != 1"  # one thing, or any other number of things


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language by the English one, a tuple of the plural forms."""

    texts: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]

    def say(self, text: str) -> str:
        """Return a text in this language, or itself where it is not known."""
        found = self.texts.get(text)
        return found[0] if found else text

    def say_n(self, one: str, many: str, n: int) -> str:
        """Return the form of a text that `n` things take."""
        found = self.texts.get(one)
        if found is None:
            return one if n == 1 else many
        return found[min(self.form(n), len(found) - 1)]

    def over(self, below: "Catalogue") -> "Catalogue":
        """Return this, with the texts of another where it has none itself."""
        return Catalogue({**below.texts, **self.texts}, self.form)


def read(po: str) -> Catalogue:
    """Return the catalogue in the text of a PO file.

    Without contexts, which none of ours has. An entry that is not translated is left
    out: it is said in English.
    """
    texts: dict[str, tuple[str, ...]] = {}
    for entry in _ENTRY.split(po):
        parts: list[list[str]] = []
        for kind, value, more in _LINE.findall(entry):
            if kind:
                parts.append([kind, ""])
            if parts:
                parts[-1][1] += _clean(value or more)
        if parts:
            said = [text for kind, text in parts if kind.startswith("msgstr")]
            texts[parts[0][1]] = tuple(said)
    header = "".join(texts.pop("", ()))
    plural = _PLURAL.search(header)
    form = c2py(plural[1] if plural else _GERMANIC)
    done = {key: forms for key, forms in texts.items() if forms and all(forms)}
    return Catalogue(done, form)


@cache
def load(folder: Path, lang: str) -> Catalogue:
    """Return the catalogue LANG.po of a folder, an empty one where it has none."""
    path = folder / f"{lang}.po"
    return read(path.read_text("utf-8") if path.is_file() else "")


def _clean(value: str) -> str:
    return _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], value)
