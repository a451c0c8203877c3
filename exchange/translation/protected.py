"""Whether a translation kept what may not change: spans, numbers, dates, codes.

All is compared as values (`exchange.bulletin.spans`), so ۲۶ نومبر, 26 November and
11月26日 are the same, and a place counts by any of its names in the gazetteer.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.numerals import fold
from exchange.bulletin.spans import counted, scan, value_of, values_in
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


class Read(NamedTuple):
    """A text with its values, read once: that is what takes the time.

    `digits` are the numbers that stand there in digits, not in words.
    """

    text: str
    values: Counter[Value]
    digits: frozenset[str]


def read(text: str, lang: str) -> Read:
    """Return a text, in that language, with its values."""
    folded, found = fold(text), list(scan(text, lang, all_names=True))
    digits = frozenset(
        each.value
        for each in found
        if each.kind == "NUMBER" and _DIGIT.search(folded, each.start, each.end)
    )
    return Read(text, counted(found), digits)


Fixed = Sequence[tuple[pb.Span, list[Value]]]
"""The protected spans of a source, each with its values; none where it has none."""


def fixed(source: pb.Segment) -> Fixed:
    """Return the protected spans with what to look for."""
    return [(span, _values(span, source.lang)) for span in source.spans]


def spans_astray(spans: Fixed, source: Read, target: Read) -> Iterator[Astray]:
    """Yield the protected spans that do not stand in the target exactly once each.

    A value that the source has oftener than it is protected may be as often.
    """
    wanted: Counter[Value] = Counter()
    spelt: set[Value] = set()
    for span, values in spans:
        wanted.update(values)
        if span.kind == "NUMBER" and not _DIGIT.search(fold(span.text)):
            spelt.update(values)
    for (kind, value), n in wanted.items():
        if kind == "CODE":
            found, most = (_literally(value, one.text) for one in (target, source))
        else:
            found, most = (one.values[kind, value] for one in (target, source))
        if not n <= found <= max(n, most):
            # Where one language says "there", another may say the name again.
            again = kind == "PLACE" and found > n
            certain = not again and (kind, value) not in spelt
            yield Astray(kind, value, certain)


def spans_unseen(spans: Fixed, target: Read) -> Iterator[Astray]:
    """Yield the protected spans that only a person can find again in the target.

    They have no value that is the same in all languages; those that stand there
    letter by letter need nobody.
    """
    for span, values in spans:
        if not values and span.text not in target.text:
            yield Astray(span.kind, span.text, certain=False)


def _values(span: pb.Span, lang: str) -> list[Value]:
    """Return the values of a span; none where it has no value to look for."""
    value = value_of(span, lang)
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


def beyond(text: Read, other: Read) -> Iterator[Astray]:
    """Yield the values that a text has oftener than the other."""
    for kind, value in text.values - other.values:
        if kind in COMPARED:
            certain = kind not in {"NUMBER", "CODE"} or value in text.digits
            yield Astray(kind, value, certain)
