"""A text being written: its spans follow it, its language is held against it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.prose import check_prose, check_shape
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.spans import mark_span
from exchange.errors import Reason, Refusal
from exchange.limits import SEGMENT_MAX, SPANS_MAX
from exchange.v1.bulletin_pb2 import Segment, Span
from tui.paragraph import Paragraph, find_fault, fitting, key

WORDS = (
    *("12", "2026-11-24", "06:00Z", "ROUND-4", "Dasu town", "trucks", "قافلہ", "车队"),
    *("43S DU 12340 56780", "۱۲", "十二", "\u202e", "\x1b[2J", "e\u0301"),
)
PIECES = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def kinds(prose: Paragraph) -> list[str]:
    return [f"{span.kind} {span.text}" for span in prose.spans]


def test_what_is_found_is_kept_at_first() -> None:
    prose = Paragraph.new("en", "ROUND-4 left Dasu town at 06:00Z")
    assert kinds(prose) == ["CODE ROUND-4", "PLACE Dasu town", "TIME 06:00Z"]
    assert prose.unkept_spans() == []


def test_what_was_dropped_stays_dropped_while_one_writes_on() -> None:
    prose = Paragraph.new("en", "12 trucks at 06:00Z")
    prose = prose.with_spans(span for span in prose.spans if span.kind == "TIME")
    written = prose.rewrite("en", "12 trucks at 06:00Z, 3 late")
    assert kinds(written) == ["TIME 06:00Z", "NUMBER 3"]
    assert [span.text for span in written.unkept_spans()] == ["12"]


def test_what_was_marked_stays_while_it_stands() -> None:
    prose = Paragraph.new("en", "Met at the old bridge, 06:00Z")
    bridge = mark_span(prose.text, 11, 21, "PLACE", "en")
    bridge.value = "KKH-BRIDGE-7"
    prose = prose.with_spans([*prose.spans, bridge])
    assert kinds(prose.rewrite("en", prose.text + " again")) == [
        "PLACE old bridge",
        "TIME 06:00Z",
    ]
    assert kinds(prose.rewrite("en", "Met at 06:00Z")) == ["TIME 06:00Z"]


@given(PIECES, PIECES, st.sampled_from(LANGUAGES), st.data())
def test_the_spans_of_every_text_may_be_signed(
    first: str, second: str, lang: str, data: st.DataObject
) -> None:
    prose = Paragraph.new(lang, first)
    kept = [span for span in prose.spans if data.draw(st.booleans())]
    written = prose.with_spans(kept).rewrite(lang, second)
    again = Paragraph.load(written.keep())
    assert again == written
    segment = Segment(id="s1", lang=lang, text=written.text, spans=written.spans)
    if written.text:
        check_shape(segment, "", SEGMENT_MAX)
    refused = reason_of(lambda: check_prose(segment, ""))
    assert refused is not Reason.SPAN
    assert refused in {find_fault(second, lang), Reason.FIELD_MISSING}
    assert (refused is Reason.FIELD_MISSING) == (not second.strip())


def reason_of(check: Callable[[], None]) -> Reason | None:
    try:
        check()
    except Refusal as refusal:
        return refusal.reason
    return None


def test_a_hundred_thousand_letters_have_no_spans_and_do_no_harm() -> None:
    prose = Paragraph.new("en", "12 " * 33_000)
    assert prose.spans == []
    assert prose.rewrite("en", "12").spans == [
        Span(kind="NUMBER", text="12", value="12")
    ]
    many = Paragraph.new("en", "12 " * 1_000)
    assert len(many.spans) == SPANS_MAX
    assert len({key(span) for span in many.spans}) == SPANS_MAX


@pytest.mark.parametrize(
    ("text", "lang", "why", "fits"),
    [
        ("", "en", None, "en"),
        ("12, 06:00Z", "ur", Reason.LANGUAGE, "en"),
        ("قافلہ", "en", Reason.LANGUAGE, "ur"),
        ("车队出发", "ur", Reason.LANGUAGE, "zh-Hans"),
        ("Convoy", "zh-Hans", Reason.LANGUAGE, "en"),
        ("Convoy", "fr", Reason.LANGUAGE, "en"),
        ("قافلہ", "ur", None, "ur"),
        ("Con\u202evoy", "en", Reason.FIELD_VALUE, ""),
        ("Привет", "en", Reason.LANGUAGE, ""),
    ],
)
def test_a_language_is_held_against_its_script(
    text: str, lang: str, why: Reason | None, fits: str
) -> None:
    assert find_fault(text, lang) == why
    assert fitting(text, lang) == fits


@pytest.mark.parametrize(
    "kept",
    [
        3,
        [],
        ["en"],
        {},
        {"lang": "en", "text": "x", "spans": 3, "id": ""},
        {"lang": "en", "text": "x", "spans": [{"kind": "TIME"}], "id": ""},
        {
            "lang": "en",
            "text": "x",
            "spans": [{"kind": "A", "text": "x", "occurrence": "1"}],
            "id": "",
        },
        {
            "lang": "en",
            "text": "x",
            "spans": [{"kind": "A", "text": "x", "occurrence": -(2**70)}],
            "id": "",
        },
    ],
)
def test_what_no_program_kept_is_refused(kept: object) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        Paragraph.load(kept)
