"""The canonical value of each kind of span (`spans`), and its check."""

import re
from collections.abc import Callable
from datetime import date

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.schema import Type
from exchange.bulletin.spans import (
    CUT,
    alone,
    locate_span,
    may_mean,
    overlapping,
    proposed,
    scan,
)
from exchange.bulletin.values import PATTERNS
from exchange.errors import Reason, Refusal, Why
from exchange.recognise.values.places import DEGREES_MAX
from exchange.v1 import bulletin_pb2 as pb

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DAY = re.compile(r"([0-9]{4}|-)(-[0-9]{2}-[0-9]{2})")
_CLOCK = re.compile(
    r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
)
_DAY_ALONE = re.compile("---(0[1-9]|[12][0-9]|3[01])")
_DMS = re.compile("[0-9]{1,3}°[0-5][0-9]′([0-5][0-9](\\.[0-9]{1,3})?″)?[NSEW]")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_WRONG_VALUE = Why('does not match its text; leave out "spans" to have them found')
_SHARED = Why("overlaps another fixed part; keep only one of the two")


def _is_day(value: str) -> bool:
    found = _DAY.fullmatch(value)
    try:
        # 29 February is valid if the year is not given.
        return bool(
            found and date.fromisoformat(found[1].replace("-", "2000") + found[2])
        )
    except ValueError:
        return False


def _is_date(value: str) -> bool:
    first, slash, last = value.partition("/")
    if not slash and _MONTH.fullmatch(value):
        return True
    return _is_day(first) and (not slash or _is_day(last))


def _is_time(value: str) -> bool:
    day, t, clock = value.rpartition("T")
    on = not t or _is_day(day) or bool(_DAY_ALONE.fullmatch(day))
    return on and bool(_CLOCK.fullmatch(clock))


def _is_coord(value: str) -> bool:
    if _DMS.fullmatch(value):
        return True
    decimal = bool(PATTERNS[Type.DECIMAL].fullmatch(value))
    return decimal and abs(float(value)) <= DEGREES_MAX


_CANONICAL: dict[str, Callable[[str], object]] = {
    "PLACE": lambda value: value in gazetteer(),
    "GRID": PATTERNS[Type.GRID].fullmatch,
    "COORD": _is_coord,
    "DATE": _is_date,
    "TIME": _is_time,
    "NUMBER": _NUMBER.fullmatch,
    "CODE": PATTERNS[Type.WORD].fullmatch,
}


def check_span_value(span: pb.Span, lang: str, where: str) -> None:
    """Refuse a value that is not canonical for its kind, or not that of its text.

    Raises Refusal(SPAN). An empty value passes: the text takes its place.
    """
    value, kind = span.value, span.kind
    if not value:
        return
    found = alone(span.text, lang)
    said = may_mean(found) if found and found.kind == kind else frozenset[str]()
    if not _CANONICAL[kind](value) or (said and value not in said):
        raise Refusal(Reason.SPAN, f"{where}.value", _WRONG_VALUE)


def check_spans(segment: pb.Segment, where: str) -> None:
    """Refuse spans that a translation could not keep, or that are wrong.

    1. Each value is canonical, and that of its text.
    2. No span cuts a number or word, or is clearly of another kind.
    3. Each value fits the context: 6 in "half past 6" is not a time.
    4. No two overlap.

    Raises Refusal(SPAN).
    """
    text, lang = segment.text, segment.lang
    known = proposed(text, lang)
    parts = [(s.kind, s.text, s.occurrence, s.value) for s in segment.spans]
    # Proposed spans are in their place, and do not overlap each other.
    marked = any(each not in known for each in parts)
    shared = overlapping(text, segment.spans) if marked else frozenset[int]()
    for i, span in enumerate(segment.spans):
        here = f"{where}.spans.{i}"
        # 1
        check_span_value(span, lang, here)
        if parts[i] not in known:
            # 2
            there, sound = locate_span(span, text, scan(text, lang))
            if not sound:
                raise Refusal(Reason.SPAN, f"{here}.text", CUT)
            # 3
            said = may_mean(there) if there else frozenset[str]()
            if span.value and said and span.value not in said:
                raise Refusal(Reason.SPAN, f"{here}.value", _WRONG_VALUE)
        # 4
        if i in shared:
            raise Refusal(Reason.SPAN, f"{here}.text", _SHARED)
