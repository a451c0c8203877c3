"""Words of a text for the search, cut alike for the index and for a query.

Folded as `exchange.bulletin.search_fold` says. A Han or kana character is a word of its
own, and so is each pair of neighbours: Chinese needs no dictionary, and a word of two
frequent characters is looked up at once instead of comparing all the places of both.

Nothing that leaves here is anything but letters, digits and single spaces: what
an officer or a partner types can never become syntax of the index.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from exchange.bulletin.search_fold import HAN, fold_words

WORD_MAX = 64  # characters of a word that count
QUERY_MAX = 1_000  # characters of a query that count
QUERY_WORDS_MAX = 64
COMPLETE_FROM = 2  # characters from which a last word is completed

_HAN_RUN = re.compile(f"([{HAN}]+)")
_WORD = re.compile(r"[^\W_]+")


_LABELS = 1_024  # texts of codes that are kept as they are indexed


@dataclass(frozen=True, slots=True)
class Query:
    """The parts of a search: every phrase, and a last word that may go on.

    phrases: each a tuple of words, or of pairs of Han, that stand side by side, the
    pairs overlapping. unfinished: the
    start of the last word as it is being typed, or "" when that is complete.
    """

    phrases: tuple[tuple[str, ...], ...]
    unfinished: str


def words(text: str) -> list[str]:
    """Cut `text` into folded words; each Han or kana character is one."""
    return _words(_pieces(text))


def pairs(text: str) -> list[str]:
    """Return each two Han or kana characters that stand side by side in `text`."""
    return [pair for run in _pieces(text) if _is_han(run) for pair in _pairs(run)]


def index_text(texts: Iterable[str]) -> str:
    """Return what the index stores of `texts`: words, pairs and single spaces."""
    pieces = _pieces("\n".join(texts))  # a line ends a word and a run
    if not any(piece >= HAN[0] for piece in pieces):
        return " ".join([piece[:WORD_MAX] for piece in pieces])
    runs = [piece for piece in pieces if _is_han(piece)]
    single = [" ".join(p) if _is_han(p) else p[:WORD_MAX] for p in pieces]
    return " ".join(single + [" ".join(_pairs(run)) for run in runs if len(run) > 1])


@lru_cache(maxsize=_LABELS)
def index_labels(labels: str) -> str:
    """Return what `index_text` does, of the words of codes, which often come again."""
    return index_text((labels,))


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
    folded = fold_words(text)
    if not folded.isascii():
        folded = _HAN_RUN.sub(r" \1 ", folded)
    return _WORD.findall(folded)


def _words(pieces: list[str]) -> list[str]:
    cut: list[str] = []
    for piece in pieces:
        cut += piece if _is_han(piece) else (piece[:WORD_MAX],)
    return cut


def _is_han(piece: str) -> bool:
    return piece >= HAN[0] and _HAN_RUN.match(piece) is not None


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(map(str.__add__, run, run[1:]))


def _goes_on(text: str, last: tuple[str, ...]) -> bool:
    return (
        len(last) == 1
        and len(last[0]) >= COMPLETE_FROM
        and completable(last[0])
        and not text[-1].isspace()
    )
