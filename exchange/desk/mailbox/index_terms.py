"""The codes of a message as index words, so that filters use the search index.

The index walks the lists of several conditions side by side: a frequent code costs next
to nothing. Only columns that never change are marked.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from exchange.desk.mailbox.filters import Filter, declared_fields

PLACE = "place"
_PRIVATE = 0xE000  # no text word has a private-use character
_OTHER = re.compile(r"[\x00-/:-@\[-`{-\x7f]")  # ASCII but letters and digits


class Header(NamedTuple):
    kind: str
    precedence: str
    mode: str
    tlp: str
    lang: str
    direction: str
    desk: str


@lru_cache(4_096)
def mark(name: str, code: str) -> str:
    """Return one word for a code, in either case.

    The tokenizer splits words at ASCII other than letters and digits, so these become
    private-use characters.
    """
    word = _OTHER.sub(lambda found: chr(_PRIVATE + ord(found[0])), f"{name}:{code}")
    return chr(_PRIVATE) + word


def of_message(
    header: Header, facts: Iterable[tuple[str, str]], place: int
) -> Iterator[str]:
    """`place` is the number of its spot, or 0."""
    *columns, desk = header
    for name, code in zip(Header._fields, columns, strict=False):
        if code:
            yield mark(name, code)
    while desk:
        yield mark("desk", desk)
        desk = desk.partition(".")[2]
    for field, code in facts:
        if field in _sought():
            yield mark(field, code)
    if place:
        yield mark(PLACE, str(place))


@cache
def _sought() -> frozenset[str]:
    """Return the names of all fields that a filter can name; times have none."""
    return frozenset(name for name, _ in declared_fields())


def of_filter(wanted: Filter) -> Iterator[list[str]]:
    """Yield the marks of each condition; any one of them meets it."""
    for name, codes in (
        ("kind", wanted.kinds),
        ("precedence", wanted.precedence),
        ("mode", wanted.modes),
        ("tlp", wanted.tlps),
        ("lang", wanted.langs),
        ("direction", {wanted.direction} - {""}),
        ("desk", wanted.desks),
    ):
        if codes:
            yield [mark(name, code) for code in sorted(codes)]
    for fact in wanted.facts:
        yield [mark(field, code) for field in fact.fields for code in fact.codes]
