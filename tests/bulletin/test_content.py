"""Bulletins of every kind go into bytes and out again; nothing else gets in."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Kind, Type
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin.strategies import Json, bulletins
from tests.expecting import refusing


@given(bulletins())
@settings(max_examples=120, deadline=None)
def test_a_valid_bulletin_round_trips(obj: Json) -> None:
    draft = from_json(obj)
    assert to_json(draft) == obj
    assert from_json(read_json(json.dumps(obj).encode())) == draft
    data = encode(draft.content)
    assert decode(data) == draft.content


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_the_values_of_a_kind_stand_in_the_order_declared(kind: Kind) -> None:
    names = [f.name for f in kind.fields if f.name != "actors"]
    content = example(kind)
    places = [names.index(detail.field) for detail in content.details]
    assert places == sorted(places)
    if len(content.details) > 1 and len(set(places)) > 1:
        content.details.reverse()
        refuses(encode(content), "details")


TERM = pb.Term(
    id="convoy",
    domain="MOVEMENT",
    forms=[
        pb.TermForm(lang="en", text="convoy", status="PREFERRED"),
        pb.TermForm(lang="ur", text="قافلہ", status="PREFERRED"),
        pb.TermForm(lang="zh-Hans", text="车队", status="PREFERRED"),
    ],
)


def example(kind: Kind) -> pb.Content:
    texts = {
        Type.COUNT: "1",
        Type.FLAG: "true",
        Type.TIME: "2026-11-25T06:00:00Z",
        Type.DATE: "2026-12-10",
        Type.WORD: "ROUND-4",
        Type.RANGE: "1-2",
        Type.GRID: "43SDU12",
        Type.TALLY: "CHN:2",
        Type.CODE: "OTHER",
        Type.PATIENT: "P1",
        Type.HASH: "ab" * 32,
    }
    subject = pb.Segment(id="s0", lang="en", text="Text")
    content = pb.Content(kind=kind.code, subject=subject)
    for field in kind.fields:
        if field.name != "actors":
            texts[Type.DECIMAL] = str(field.bounds[1])
            value = ";".join(f"{p.name}={texts[p.type]}" for p in field.parts)
            content.details.add(field=field.name, value=value or texts[field.type])
    if kind.terms:
        content.terms.append(TERM)
    assert decode(encode(content)) == content
    return content


def refuses(data: bytes, where: str) -> None:
    with refusing(Reason.CONTENT, where):
        decode(data)


def test_what_a_newer_release_added_can_be_read() -> None:
    content = example(KINDS["WARNING"])
    content.details[0].value = "LASER"
    content.details.add(field="altitude", value="high")
    content.actors.append("NEW_GROUP")
    assert decode(encode(content)) == content
    content.kind = "VOLCANO"
    assert decode(encode(content)) == content


@pytest.mark.parametrize(("cut", "where"), [(1, "format"), (10, ""), (-1, "")])
def test_a_cut_encoding_is_refused(cut: int, where: str) -> None:
    data = encode(example(KINDS["RFI"]))
    refuses(data[:cut], where)


def test_one_encoding_only() -> None:
    data = encode(example(KINDS["RFI"]))
    format_, kind = b"\x08\x01", b"\x12\x03RFI"
    assert data.startswith(format_ + kind)
    rest = data.removeprefix(format_ + kind)
    refuses(data + kind, "")  # a field that stands twice
    refuses(data + b"\xf8\x07\x01", "")  # a field that no one knows
    refuses(format_ + rest + kind, "")  # another order
    refuses(format_ + b"\x12\x83\x00RFI" + rest, "")  # a longer varint
    refuses(data + b"\x1a\x03\xf8\x07\x01", "")  # inside a message


def test_the_empty_message_is_no_bulletin() -> None:
    refuses(b"", "format")
    refuses(encode(pb.Content()), "kind")


HOSTILE: list[tuple[str, str, dict[str, Any]]] = [
    ("a control character in the kind", "kind", {"kind": "WAR\x1b[2J"}),
    ("no subject", "subject.id", {"subject": None}),
    ("an unknown language", "subject.lang", {"subject": {"lang": "tlh"}}),
    ("a subject too long", "subject.text", {"subject": {"text": "x" * 201}}),
    ("a time before 1970", "when.from", {"when": {"from": -1}}),
    ("a time after 9999", "when.from", {"when": {"from": 2**62}}),
    ("an open beginning", "when.from", {"when": {"to": 1}}),
    ("an empty place", "place", {"place": {}}),
    ("a latitude beyond the pole", "place.lat", {"place": {"lat": "91"}}),
    ("a latitude in letters", "place.lat", {"place": {"lat": "1e1"}}),
    ("no zero with a sign", "place.lat", {"place": {"lat": "-0.0"}}),
    ("a latitude in other digits", "place.lat", {"place": {"lat": "۳۵"}}),
    ("a radius too wide", "place.error_m", {"place": {"error_m": 2**32 - 1}}),
    ("a grid with spaces", "place.mgrs", {"place": {"mgrs": "43S DU 12"}}),
    (
        "a credibility of seven",
        "assessment.credibility",
        {"assessment": {"reliability": "A", "credibility": 7}},
    ),
    (
        "a field that is text for a terminal",
        "details.?",
        {"details": [{"field": "\x1b]0;", "value": "1"}]},
    ),
    (
        "an unknown field without end",
        "details.more",
        {"details": [{"field": "more", "value": "x" * 1_001}]},
    ),
    (
        "a topic twice",
        "details.topic",
        {"details": [{"field": "topic", "value": "ROUTE"}] * 2},
    ),
    ("no code", "details.topic", {"details": [{"field": "topic", "value": "a b"}]}),
    (
        "a date that is none",
        "details.answer_by",
        {
            "details": [
                {"field": "topic", "value": "ROUTE"},
                {"field": "answer_by", "value": "2026-02-30T00:00:00Z"},
            ]
        },
    ),
    (
        "too many details",
        "details",
        {"details": [{"field": "more", "value": "x"}] * 129},
    ),
    (
        "too many segments",
        "segments",
        {"segments": [{"id": "a", "lang": "en", "text": "x"}] * 65},
    ),
    (
        "an id twice",
        "segments.0.id",
        {"segments": [{"id": "s0", "lang": "en", "text": "x"}]},
    ),
    (
        "a segment too long",
        "segments.0.text",
        {"segments": [{"id": "a", "lang": "en", "text": "x" * 4001}]},
    ),
    ("actors where there are none", "details.actors", {"actors": ["BLA"]}),
    ("an attachment without a key", "attachments.0", {"attachments": [{"name": "x"}]}),
]


@pytest.mark.parametrize(
    ("where", "change"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE]
)
def test_malformed_content_is_refused(where: str, change: dict[str, Any]) -> None:
    content = example(KINDS["RFI"])
    for name, new in change.items():
        if name != "subject" or new is None:
            content.ClearField(name)  # type: ignore[arg-type]  # a field's name
    content.MergeFrom(pb.Content(**{k: v for k, v in change.items() if v is not None}))
    if change.get("place") == {}:
        content.place.SetInParent()
    refuses(encode(content), where)


def test_spans_stand_in_their_text() -> None:
    content = example(KINDS["RFI"])
    content.subject.spans.add(kind="CODE", text="ext")
    assert decode(encode(content)) == content
    again = copy.deepcopy(content)
    again.subject.spans.append(content.subject.spans[0])
    refuses(encode(again), "subject.spans.1")
    content.subject.spans[0].occurrence = 1
    refuses(encode(content), "subject.spans.0.text")
    content.subject.spans[0].occurrence = 2**32 - 1
    refuses(encode(content), "subject.spans.0.text")


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_anything_but_a_refusal(data: bytes) -> None:
    with contextlib.suppress(Refusal):
        decode(data)
