"""Find all matches of a language's rules in a text."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

from exchange.recognise.en.words import NUMBERS as EN_NUMBERS
from exchange.recognise.language import LANGUAGES, Rules
from exchange.recognise.rule import Rule
from exchange.recognise.text import (
    DASHES,
    DIGIT,
    LETTER,
    NEVER,
    URDU,
    alternatives,
    beginnings,
    fold_digits,
)
from exchange.recognise.ur.words import NUMBERS as UR_NUMBERS
from exchange.recognise.values.numbers import plain
from exchange.recognise.values.times import NEAR, is_half_known


class FoundSpan(NamedTuple):
    """A part of a text: its bounds, and its value, "" if in doubt.

    A date's may be one of several (`values.dates.EITHER`), a place's comes from its
    rule.
    """

    kind: str
    start: int
    end: int
    value: str


class Matcher:
    """A pattern of several rules: at each place the first that matches wins."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: list[Rule] = []
        self.pattern = re.compile(self._any(rules))

    def rule(self, match: re.Match[str]) -> Rule:
        return self._rules[(match.lastindex or 1) - 1]

    def _any(self, rules: Iterable[Rule]) -> str:
        """Return one pattern in which rules with the same start share a lookahead."""
        parts = []
        for (begins, opens), some in groupby(rules, key=_begin):
            pattern = "|".join(map(self._group, some))
            first = f"(?=[{begins}])" if begins else ""
            first += f"(?={opens})" if opens else ""
            parts.append(f"{first}(?:{pattern})" if first else pattern)
        return "|".join(parts) or NEVER

    def _group(self, rule: Rule) -> str:
        self._rules.append(rule)
        return f"({rule.pattern})"


def _begin(rule: Rule) -> tuple[str, str]:
    return rule.begins, rule.opens


class TextMatcher(Matcher):
    """Skips places where no rule can begin."""

    def __init__(self, rules: Iterable[Rule], heads: Iterable[str] = ()) -> None:
        """`heads`, if given, are all first words of the rules."""
        self._heads = list(heads)
        super().__init__(rules)

    def _any(self, rules: Iterable[Rule]) -> str:
        every = list(rules)
        within = "".join(sorted({each for rule in every for each in rule.within}))
        unless = f"(?![{within}])" if within else ""
        goes_on = "|".join(f"(?<={each}){unless}{each}" for each in ("[A-Za-z]", URDU))
        first = f"(?=[{LETTER}{DIGIT}{DASHES}])(?!{goes_on}){self._begins_word()}"
        return f"{first}(?:{super()._any(every)})"

    def _begins_word(self) -> str:
        """Look ahead for a digit, a sign, a code or a known word."""
        if not self._heads:
            return ""
        return f"(?=[^{LETTER}]|[A-Z](?![a-z])|{beginnings(self._heads)})"


_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_RANGE = re.compile(
    r" ?(?:[-/\u2013~\uff5e]|to|or|and|تا|سے|یا|اور|至|到|或|、)? ?", re.IGNORECASE
)
_UNTIL = re.compile(
    r"(?: ?(?:°[CF]?|℃|摄氏度|度|ڈگری|degrees))?"
    r" ?(?:[-\u2013~\uff5e]|to|تا|سے|至|到) ?",
    re.IGNORECASE,
)
_SCALED = re.compile(
    rf"(?:{alternatives([*EN_NUMBERS.scales, *UR_NUMBERS.scales])})|[十百千万亿]",
    re.IGNORECASE,
)


class Scanner:
    """Finds dates, times, numbers, grids and code words in texts of a language."""

    def __init__(self, lang: str, places: Rule, names: Iterable[str]) -> None:
        language = LANGUAGES[lang]
        self._matcher = TextMatcher(
            (places, *language.rules), (*language.heads, *names)
        )
        self._before = Matcher(language.before).pattern
        self._behind = Matcher(language.behind).pattern
        self._chinese = lang == "zh-Hans"

    def scan(self, text: str) -> Iterator[FoundSpan]:
        """Yield the spans in a text, in order, never overlapping.

        An invalid date, time or coordinate counts as its numbers. An ambiguous number
        or time (三四十 for 30 to 40) has no value, for a person to resolve.
        """
        folded = fold_digits(text)
        last: FoundSpan | None = None
        for span in self._read(folded):
            this = span
            if last:
                between = folded[last.end : this.start]
                piece = folded[this.start : this.end]
                kinds = last.kind, this.kind
                lends = kinds[0] == "TIME" or _lends_minus(last, this, folded)
                if lends and kinds[1] == "NUMBER" and _ends_range(between):
                    this = this._replace(value="")
                sure = bool(span.value)
                shares = _begins_range(between, piece, this.kind, sure=sure)
                shares = shares and kinds[0] == "NUMBER"
                yield last._replace(value="") if shares else last
            last = this
        if last:
            yield last

    def _read(self, folded: str) -> Iterator[FoundSpan]:
        """Yield the spans, without the effect of neighbouring spans."""
        for match in self._matcher.pattern.finditer(folded):
            rule = self._matcher.rule(match)
            if not rule.kind.span:
                continue
            value = rule.kind.value(match[0])
            if value == "":
                yield from self._numbers(match)
                continue
            value = "" if value is None else self._certain(match, rule.kind.span, value)
            yield FoundSpan(rule.kind.span, match.start(), match.end(), value)

    def _numbers(self, match: re.Match[str]) -> Iterator[FoundSpan]:
        for part in _PARTS.finditer(match.string, match.start(), match.end()):
            start, end = part.span()
            value = "" if self._doubted(match.string, start, end) else plain(part[0])
            yield FoundSpan("NUMBER", start, end, value)

    def _certain(self, match: re.Match[str], kind: str, value: str) -> str:
        """Return "" if neighbours change the number or time."""
        text, (start, end) = match.string, match.span()
        if kind == "TIME" and is_half_known(text, start, end, value):
            return ""
        if kind == "TIME" and self._chinese and ":" in match[0]:
            return value  # a Han numeral next to it is not part of it: 06:30一名工程师
        if kind in {"NUMBER", "TIME"} and self._doubted(text, start, end):
            return ""
        return value

    def _doubted(self, text: str, start: int, end: int) -> bool:
        """Return whether the text just before or after a number changes it."""
        first = max(0, start - NEAR)
        return bool(
            self._before.search(text, first, start) or self._behind.match(text, end)
        )


