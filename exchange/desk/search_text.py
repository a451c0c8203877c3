"""What is the same word when an officer searches: one folding for index and query.

Latin is folded by case and accent, Urdu by the letters that keyboards and fonts
confuse (yeh, kaf and heh in their Arabic, Persian and Urdu code points, marks,
tatweel, joiners), digits to ASCII, fullwidth and presentation forms to plain
ones. A Han or kana character is a word of its own and a run of them a phrase,
so Chinese needs no dictionary. The choices for Persian and Urdu are those of
Lucene's PersianNormalizationFilter, except that bari yeh stays a letter of its
own and the marks go.

Nothing that leaves here is anything but letters, digits and single spaces: what
an officer or a partner types can never become syntax of the index.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

WORD_MAX = 64  # characters of a word that count
QUERY_MAX = 1_000  # characters of a query that count
QUERY_WORDS_MAX = 64
COMPLETE_FROM = 2  # characters from which a last word is completed

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_ONE_HAN = re.compile(f"([{_HAN}])")
_WORD = re.compile(r"[^\W_]+")
# Marks over and under letters, tatweel, joiners and controls of direction: they
# are written or left out at will, so a word is the same with and without them.
_UNSEEN = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_SAME = str.maketrans(
    dict.fromkeys("\u064a\u0649\u06cd\u06d0\u06d1\u063d\u063e\u063f", "\u06cc")  # yeh
    | dict.fromkeys("\u0643\u06aa\u06ab\u06ac", "\u06a9")  # kaf
    | dict.fromkeys("\u0647\u06be\u06c3\u0629\u06d5\u06c2\u06c0\u06ff", "\u06c1")  # heh
    | dict.fromkeys("\u0671\u0672\u0673", "\u0627")  # alef
    | {"\u06d3": "\u06d2"}  # bari yeh
    | {chr(0x660 + n): str(n) for n in range(10)}
    | {chr(0x6F0 + n): str(n) for n in range(10)}
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: every phrase, and a last word that may go on.

    phrases: each a tuple of words that stand side by side. unfinished: the
    start of the last word as it is being typed, or "" when that is complete.
    """

    phrases: tuple[tuple[str, ...], ...]
    unfinished: str


def fold(text: str) -> str:
    """Return `text` as index and query see it, words not yet cut apart."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    return _UNSEEN.sub("", plain).translate(_SAME)


def words(text: str) -> list[str]:
    """Cut `text` into folded words; each Han or kana character is one."""
    folded = fold(text)
    if not folded.isascii():
        folded = _ONE_HAN.sub(r" \1 ", folded)
    return [word[:WORD_MAX] for word in _WORD.findall(folded)]


def index_text(texts: Iterable[str]) -> str:
    """Return what the index stores of `texts`: folded words and single spaces."""
    return " ".join(word for text in texts for word in words(text))


def completable(word: str) -> bool:
    """Say whether the start of `word` may find it: numbers and Han are exact."""
    return word.isalpha() and not _ONE_HAN.match(word)


def query(text: str) -> Query:
    """Read what an officer typed; anything at all is a query, if an empty one."""
    text = text[:QUERY_MAX]
    phrases: list[tuple[str, ...]] = []
    left = QUERY_WORDS_MAX
    for chunk in text.split():
        phrase = tuple(words(chunk)[:left])
        left -= len(phrase)
        if phrase:
            phrases.append(phrase)
    if not phrases or not _goes_on(text, phrases[-1]):
        return Query(tuple(phrases), "")
    return Query(tuple(phrases[:-1]), phrases[-1][0])


def _goes_on(text: str, last: tuple[str, ...]) -> bool:
    return (
        len(last) == 1
        and len(last[0]) >= COMPLETE_FROM
        and completable(last[0])
        and not text[-1].isspace()
    )
