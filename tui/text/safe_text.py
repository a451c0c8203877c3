"""Make untrusted text safe to show.

Every character that acts on a terminal or hides is replaced by a visible one, so that
the reader sees its place. Only combining marks beyond four on one letter are removed.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

MARKS_ALLOWED = 4  # Urdu needs three at most: hamza above, shadda and a vowel
REPLACEMENT = "\ufffd"
ZWNJ = "\u200c"
_KEEP_ZWNJ = "\ue000"  # private use: replaced if it comes in

# Letters and marks that are invisible, or change the width of the character before.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_ACTING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_ARABIC = "[\u0620-\u06ff]"
_JOINER = re.compile(f"(?<={_ARABIC}){ZWNJ}(?={_ARABIC})")


class Hidden(Struct, frozen=True):
    """A character shown as another one: its place in the text, its name."""

    place: int
    point: int
    name: str


class _Table(dict[int, str]):
    """Code point -> the one character shown for it; filled on first use."""

    def __missing__(self, point: int) -> str:
        shown = self[point] = _shown(chr(point))
        return shown


def _shown(char: str) -> str:
    point = ord(char)
    if point < 0x20:  # noqa: PLR2004 - the C0 controls; each has its picture
        return chr(0x2400 + point)
    if point == 0x7F:  # noqa: PLR2004 - DEL has one too
        return "\u2421"
    if unicodedata.category(char) in _ACTING or _BLANK.match(char):
        return REPLACEMENT
    return char


TABLE = _Table()


def safe(text: str, *, lines: bool = False) -> str:
    """Return `text` without characters that act on a terminal or hide.

    `lines` keeps line feeds. A tab becomes a space; ZWNJ stays between Arabic letters,
    as Urdu needs it. Each character yields one, except marks beyond MARKS_ALLOWED on a
    letter, which are dropped.
    """
    if text.isprintable() and (text.isascii() or not _BLANK.search(text)):
        return text if text.isascii() else _limit_marks(text)
    kept = text.replace(_KEEP_ZWNJ, REPLACEMENT).replace("\t", " ")
    kept = _JOINER.sub(_KEEP_ZWNJ, kept)
    parts = kept.split("\n") if lines else [kept]
    out = "\n".join("".join(map(_one, part)) for part in parts)
    return _limit_marks(out)


def _one(char: str) -> str:
    return ZWNJ if char == _KEEP_ZWNJ else TABLE[ord(char)]


def pass_joiners(text: str, table: Mapping[int, str]) -> str:
    """Keep ZWNJ if Urdu needs it."""
    if ZWNJ not in text:
        return text.translate(table)
    return ZWNJ.join(part.translate(table) for part in _JOINER.split(text))


def is_mark(char: str) -> bool:
    """Whether `char` takes no cell of its own: it is drawn on the letter before."""
    return unicodedata.category(char) in ("Mn", "Me")


@cache
def _marks() -> re.Pattern[str]:
    """Return the pattern of possible marks; compiling it takes 2 ms."""
    return re.compile("[\u0300-\u036f\u0483-\u1fff\u20d0-\u20ff\u2cef-\U000e01ef]")


def _limit_marks(text: str) -> str:
    if text.isascii() or not _marks().search(text):
        return text
    run, out = 0, []
    for char in text:
        run = run + 1 if is_mark(char) else 0
        if run <= MARKS_ALLOWED:
            out.append(char)
    return "".join(out)


def hidden(text: str) -> tuple[Hidden, ...]:
    """Return the characters that `safe` replaces, for the raw view."""
    kept = _JOINER.sub("x", text)
    return tuple(
        Hidden(place, ord(char), unicodedata.name(char, "CONTROL"))
        for place, char in enumerate(kept)
        if char != "\n" and TABLE[ord(char)] != char
    )
