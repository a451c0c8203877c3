"""Comparison of values: spans, numbers, dates and codes that must not change.

All are compared as values (`exchange.bulletin.spans`), so ۲۶ نومبر, 26 November and
11月26日 are equal, and so are all names of a place in the gazetteer.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exchange.bulletin.codes import CODES, gazetteer, label, toponyms
from exchange.bulletin.spans import (
    count_values,
    locate_span,
    overlapping,
    place,
    scan,
    signed_value,
    signified_value,
    value_of,
    values_in,
)
from exchange.recognise.common_rules import UNIT
from exchange.recognise.scan import FoundSpan, may_say, months, possible_numbers
from exchange.recognise.text import fold_digits
from exchange.recognise.values.dates import EITHER, month_name
from exchange.recognise.values.numbers import plain
from exchange.v1 import bulletin_pb2 as pb

Value = tuple[str, str]
"""Kind of a span and canonical value."""

_DIGIT = re.compile("[0-9]")
_UNITS = re.compile(UNIT)
_HOURS = 24
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
COMPARED = frozenset({"NUMBER", "DATE", "MONTH", "TIME", "GRID", "COORD", "CODE"})
"""Kinds of values that both texts must have equally often, protected or not."""
SPELT = frozenset({"NUMBER", "TIME"})
"""Kinds that may be in words, or in an ambiguous form."""


class Astray(NamedTuple):
    """A value that differs between target and source.

    `certain` if only a mistake explains it. Otherwise the language may: a number in
    words, a name of several places, an ambiguous date.
    """

    kind: str
    value: str
    certain: bool


class ReadText(NamedTuple):
    """A text with its values, read once because reading is slow.

    `months` are those without a day or a year, by their bounds; in `values` they
    replace the number that Chinese writes there. `digits` are the numbers, times and
    months in digits. `doubtful`: there is an ambiguous number, time or date. `may_say`
    are values that words may denote, `explained` those that only a person may see in
    them.
    """

    text: str
    lang: str
    spans: Sequence[FoundSpan]
    months: Mapping[tuple[int, int], str]
    values: Counter[Value]
    digits: frozenset[str]
    doubtful: bool
    may_say: Counter[Value]
    explained: frozenset[str]


def read(text: str, lang: str, spans: Sequence[pb.Span] = ()) -> ReadText:
    """`spans` decide ambiguous dates."""
    folded, dated = fold_digits(text), _dated(text, spans)
    in_text = [_settled(each, dated) for each in scan(text, lang)]
    alone = list(months(text, lang, in_text))
    bounds = {(each.start, each.end): each.value for each in alone}
    every = [each for each in in_text if (each.start, each.end) not in bounds] + alone
    said = [each for each in every if _DIGIT.search(folded, each.start, each.end)]
    digits = frozenset(v for kind, v in count_values(said) if kind in {*SPELT, "MONTH"})
    return ReadText(
        *(text, lang, in_text, bounds, _plain_degrees(count_values(every))),
        digits=digits,
        doubtful=any(
            not signed_value(each) and each.kind != "PLACE" for each in in_text
        ),
        may_say=count_values(may_say(text, lang, in_text)),
        explained=possible_numbers(text, lang),
    )


def _plain_degrees(values: Counter[Value]) -> Counter[Value]:
    """Return values without final zeros, as of numbers."""
    out: Counter[Value] = Counter()
    for (kind, value), n in values.items():
        out[kind, _degrees(value) if kind == "COORD" else value] += n
    return out


def _degrees(value: str) -> str:
    return plain(value) if _DECIMAL.fullmatch(value) else value


def read_target(text: str, lang: str, source: ReadText) -> ReadText:
    """Return what `read` does, for the translation of a text.

    A decimal that is a number in the source is one here too, a coordinate a coordinate.
    """
    target = read(text, lang)
    values, theirs = target.values, source.values
    for value in {v for kind, v in (*theirs, *values) if kind == "COORD"}:
        for kind, other in (("COORD", "NUMBER"), ("NUMBER", "COORD")):
            lacking = theirs[kind, value] - values[kind, value]
            spare = values[other, value] - theirs[other, value]
            if (moved := min(lacking, spare)) > 0:
                values[kind, value] += moved
                values[other, value] -= moved
    return target


def _dated(text: str, spans: Sequence[pb.Span]) -> dict[tuple[int, int], pb.Span]:
    dates = [(place(text, span), span) for span in spans if span.kind == "DATE"]
    return {(start, start + len(span.text)): span for start, span in dates}


def _settled(match: FoundSpan, dated: Mapping[tuple[int, int], pb.Span]) -> FoundSpan:
    """Return an ambiguous date with the value in its writer's span."""
    span = dated.get((match.start, match.end)) if EITHER in match.value else None
    return match._replace(value=signified_value(span, match)) if span else match


