"""The parts of a text that a translation must carry over unchanged in value.

One pass over the text finds them, with the value that each has in every language:

    DATE    2026-11-26, --11-26, 2026-11; 2026-11-20/2026-11-22 for two days
    TIME    06:00Z; 06:00 where no zone is said; 2026-11-26T06:00Z of a date-time group
    GRID    43SDU1234056780
    COORD   35.317, negative in south and west; 35°19′01″N as it is
    NUMBER  12, 0.5, -4
    PLACE   the code of the gazetteer
    CODE    ROUND-4, and a single letter that names a route

What is found is proposed; the writer of a bulletin has the last word.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from exchange.bulletin.dates import date_value, time_value
from exchange.bulletin.declare import LANGUAGES
from exchange.bulletin.numerals import SCALES, fold, han, plain, scaled, words_value
from exchange.bulletin.patterns import names, pattern
from exchange.errors import Reason, Refusal
from exchange.limits import SEGMENT_MAX, SPANS_MAX, SUBJECT_MAX
from exchange.v1 import bulletin_pb2 as pb


class Found(NamedTuple):
    """A part of a text: where it stands, and its canonical value."""

    kind: str
    start: int
    end: int
    value: str


_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def scan(text: str, lang: str, *, all_names: bool = False) -> Iterator[Found]:
    """Yield what is found in a text of a known language, in order, never overlapping.

    Places are known by the names of the gazetteer, with `all_names` also by others.
    What looks like a date, time or coordinate and is none counts as its numbers.
    """
    folded = fold(text)
    for match in pattern(lang, all_names=all_names).finditer(folded):
        kind, piece = match.lastgroup or "", match[0]
        if value := _READ[kind](piece, lang):
            kind = kind if kind not in {"HAN", "WORDS"} else "NUMBER"
            yield Found(kind, match.start(), match.end(), value)
        else:
            for part in _PARTS.finditer(folded, match.start(), match.end()):
                yield Found("NUMBER", part.start(), part.end(), plain(part[0]))


_SIDES = ("S", "W", "جنوب", "مغرب", "南纬", "西经")
_DMS = re.compile(r"([0-9]+) ?° ?([0-9]+) ?['′](?: ?([0-9.]+) ?[\"″])? ?([NSEW])")


def _degrees(piece: str) -> str:
    if found := _DMS.fullmatch(piece):
        degrees, minutes, seconds, side = found.groups()
        second = f"{int(seconds.split('.')[0]):02}" if seconds else ""
        more = f".{seconds.split('.')[1]}" if seconds and "." in seconds else ""
        tail = f"{second}{more}″" if seconds else ""
        return f"{int(degrees)}°{int(minutes):02}′{tail}{side}"
    whole, part = re.findall("[0-9]+", piece)
    if int(whole) > 180:  # noqa: PLR2004  # degrees
        return ""
    minus = "-" if "-" in piece or any(side in piece for side in _SIDES) else ""
    zero = not int(whole) and not int(part)
    return f"{'' if zero else minus}{int(whole)}.{part}"


def _decimal(piece: str, lang: str) -> str:
    digits = re.match("[-0-9.,]+", piece)
    assert digits  # noqa: S101  # the pattern begins with them
    word = piece[digits.end() :].strip().lower()
    return scaled(digits[0], SCALES[lang][word]) if word else plain(digits[0])


_READ: dict[str, Callable[[str, str], str]] = {
    "PLACE": lambda piece, lang: names(lang)[piece],
    "DATE": lambda piece, _: date_value(piece),
    "TIME": lambda piece, _: time_value(piece),
    "GRID": lambda piece, _: piece.replace(" ", ""),
    "COORD": lambda piece, _: _degrees(piece),
    "CODE": lambda piece, _: piece,
    "NUMBER": _decimal,
    "HAN": lambda piece, _: str(han(piece)),
    "WORDS": lambda piece, lang: str(words_value(piece, lang)),
}
"""By the groups of `patterns`: folded piece and language to value, "" for none."""


def find(text: str, lang: str) -> list[pb.Span]:
    """Return the spans of a text in NFC, in reading order, each with its value.

    Left out is what cannot be said as the n-th occurrence of its text, or is longer
    than SUBJECT_MAX.
    """
    spans: list[pb.Span] = []
    known: dict[str, dict[int, int]] = {}
    for kind, start, end, value in scan(text, lang):
        piece = text[start:end]
        if piece not in known:
            known[piece] = {at: n for n, at in enumerate(_starts(text, piece))}
        if start in known[piece] and max(len(piece), len(value)) <= SUBJECT_MAX:
            n = known[piece][start]
            spans.append(pb.Span(kind=kind, text=piece, occurrence=n, value=value))
    return spans


def _starts(text: str, piece: str) -> Iterator[int]:
    """Yield where a piece stands, as `str.count` counts: without overlap."""
    start = text.find(piece) if piece else -1
    while start >= 0:
        yield start
        start = text.find(piece, start + len(piece))


def place(text: str, span: pb.Span) -> int:
    """Return where a span stands in its text, -1 where it does not."""
    return next(islice(_starts(text, span.text), span.occurrence, None), -1)


def values_in(text: str, lang: str) -> Counter[tuple[str, str]]:
    """Return how often each value stands in a text: (kind, canonical value).

    A day with its time counts as both, two days as each; so a translation may write
    them apart. Places count by any of their names.
    """
    return counted(scan(text, lang, all_names=True))


def counted(every: Iterable[Found]) -> Counter[tuple[str, str]]:
    """Return the same of what was found in a text already."""
    found: Counter[tuple[str, str]] = Counter()
    for each in every:
        day, t, clock = each.value.rpartition("T")
        if each.kind == "TIME" and t:
            found["DATE", day] += 1
            found["TIME", clock] += 1
        elif each.kind == "DATE":
            found.update(("DATE", day) for day in each.value.split("/"))
        else:
            found[each.kind, each.value] += 1
    return found


def fill(segment: pb.Segment) -> None:
    """Give a segment the spans that are found in it, as many as it may have.

    One whose language or length will be refused is left as it is.
    """
    if segment.lang in LANGUAGES and len(segment.text) <= SEGMENT_MAX:
        segment.spans.extend(find(segment.text, segment.lang)[:SPANS_MAX])


def span_json(span: pb.Span) -> dict[str, object]:
    """Return a span as the samples have it."""
    found: dict[str, object] = {"kind": span.kind, "text": span.text}
    if span.occurrence:
        found["occurrence"] = span.occurrence
    return found | ({"value": span.value} if span.value else {})


def marked(text: str, start: int, end: int, kind: str, lang: str) -> pb.Span:
    """Return the span of what a writer marked, with its value where it can be read.

    Raises Refusal(SPAN) where it is no n-th occurrence of its text.
    """
    piece = text[start:end]
    n = next((n for n, at in enumerate(_starts(text, piece)) if at == start), -1)
    if n < 0:
        raise Refusal(Reason.SPAN, "text")
    return pb.Span(kind=kind, text=piece, occurrence=n, value=read(piece, kind, lang))


def read(piece: str, kind: str, lang: str) -> str:
    """Return the value of a piece that is one span of its kind, else ""."""
    match list(scan(piece, lang, all_names=True)):
        case [Found(found, 0, end, value)] if found == kind and end == len(piece):
            return value
    return ""


def value_of(span: pb.Span, lang: str) -> str:
    """Return the value of a span: that of its text, else what its writer says it is.

    Writers are held to the first; from a partner any other may come, and counts for
    nothing.
    """
    return read(span.text, span.kind, lang) or span.value