def _lends_minus(last: FoundSpan, this: FoundSpan, folded: str) -> bool:
    """Return whether a number's minus may apply to the next one: 零下5至10度."""
    said = last.value.startswith("-") and folded[last.start] not in "-\u2013"
    return said and last.kind == "NUMBER" and not this.value.startswith("-")


def _begins_range(between: str, other: str, kind: str, *, sure: bool) -> bool:
    """Return whether a value shares the next one's unit: 2 to 3 million, 5-7 pm.

    Also if the next one is itself in doubt, unless only a blank is `between`.
    """
    if len(between) > NEAR or not _RANGE.fullmatch(between):
        return False
    if kind == "TIME":
        return True
    return kind == "NUMBER" and (
        bool(_SCALED.search(other)) or (not sure and between.strip() != "")
    )


def _ends_range(between: str) -> bool:
    """Return whether a number after a time ends a range: 8 am to 5."""
    return len(between) <= NEAR and bool(_UNTIL.fullmatch(between))


@cache
def _matcher(lang: str, rules: str) -> Matcher:
    some: Rules = getattr(LANGUAGES[lang], rules)
    return Matcher(some)


def may_say(text: str, lang: str, spans: Sequence[FoundSpan]) -> Iterator[FoundSpan]:
    """Yield words that may denote a number, outside the spans found in a text.

    None is certain, found or signed: ایک is also an article, and 一 is part of many
    words. A translation may use one for digits: 1 vehicle is ایک گاڑی and 一辆车.
    """
    matcher, ends = _matcher(lang, "may_say"), [each.end for each in spans]
    for match in matcher.pattern.finditer(fold_digits(text)):
        start, end = match.span()
        i = bisect_right(ends, start)
        if i == len(spans) or end <= spans[i].start:
            kind = matcher.rule(match).kind
            yield FoundSpan(kind.span, start, end, kind.value(match[0]) or "")


def months(text: str, lang: str, spans: Sequence[FoundSpan]) -> Iterator[FoundSpan]:
    """Yield the months in a text without a day or a year, in order.

    The kind is MONTH, the value from 01 to 12. In Chinese such a span has the bounds of
    a number in `spans`; in other languages it is outside them. It serves comparison
    only.
    """
    matcher, starts = _matcher(lang, "months"), [each.start for each in spans]
    for match in matcher.pattern.finditer(fold_digits(text)):
        start, end = match.span()
        i = bisect_right(starts, end - 1) - 1
        last = spans[i] if i >= 0 and start < spans[i].end else None
        if last is None or (last.kind, *last[1:3]) == ("NUMBER", start, end):
            kind = matcher.rule(match).kind
            yield FoundSpan(kind.span, start, end, kind.value(match[0]) or "")


def possible_numbers(text: str, lang: str) -> frozenset[str]:
    """Return the numbers that a person may see in inconclusive words.

    A, and اسی, which is 80 and "this very"; ordinals: first, پہلا, 第一.
    """
    matcher = _matcher(lang, "explains")
    found = matcher.pattern.finditer(fold_digits(text))
    return frozenset(matcher.rule(match).kind.value(match[0]) or "" for match in found)


def negations(text: str, lang: str) -> list[str]:
    """Return each once, in order."""
    return _words(text, lang, "negation")


def modals(text: str, lang: str) -> list[str]:
    """Return words for may or must, as `negations`."""
    return _words(text, lang, "modality")


def _words(text: str, lang: str, rules: str) -> list[str]:
    found = _matcher(lang, rules).pattern.finditer(fold_digits(text))
    return list(dict.fromkeys(text[m.start() : m.end()] for m in found))