class Fixed(NamedTuple):
    """A protected span and the values to find; none if only a person can.

    `sure` if the text has that value there: a partner may have signed a span that cuts
    a word, or any value for unreadable text.
    """

    span: pb.Span
    values: list[Value]
    sure: bool


def protected_spans(source: pb.Segment, read: ReadText) -> list[Fixed]:
    shared = overlapping(source.text, source.spans)
    return [
        _fixed(span, read, alone=i not in shared) for i, span in enumerate(source.spans)
    ]


def _fixed(span: pb.Span, read: ReadText, *, alone: bool) -> Fixed:
    found, sound = locate_span(span, read.text, read.spans)
    if found and (month := read.months.get((found.start, found.end))):
        spelt = not _DIGIT.search(fold_digits(span.text))
        return Fixed(span, [("MONTH", month)], sure=alone and sound and not spelt)
    said = found and found.value
    value = signified_value(span, found) if said else value_of(span, read.lang)
    values = _values(span, value, read.lang)
    spelt = span.kind in SPELT and not _DIGIT.search(fold_digits(span.text))
    same = said or not value or (span.kind == "CODE" and value == span.text)
    return Fixed(span, values, sure=alone and sound and bool(same) and not spelt)


def spans_astray(
    spans: Sequence[Fixed], source: ReadText, target: ReadText
) -> Iterator[Astray]:
    """Yield the protected spans that are not in the target exactly once each.

    A value that the source has more often than protected may occur as often.
    """
    wanted: Counter[Value] = Counter()
    unsure: set[Value] = set()
    for span in spans:
        wanted.update(span.values)
        if not span.sure:
            unsure.update(span.values)
    pairs = (source, target), (target, source)
    spare = [(pair, _spare(pair[0].values - pair[1].values)) for pair in pairs]
    for (kind, value), n in wanted.items():
        if kind == "CODE":
            count, most = (_literally(value, one.text) for one in (target, source))
        else:
            count, most = (one.values[kind, value] for one in (target, source))
            count += min(target.may_say[kind, value], max(0, n - count))
            most += source.may_say[kind, value]
        if not n <= count <= max(n, most):
            pair, more = spare[count < n]
            hidden = _hidden(kind, value, *pair, more)
            certain = (kind, value) not in unsure and not hidden
            # One language may repeat a name for the other's "there".
            again = kind == "PLACE" and count > n
            shown = _shown(kind, value, target.lang)
            yield Astray(kind, shown, certain and not again)


class Spare(NamedTuple):
    """Values that one text has more often: months, with or without year."""

    months: frozenset[str]
    dated: frozenset[str]
    decimal: bool


def _month(day: str) -> str:
    return "" if day[0] == "-" else day[5:]


def _spare(values: Mapping[Value, int]) -> Spare:
    return Spare(
        months=frozenset(value for kind, value in values if kind == "MONTH"),
        dated=frozenset(_month(value) for kind, value in values if kind == "DATE"),
        decimal=any(kind in {"COORD", "NUMBER"} and "." in v for kind, v in values),
    )


def _hidden(
    kind: str, value: str, text: ReadText, other: ReadText, spare: Spare
) -> bool:
    """Return whether a text may hold the value in an ambiguous form.

    As a full hour only if `other`, which has the value, has that hour less often.
    """
    match kind:
        case "PLACE":
            return _hidden_place(value, text)
        case "DATE" | "MONTH":
            return _hidden_day(kind, value, text, spare)
        case "COORD":  # 5.125 as 五点一二五, unless another decimal is there
            return text.doubtful and not spare.decimal
    if any(text.values[each] > other.values[each] for each in _hours(kind, value)):
        return True
    return kind in SPELT and (text.doubtful or value in text.explained)


