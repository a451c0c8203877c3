"""Translations fit their source, and say so when it changed."""

import copy
import hashlib
from typing import Any

import pytest

from exchange.bulletin.content import decode_translation, encode, from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.translation_json import put_back
from exchange.bulletin.translations import (
    check_persons,
    check_translation,
    current_segments,
    rank,
    stale,
    sum_up,
    to_json,
    translate,
)
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.test_check import MEDEVAC, changed
from tests.expecting import refusing


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
    with refusing(where="translation.segments.s1"):
        check_translation(content, english(s0="Title"))
    with refusing(where="translation.segments.s7"):
        check_translation(content, english(s0="Title", s1="Text", s7="More"))


def test_a_hostile_id_is_not_repeated() -> None:
    made = english(s0="Title", s1="Text")
    made.segments.add(id="\x1b[2J", text="x", state="TRANSLATED", origin="HUMAN")
    with refusing(where="translation.segments.?"):
        check_translation(drill().content, made)


def test_an_unfinished_one_may_lack_segments() -> None:
    made = english(s0="Title")
    made.state = "INITIAL"
    assert check_translation(drill().content, made) is made


def test_one_that_lacks_segments_is_unfinished_whatever_the_rest_is() -> None:
    made = english(s0="Title")
    made.segments[0].state = "FINAL"
    made.state = "INITIAL"
    assert check_translation(drill().content, made) is made


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_a_machine_needs_a_person(state: str) -> None:
    content, texts = drill().content, {"s0": "Title", "s1": "Text"}
    made = translate(content, "en", "TRANSLATED", "MACHINE", texts)
    check_translation(content, made)
    made = translate(content, "en", state, "MACHINE", texts)
    assert refused(content, made) == (Reason.FIELD_MISSING, "reviewer")
    made.reviewer = "duty-2@ops.islamabad.pk"
    check_translation(content, made)


def test_one_machine_segment_needs_a_person_too() -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    made.segments[1].MergeFrom(pb.TranslatedSegment(state="FINAL", origin="MACHINE"))
    made.origin = "MACHINE"
    assert refused(content, made) == (Reason.FIELD_MISSING, "reviewer")


def test_nobody_reviews_what_he_translated() -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    made.translator = made.reviewer = "duty-1@ops.beijing.cn"
    assert refused(content, made) == (Reason.FIELD_VALUE, "reviewer")


def refused(
    content: pb.Content, made: pb.Translation, precedence: int = 0
) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        check_translation(content, made, "t", precedence)
    return caught.value.reason, caught.value.where.removeprefix("t.")


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (("REVIEWED", "FINAL"), "REVIEWED"),
        (("FINAL", "INITIAL"), "INITIAL"),
        (("TRANSLATED", "TRANSLATED"), "TRANSLATED"),
    ],
)
def test_the_whole_is_as_far_as_its_last_segment(
    states: tuple[str, str], state: str
) -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    for segment, each in zip(made.segments, states, strict=True):
        segment.state = each
    assert sum_up(content, made).state == state
    made.state = "FINAL"
    assert refused(content, made) == (Reason.FIELD_VALUE, "state")
    made.state = "INITIAL"  # what only one that lacks segments may say
    if state != "INITIAL":
        assert refused(content, made) == (Reason.FIELD_VALUE, "state")


@pytest.mark.parametrize(
    ("origins", "origin"),
    [
        (("HUMAN", "HUMAN"), "HUMAN"),
        (("HUMAN", "MEMORY"), "MEMORY"),
        (("MEMORY", "MACHINE"), "MACHINE"),
    ],
)
def test_the_whole_is_by_persons_only_where_all_is(
    origins: tuple[str, str], origin: str
) -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    for segment, each in zip(made.segments, origins, strict=True):
        segment.origin = each
    assert sum_up(content, made).origin == origin
    made.origin = "HUMAN"
    if origin != "HUMAN":
        assert refused(content, made) == (Reason.FIELD_VALUE, "origin")


@pytest.mark.parametrize("digest", [b"", bytes(32), b"x" * 31])
def test_one_of_another_bulletin_s_text_is_refused(digest: bytes) -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    made.segments[1].source = digest
    assert refused(content, made) == (Reason.STALE, "segments.s1")


