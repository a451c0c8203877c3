"""What a translation must carry over is found, stands in its text, and has a value."""

import functools
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin import spans
from exchange.bulletin.codes import CODES, aliases, gazetteer, toponyms
from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.prose import check_prose, check_shape, nfc
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.span_values import check_span_value, check_spans
from exchange.bulletin.spans import (
    fill,
    find,
    mark_span,
    may_mean,
    place,
    read_value,
    scan,
    signed_value,
    span_json,
    values_in,
)
from exchange.errors import Reason, Refusal
from exchange.limits import SEGMENT_MAX, SPANS_MAX, SUBJECT_MAX
from exchange.recognise.values import numbers
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin.test_check import MOVEMENT
from tests.expecting import refusing

VECTORS = json.loads(
    files("tests.vectors").joinpath("spans/spans.json").read_text("utf-8")
)
CASES = [(case["lang"], case["text"], case["spans"]) for case in VECTORS["cases"]]
SAME = VECTORS["same"]

PIECES = [
    *("12", "۱۲", "٣", "3", "十二", "三", "二〇二六", "twelve", "بارہ", "1,234", "0.5"),
    *("2026-11-26", "26 November 2026", "26 نومبر 2026", "2026年11月26日", "11月26日"),
    *("06:00Z", "14时30分", "260600ZNOV26", "6 pm", "شام 5 بجے", "14:30 PKT"),
    *("43S DU 12340 56780", "43SDU1256", "35.317", "35.317°N", "北纬35.317度"),
    *("26.11.2026", "11/12/2026", "26-NOV-26", "26 NOV 26", "26.11.", "-5°C", "ڈگری"),
    *("ROUND-4", "B", "route A", "Gilgit", "گلگت", "吉尔吉特", "DASU-HPP", "辆", "名"),
    *("ساڑھے", "سوا", "پونے", "ڈیڑھ", "بجے", "دو", "سو", "اسی", "شام", "کے", "سے"),
    *("half", "quarter", "past", "to", "and a half", "million", "six", "6.30 pm"),
    *(
        "点",
        "时",
        "半",
        "一刻",
        "个半小时",
        "三四十",
        "3万5千",
        "零下",
        "下午",
        "百分之",
    ),
    *("Dasu", "داسو", "达苏", "KKH", "½", "two", "hundred", "and", "one", "at"),
    *(" ", "-", ":", "/", ".", ",", "،", "。", "年", "月", "日", "Z", "x", "م", "人"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map(
    lambda parts: nfc("".join(parts))
)
langs = st.sampled_from(LANGUAGES)


@pytest.mark.parametrize(("lang", "text", "want"), CASES)
def test_known_spans(lang: str, text: str, want: list[dict[str, object]]) -> None:
    assert [span_json(span) for span in find(text, lang)] == want


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: str(texts["en"]))
def test_the_same_said_three_times_has_the_same_values(texts: dict[str, str]) -> None:
    values = [values_in(text, lang) for lang, text in texts.items()]
    assert values[0]
    assert values[0] == values[1] == values[2]


@given(texts, langs)
def test_spans_stand_in_the_text_in_order_and_apart(text: str, lang: str) -> None:
    ends = [0]
    for span in find(text, lang):
        at = place(text, span)
        assert text[at : at + len(span.text)] == span.text
        assert at >= ends[-1]
        ends.append(at + len(span.text))
        assert span.kind in CODES["span"]
        check_span_value(span, lang, "span")
    for before, after in pairwise(scan(text, lang)):
        assert before.end <= after.start


@given(texts, langs)
def test_what_is_found_can_be_signed_and_reads_back_the_same(
    text: str, lang: str
) -> None:
    segment = pb.Segment(id="s1", lang=lang, text=text)
    fill(segment)
    check_spans(segment, "segment")
    for span in segment.spans:
        assert not span.value or read_value(span.text, span.kind, lang) in {
            "",
            span.value,
        }


@given(texts, langs)
def test_finding_twice_finds_the_same(text: str, lang: str) -> None:
    spans = find(text, lang)
    assert spans == find(text, lang)
    segment = pb.Segment(id="s1", lang=lang, text=text)
    fill(segment)
    assert list(segment.spans) == spans
    if text:
        check_shape(segment, "segment", SEGMENT_MAX)


@given(st.text(max_size=40), langs)
def test_any_text_at_all_can_be_looked_through(text: str, lang: str) -> None:
    for found in scan(text, lang):
        assert 0 <= found.start < found.end <= len(text)
        assert found.value or found.kind in {"NUMBER", "TIME"}
        assert signed_value(found) or found.kind in {"NUMBER", "TIME", "PLACE", "DATE"}


@given(texts, langs)
def test_every_value_is_counted_as_often_as_it_stands(text: str, lang: str) -> None:
    twice = values_in(f"{text}\n{text}", lang)
    once = values_in(text, lang)
    assert twice == Counter({key: 2 * n for key, n in once.items()})


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "part",
    [
        *("1", "1 ", "1,", "1.", "12:", "2026-11-", "2026年", "十", "二", "一亿", "A"),
        *("A-1 ", "43S DU 1", "سہ پہر ", "two hundred ", "دو سو ", "北京时间"),
        *(
            "35.317",
            "\u064e",
            "ساڑھے ",
            "شام کے ",
            "6 بجے ",
            "کے سوا ",
            "2 لاکھ ",
            "3万5",
        ),
        *(
            "half past ",
            "quarter to ",
            "and a half ",
            "1 hundred",
            "1½",
            "at ",
            "Dasu-",
        ),
        *(
            "达苏",
            "零下",
            "百分之",
            "个半",
            "6点差",
            "下午6",
            "二点",
            "1.1.",
            "26-11-",
            "26 Nov ",
            "26 Nov 26 ",
            "-5~",
            "۲۶۔۱۱۔",
            "1 to ",
            "6 pm (",
        ),
    ],
)
def test_a_hostile_text_is_no_harder(part: str, lang: str) -> None:
    segment = pb.Segment(id="s1", lang=lang, text=(part * SEGMENT_MAX)[:SEGMENT_MAX])
    fill(segment)
    assert len(segment.spans) <= SPANS_MAX
    check_shape(segment, "segment", SEGMENT_MAX)


