"""Folding: words that differ only in their typing become equal.

Latin is folded by case and accent; Urdu by letters that keyboards and fonts confuse
(yeh, kaf and heh in their Arabic, Persian and Urdu code points, marks, tatweel,
joiners); digits to ASCII; fullwidth and presentation forms to plain ones. Urdu follows
Lucene's PersianNormalizationFilter, except that bari yeh stays separate and the marks
go.
"""

import re
import unicodedata

HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Han and kana, for use inside a class of a regular expression."""

# Marks above and below letters, tatweel, joiners and direction controls: all are
# optional, so a word is the same with and without them.
UNSEEN = (
    "\u0300-\u036f\u0610-\u061a\u0621\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
)
"""Invisible characters that folding removes."""
_UNSEEN = re.compile(f"[{UNSEEN}]")
_SAME = str.maketrans(
    dict.fromkeys("\u064a\u0649\u06cd\u06d0\u06d1\u063d\u063e\u063f", "\u06cc")  # yeh
    | dict.fromkeys("\u0643\u06aa\u06ab\u06ac", "\u06a9")  # kaf
    | dict.fromkeys("\u0647\u06be\u06c3\u0629\u06d5\u06c2\u06c0\u06ff", "\u06c1")  # heh
    | dict.fromkeys("\u0671\u0672\u0673", "\u0627")  # alef
    | {"\u06d3": "\u06d2"}  # bari yeh
    | {chr(0x660 + n): str(n) for n in range(10)}
    | {chr(0x6F0 + n): str(n) for n in range(10)}
)


def fold_words(text: str) -> str:
    """Make spelling variants equal; the length may change."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    return _UNSEEN.sub("", plain).translate(_SAME)
