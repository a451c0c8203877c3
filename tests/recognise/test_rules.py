"""Each rule finds what its examples say, and nothing in those that it rejects."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from exchange.recognise import personal_data
from exchange.recognise.language import LANGUAGES
from exchange.recognise.rule import Rule
from exchange.recognise.scan import Matcher, TextMatcher
from exchange.recognise.text import fold_digits

ALIKE = ("rules", "may_say", "explains", "months", "negation", "modality")
BESIDE = ("before", "behind")
Case = tuple[str, str, Rule]


def cases(*names: str) -> list[Case]:
    return [
        (lang, name, rule)
        for lang, language in LANGUAGES.items()
        for name in names
        for rule in getattr(language, name)
    ]


def ids(case: Case) -> str:
    return f"{case[0]}-{case[1]}-{case[2].name}"


def taken_apart(example: str) -> tuple[str, tuple[int, int], str]:
    """Return the folded text, where the piece stands in it, and the value wanted."""
    text, _, want = example.partition(" → ")
    if "⟨" not in text:
        return fold_digits(text), (0, len(text)), want
    before, piece, after = re.split("[⟨⟩]", text)
    start = len(before)
    return fold_digits(before + piece + after), (start, start + len(piece)), want


@cache
def matcher_of(lang: str, name: str) -> Matcher:
    rules = getattr(LANGUAGES[lang], name)
    return TextMatcher(rules) if name == "rules" else Matcher(rules)


def found_by(rule: Rule, matcher: Matcher, text: str) -> Iterator[tuple[int, int, str]]:
    for match in matcher.pattern.finditer(text):
        value = matcher.rule(match).kind.value(match[0])
        if matcher.rule(match) is rule and value != "":
            yield *match.span(), "?" if value is None else value


@pytest.mark.parametrize("case", cases(*ALIKE), ids=ids)
def test_a_rule_finds_what_its_examples_say(case: Case) -> None:
    lang, name, rule = case
    matcher = matcher_of(lang, name)
    for example in rule.matches:
        text, place, want = taken_apart(example)
        found = list(found_by(rule, matcher, text))
        if want:
            assert (*place, want) in found, example
        else:
            assert found, example


@pytest.mark.parametrize("case", cases(*ALIKE), ids=ids)
def test_a_rule_finds_nothing_where_it_has_no_business(case: Case) -> None:
    lang, name, rule = case
    matcher = matcher_of(lang, name)
    for text in rule.rejects:
        assert list(found_by(rule, matcher, fold_digits(text))) == [], text


@pytest.mark.parametrize("case", cases("rules"), ids=ids)
def test_a_rule_begins_as_it_says_and_within_a_word_only_there(case: Case) -> None:
    """What it does not say it begins with is not tried."""
    lang, _, rule = case
    assert rule.begins
    alone, tried = Matcher([rule]), TextMatcher([rule])
    other = {"ur": "م"}.get(lang, "x")
    for example in rule.matches:
        text, place, _ = taken_apart(example)
        glued = text[: place[0]] + other + text[place[0] :]
        for said in (text, text.upper(), glued, text.replace(" ", "")):
            every, some = (
                [match.span() for match in each.pattern.finditer(said)]
                for each in (alone, tried)
            )
            assert every == some, said


@pytest.mark.parametrize("case", cases(*BESIDE), ids=ids)
def test_what_stands_beside_a_number_changes_it(case: Case) -> None:
    _, name, rule = case
    pattern = re.compile(rule.pattern)
    for examples, want in ((rule.matches, True), (rule.rejects, False)):
        for example in examples:
            text, (start, end), _ = taken_apart(example)
            before, behind = pattern.search(text, 0, start), pattern.match(text, end)
            found = before if name == "before" else behind
            assert bool(found) is want, example


@pytest.mark.parametrize("rule", personal_data.RULES, ids=lambda rule: str(rule.name))
def test_what_looks_like_personal_data(rule: Rule) -> None:
    for examples, want in ((rule.matches, True), (rule.rejects, False)):
        for text in examples:
            found = re.finditer(rule.pattern, personal_data.prepare(text))
            assert any(rule.kind.value(each[0]) for each in found) is want, text


def test_each_rule_has_examples_of_both_kinds() -> None:
    rules = [rule for _, _, rule in cases(*ALIKE, *BESIDE)] + list(personal_data.RULES)
    assert [each.name for each in rules if not (each.matches and each.rejects)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_two_rules_that_are_tried_together_have_one_name(lang: str) -> None:
    for name in (*ALIKE, *BESIDE):
        names = [rule.name for rule in getattr(LANGUAGES[lang], name)]
        assert len(set(names)) == len(names)