def test_nothing_is_looked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text of nothing but numbers is read once, each word list but once."""
    calls: list[str] = []
    for module, name in ((spans, "place"), (numbers, "alternatives")):
        real = getattr(module, name)
        patched = functools.partial(_told, calls, name, real)
        monkeypatch.setattr(module, name, patched)
    text = "1 two " * 600
    assert len(find(text, "en")) > SPANS_MAX
    assert calls.count("place") == 0
    assert calls.count("alternatives") <= 1


def _told(calls: list[str], name: str, real: Any, *given: Any) -> Any:  # noqa: ANN401  # any function
    calls.append(name)
    return real(*given)


def test_a_protected_part_is_no_longer_than_a_value() -> None:
    segment = pb.Segment(id="s1", lang="en", text="A" * (SUBJECT_MAX + 1))
    segment.spans.add(kind="CODE", text=segment.text)
    with pytest.raises(Refusal) as caught:
        check_shape(segment, "segments.0", SEGMENT_MAX)
    found = caught.value.reason, caught.value.where
    assert found == (Reason.TOO_LONG, "segments.0.spans.0.text")


def test_what_is_longer_than_a_value_may_be_is_not_proposed() -> None:
    assert len(find("1" * SUBJECT_MAX, "en")) == 1
    assert find("1" * (SUBJECT_MAX + 1), "en") == []
    assert values_in("1" * (SUBJECT_MAX + 1), "en").total() == 1


SEVERAL = {
    name: code
    for code, labels in CODES["toponym"].items()
    for name in (*labels.values(), *aliases("toponym").get(code, ()))
}


def around(name: str, lang: str) -> str:
    return {"en": f"Near {name}.", "ur": f"وہ {name} میں", "zh-Hans": f"在{name}附近"}[
        lang
    ]


def test_every_site_is_found_by_each_of_its_names() -> None:
    shouted = {name.upper() for name in SEVERAL}
    for code, site in gazetteer().items():
        for lang in LANGUAGES:
            for name in (site.labels[lang], site.labels["en"], code):
                spans = find(around(name, lang), lang)
                value = "" if name in shouted else code
                assert [(s.kind, s.text, s.value) for s in spans] == [
                    ("PLACE", name, value)
                ]


def test_a_name_that_may_mean_several_places_has_no_value_but_is_compared() -> None:
    for name, code in SEVERAL.items():
        for lang in LANGUAGES:
            if not name.isascii() and name not in CODES["toponym"][code][lang]:
                continue
            for written in (name, name.upper(), name.lower()):
                (span,) = find(around(written, lang), lang)
                assert (span.kind, span.text, span.value) == ("PLACE", written, "")
                assert set(values_in(written, lang)) == {("PLACE", code)}


def test_what_a_name_may_mean_is_in_the_gazetteer() -> None:
    for code, sites in toponyms().items():
        assert sites <= set(gazetteer()), code
    assert not set(toponyms()) & set(gazetteer())


@pytest.mark.parametrize(
    ("lang", "text", "name"),
    [
        ("en", "The Dasu dam stands.", "Dasu dam"),
        ("en", "THE DASU DAM STANDS.", "DASU DAM"),
        ("ur", "داسو ڈیم محفوظ ہے۔", "داسو ڈیم"),
        ("zh-Hans", "达苏大坝安全。", "达苏大坝"),
    ],
)
def test_other_names_are_proposed_too(lang: str, text: str, name: str) -> None:
    (span,) = find(text, lang)
    assert (span.kind, span.text, span.value) == ("PLACE", name, "DASU-HPP")


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "en",
            "Dasuk, Gwadars, Chalty, KKHX, KKH-NORTH, K-2 and a Confucius Institute.",
        ),
        ("ur", "داسوں، سست رفتار، پشاوری، کنفیوشس انسٹی ٹیوٹ"),
        ("zh-Hans", "孔子学院，西线无战事。"),
    ],
)
def test_a_name_within_another_word_is_none(lang: str, text: str) -> None:
    assert "PLACE" not in {span.kind for span in find(text, lang)}


@pytest.mark.parametrize(
    ("said", "want"),
    [(None, ["Three", "06:00Z"]), ([], []), (["06:00Z"], ["06:00Z"])],
)
def test_a_segment_that_says_nothing_gets_what_is_found(
    said: list[str] | None, want: list[str]
) -> None:
    one: dict[str, object] = {"lang": "en", "text": "Three vehicles at 06:00Z"}
    if said is not None:
        one["spans"] = [{"kind": "TIME", "text": text} for text in said]
    obj = {
        **MOVEMENT,
        "subject": {"id": "s0", **one},
        "segments": [{"id": "s1", **one}],
    }
    draft = from_json(obj)
    for made in (draft.content.subject, draft.content.segments[0]):
        assert [span.text for span in made.spans] == want
    assert from_json(to_json(draft)) == draft


def test_a_writer_marks_what_was_not_found() -> None:
    text = "Convoy ROUND-4 at 06:00Z, again 06:00Z, north gate"
    segment = pb.Segment(id="s1", lang="en", text=text)
    gate = mark_span(text, text.index("north"), len(text), "PLACE", "en")
    again = text.rindex("06:00Z")
    second = mark_span(text, again, again + 6, "TIME", "en")
    assert (second.occurrence, second.value, gate.value) == (1, "06:00Z", "")
    segment.spans.extend([second, gate])
    check_shape(segment, "segment", SEGMENT_MAX)
    check_prose(segment, "segment")


@pytest.mark.parametrize(("start", "end"), [(1, 3), (4, 4), (9, 20)])
def test_what_is_no_occurrence_cannot_be_marked(start: int, end: int) -> None:
    with refusing(Reason.SPAN):
        mark_span("1111", start, end, "NUMBER", "en")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("DATE", "tomorrow", "tomorrow"),
        ("DATE", "tomorrow", "2026-02-30"),
        ("DATE", "tomorrow", "2026-2-3"),
        ("DATE", "tomorrow", "---11-26"),
        ("DATE", "tomorrow", "2026-11-26/"),
        ("DATE", "26 November 2026", "2026-11-27"),
        ("TIME", "noon", "24:00Z"),
        ("TIME", "noon", "12:00z"),
        ("TIME", "noon", "2026-02-30T12:00Z"),
        ("TIME", "06:00Z", "06:00"),
        ("GRID", "there", "43S DU 12340 56780"),
        ("GRID", "43SDU1256", "43SDU1257"),
        ("COORD", "there", "200.000"),
        ("COORD", "there", "north"),
        ("COORD", "35.317", "35.318"),
        ("NUMBER", "many", "12.0"),
        ("NUMBER", "many", "1,000"),
        ("NUMBER", "13", "14"),
        ("PLACE", "there", "ATLANTIS"),
        ("PLACE", "Gilgit", "QUETTA"),
        ("CODE", "bird", "round 4"),
        ("CODE", "ROUND-4", "ROUND-5"),
    ],
)
def test_a_wrong_value_is_refused(kind: str, text: str, value: str) -> None:
    segment = pb.Segment(id="s1", lang="en", text=f"Wait, {text} it is")
    segment.spans.add(kind=kind, text=text, value=value)
    with refusing(Reason.SPAN, "segments.0.spans.0.value"):
        check_prose(segment, "segments.0")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("DATE", "tomorrow", "2026-11-26"),
        ("DATE", "leap day", "--02-29"),
        ("DATE", "those days", "2026-11-26/2026-11-28"),
        ("TIME", "noon", "12:00+05:00"),
        ("TIME", "noon", "2026-11-26T12:00Z"),
        ("COORD", "there", "-35.317"),
        ("NUMBER", "a dozen", "12"),
        ("NUMBER", "half", "0.5"),
        ("PLACE", "the dam", "DASU-HPP"),
        ("CODE", "bird", "ROUND-4"),
        ("NUMBER", "13", ""),
    ],
)
def test_what_only_the_writer_knows_is_taken(kind: str, text: str, value: str) -> None:
    segment = pb.Segment(id="s1", lang="en", text=f"Wait, {text} it is")
    segment.spans.add(kind=kind, text=text, value=value)
    check_prose(segment, "segments.0")


def test_a_piece_is_read_as_one_kind_only() -> None:
    assert read_value("26 November 2026", "DATE", "en") == "2026-11-26"
    assert read_value("26 November 2026", "NUMBER", "en") == ""
    assert read_value("at 06:00Z", "TIME", "en") == ""


AMISS = [
    ("en", "No convoy of 2600 cars.", ("NUMBER", "26", ""), "text"),
    ("en", "No convoy of 2600 cars.", ("CODE", "26", ""), "text"),
    ("en", "At 06:00Z.", ("TIME", "06:00", "06:00"), "text"),
    ("en", "On 26 November 2026.", ("PLACE", "26 November 2026", "DASU-HPP"), "text"),
    ("en", "On 26 November 2026.", ("NUMBER", "26", "26"), "text"),
    ("en", "Twenty cars.", ("NUMBER", "car", "4"), "text"),
    ("en", "Call x2.", ("NUMBER", "2", "2"), "text"),
    ("en", "26 cars.", ("TIME", "26", ""), "text"),
    ("en", "26 cars.", ("CODE", "26", "ROUND-4"), "text"),
    ("en", "At half past 6.", ("TIME", "6", "06:00"), "text"),
    ("en", "Move to Dasu.", ("PLACE", "Dasu", "QUETTA"), "value"),
    ("en", "The Dasu dam.", ("PLACE", "Dasu", "DASU"), "text"),
    ("ur", "ساڑھے 6 بجے", ("TIME", "6 بجے", "06:00"), "text"),
    ("ur", "گاڑیاں", ("PLACE", "گاڑی", ""), "text"),
    ("zh-Hans", "三百二十名", ("NUMBER", "二十", "20"), "text"),
    ("zh-Hans", "下午6点三刻", ("TIME", "下午6点", "18:00"), "text"),
]


@pytest.mark.parametrize(("lang", "text", "span", "where"), AMISS)
def test_a_writer_may_not_sign_what_is_not_there(
    lang: str, text: str, span: tuple[str, str, str], where: str
) -> None:
    segment = pb.Segment(id="s1", lang=lang, text=text)
    kind, piece, value = span
    segment.spans.add(kind=kind, text=piece, value=value)
    check_shape(segment, "segments.0", SEGMENT_MAX)  # a partner's stays readable
    with pytest.raises(Refusal) as caught:
        check_prose(segment, "segments.0")
    found = caught.value.reason, caught.value.where
    assert found == (Reason.SPAN, f"segments.0.spans.0.{where}")


@pytest.mark.parametrize(
    ("lang", "text", "span"),
    [
        ("en", "Camera 12 sees it.", ("CODE", "12", "")),
        ("en", "Move to Dasu.", ("PLACE", "Dasu", "DASU-HPP")),
        ("en", "The Dasu hydropower project.", ("PLACE", "Dasu", "")),
        ("en", "The Gwadar Port Authority.", ("PLACE", "Gwadar Port Authority", "")),
        ("en", "Drive 3km.", ("NUMBER", "3", "3")),
        ("zh-Hans", "6点出发。", ("TIME", "6点", "06:00")),
        ("zh-Hans", "三四十人。", ("NUMBER", "三四十", "35")),
        ("ur", "12گاڑیاں", ("NUMBER", "12", "12")),
    ],
)
def test_a_writer_may_sign_what_is_there(
    lang: str, text: str, span: tuple[str, str, str]
) -> None:
    segment = pb.Segment(id="s1", lang=lang, text=text)
    kind, piece, value = span
    segment.spans.add(kind=kind, text=piece, value=value)
    check_prose(segment, "segments.0")


@pytest.mark.parametrize("pieces", [("26", "26 cars"), ("26 cars", "cars wait")])
def test_no_two_spans_share_a_place(pieces: tuple[str, str]) -> None:
    segment = pb.Segment(id="s1", lang="en", text="26 cars wait")
    for piece in pieces:
        segment.spans.add(kind="NUMBER", text=piece)
    check_shape(segment, "segments.0", SEGMENT_MAX)
    with refusing(Reason.SPAN):
        check_prose(segment, "segments.0")


@pytest.mark.parametrize(
    ("text", "piece", "kind"),
    [
        ("2600 cars", "26", "NUMBER"),
        ("26 cars", "26", "TIME"),
        ("cars", "car", "PLACE"),
    ],
)
def test_what_cuts_or_reads_as_another_kind_cannot_be_marked(
    text: str, piece: str, kind: str
) -> None:
    with refusing(Reason.SPAN):
        mark_span(text, 0, len(piece), kind, "en")


def test_what_is_in_doubt_is_marked_without_a_value() -> None:
    text = "Half 6 it is"
    assert mark_span(text, 5, 6, "NUMBER", "en").value == ""
    assert mark_span("It is 6", 6, 7, "NUMBER", "en").value == "6"


COLD = {
    "en": ("{}°C", "{} °C", "{} degrees Celsius", "{} degrees C"),
    "ur": ("{}°C", "{} °C", "{} ڈگری سینٹی گریڈ", "{} ڈگری"),
    "zh-Hans": ("{}摄氏度", "{}℃", "{} °C", "{}度"),
}
MINUS = {
    "en": ("-", "\u2212", "minus ", "Minus "),
    "ur": ("-", "\u2212", "منفی "),
    "zh-Hans": ("-", "\u2212", "零下", "负"),
}
AROUND = {"en": "It is {}.", "ur": "اب {} ہے۔", "zh-Hans": "气温{}。"}


@given(langs, st.decimals(0, 999, places=2), st.sampled_from((1, -1)), st.data())
def test_a_temperature_is_its_number_with_its_sign(
    lang: str, degrees: Decimal, side: int, data: st.DataObject
) -> None:
    sign = data.draw(st.sampled_from(MINUS[lang])) if side < 0 else ""
    said = data.draw(st.sampled_from(COLD[lang])).format(f"{sign}{degrees}")
    want = Counter({("NUMBER", numbers.canonical(side * degrees)): 1})
    assert values_in(AROUND[lang].format(said), lang) == want


DATED = {
    "en": ("{d} {mon} {y}", "{d:02}-{mon}-{y}", "{d:02} {MON} {yy}", "{d:02}{MON}{yy}"),
    "ur": ("{d} {ur} {y}ء", "{d:02}-{mon}-{y}", "{y}/{m:02}/{d:02}", "{d}{ur} {y}"),
    "zh-Hans": (
        "{y}年{m}月{d}日",
        "{y}/{m}/{d}",
        "{y}.{m:02}.{d:02}",
        "{d:02} {MON} {yy}",
    ),
}
FIGURES = (
    "{d}/{m}/{y}",
    "{m}/{d}/{y}",
    "{d:02}.{m:02}.{y}",
    "{d}-{m}-{y}",
    "{d}۔{m}۔{y}",
)
MONTHS = {
    "mon": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "MON": "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
}


def dated(day: date, form: str) -> str:
    months = {name: words.split()[day.month - 1] for name, words in MONTHS.items()}
    year = {"y": day.year, "yy": f"{day.year % 100:02}"}
    return form.format(d=day.day, m=day.month, **year, **months)


@given(langs, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.data())
def test_a_day_is_the_same_however_an_officer_writes_it(
    lang: str, day: date, data: st.DataObject
) -> None:
    said = dated(day, data.draw(st.sampled_from(DATED[lang])))
    for text in (said, AROUND[lang].format(said)):
        assert values_in(text, lang) == Counter({("DATE", day.isoformat()): 1})


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("21stNov", "--11-21"),
        ("1stMay 2026", "2026-05-01"),
        ("26thNOV26", "2026-11-26"),
        ("2ndto3rdMar", "--03-02/--03-03"),
    ],
)
def test_a_day_is_read_where_its_ending_touches_the_month(text: str, day: str) -> None:
    for lang in LANGUAGES:
        assert [each.value for each in scan(text, lang)] == [day]


@pytest.mark.parametrize(
    "text", ["12/11-42", "1/2-15", "5/6.26", "26/11۔26", "26-11/26"]
)
def test_what_has_two_signs_is_no_date(text: str) -> None:
    for lang in LANGUAGES:
        assert {each.kind for each in scan(text, lang)} == {"NUMBER"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TROOPS MARCH 5 KM NORTH", "5"),
        ("UNITS MAY 10 DAYS LATER MOVE", "10"),
        ("They March 20 miles", "20"),
    ],
)
def test_what_is_measured_is_no_day_of_a_month(text: str, number: str) -> None:
    assert values_in(text, "en") == Counter({("NUMBER", number): 1})
    for said in ("May 5 night", "May 5 or 6", "8 March 30 km away"):
        assert {"DATE"} <= {kind for kind, _ in values_in(said, "en")}


@pytest.mark.parametrize("hours", ["hrs", "HRS", "Hours", "HOURS"])
def test_hours_are_the_same_in_letters_of_any_case(hours: str) -> None:
    for said in (f"1545 {hours}", f"1545{hours}"):
        assert [each.value for each in scan(f"AT {said}", "en")] == ["15:45"]
    (found,) = scan(f"two hundred {hours}".upper(), "en")
    assert not found.value  # 02:00 as often


@pytest.mark.parametrize(
    "said",
    [
        *("5 dozen", "3 score", "2 thirds", "2 to 3 million", "5 or 6 thousand"),
        *("5 below zero", "5 degrees below zero", "5 degrees of frost"),
        *("6 in the morning", "6 tonight", "6 at night", "5 to 6 pm", "5 am to 6"),
        *("half an hour", "minus 5", "half past six", "a dozen", "at 1545"),
    ],
)
def test_a_signal_in_capitals_says_the_same(said: str) -> None:
    """Most of all that what is in doubt has no value: 5 dozen are not 5."""
    small, large = (
        [(each.kind, each.start, each.end, each.value) for each in scan(text, "en")]
        for text in (said, said.upper())
    )
    assert small == large


def test_what_lies_below_zero_is_no_number_above_it() -> None:
    for said in ("零度以下5度", "冰点以下5度"):
        assert [each.value for each in scan(said, "zh-Hans")] == [""]


def test_there_is_no_hour_beyond_the_day() -> None:
    for said in ("二十五时", "下午二十五点", "24时"):
        assert [each.value for each in scan(said, "zh-Hans")] == [""]


@given(langs, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(FIGURES))
def test_a_day_that_may_be_another_has_no_value_but_what_its_writer_says(
    lang: str, day: date, form: str
) -> None:
    said = dated(day, form)
    (found,) = scan(AROUND[lang].format(said), lang)
    sure = day.day > 12 or day.day == day.month
    assert (found.kind, signed_value(found)) == (
        "DATE",
        day.isoformat() if sure else "",
    )
    assert day.isoformat() in may_mean(found)
    assert len(may_mean(found)) == (1 if sure else 2)
    one = pb.Segment(lang=lang, text=AROUND[lang].format(said))
    one.spans.add(kind="DATE", text=said, value=day.isoformat())
    check_spans(one, "segment")
    one.spans[0].value = (day + timedelta(days=40)).isoformat()
    with pytest.raises(Refusal):
        check_spans(one, "segment")
