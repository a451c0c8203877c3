"""What is the same word when an officer searches: one folding for index and query.

Latin is folded by case and accent, Urdu by the letters that keyboards and fonts
confuse (yeh, kaf and heh in their Arabic, Persian and Urdu code points, marks,
tatweel, joiners), digits to ASCII, fullwidth and presentation forms to plain
ones. A Han or kana character is a word of its own, and so is each pair of
neighbours: Chinese needs no dictionary, and a word of two frequent characters is
looked up at once instead of comparing all the places of both. The choices for
Urdu are those of Lucene's PersianNormalizationFilter, except that bari yeh stays a
letter of its own and the marks go.

Nothing that leaves here is anything but letters, digits and single spaces: what
an officer or a partner types can never become syntax of the index.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

WORD_MAX = 64  # characters of a word that count
QUERY_MAX = 1_000  # characters of a query that count
QUERY_WORDS_MAX = 64
COMPLETE_FROM = 2  # characters from which a last word is completed

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_HAN_RUN = re.compile(f"([{_HAN}]+)")
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

    phrases: each a tuple of words, or of pairs of Han, that stand side by side, the
    pairs overlapping. unfinished: the
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
    return _words(_pieces(text))


def pairs(text: str) -> list[str]:
    """Return each two Han or kana characters that stand side by side in `text`."""
    return [pair for run in _pieces(text) if _is_han(run) for pair in _pairs(run)]


def index_text(texts: Iterable[str]) -> str:
    """Return what the index stores of `texts`: words, pairs and single spaces."""
    pieces = [piece for text in texts for piece in _pieces(text)]
    paired = [pair for run in pieces if _is_han(run) for pair in _pairs(run)]
    return " ".join(_words(pieces) + paired)


def completable(word: str) -> bool:
    """Say whether the start of `word` may find it: numbers and Han are exact."""
    return word.isalpha() and not _is_han(word)


def query(text: str) -> Query:
    """Read what an officer typed; anything at all is a query, if an empty one."""
    text = text[:QUERY_MAX]
    phrases: list[tuple[str, ...]] = []
    left = QUERY_WORDS_MAX
    for chunk in text.split():
        for phrase in _phrases(chunk):
            if left > 0:
                phrases.append(phrase[:left])
            left -= len(phrase)
    if not phrases or not _goes_on(text, phrases[-1]):
        return Query(tuple(phrases), "")
    return Query(tuple(phrases[:-1]), phrases[-1][0])


def _phrases(chunk: str) -> Iterator[tuple[str, ...]]:
    """Yield what must stand together: all without a space, a run of Han by itself."""
    for han, together in groupby(_pieces(chunk), _is_han):
        if han:
            for run in together:
                yield _pairs(run) or (run,)
        else:
            yield tuple(word[:WORD_MAX] for word in together)


def _pieces(text: str) -> list[str]:
    """Cut `text` into folded words; a run of Han or kana is one here."""
    folded = fold(text)
    if not folded.isascii():
        folded = _HAN_RUN.sub(r" \1 ", folded)
    return _WORD.findall(folded)


def _words(pieces: list[str]) -> list[str]:
    cut: list[str] = []
    for piece in pieces:
        cut += piece if _is_han(piece) else (piece[:WORD_MAX],)
    return cut


def _is_han(piece: str) -> bool:
    return piece[0] >= _HAN[0] and _HAN_RUN.match(piece) is not None


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(run[place : place + 2] for place in range(len(run) - 1))


def _goes_on(text: str, last: tuple[str, ...]) -> bool:
    return (
        len(last) == 1
        and len(last[0]) >= COMPLETE_FROM
        and completable(last[0])
        and not text[-1].isspace()
    )