def test_what_a_correction_left_alone_is_carried_over() -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    corrected = copy.deepcopy(content)
    corrected.segments[0].text += "。"
    assert [segment.id for segment in current_segments(corrected, made)] == ["s0"]
    corrected.subject.id = "s9"
    assert current_segments(corrected, made) == []
    assert current_segments(content, made) == list(made.segments)


def test_an_earlier_state_never_hides_a_later() -> None:
    found = [("TRANSLATED", 3), ("FINAL", 1), ("INITIAL", 9), ("FINAL", 2)]
    ordered = sorted(found, key=lambda one: rank(*one))
    assert ordered == [("FINAL", 2), ("FINAL", 1), ("TRANSLATED", 3), ("INITIAL", 9)]


T, R, B = (f"duty-{n}@ops.beijing.cn" for n in (1, 2, 3))
FLASH = env.PRECEDENCE_FLASH


def urgent(state: str = "REVIEWED") -> pb.Translation:
    """One of the drill, with all that a FLASH needs."""
    content = drill().content
    texts = {"s0": "Title", "s1": "Text"}
    made = translate(content, "en", state, "HUMAN", texts)
    made.translator, made.reviewer = T, R
    made.back.MergeFrom(pb.BackTranslation(lang="zh-Hans", translator=B, judge=R))
    put_back(made, made.back, {"s0": "标题", "s1": "正文"})
    return made


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_one_of_a_flash_passes_with_all_that_it_needs(state: str) -> None:
    made = urgent(state)
    assert check_translation(drill().content, made, "t", FLASH) is made
    assert decode_translation(encode(made)) == made


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("translator", "translator"),
        ("reviewer", "reviewer"),
        ("back", "back.segments.s0"),
        ("back.judge", "back.judge"),
    ],
)
def test_one_of_a_flash_lacks_nothing(field: str, where: str) -> None:
    made, content = urgent(), drill().content
    owner, name = (made.back, "judge") if "." in field else (made, field)
    owner.ClearField(name)  # type: ignore[arg-type]  # a field's name
    assert refused(content, made, FLASH) == (Reason.FIELD_MISSING, where)
    check_translation(content, made, "t", env.PRECEDENCE_IMMEDIATE)


def test_one_of_a_flash_is_translated_without_more() -> None:
    made = english(s0="Title", s1="Text")
    assert check_translation(drill().content, made, "t", FLASH) is made


@pytest.mark.parametrize(
    ("change", "reason", "where"),
    [
        ({"lang": "ur"}, Reason.LANGUAGE, "back.lang"),
        ({"lang": "en"}, Reason.LANGUAGE, "back.lang"),
        ({"translator": T}, Reason.FIELD_VALUE, "back.translator"),
        ({"translator": ""}, Reason.FIELD_MISSING, "back.translator"),
        ({"translator": "\x1b[2J"}, Reason.FIELD_VALUE, "back.translator"),
        ({"judge": T}, Reason.FIELD_VALUE, "back.judge"),
        ({"judge": B}, Reason.FIELD_VALUE, "back.judge"),
    ],
)
def test_who_translates_back_and_who_judges(
    change: dict[str, str], reason: Reason, where: str
) -> None:
    made = urgent()
    for name, value in change.items():
        setattr(made.back, name, value)
    assert refused(drill().content, made) == (reason, where)


def test_a_back_translation_is_of_these_texts() -> None:
    content, made = drill().content, urgent()
    made.segments[1].text = "Other text"
    assert refused(content, made) == (Reason.STALE, "back.segments.s1")
    made = urgent()
    made.back.segments[1].text = "Text"
    assert refused(content, made) == (Reason.LANGUAGE, "back.segments.s1")
    made = urgent()
    made.back.segments[1].id = "s7"
    assert refused(content, made) == (Reason.FIELD_UNKNOWN, "back.segments.s7")


