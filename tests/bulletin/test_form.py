"""A form follows from the declaration, and what is filled in becomes a bulletin."""

import pytest
from hypothesis import given, settings

from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.form import build, form, segment
from exchange.bulletin.json_reader import JsonValue
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.values import text_of
from exchange.errors import Reason
from tests.bulletin.strategies import Json, bulletins
from tests.expecting import refusing


def filled(obj: Json) -> dict[str, list[str]]:
    """Return what an officer would type for that bulletin."""
    found = {}
    for path, field in form(KINDS[str(obj["kind"])]):
        value: object = obj
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            items = value if isinstance(value, list) else [value]
            found[path] = [typed(field, item) for item in items]
    return found


def typed(field: Field, item: object) -> str:
    if field.type is Type.PROSE:
        assert isinstance(item, dict)
        return str(item["text"])
    return text_of(field, JsonValue(item))


@given(bulletins())
@settings(max_examples=60, deadline=None)
def test_what_is_typed_comes_out_again(obj: Json) -> None:
    for name in ("references", "translations", "confirmed"):
        obj.pop(name, None)
    details = obj["details"]
    assert isinstance(details, dict)
    for name in ("draw", "route", "nonce"):  # a draw is revealed by reference only
        details.pop(name, None)
    langs = {"en": "Text", "ur": "متن", "zh-Hans": "正文"}
    for lang, word in langs.items():
        obj["subject"] = {"id": "s0", "lang": lang, "text": word}
        obj["segments"] = [{"id": "s1", "lang": lang, "text": word, "spans": []}]
        made = build(KINDS[str(obj["kind"])], filled(obj), lang)
        if "terms" in obj:  # from a file of terms, never typed
            made["terms"] = obj["terms"]
        assert to_json(from_json(made)) == obj | {"translations": []}


def test_the_form_has_every_field_once_and_the_details_in_order() -> None:
    for kind in KINDS.values():
        paths = [path for path, _ in form(kind)]
        assert len(set(paths)) == len(paths)
        own = [path for path in paths if path.startswith("details.")]
        assert own == [f"details.{field.name}" for field in kind.fields]
        assert {"label.tlp", "to", "when.from", "subject", "segments"} <= set(paths)


RFI = {
    "mode": ["TEST"],
    "label.tlp": ["AMBER"],
    "label.releasable_to": ["pk", "cn"],
    "to": ["ops.beijing.cn"],
    "subject": [" Convoy ROUND-4 "],
    "segments": ["Is it on route B?", " ", "By 03:00Z."],
    "details.topic": ["CONVOY"],
    "details.answer_by": ["2026-11-25T03:00:00Z"],
}


def test_blanks_are_absent_and_the_kind_gives_the_precedence() -> None:
    draft = from_json(build(KINDS["RFI"], RFI, "en"))
    obj = to_json(draft)
    assert obj["precedence"] == "PRIORITY"
    segments = obj["segments"]
    assert isinstance(segments, list)
    assert [s["id"] for s in segments] == ["s1", "s2"]
    time = {"kind": "TIME", "text": "03:00Z", "value": "03:00Z"}
    assert segments[1]["spans"] == [time]
    assert obj["subject"] == {"id": "s0", "lang": "en", "text": "Convoy ROUND-4"}
    assert [span.text for span in draft.content.subject.spans] == ["ROUND-4"]


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        ("place.error_m", "wide", "place.error_m"),
        ("details.answer_by", "tomorrow", "details.answer_by"),
        ("assessment.credibility", "three", "assessment.credibility"),
        ("label.releasable_to", "China", "label.releasable_to.0"),
        ("to", "Beijing", "to.0"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_path(path: str, text: str, where: str) -> None:
    with refusing(Reason.FIELD_VALUE, where):
        from_json(build(KINDS["RFI"], {**RFI, path: [text]}, "en"))


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("patient=Li Wei;precedence=URGENT", "details.mist.0.patient", "as P1"),
        ("patient=P1; pulse=high", "details.mist.0.pulse", "from 0 to 300"),
        ("patient=P1;colour=RED", "details.mist.0.colour", "no such field"),
        ("patient=P1;patient=P2", "details.mist.0", "patient=P1;precedence=URGENT"),
        ("P1,URGENT", "details.mist.0", "patient=P1;precedence=URGENT"),
        (";", "details.mist.0", "patient=P1;precedence=URGENT"),
    ],
)
def test_a_wrong_row_is_refused_by_its_part(text: str, where: str, said: str) -> None:
    given = {"details.mist": [text], "subject": ["x"], "mode": ["TEST"]}
    given |= {"label.tlp": ["AMBER"], "label.releasable_to": ["cn"], "to": ["a.b.cn"]}
    with refusing(where=where, match=said):
        from_json(build(KINDS["MEDEVAC"], given, "en"))


@pytest.mark.parametrize("text", ["CHN:x", "CHN", "2", "CHN:2,PAK:1"])
def test_who_types_a_number_of_each_is_told_how(text: str) -> None:
    given = {"details.killed_by_country": ["PAK:1", text]}
    with refusing(where="details.killed_by_country.1", match="write it as CHN:2"):
        build(KINDS["INCIDENT"], given, "en")


@pytest.mark.parametrize(
    ("path", "texts", "reason", "where"),
    [
        ("details.colour", ["RED"], Reason.FIELD_UNKNOWN, "details.colour"),
        ("topic", ["CONVOY"], Reason.FIELD_UNKNOWN, "topic"),
        ("details.\x1b[2J", ["x"], Reason.FIELD_UNKNOWN, "?"),
        ("details.topic", ["CONVOY", "ROUTE"], Reason.FIELD_VALUE, "details.topic"),
        ("label.tlp", ["AMBER", "RED"], Reason.FIELD_VALUE, "label.tlp"),
    ],
)
def test_nothing_that_was_typed_is_left_out(
    path: str, texts: list[str], reason: Reason, where: str
) -> None:
    with refusing(reason, where):
        build(KINDS["RFI"], {**RFI, path: texts}, "en")


def test_fixed_parts_are_found_with_their_values() -> None:
    made = segment("s1", "zh-Hans", "请于2026-11-25 03:00Z前确认车队ROUND-4")
    assert made["spans"] == [
        {"kind": "DATE", "text": "2026-11-25", "value": "2026-11-25"},
        {"kind": "TIME", "text": "03:00Z", "value": "03:00Z"},
        {"kind": "CODE", "text": "ROUND-4", "value": "ROUND-4"},
    ]