def _hidden_place(value: str, text: ReadText) -> bool:
    said = (code for each, code in text.values if each == "PLACE")
    may = (toponyms().get(code, frozenset()) for code in said)
    return value in CODES["toponym"] or any(value in codes for codes in may)


def _hidden_day(kind: str, value: str, text: ReadText, spare: Spare) -> bool:
    """Return whether the text may hold the date or month in an ambiguous form.

    A month takes the year of the next one, in April and May 2026.
    """
    if kind == "MONTH":
        return value in spare.dated
    may = any(_may_be(value, day) for each, day in text.values if each == kind)
    return may or _month(value) in spare.months


def _hours(kind: str, value: str) -> set[Value]:
    """Return other forms that may be a full hour: 6 for 18:00."""
    hour = value.removesuffix(":00") if kind == "TIME" else value
    if kind not in SPELT or not hour.isdecimal() or int(hour) > _HOURS:
        return set()
    said = {int(hour) % 12, int(hour) % 12 + 12}
    if kind == "TIME":
        return {("NUMBER", str(each)) for each in said}
    return {("TIME", f"{each % _HOURS:02}:00") for each in said}


def _may_be(number: str, other: str) -> bool:
    """Return whether two dates, one of them ambiguous, may be equal."""
    shared = {*number.split(EITHER)} & {*other.split(EITHER)}
    return EITHER in number + other and bool(shared)


def _shown(kind: str, value: str, lang: str) -> str:
    """Return a month by name, places separated, others as they are."""
    if kind == "MONTH":
        return month_name(int(value), lang)
    return label("toponym", value, lang).replace(EITHER, f" {EITHER} ")


def spans_unseen(spans: Sequence[Fixed], target: ReadText) -> Iterator[Astray]:
    """Yield the protected spans that only a person can find in the target.

    Those in the target letter by letter need no person.
    """
    for span, values, _ in spans:
        if not values and span.text not in target.text:
            yield Astray(span.kind, span.text, certain=False)


def _values(span: pb.Span, value: str, lang: str) -> list[Value]:
    if span.kind == "CODE":
        code = value or span.text
        return [("CODE", code)] if code.isascii() else []
    if span.kind == "PLACE" and value:
        known = value in gazetteer() or value in CODES["toponym"]
        return [("PLACE", value)] if known else []
    if span.kind == "TIME" and "T" in value:
        day, _, clock = value.partition("T")
        return [("DATE", day), ("TIME", clock)]
    if span.kind == "COORD" and value:
        return [("COORD", _degrees(value))]
    if value:
        return [(span.kind, part) for part in value.split("/")]
    found = values_in(span.text, lang)
    kinds = {"DATE", "TIME"} if span.kind == "TIME" else {span.kind}
    return [each for each in found.elements() if each[0] in kinds]


def _literally(code: str, text: str) -> int:
    """Count an ASCII code word in a text, not inside another."""
    pattern = rf"(?<![A-Za-z0-9]){re.escape(fold_digits(code))}(?![A-Za-z0-9])"
    return len(re.findall(pattern, _UNITS.sub(" ", fold_digits(text))))


def beyond(text: ReadText, other: ReadText) -> Iterator[Astray]:
    """Yield the values that a text has more often than the other.

    Except values that words of the other may denote, and a day that may equal the
    other's ambiguous date, which is reported itself. A month missing in the other may
    be "this month" there; a different month is a mistake.
    """
    theirs = other.values - text.values
    several, spare = [v for _, v in theirs if EITHER in v], _spare(theirs)
    for kind, value in text.values - other.values - other.may_say:
        asked = EITHER not in value and any(_may_be(value, each) for each in several)
        if kind in COMPARED and not asked:
            sure = kind not in {"CODE", "MONTH", *SPELT} or value in text.digits
            sure = sure or (kind == "MONTH" and bool(spare.months))
            sure = sure and not _hidden(kind, value, other, text, spare)
            yield Astray(kind, _shown(kind, value, text.lang), sure)