@pytest.mark.parametrize(
    ("confirmed", "where"),
    [
        (["s1 NEGATION", "s0 NEGATION"], "confirmed"),
        (["s1 NEGATION", "s1 NEGATION"], "confirmed"),
        (["s1\x1b NEGATION"], "confirmed.0"),
        (["s1 negation"], "confirmed.0"),
        ([f"s{i:03} X" for i in range(513)], "confirmed"),
    ],
)
def test_confirmations_name_segment_and_check(confirmed: list[str], where: str) -> None:
    made = urgent()
    made.confirmed.extend(confirmed)
    assert refused(drill().content, made)[1] == where


def test_a_match_is_one_of_the_memory_s() -> None:
    content, made = drill().content, english(s0="Title", s1="Text")
    made.segments[0].match = 92
    assert refused(content, made) == (Reason.FIELD_VALUE, "segments.s0.match")
    made.segments[0].origin = made.origin = "MEMORY"
    check_translation(content, made)
    made.segments[0].match = 101
    assert refused(content, made) == (Reason.FIELD_VALUE, "segments.s0.match")


def test_its_signer_answers_for_it() -> None:
    made = urgent()
    check_persons(made, T)
    check_persons(made, R)
    with refusing(where="translation.translator"):
        check_persons(made, B)
    made.reviewer = ""
    with refusing(where="translation.reviewer"):
        check_persons(made, T)


RICH = {
    "lang": "en",
    "state": "INITIAL",
    "origin": "MEMORY",
    "translator": T,
    "glossary": 3,
    "segments": {
        "s0": {"text": "Title", "state": "TRANSLATED", "origin": "HUMAN"},
        "s1": {"text": "Text", "match": 92},
    },
    "confirmed": ["s0 NEGATION"],
    "back": {"lang": "zh-Hans", "translator": B, "segments": {"s0": "标题"}},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lang": "zh"}, "the original is in that language"),
        ({"lang": "fr"}, "use en, ur or zh"),
        ({"reviewer": T}, "you translated it"),
        (
            {"origin": "MACHINE", "state": "FINAL"},
            "a machine translation needs an officer",
        ),
    ],
)
def test_a_file_is_told_what_is_wrong_with_its_translation(
    change: dict[str, object], said: str
) -> None:
    whole = {"lang": "en", "state": "TRANSLATED", "origin": "HUMAN", "translator": T}
    given = whole | {"segments": {"s0": "Title", "s1": "Text"}} | change
    with pytest.raises(Refusal, match=said):
        from_json(changed(MEDEVAC, "translations.0", given))


def test_what_a_file_says_of_a_segment_comes_back() -> None:
    draft = from_json(changed(MEDEVAC, "translations.0", RICH))
    made = draft.translations[0]
    assert [(s.state, s.origin, s.match) for s in made.segments] == [
        ("TRANSLATED", "HUMAN", 0),
        ("INITIAL", "MEMORY", 92),
    ]
    assert to_json(made) == RICH


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("segments.s1", 7, Reason.FIELD_VALUE),
        ("segments.s1", {"state": "FINAL"}, Reason.FIELD_MISSING),
        ("segments.s1.more", "x", Reason.FIELD_UNKNOWN),
        ("segments.s1.match", 101, Reason.FIELD_VALUE),
        ("segments.s1.state", "GOOD", Reason.CODE_UNKNOWN),
        ("glossary", -1, Reason.FIELD_VALUE),
        ("confirmed", "s0 NEGATION", Reason.FIELD_VALUE),
        ("back.lang", "fr", Reason.LANGUAGE),
        ("back.segments", {}, Reason.FIELD_VALUE),
        ("back.more", "x", Reason.FIELD_UNKNOWN),
    ],
)
def test_a_wrong_member_of_a_file_is_named(
    path: str, value: object, reason: Reason
) -> None:
    where = f"translations.0.{path}"
    obj = changed(changed(MEDEVAC, "translations.0", RICH), where, value)
    with refusing(reason) as caught:
        from_json(obj)
    assert caught.value.where.startswith("translations.0.")


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
    with refusing(Reason.CONTENT, where):
        decode_translation(encode(made))


@pytest.mark.parametrize(
    "data", [b"", b"\x08\x01\xff", b"\x08\x01\x12\x02en\x12\x02en"]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with refusing(Reason.CONTENT):
        decode_translation(data)
