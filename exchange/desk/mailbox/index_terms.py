"""The codes of a message as words of the index, so that it is filtered as it is sought.

The index meets several conditions at once by walking their lists side by side: what
many messages have costs next to nothing, and what few have is not looked for in all.
Only what never changes is marked; state, reading and receipts stand in `message`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from exchange.desk.mailbox.filters import Filter, declared_fields

PLACE = "place"
_PRIVATE = 0xE000  # no word of a text has a character of private use
_OTHER = re.compile(r"[\x00-/:-@\[-`{-\x7f]")  # ASCII but letters and digits


class Header(NamedTuple):
    """The columns of `message` that are marked."""

    kind: str
    precedence: str
    mode: str
    tlp: str
    lang: str
    direction: str
    desk: str


@lru_cache(4_096)
def mark(name: str, code: str) -> str:
    """Return the one word that stands for a code, in whatever case.

    The tokenizer ends a word at ASCII that is neither letter nor digit, so that these
    are written in characters of private use.
    """
    word = _OTHER.sub(lambda found: chr(_PRIVATE + ord(found[0])), f"{name}:{code}")
    return chr(_PRIVATE) + word


def of_message(
    header: Header, facts: Iterable[tuple[str, str]], place: int
) -> Iterator[str]:
    """Yield the marks of a message; `place` is the number of its spot, or 0."""
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
    """Return the fields that a filter may name; times are none of them."""
    return frozenset(name for name, _ in declared_fields())


def of_filter(wanted: Filter) -> Iterator[list[str]]:
    """Yield the marks of each condition; one of them is enough to meet it."""
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
