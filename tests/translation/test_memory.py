"""Suggestions and their percentages; the label of a memory."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.translation.memory import (
    EXACT,
    MATCH_MIN,
    NEAR_MAX,
    MemoryLabel,
    TextPair,
    suggest,
)
from exchange.v1 import envelope_pb2 as pb

TEXT = "The convoy left Dasu at 06:30 with 12 vehicles."
LABELS = st.builds(
    lambda tlp, domains, caveats: MemoryLabel(
        tlp, tuple(sorted(domains)), tuple(sorted(caveats))
    ),
    st.sampled_from(["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"]),
    st.sets(st.sampled_from(["cn", "pk", "kz"]), min_size=1),
    st.sets(st.sampled_from(["EYES_ONLY", "NO_FORWARD"])),
)


def pair(text: str, target: str = "قافلہ", changed: int = 1) -> TextPair:
    return TextPair("en", text, "ur", target, "duty-1@ops.islamabad.pk", changed)


def percents(text: str, *texts: str) -> list[int]:
    pairs = [pair(one, f"متن {n}") for n, one in enumerate(texts)]
    return [found.percent for found in suggest(pairs, text, 10)]


def test_the_very_text_is_a_hundred_percent() -> None:
    (found,) = suggest([pair(TEXT, "قافلہ", 7)], TEXT, 5)
    assert (found.text, found.percent, found.source) == ("قافلہ", EXACT, TEXT)
    assert (found.officer, found.changed) == ("duty-1@ops.islamabad.pk", 7)


@pytest.mark.parametrize(
    ("text", "other", "percent"),
    [
        ("abcdefghij", "abcdefghix", 90),
        ("abcdefghij", "abcdefghi", 90),
        ("abcdefghij", "abcdefxxxx", 60),
        ("abcdef", "abcdeX", 83),
        ("The road is open", "the road is OPEN", NEAR_MAX),
        ("گاڑی کی تلاشی", "گاڑي كي تلاشی", NEAR_MAX),
        ("车队已经到达", "车队已经抵达", 83),
        ("at 06:30", "at ۰۶:۳۰", NEAR_MAX),
    ],
)
def test_a_percentage_is_the_share_of_characters_that_stay(
    text: str, other: str, percent: int
) -> None:
    assert percents(text, other) == [percent]


def test_what_resembles_too_little_is_not_suggested() -> None:
    assert percents("abcdefghij", "abcdexxxxx", "something else") == []
    assert MATCH_MIN == 60


def test_the_best_come_first_and_of_the_same_the_newest() -> None:
    pairs = [pair(TEXT, "ایک", 1), pair(TEXT, "دو", 2), pair(f"{TEXT}!", "تین", 3)]
    assert [f.text for f in suggest(pairs, TEXT, 10)] == ["دو", "ایک", "تین"]
    assert [f.text for f in suggest(pairs, TEXT, 1)] == ["دو"]


def test_the_same_translation_is_suggested_once_at_its_best() -> None:
    pairs = [pair(f"{TEXT}!", changed=9), pair(TEXT, changed=1), pair(f"{TEXT}?")]
    (found,) = suggest(pairs, TEXT, 10)
    assert (found.percent, found.changed) == (EXACT, 1)


def test_a_number_is_shown_as_it_was_written() -> None:
    pairs = [pair("12 vehicles left", "۱۲ گاڑیاں روانہ")]
    (found,) = suggest(pairs, "14 vehicles left", 5)
    assert found.text == "۱۲ گاڑیاں روانہ"
    assert found.percent < EXACT


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=5))
def test_only_the_very_text_is_exact(text: str, others: list[str]) -> None:
    pairs = [pair(one, f"متن {n}") for n, one in enumerate(others)]
    for found in suggest(pairs, text, 10):
        assert MATCH_MIN <= found.percent <= EXACT
        assert (found.percent == EXACT) == (found.source == text)


def test_a_desk_starts_without_what_compares_texts() -> None:
    code = (
        "import sys, exchange.desk.incoming.translation_memory\n"
        "sys.exit('rapidfuzz' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Labels.


@given(LABELS, LABELS)
def test_a_label_is_written_in_one_way_and_no_two_alike(
    a: MemoryLabel, b: MemoryLabel
) -> None:
    assert MemoryLabel.parse(str(a)) == a
    assert (str(a) == str(b)) == (a == b)


def test_the_label_of_a_message_has_its_lists_sorted() -> None:
    core = pb.Core(tlp=pb.TLP_AMBER_STRICT, releasable_to=["pk", "cn"], caveats=["B"])
    label = MemoryLabel.of(core)
    assert str(label) == "AMBER_STRICT/cn,pk/B"
    core.caveats.append("A")
    assert MemoryLabel.of(core) != label
    assert str(MemoryLabel.of(core)) == "AMBER_STRICT/cn,pk/A,B"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AMBER",
        "AMBER/",
        "amber/cn",
        "AMBER/pk,cn",
        "AMBER/cn/",
        "X/cn",
        "RED/cn/a/b",
    ],
)
def test_what_is_no_label_is_none(text: str) -> None:
    assert MemoryLabel.parse(text) is None
