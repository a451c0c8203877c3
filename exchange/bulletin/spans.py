"""Spans: parts of a text whose value a translation must not change.

One pass over the text finds them, with their value in every language:

    DATE    2026-11-26, --11-26, 2026-11; 2026-11-20/2026-11-22 for two days; none
            if it is ambiguous: 11/12/2026
    TIME    06:00Z; 06:00 without a zone; 2026-11-26T06:00Z of a date-time group
    GRID    43SDU1234056780
    COORD   35.317, negative in south and west; 35°19′01″N unchanged
    NUMBER  12, 0.5, -4
    PLACE   the code of the gazetteer; none if the name may mean several places
    CODE    ROUND-4, and a single letter that names a route

These are proposals; the writer decides. An ambiguous number or time has no value, for a
person to resolve: 三四十 for 30 to 40.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

from exchange.bulletin.codes import gazetteer, toponyms
from exchange.bulletin.place_names import names, place_rule
from exchange.bulletin.schema import LANGUAGES
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX, SPANS_MAX, SUBJECT_MAX
from exchange.recognise.scan import FoundSpan, Scanner
from exchange.recognise.text import URDU, fold_digits
from exchange.recognise.values.dates import EITHER
from exchange.v1 import bulletin_pb2 as pb

CUT = Why("cuts through a word or a number, or is of another kind; mark it again")
# Cached: the texts of a bulletin, while it is filled in and checked, and its spans.
_TEXTS, _PIECES = 128, 1_024
Parts = tuple[str, str, int, str]
"""Kind, text, occurrence and value of a span."""


@cache
def _scanner(lang: str) -> Scanner:
    return Scanner(lang, place_rule(lang), names(lang))


@lru_cache(maxsize=_TEXTS)
def scan(text: str, lang: str) -> tuple[FoundSpan, ...]:
    """Return the spans in a text of a known language, in order (`Scanner.scan`).

    The value of a place is a code of the gazetteer, or of `toponym` if its name may
    mean several; that of a date may be one of several (EITHER). Such values serve
    comparison only, and are never signed: see `signed_value`.
    """
    return tuple(_scanner(lang).scan(text))


def signed_value(span: FoundSpan) -> str:
    several = span.kind == "PLACE" and span.value not in gazetteer()
    return "" if several or EITHER in span.value else span.value


def find(text: str, lang: str) -> list[pb.Span]:
    """Return the spans of a text in NFC, in reading order, with values."""
    return [
        pb.Span(kind=kind, text=piece, occurrence=n, value=value)
        for kind, piece, n, value in proposed(text, lang)
    ]


@lru_cache(maxsize=_TEXTS)
def proposed(text: str, lang: str) -> dict[Parts, None]:
    """Return the parts of its spans, in reading order, without duplicates.

    Omits spans that are not the n-th occurrence of their text, or longer than
    SUBJECT_MAX.
    """
    spans: dict[Parts, None] = {}
    known: dict[str, dict[int, int]] = {}
    for span in scan(text, lang):
        start, piece = span.start, text[span.start : span.end]
        value = signed_value(span)
        if piece not in known:
            known[piece] = {at: n for n, at in enumerate(_starts(text, piece))}
        if start in known[piece] and max(len(piece), len(value)) <= SUBJECT_MAX:
            spans[span.kind, piece, known[piece][start], value] = None
    return spans


def _starts(text: str, piece: str) -> Iterator[int]:
    """Yield positions as `str.count` counts, without overlap."""
    start = text.find(piece) if piece else -1
    while start >= 0:
        yield start
        start = text.find(piece, start + len(piece))


def place(text: str, span: pb.Span) -> int:
    """Return the start of the span, -1 if it is not there."""
    piece = span.text
    start = text.find(piece) if piece else -1
    for _ in range(span.occurrence):
        if start < 0:
            break
        start = text.find(piece, start + len(piece))
    return start


def values_in(text: str, lang: str) -> Counter[tuple[str, str]]:
    """Return the count of each value in a text: (kind, canonical value).

    A day with its time counts as both, two days as each, so a translation may separate
    them. All names of a place count as one.
    """
    return count_values(scan(text, lang))


def count_values(every: Iterable[FoundSpan]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for each in every:
        if not each.value:
            continue
        day, t, clock = each.value.rpartition("T")
        if each.kind == "TIME" and t:
            counts["DATE", day] += 1
            counts["TIME", clock] += 1
        elif each.kind == "DATE":
            counts.update(("DATE", day) for day in each.value.split("/"))
        else:
            counts[each.kind, each.value] += 1
    return counts


def fill(segment: pb.Segment) -> None:
    """Add the spans found in a segment, up to the limit.

    A segment whose language or length will be refused is unchanged.
    """
    if segment.lang in LANGUAGES and len(segment.text) <= SEGMENT_MAX:
        segment.spans.extend(find(segment.text, segment.lang)[:SPANS_MAX])


def span_json(span: pb.Span) -> dict[str, object]:
    found: dict[str, object] = {"kind": span.kind, "text": span.text}
    if span.occurrence:
        found["occurrence"] = span.occurrence
    return found | ({"value": span.value} if span.value else {})


def mark_span(text: str, start: int, end: int, kind: str, lang: str) -> pb.Span:
    """Return it with its value, if that can be read.

    Raises Refusal(SPAN) if it is not the n-th occurrence of its text, cuts a word or a
    number, or is clearly of another kind.
    """
    piece = text[start:end]
    n = next((n for n, at in enumerate(_starts(text, piece)) if at == start), -1)
    if n < 0:
        raise Refusal(Reason.SPAN, "text")
    value = read_value(piece, kind, lang)
    span = pb.Span(kind=kind, text=piece, occurrence=n, value=value)
    found, sound = locate_span(span, text, scan(text, lang))
    if not sound:
        raise Refusal(Reason.SPAN, "text", CUT)
    if found and not found.value:
        span.value = ""
    return span


def read_value(piece: str, kind: str, lang: str) -> str:
    """Return "" unless it is one whole span of its kind."""
    found = alone(piece, lang)
    return signed_value(found) if found and found.kind == kind else ""


@lru_cache(maxsize=_PIECES)
def alone(piece: str, lang: str) -> FoundSpan | None:
    if _COUNT.fullmatch(piece):  # a number in every language, and the most frequent
        return FoundSpan("NUMBER", 0, len(piece), piece)
    match tuple(_scanner(lang).scan(piece)):
        case (FoundSpan(_, 0, end, _) as found,) if end == len(piece):
            return found
    return None


def value_of(span: pb.Span, lang: str) -> str:
    """Return the value of a span: that of its text, else the writer's.

    A writer's value must agree with the text; a partner's other value is ignored. For a
    name of several places it is one of them, or the code of `toponym`.
    """
    return signified_value(span, alone(span.text, lang))


def signified_value(span: pb.Span, match: FoundSpan | None) -> str:
    if not match or match.kind != span.kind or not match.value:
        return span.value
    return span.value if span.value in may_mean(match) else match.value


_LETTERS = re.compile("[A-Za-z\u00c0-\u024f]")
_end = itemgetter(FoundSpan._fields.index("end"))
_COUNT = re.compile("[1-9][0-9]{0,2}")


class Stand(NamedTuple):
    """The match at a span's place, and whether the span is sound.

    The match has its bounds, or is the place name around it. A span is not sound if it
    cuts a word or a match, or if its text is clearly of another kind.
    """

    span: FoundSpan | None
    sound: bool


def locate_span(span: pb.Span, text: str, spans: Sequence[FoundSpan]) -> Stand:
    """Return the match and soundness of a span, given all matches in its text.

    `spans` must be in the order of the text, as `scan` returns them: only those that
    overlap the span are examined.
    """
    start = place(text, span)
    end = start + len(span.text)
    for at in range(bisect_right(spans, start, key=_end), len(spans)):
        each = spans[at]
        if each.start >= end:
            break
        same = each.kind == span.kind
        if (each.start, each.end) == (start, end):
            if same:
                return Stand(each, sound=True)
            # A call sign may be a number; the writer decides in doubt.
            code = span.kind == "CODE" and each.kind == "NUMBER"
            if signed_value(each) and not (code and span.value in {"", span.text}):
                return Stand(None, sound=False)
            break
        if each.start < start or end < each.end:
            whole = each.start <= start and end <= each.end
            held = same and span.kind == "PLACE" and whole
            if not held or span.value not in {"", signed_value(each)}:
                return Stand(None, sound=False)
            return Stand(each, not cuts(text, start, end))
    return Stand(None, not cuts(text, start, end))


def overlapping(text: str, spans: Iterable[pb.Span]) -> set[int]:
    placed = sorted(
        (start := place(text, span), i, start + len(span.text))
        for i, span in enumerate(spans)
    )
    pairs: set[int] = set()
    last, until = -1, 0
    for start, i, end in placed:
        if last >= 0 and start < until:
            pairs |= {last, i}
        if end > until:
            last, until = i, end
    return pairs


def may_mean(span: FoundSpan) -> frozenset[str]:
    """Return the values that a writer may give; empty: any."""
    return _meanings(span.value)


@lru_cache(maxsize=_PIECES)
def _meanings(value: str) -> frozenset[str]:
    return toponyms().get(value) or frozenset({*value.split(EITHER)} - {""})


def cuts(text: str, start: int, end: int) -> bool:
    return any(0 < at < len(text) and _within(text, at) for at in (start, end))


def _within(text: str, at: int) -> bool:
    before, behind = tuple(fold_digits(text[at - 1 : at + 1]))
    if unicodedata.category(behind)[0] == "M":
        return True
    letters = [bool(_LETTERS.match(each)) for each in (before, behind)]
    digits = [each in "0123456789" for each in (before, behind)]
    urdu = all(re.match(URDU, each) for each in (before, behind))
    return all(digits) or urdu or (letters[0] and (letters[1] or digits[1]))
