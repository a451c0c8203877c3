"""The positions of a segment's protected spans, in it and in a translation.

Spans may overlap, but files and machines need pieces that do not. So overlapping spans
are one mark, and every span is in exactly one.
"""

from collections.abc import Sequence

from msgspec import Struct

from exchange.bulletin.spans import place, scan, value_of
from exchange.recognise.scan import FoundSpan, may_say
from exchange.v1 import bulletin_pb2 as pb

VERBATIM = frozenset({"GRID", "CODE"})
"""Kinds that stay letter by letter; others keep their value, which checks compare."""


class Mark(Struct, frozen=True):
    """A protected piece, text[start:end]; `id` is m1, m2, ... in the source's order."""

    id: str
    start: int
    end: int
    spans: Sequence[pb.Span]

    @property
    def verbatim(self) -> bool:
        return len(self.spans) > 1 or self.spans[0].kind in VERBATIM


def marks(segment: pb.Segment) -> list[Mark]:
    """Return those of a well-formed segment, in its order."""
    merged: list[tuple[int, int, list[pb.Span]]] = []
    placed = [(*bounds(segment.text, span), span) for span in segment.spans]
    for start, end, span in sorted(placed, key=lambda p: (p[0], -p[1])):
        if merged and start < merged[-1][1]:
            first, last, spans = merged[-1]
            merged[-1] = (first, max(last, end), [*spans, span])
        else:
            merged.append((start, end, [span]))
    return [Mark(f"m{i}", *found) for i, found in enumerate(merged, 1)]


def bounds(text: str, span: pb.Span) -> tuple[int, int]:
    start = place(text, span)
    return start, start + len(span.text)


def locate_marks(segment: pb.Segment, text: str, lang: str) -> list[Mark] | None:
    """Return the segment's marks in a translation, in the translation's order.

    Found by exact text, else by kind and value, else by a word that may denote it. None
    if one is missing, or two would overlap.
    """
    taken: list[Mark] = []
    found_there = scan(text, lang)
    known = [*found_there, *may_say(text, lang, found_there)]
    # Longest first: a 4 must not match inside the 42 of another mark.
    for mark in sorted(marks(segment), key=lambda m: m.start - m.end):
        match = _free(segment.text[mark.start : mark.end], text, taken)
        if match is None and not mark.verbatim:
            span = mark.spans[0]
            value = value_of(span, segment.lang) or span.text
            match = _of_value((span.kind, value), known, taken)
        if match is None:
            return None
        taken.append(Mark(mark.id, *match, mark.spans))
    return sorted(taken, key=lambda m: m.start)


def _of_value(
    value: tuple[str, str], known: Sequence[FoundSpan], taken: Sequence[Mark]
) -> tuple[int, int] | None:
    for other in known:
        if (other.kind, other.value) == value:
            there = other.start, other.end
            if not _shared(there, taken):
                return there
    return None


def _free(piece: str, text: str, taken: Sequence[Mark]) -> tuple[int, int] | None:
    start = text.find(piece)
    while start >= 0:
        if not _shared((start, start + len(piece)), taken):
            return start, start + len(piece)
        start = text.find(piece, start + 1)
    return None


def _shared(there: tuple[int, int], taken: Sequence[Mark]) -> bool:
    return any(there[0] < mark.end and mark.start < there[1] for mark in taken)
