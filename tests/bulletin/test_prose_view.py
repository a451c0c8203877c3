"""Which translation is shown, and what the reader is told of each text."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.bulletin.prose_view import Rendition, best, passages, rendition
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.translation_model import ORIGINS, STATES, translate
from exchange.v1 import bulletin_pb2 as pb

ORDER = [
    pb.Translation(lang="ur", state=state, origin=origin)
    for state, origin in product(reversed(STATES), ORIGINS)
]


@given(st.permutations(ORDER))
def test_the_furthest_then_a_persons_work_is_best(
    shuffled: list[pb.Translation],
) -> None:
    for count in range(1, len(ORDER) + 1):
        some = [each for each in shuffled if each in ORDER[-count:]]
        assert best(some, "ur") == ORDER[-count]


def test_the_first_of_equals_is_best_and_other_languages_are_none() -> None:
    newest, older = (
        pb.Translation(lang="ur", state="FINAL", origin="HUMAN", translator=who)
        for who in ("duty-2@ops.beijing.cn", "duty-1@ops.beijing.cn")
    )
    assert best([newest, older], "ur") is newest
    assert best([newest, older], "en") is None
    assert best([], "en") is None


@pytest.mark.parametrize("first", [("FINAL", "LATER"), ("LATER", "FINAL")])
def test_a_state_of_a_newer_release_is_shown_only_where_nothing_else_is(
    first: tuple[str, str],
) -> None:
    both = [pb.Translation(lang="ur", state=s, origin="OTHER") for s in first]
    found = best(both, "ur")
    assert found
    assert found.state == "FINAL"


def content(*langs: str) -> pb.Content:
    texts = {"en": "Text", "ur": "متن", "zh-Hans": "正文"}
    subject, *rest = (
        pb.Segment(id=f"s{i}", lang=lang, text=texts[lang])
        for i, lang in enumerate(langs)
    )
    return pb.Content(subject=subject, segments=rest)


def test_every_segment_is_there_whatever_is_translated() -> None:
    source = content("ur", "ur", "ur")
    shown = Rendition("en", "INITIAL", "HUMAN", {"s1": "Text"}, frozenset({"s2"}))
    for lang in LANGUAGES:
        said, original = passages(source, shown, lang)
        assert [piece.text for piece in said.pieces] == ["متن", "Text", "متن"]
        assert [piece.source for piece in said.pieces] == [True, False, True]
        first, plain, stale = (piece.mark for piece in said.pieces)
        assert first
        assert stale
        assert (plain, first == stale) == ("", False)
        assert [piece.segment.id for piece in original.pieces] == ["s0", "s1", "s2"]
        assert not any(piece.mark for piece in original.pieces)


def test_a_paragraph_in_yet_another_language_says_which() -> None:
    (only,) = passages(content("en", "ur", "en"), None, "zh-Hans")
    assert only.title == "原文：英语；未翻译"
    assert [piece.mark for piece in only.pieces] == ["", "乌尔都语", ""]
    (only,) = passages(content("en", "ur"), None, "ur")
    assert [piece.mark for piece in only.pieces] == ["", ""]


def test_a_text_that_stands_there_is_not_called_untranslated() -> None:
    begun = Rendition("en", "INITIAL", "MACHINE", {"s0": "Text"})
    said = {lang: passages(content("ur"), begun, lang)[0].title for lang in LANGUAGES}
    assert said["en"] == (
        "Translation: English; Unfinished; Machine; No person has checked it"
    )
    assert said["ur"].split("؛ ")[1] == "نامکمل"
    assert said["zh-Hans"] == "译文：英语；未完成；机器翻译；未经人工审校"


def test_who_answers_for_it_is_named() -> None:
    made = Rendition("en", "REVIEWED", "HUMAN", {"s0": "Text"})
    for translator, reviewer, want in (
        ("", "", "Human"),
        ("duty-2@a.b.cn", "", "Human; translator: duty-2@a.b.cn"),
        ("", "duty-1@a.b.pk", "Human; reviewer: duty-1@a.b.pk"),
        ("duty-2@a.b.cn", "duty-1@a.b.pk", "@a.b.cn; reviewer: duty-1@a.b.pk"),
    ):
        shown = replace(made, translator=translator, reviewer=reviewer)
        assert passages(content("ur"), shown, "en")[0].title.endswith(want)


def test_what_a_later_bulletin_changed_is_marked() -> None:
    source, later = content("ur", "ur"), content("ur", "ur")
    said = translate(source, "en", "FINAL", "HUMAN", {"s0": "Subject", "s1": "First"})
    later.segments[0].text = "اور"
    found = [
        [piece.mark for piece in passages(source, rendition(*each), "en")[0].pieces]
        for each in ((source, said), (source, said, later))
    ]
    assert found[0] == ["", ""]
    assert (found[1][0], found[1][1][:12]) == ("", "The original")
