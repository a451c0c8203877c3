"""Translations fit their source, and say so when it changed."""

import copy
import hashlib
from typing import Any

import pytest

from exchange.bulletin.content import decode_translation, encode, from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.translations import (
    check_translation,
    stale,
    to_json,
    translate,
)
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin.test_check import MEDEVAC, changed


def drill() -> Draft:
    return from_json(MEDEVAC)


def english(**texts: str) -> pb.Translation:
    return translate(drill().content, "en", "TRANSLATED", "HUMAN", texts)


def test_the_hash_is_of_the_source_as_it_stands() -> None:
    content, translation = drill().content, drill().translations[0]
    first = translation.segments[0]
    assert first.source == hashlib.sha256(content.subject.text.encode()).digest()
    assert to_json(translation) == MEDEVAC["translations"][0]
    assert decode_translation(encode(translation)) == translation


def test_segments_stand_in_the_order_of_the_source() -> None:
    made = english(s1="Text", s0="Title")
    assert [segment.id for segment in made.segments] == ["s0", "s1"]


def test_a_changed_source_is_stale_segment_by_segment() -> None:
    content, translation = drill().content, drill().translations[0]
    assert stale(content, translation) == []
    corrected = copy.deepcopy(content)
    corrected.segments[0].text += "。"
    assert stale(corrected, translation) == ["s1"]
    del corrected.segments[:]
    assert stale(corrected, translation) == ["s1"]


def test_it_is_checked_against_its_source() -> None:
    content = drill().content
    made = english(s0="Title", s1="Text")
    assert check_translation(content, made) is made
    with pytest.raises(Refusal) as caught:
        check_translation(content, english(s0="Title"))
    assert caught.value.where == "translation.segments.s1"
    with pytest.raises(Refusal) as caught:
        check_translation(content, english(s0="Title", s1="Text", s7="More"))
    assert caught.value.where == "translation.segments.s7"


def test_a_hostile_id_is_not_repeated() -> None:
    made = english(s0="Title", s1="Text")
    made.segments.add(id="\x1b[2J", text="x")
    with pytest.raises(Refusal) as caught:
        check_translation(drill().content, made)
    assert caught.value.where == "translation.segments.?"


def test_an_unfinished_one_may_lack_segments() -> None:
    made = english(s0="Title")
    made.state = "INITIAL"
    assert check_translation(drill().content, made) is made


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_a_machine_needs_a_person(state: str) -> None:
    made = english(s0="Title", s1="Text")
    made.origin = "MACHINE"
    check_translation(drill().content, made)
    made.state = state
    with pytest.raises(Refusal) as caught:
        check_translation(drill().content, made)
    assert caught.value.reason is Reason.FIELD_MISSING
    assert caught.value.where == "translation.reviewer"
    made.reviewer = "duty-2@ops.islamabad.pk"
    check_translation(drill().content, made)


def test_translator_and_reviewer_come_from_the_file() -> None:
    obj = changed(MEDEVAC, "translations.0.reviewer", "duty-2@ops.beijing.cn")
    draft = from_json(
        changed(obj, "translations.0.translator", "duty-1@ops.beijing.cn")
    )
    assert draft.translations[0].reviewer == "duty-2@ops.beijing.cn"
    assert to_json(draft.translations[0])["translator"] == "duty-1@ops.beijing.cn"


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("lang", {"lang": "fr"}),
        ("state", {"state": "GOOD"}),
        ("origin", {"origin": ""}),
        ("translator", {"translator": "x" * 129}),
        ("segments", {"segments": []}),
        ("segments", {"segments": [{"id": "s0", "text": "x"}] * 2}),
        ("segments", {"segments": [{"id": "s0", "text": "x" * 4001}]}),
        ("segments", {"segments": [{"id": f"s{i}", "text": "x"} for i in range(66)]}),
    ],
)
def test_a_malformed_one_is_refused_on_opening(
    where: str, change: dict[str, Any]
) -> None:
    made = english(s0="Title", s1="Text")
    for name in change:
        made.ClearField(name)  # type: ignore[arg-type]  # a field's name
    made.MergeFrom(pb.Translation(**change))
    with pytest.raises(Refusal) as caught:
        decode_translation(encode(made))
    assert (caught.value.reason, caught.value.where) == (Reason.CONTENT, where)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x0a\x02en\x0a\x02en"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        decode_translation(data)
    assert caught.value.reason is Reason.CONTENT
