"""Whether a translation kept what may not change: spans, numbers, dates, codes.

All is compared as values (`exchange.bulletin.spans`), so ۲۶ نومبر, 26 November and
11月26日 are the same, and a place counts by any of its names in the gazetteer.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.numerals import fold
from exchange.bulletin.spans import scan, values_in
from exchange.v1 import bulletin_pb2 as pb

Value = tuple[str, str]
"""Kind of a span and canonical value."""

_DIGIT = re.compile("[0-9]")
COMPARED = frozenset({"NUMBER", "DATE", "TIME", "GRID", "COORD", "CODE"})
"""What must be in both texts equally often, protected or not."""


class Astray(NamedTuple):
    """A value that is not in the target as it is in the source.

    `certain` where only a mistake explains it; the rest may be how a language puts
    it: a number in words, a place that the gazetteer does not know.
    """

    kind: str
    value: str
    certain: bool


def spans_astray(source: pb.Segment, text: str, lang: str) -> Iterator[Astray]:
    """Yield the protected spans that do not stand in the target exactly once each.

    A value that the source has oftener than it is protected may be as often.
    """
    there = values_in(text, lang)
    whole = values_in(source.text, source.lang)
    wanted: Counter[Value] = Counter()
    spelt: set[Value] = set()
    for span in source.spans:
        values = _values(span, source.lang)
        wanted.update(values)
        if span.kind == "NUMBER" and not _DIGIT.search(fold(span.text)):
            spelt.update(values)
    for (kind, value), n in wanted.items():
        if kind == "CODE":
            found, most = _literally(value, text), _literally(value, source.text)
        else:
            found, most = there[kind, value], whole[kind, value]
        if not n <= found <= max(n, most):
            yield Astray(kind, value, certain=(kind, value) not in spelt)


def spans_unseen(source: pb.Segment, text: str) -> Iterator[Astray]:
    """Yield the protected spans that only a person can find again in the target.

    They have no value that is the same in all languages; those that stand there
    letter by letter need nobody.
    """
    for span in source.spans:
        if not _values(span, source.lang) and span.text not in text:
            yield Astray(span.kind, span.text, certain=False)


def _values(span: pb.Span, lang: str) -> list[Value]:
    """Return the values of a span; none where it has no value to look for."""
    value = span.value
    if span.kind == "CODE":
        code = value or span.text
        return [("CODE", code)] if code.isascii() else []
    if span.kind == "PLACE" and value:
        return [("PLACE", value)] if value in gazetteer() else []
    if span.kind == "TIME" and "T" in value:
        day, _, clock = value.partition("T")
        return [("DATE", day), ("TIME", clock)]
    if value:
        return [(span.kind, part) for part in value.split("/")]
    found = values_in(span.text, lang)
    kinds = {"DATE", "TIME"} if span.kind == "TIME" else {span.kind}
    return [each for each in found.elements() if each[0] in kinds]


def _literally(code: str, text: str) -> int:
    """Return how often an ASCII code word stands in a text, not within another."""
    pattern = rf"(?<![A-Za-z0-9]){re.escape(fold(code))}(?![A-Za-z0-9])"
    return len(re.findall(pattern, fold(text)))


def missing(source: pb.Segment, text: str, lang: str) -> Iterator[Astray]:
    """Yield the values that the source has oftener than the target."""
    yield from _beyond(source.text, source.lang, text, lang)


def added(source: pb.Segment, text: str, lang: str) -> Iterator[Astray]:
    """Yield the values that the target has oftener than the source."""
    yield from _beyond(text, lang, source.text, source.lang)


def _beyond(text: str, lang: str, other: str, other_lang: str) -> Iterator[Astray]:
    found = values_in(text, lang) - values_in(other, other_lang)
    digits = _in_digits(text, lang)
    for kind, value in found:
        if kind in COMPARED:
            certain = kind not in {"NUMBER", "CODE"} or value in digits
            yield Astray(kind, value, certain)


def _in_digits(text: str, lang: str) -> set[str]:
    """Return the numbers of a text that stand there in digits, not in words."""
    folded = fold(text)
    return {
        found.value
        for found in scan(text, lang)
        if found.kind == "NUMBER"
        and re.search("[0-9]", folded[found.start : found.end])
    }
