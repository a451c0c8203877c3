"""Words of a text for the search, cut alike for the index and for a query.

Folded as in `exchange.bulletin.search_fold`. A Han or kana character is a word, and so
is each pair of neighbours: Chinese needs no dictionary, and a word of two frequent
characters is found at once.

The results are letters, digits and single spaces: no text can become syntax of the
index.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from operator import add
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.search_fold import HAN, fold_words

WORD_MAX = 64  # characters of a word that count
QUERY_MAX = 1_000  # characters of a query that count
QUERY_WORDS_MAX = 64
COMPLETE_FROM = 2  # characters from which a last word is completed

_WORD = re.compile(r"[^\W_]+")
_PLAIN = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else ord(" ")  # noqa: PLR2004  # ASCII
    for code in range(256)
)
"""Each byte of an ASCII text, folded; bytes that end a word become spaces."""
_LABELS = 1_024  # texts of codes with cached words


class Query(Struct, frozen=True):
    """The parts of a search: every phrase, and an unfinished last word.

    phrases: each a tuple of adjacent words, or of overlapping pairs of Han. unfinished:
    the start of the last word while it is typed, or "" if it is complete.
    """

    phrases: tuple[tuple[str, ...], ...]
    unfinished: str


@cache
def _han_run() -> re.Pattern[str]:
    return re.compile(f"[{HAN}]+")


@cache
def _piece() -> re.Pattern[str]:
    """Return a pattern for a word, or a run of Han (radicals are no letters).

    Compiling it takes 2 ms; listing alone does not need it.
    """
    return re.compile(f"(?:(?=\\w)[{HAN}])+|[^\\W_{HAN}]+")


def words(text: str) -> list[str]:
    """Return them folded; each Han or kana character is one."""
    return _words(_pieces(text))


def pairs(text: str) -> list[str]:
    return [pair for run in _pieces(text) if _is_han(run) for pair in _pairs(run)]


class IndexText(NamedTuple):
    """The text that the index stores: words, pairs and single spaces.

    `words` are those that can be completed: numbers and Han must match exactly.
    """

    text: str
    words: frozenset[str]


def index_text(texts: Iterable[str]) -> str:
    return cut_for_index(texts).text


def cut_for_index(texts: Iterable[str]) -> IndexText:
    text = "\n".join(texts)  # a line ends a word and a run
    if text.isascii():
        return _cut(text.encode().translate(_PLAIN).decode().split())
    pieces = _pieces(text)
    if not pieces or max(pieces) < HAN[0]:
        return _cut(pieces)
    words, single, paired = [], [], []
    for piece in pieces:
        if piece < HAN[0] or not _is_han(piece):
            word = piece[:WORD_MAX]
            words.append(word)
            single.append(word)
            continue
        single.append(" ".join(piece))
        if len(piece) > 1:
            paired.append(" ".join(_pairs(piece)))
    return IndexText(" ".join(single + paired), frozenset(filter(str.isalpha, words)))


def _cut(pieces: list[str]) -> IndexText:
    words = [piece[:WORD_MAX] for piece in pieces]
    return IndexText(" ".join(words), frozenset(filter(str.isalpha, set(words))))


@lru_cache(maxsize=_LABELS)
def cut_labels(labels: str) -> IndexText:
    """Return the words of labels, cached: they repeat."""
    return cut_for_index((labels,))


def query(text: str) -> Query:
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
    """Yield the pieces of a text between spaces, and each run of Han by itself."""
    for han, together in groupby(_pieces(chunk), _is_han):
        if han:
            for run in together:
                yield _pairs(run) or (run,)
        else:
            yield tuple(word[:WORD_MAX] for word in together)


def _pieces(text: str) -> list[str]:
    """Return them folded; a run of Han or kana is one here."""
    folded = fold_words(text)
    pieces: list[str] = (_WORD if folded.isascii() else _piece()).findall(folded)
    return pieces


def _words(pieces: list[str]) -> list[str]:
    cut: list[str] = []
    for piece in pieces:
        cut += piece if _is_han(piece) else (piece[:WORD_MAX],)
    return cut


def _is_han(piece: str) -> bool:
    return piece >= HAN[0] and _han_run().match(piece) is not None


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(map(add, run, run[1:]))


def _goes_on(text: str, last: tuple[str, ...]) -> bool:
    return (
        len(last) == 1
        and len(last[0]) >= COMPLETE_FROM
        and last[0].isalpha()
        and not _is_han(last[0])
        and not text[-1].isspace()
    )
