"""What is asked before a rule is tried never hides what the rule would find.

Held on every kept text and example, also in other cases and run together, so that
words meet what they never should.
"""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from exchange.bulletin.place_names import names, place_rule
from exchange.bulletin.spans import find, locate_span, overlapping, scan
from exchange.recognise import personal_data
from exchange.recognise.language import LANGUAGES
from exchange.recognise.personal_data import HARMLESS, kinds_in, may_hold, prepare
from exchange.recognise.rule import Rule
from exchange.recognise.scan import TextMatcher
from exchange.recognise.text import beginnings, fold_digits
from tests.vectors.recognise.make import TEXTS, read

FOREIGN = 100  # texts of other languages that each is tried on


@cache
def kept() -> list[tuple[str, str]]:
    return [(each["lang"], fold_digits(each["text"])) for each in read(TEXTS)]


def plain(example: str) -> str:
    return re.sub("[⟨⟩]", "", fold_digits(example.partition(" → ")[0]))


def texts(lang: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    """Kept texts of a language, some of others, and the examples, each distorted."""
    own = [text for tag, text in kept() if tag == lang]
    others = [text for tag, text in kept() if tag != lang][:FOREIGN]
    said = [plain(each) for rule in rules for each in rule.matches + rule.rejects]
    for text in (*own, *others, *said):
        yield from {
            *(text, text.upper(), text.lower(), text.title(), text.swapcase()),
            *(text.replace(" ", ""), text.replace(" ", "-")),
        }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_that_are_passed_over_begin_nothing(lang: str) -> None:
    rules = (place_rule(lang), *LANGUAGES[lang].rules)
    every = TextMatcher(rules)
    some = TextMatcher(rules, (*LANGUAGES[lang].heads, *names(lang)))
    for text in texts(lang, rules):
        found, quickly = (
            [
                (match.span(), each.rule(match).name)
                for match in each.pattern.finditer(text)
            ]
            for each in (every, some)
        )
        assert quickly == found, text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rule_opens_as_it_says(lang: str) -> None:
    rules = LANGUAGES[lang].rules
    pairs = [
        (rule, re.compile(f"(?={rule.pattern})"), re.compile(rule.opens))
        for rule in rules
        if rule.opens
    ]
    assert pairs
    for text in texts(lang, rules):
        for rule, pattern, opens in pairs:
            for match in pattern.finditer(text):
                assert opens.match(text, match.start()), (rule.name, text)


def test_a_short_latin_word_stands_alone_and_others_need_not() -> None:
    pattern = re.compile(beginnings(["at night", "six", "دو", "三百", "PKT"]))
    fits = ["at night", "At 6", "six", "SIXpm", "دوسرے", "三人", "pkt"]
    assert [text for text in fits if not pattern.match(text)] == []
    others = ["attic", "a", "s", "سو", "四", "pk"]
    assert [text for text in others if pattern.match(text)] == []


def blanked(text: str) -> str:
    for found in scan(text, "en"):
        if found.kind in HARMLESS:
            gap = " " * (found.end - found.start)
            text = f"{text[: found.start]}{gap}{text[found.end :]}"
    return text


def test_what_may_hold_no_personal_data_holds_none() -> None:
    """Neither as it is nor with times and grids out of it."""
    rules = personal_data.RULES
    said = [plain(each) for rule in rules for each in rule.matches + rule.rejects]
    every = [text for _, text in kept()] + said
    glued = [f"{a} {b}" for a in said for b in said] + [
        f"{text}{piece}" for text in ("06:00Z", "35.317N", "26.11.") for piece in said
    ]
    held = 0
    for text in map(prepare, every + glued):
        for each in (text, blanked(text)):
            held += may_hold(text)
            assert may_hold(text) or kinds_in(each) == [], text
    assert 0 < held < 2 * len(every + glued)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_proposed_stands_soundly_in_its_text(lang: str) -> None:
    """So nobody need look where it stands."""
    for tag, text in kept():
        if tag == lang:
            spans, found = find(text, lang), scan(text, lang)
            assert overlapping(text, spans) == set()
            for span in spans:
                there, sound = locate_span(span, text, found)
                assert sound
                assert there is not None
                assert (there.kind, text[there.start : there.end]) == (
                    span.kind,
                    span.text,
                )
