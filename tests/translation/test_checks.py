"""The checks of a translation, both ways, in every direction of the three languages."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import cli
from exchange.bulletin import spans
from exchange.bulletin.content import from_json
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.translations import segments_of
from exchange.limits import SEGMENT_MAX, SPANS_MAX, SUBJECT_CELLS_MAX
from exchange.recognise.scan import modals, negations
from exchange.translation import value_comparison
from exchange.translation.checks import TEXTS, Check, Finding, Severity, check, stop_of
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2 as pb
from exchange.words import of, use
from tests.translation.bulletins import segment

CASES = json.loads(
    (Path(__file__).parent.parent / "vectors/translation/checks.json").read_text()
)
WAYS = list(permutations(LANGUAGES, 2))
NONE = Glossary(0, [])


def glossary() -> Glossary:
    terms = []
    for one in CASES["terms"]:
        term = pb.Term(id=one["id"])
        for key, status in (("forms", "PREFERRED"), ("forbidden", "FORBIDDEN")):
            for lang, texts in one[key].items():
                for text in texts:
                    term.forms.add(lang=lang, text=text, status=status)
        terms.append(term)
    return Glossary(1, terms)


def source(lang: str) -> pb.Segment:
    said = CASES["source"][lang]
    return segment("s1", said["text"], *map(tuple, said["spans"]), lang=lang)


def asked(found: list[Finding]) -> set[str]:
    return {f.check for f in found}


@pytest.mark.parametrize(("lang", "target"), WAYS)
@pytest.mark.parametrize("place", [0, 1], ids=["plainly", "otherwise"])
def test_a_good_translation_asks_only_whether_not_and_must_were_seen(
    lang: str, target: str, place: int
) -> None:
    text = CASES["good"][target][place]
    found = check(source(lang), text, target, glossary())
    assert asked(found) == {Check.NEGATION, Check.MODALITY}
    assert {f.severity for f in found} == {Severity.CONFIRM}
    assert not any(f.blocks("TRANSLATED") for f in found)
    assert all(f.blocks("REVIEWED") and f.blocks("FINAL") for f in found)
    confirmed = {f.key for f in found}
    assert confirmed == {"s1 NEGATION", "s1 MODALITY"}
    assert not check(source(lang), text, target, glossary(), confirmed)


def spoilt() -> Iterator[tuple[str, str, str, str, str]]:
    for lang, target in WAYS:
        for name, old, new in CASES["bad"][target]:
            yield lang, target, name, old, new


@pytest.mark.parametrize(("lang", "target", "name", "old", "new"), list(spoilt()))
def test_each_check_finds_its_fault(
    lang: str, target: str, name: str, old: str, new: str
) -> None:
    good = CASES["good"][target][0]
    assert old in good
    before = check(source(lang), good, target, glossary())
    found = check(source(lang), good.replace(old, new), target, glossary())
    assert any(f.check == name and f not in before for f in found), found


@pytest.mark.parametrize(("lang", "target"), WAYS)
def test_what_is_no_text_of_that_language(lang: str, target: str) -> None:
    one = source(lang)
    assert asked(check(one, " \n", target, NONE)) == {Check.EMPTY}
    assert asked(check(one, one.text, target, NONE)) == {Check.SCRIPT}
    good = CASES["good"][target][0]
    long = check(one, good * (SEGMENT_MAX // len(good) + 1), target, NONE)
    assert Check.LENGTH in asked(long)


@pytest.mark.parametrize("target", LANGUAGES)
def test_the_original_is_no_translation(target: str) -> None:
    lang = next(each for each in LANGUAGES if each != target)
    good = CASES["good"][target][0]
    one = pb.Segment(id="s1", lang=lang, text=good)
    assert Check.SAME in asked(check(one, good, target, NONE))


@pytest.mark.parametrize(("lang", "target"), WAYS)
def test_what_is_all_protected_stays_as_it_is(lang: str, target: str) -> None:
    one = segment(
        "s1",
        "ROUND-4 43SDU1234056780",
        ("CODE", "ROUND-4"),
        ("GRID", "43SDU1234056780"),
        lang=lang,
    )
    assert not check(one, one.text, target, NONE)
    found = check(one, "43SDU1234056780", target, NONE)
    assert Check.SPAN in asked(found)


def test_a_subject_must_fit_the_screen() -> None:
    one = pb.Segment(id="s0", lang="en", text="Word")
    wide = "车" * (SUBJECT_CELLS_MAX // 2)
    assert not check(one, wide, "zh-Hans", NONE, subject=True)
    found = check(one, wide + "队", "zh-Hans", NONE, subject=True)
    assert [(f.check, f.where) for f in found] == [(Check.WIDTH, "242/240")]
    assert not check(one, wide + "队", "zh-Hans", NONE)
    found = check(one, "ا" * 201, "ur", NONE, subject=True)
    assert [(f.check, f.where) for f in found] == [(Check.LENGTH, "201/200")]


def test_a_zero_width_non_joiner_is_of_urdu_alone() -> None:
    one = pb.Segment(id="s1", lang="en", text="Text")
    assert not check(one, "آب\u200cپاشی", "ur", NONE)
    assert asked(check(one, "车\u200c队", "zh-Hans", NONE)) == {Check.CONTROLS}


def test_a_lost_negation_blocks_at_once_until_somebody_answers() -> None:
    one = pb.Segment(id="s1", lang="en", text="Do not stop.")
    (found,) = check(one, "رک جائیں۔", "ur", NONE)
    assert (found.check, found.severity) == (Check.NEGATION, Severity.CONFIRM)
    assert found.blocks("TRANSLATED")
    assert found.where == "not → -"
    assert not check(one, "رک جائیں۔", "ur", NONE, {"s1 NEGATION"})


def test_only_what_is_answerable_can_be_confirmed() -> None:
    one = source("en")
    text = CASES["good"]["ur"][0].replace("12 ", "13 ")
    found = check(one, text, "ur", NONE, {f"s1 {each}" for each in Check})
    assert {Check.SPAN, Check.VALUE_ADDED} == asked(found)
    assert not {f.severity for f in found} & {Severity.CONFIRM}


def test_a_number_in_words_may_be_another_word() -> None:
    one = pb.Segment(id="s1", lang="en", text="Report at once.")
    (found,) = check(one, "فوراً اطلاع دو۔", "ur", NONE)  # "give", not "two"
    assert (found.check, found.answerable) == (Check.VALUE_ADDED, True)
    one = pb.Segment(id="s1", lang="en", text="Two guards.")
    (found,) = check(one, "محافظ۔", "ur", NONE)
    assert (found.check, found.answerable) == (Check.VALUE_MISSING, True)
    one = pb.Segment(id="s1", lang="en", text="2 guards.")
    (found,) = check(one, "محافظ۔", "ur", NONE)
    assert (found.check, found.answerable) == (Check.VALUE_MISSING, False)


def test_a_protected_number_in_words_is_answered_for() -> None:
    one = segment("s1", "Two guards.", ("NUMBER", "Two", "2"))
    (found,) = check(one, "دونوں محافظ۔", "ur", NONE)  # both guards
    assert (found.check, found.where, found.answerable) == (Check.SPAN, "2", True)
    assert found.blocks("TRANSLATED")


def test_a_place_that_no_list_knows_is_for_a_person_to_find() -> None:
    one = segment("s1", "Near Upper Xanadu.", ("PLACE", "Upper Xanadu"))
    (found,) = check(one, "اپر زاناڈو کے قریب۔", "ur", NONE)
    assert (found.check, found.where) == (Check.SPAN_UNSEEN, "Upper Xanadu")
    assert found.severity is Severity.CONFIRM
    assert not found.blocks("TRANSLATED")
    assert not check(one, "Upper Xanadu کے قریب ایک جگہ۔", "ur", NONE)


def test_a_code_word_of_another_script_is_found_by_its_value() -> None:
    one = segment("s1", "بی ایل اے", ("CODE", "بی ایل اے", "BLA"), lang="ur")
    assert not check(one, "BLA", "en", NONE)
    assert asked(check(one, "Nobody", "en", NONE)) >= {Check.SPAN}
    one.spans[0].value = ""
    assert asked(check(one, "BLA", "en", NONE)) == {Check.SPAN_UNSEEN}


def test_a_code_word_within_another_does_not_count() -> None:
    one = segment("s1", "Take route B.", ("CODE", "B"))
    assert not check(one, "راستہ B اختیار کریں۔", "ur", NONE)
    assert Check.SPAN in asked(check(one, "راستہ BX اختیار کریں۔", "ur", NONE))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(("x" + stop, ".") for stop in ".。．۔"),
        *(("x" + stop, "?") for stop in "?？؟"),
        *(("x" + stop, "!") for stop in "!！"),
        *(("x" + stop, ":") for stop in ":："),
        ("(x.)", "."),
        ("“x。”", "."),
        ("x", ""),
        ("", ""),
    ],
)
def test_stops_of_one_kind_are_the_same(text: str, kind: str) -> None:
    assert stop_of(text) == kind


SAMPLES = sorted((Path(cli.__file__).parent / "samples").glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.name)
def test_the_translations_of_the_samples_need_nothing_mended(sample: Path) -> None:
    draft = from_json(json.loads(sample.read_text("utf-8")))
    by_id = segments_of(draft.content)
    for said in draft.translations:
        for one in said.segments:
            found = check(by_id[one.id], one.text, said.lang, Glossary.seed())
            assert not [each for each in found if not each.answerable]


def test_a_place_may_be_named_oftener_if_somebody_says_so() -> None:
    """A language repeats the name where another says "there"."""
    one = segment("s1", "Wait at Gilgit; fuel is there.", ("PLACE", "Gilgit", "GILGIT"))
    (found,) = check(one, "在吉尔吉特等候；吉尔吉特有燃料。", "zh-Hans", NONE)
    assert (found.check, found.answerable) == (Check.SPAN, True)
    (found,) = check(one, "在那里等候；那里有燃料。", "zh-Hans", NONE)
    assert (found.check, found.answerable) == (Check.SPAN, False)


def filled(case: Mapping[str, Any]) -> pb.Segment:
    made = pb.Segment(id="s1", lang=case["from"], text=case["text"])
    spans.fill(made)
    return made


SEEN = {Check.SPAN, Check.SPAN_UNSEEN, Check.VALUE_MISSING, Check.VALUE_ADDED}


def unlike(case: Mapping[str, Any], text: str) -> list[Finding]:
    """What is found astray of values, not of "not" and "must"."""
    found = check(filled(case), text, case["to"], NONE)
    return [each for each in found if each.check in SEEN]


@pytest.mark.parametrize("case", CASES["read"], ids=lambda case: str(case["text"]))
def test_a_half_a_quarter_and_a_part_of_the_day_change_the_value(
    case: Mapping[str, Any],
) -> None:
    assert not unlike(case, case["good"])
    for old, new in case["bad"]:
        assert old in case["good"]
        found = unlike(case, case["good"].replace(old, new))
        assert any(not each.answerable for each in found), (old, new)


@pytest.mark.parametrize("case", CASES["asked"], ids=lambda case: str(case["text"]))
def test_a_name_that_may_mean_several_places_is_asked_for(
    case: Mapping[str, Any],
) -> None:
    assert not unlike(case, case["good"])
    for wrong in case["bad"]:
        (found,) = unlike(case, wrong)
        assert (found.check, found.answerable) == (Check.SPAN, True)
        assert found.blocks("TRANSLATED")


@pytest.mark.parametrize("case", CASES["doubtful"], ids=lambda case: str(case["text"]))
def test_what_cannot_be_read_is_for_a_person_and_never_a_dead_end(
    case: Mapping[str, Any],
) -> None:
    for good in case["good"]:
        assert all(each.answerable for each in unlike(case, good)), good


ONE = {
    "en": ("1 vehicle was hit.", "One vehicle was hit."),
    "ur": ("1 گاڑی نشانہ بنی۔", "ایک گاڑی نشانہ بنی۔"),
    "zh-Hans": ("1辆车遭袭。", "一辆车遭袭。"),
}


@pytest.mark.parametrize(("lang", "target"), WAYS)
def test_a_one_in_digits_may_be_said_by_its_word(lang: str, target: str) -> None:
    for text, said in ((0, 1), (1, 0), (1, 1), (0, 0)):
        case = {"from": lang, "text": ONE[lang][text], "to": target}
        assert not unlike(case, ONE[target][said])


@pytest.mark.parametrize(("lang", "target"), WAYS)
@given(n=st.integers(2, 5_000))
def test_no_other_number_is_said_by_it(lang: str, target: str, n: int) -> None:
    many = ONE[lang][0].replace("1", str(n))
    for text, said in ((many, ONE[target][1]), (many, ONE[target][0])):
        found = unlike({"from": lang, "text": text, "to": target}, said)
        assert any(f.where == str(n) and not f.answerable for f in found)
    for text in ONE[lang]:
        said = ONE[target][0].replace("1", str(n))
        found = unlike({"from": lang, "text": text, "to": target}, said)
        assert any(f.where == str(n) and not f.answerable for f in found)


def marked_or_not(
    lang: str, text: str, target: str, said: str
) -> Iterator[list[Finding]]:
    """What is found astray of values, where the source marks them and where not."""
    for one in (filled({"from": lang, "text": text}), segment("s1", text, lang=lang)):
        yield [f for f in check(one, said, target, NONE) if f.check in SEEN]


LOST = [
    ("en", "1 vehicle was hit.", "ur", "گاڑیاں نشانہ بنیں۔"),
    ("en", "1 vehicle was hit.", "zh-Hans", "车队一起行动时遭袭。"),
    ("ur", "1 گاڑی نشانہ بنی۔", "zh-Hans", "在同一地点统一行动时遭袭。"),
    ("zh-Hans", "1辆车遭袭。", "ur", "وہ ایک دوسرے سے الگ نشانہ بنے۔"),
    ("zh-Hans", "1辆车遭袭，1名司机受伤。", "ur", "ایک گاڑی نشانہ بنی، ڈرائیور زخمی۔"),
    ("zh-Hans", "1辆车遭袭。", "en", "Vehicles were hit, no one else."),
]


@pytest.mark.parametrize(("lang", "text", "target", "said"), LOST)
def test_a_one_that_no_word_says_is_missing(
    lang: str, text: str, target: str, said: str
) -> None:
    for found in marked_or_not(lang, text, target, said):
        assert [(f.where, f.answerable) for f in found] == [("1", False)]


MONTHS = {
    "en": ("The road opens in {}.", "April", "May"),
    "ur": ("سڑک {} میں کھلے گی۔", "اپریل", "مئی"),
    "zh-Hans": ("该路{}开通。", "4月", "5月"),
}


@pytest.mark.parametrize(("lang", "target"), WAYS)
@pytest.mark.parametrize("marked", [True, False])
def test_a_month_by_itself_is_the_same_in_every_language(
    lang: str, target: str, *, marked: bool
) -> None:
    """Another one is refused, and nobody can confirm it away."""
    sentence, april, _ = MONTHS[lang]
    theirs, same, other = MONTHS[target]
    source = pb.Segment(id="s1", lang=lang, text=sentence.format(april))
    if marked:
        spans.fill(source)

    assert check(source, theirs.format(same), target, NONE) == []
    found = check(source, theirs.format(other), target, NONE)
    assert any(f.check is Check.VALUE_ADDED and not f.answerable for f in found)


@pytest.mark.parametrize(
    ("lang", "text", "target", "said"),
    [
        ("en", "Closed from April to June.", "zh-Hans", "4至6月关闭。"),
        ("en", "Closed in January.", "zh-Hans", "一月份关闭。"),
        ("zh-Hans", "十二月开通。", "en", "Opens in December."),
        ("en", "Opens on 26 April or in May.", "zh-Hans", "4月26日或5月开通。"),
        ("en", "Closed for three months.", "zh-Hans", "关闭三个月。"),
        ("en", "3 million people", "ur", "3 ملین افراد"),
        ("ur", "دو ملین ڈالر", "zh-Hans", "200万美元"),
        ("ur", "2.5 بلین روپے", "en", "2.5 billion rupees"),
        ("ur", "ایک ملین", "en", "one million"),
        ("ur", "ڈیڑھ ملین", "en", "1.5 million"),
        ("en", "2 trillion", "ur", "2 ٹریلین"),
        ("en", "12.345 million dollars", "zh-Hans", "1234.5万美元"),
        ("en", "A dose of 0.500 mg", "zh-Hans", "剂量为0.5毫克"),
        ("en", "The index is 0.500.", "zh-Hans", "指数为0.5。"),
        ("en", "A rise of 3.125 per cent", "zh-Hans", "上升百分之三点一二五"),
        ("en", "It is minus 0.125", "zh-Hans", "为-0.125"),
        ("en", "12.345 km", "ur", "12.345 کلومیٹر"),
        ("en", "At 35.317, 73.193.", "ur", "مقام 35.317، 73.193۔"),
    ],
)
def test_a_right_value_is_accepted(
    lang: str, text: str, target: str, said: str
) -> None:
    assert not any(marked_or_not(lang, text, target, said))


@pytest.mark.parametrize(
    ("lang", "text", "target", "said"),
    [
        ("en", "4 vehicles passed in April.", "zh-Hans", "4月有车通过。"),
        ("en", "The road opens in April.", "zh-Hans", "该路有4辆车。"),
        ("en", "Closed from April to June.", "zh-Hans", "4-7月关闭。"),
        ("zh-Hans", "该路5月开通。", "en", "The road may open."),
        ("ur", "دو ملین ڈالر", "zh-Hans", "300万美元"),
        ("ur", "3 ملین ڈالر", "en", "3 billion dollars"),
        ("en", "3 million people", "ur", "3 افراد"),
        ("en", "12.345 million dollars", "ur", "12.345 بلین ڈالر"),
        ("en", "The index is 0.500.", "zh-Hans", "指数为0.6。"),
        ("en", "It is 12.345 km long.", "zh-Hans", "全长12.346公里。"),
        ("en", "It is minus 0.125", "zh-Hans", "为0.125"),
        ("en", "At 35.317, 73.193.", "zh-Hans", "在35.317, 73.194。"),
        ("en", "At 35.317, half an hour ago.", "zh-Hans", "半小时前，在35.318。"),
        ("en", "35.317 N", "zh-Hans", "南纬35.317度"),
        ("en", "In May, and on 4 May", "zh-Hans", "5月4日、4月5日"),
    ],
)
def test_a_wrong_value_beside_it_is_refused_for_good(
    lang: str, text: str, target: str, said: str
) -> None:
    for found in marked_or_not(lang, text, target, said):
        assert any(not f.answerable for f in found)


@pytest.mark.parametrize(
    ("lang", "text", "target", "said"),
    [
        ("en", "The road opens in April.", "zh-Hans", "该路本月开通。"),
        ("en", "The magnitude was 5.125.", "zh-Hans", "震级为五点一二五。"),
        ("en", "April 2026 and May 2026", "zh-Hans", "2026年4月和5月"),
    ],
)
def test_what_another_language_may_put_otherwise_is_asked_about(
    lang: str, text: str, target: str, said: str
) -> None:
    found = unlike({"from": lang, "text": text, "to": target}, said)
    assert found
    assert all(f.answerable for f in found)


def test_a_month_is_told_by_its_name() -> None:
    segment = pb.Segment(id="s1", lang="en", text="In April.")
    found = check(segment, "5月。", "zh-Hans", NONE)
    assert [f.where for f in found if f.check in SEEN] == ["April", "5月"]


def test_an_article_explains_a_one_to_a_person_only() -> None:
    case = {"from": "zh-Hans", "text": "1辆车遭袭。", "to": "en"}
    (found,) = unlike(case, "A vehicle was hit.")
    assert (found.check, found.where, found.answerable) == (Check.SPAN, "1", True)
    case = {"from": "en", "text": "80 men.", "to": "ur"}
    (found,) = unlike(case, "اسی جوان۔")
    assert (found.check, found.where, found.answerable) == (Check.SPAN, "80", True)


COUNTED_OFF = {
    "en": ("The 2nd team.", "The second team."),
    "ur": ("ٹیم نمبر 2۔", "دوسری ٹیم۔"),
    "zh-Hans": ("第2组。", "第二组。"),
}


@pytest.mark.parametrize(("lang", "target"), WAYS)
def test_an_ordinal_explains_its_number_too(lang: str, target: str) -> None:
    for text, said in ((0, 1), (1, 0)):
        case = {"from": lang, "text": COUNTED_OFF[lang][text], "to": target}
        (found,) = unlike(case, COUNTED_OFF[target][said])
        assert (found.where, found.answerable) == ("2", True)
        case["text"] = case["text"].translate({ord("2"): "3", ord("二"): "三"})
        if text == 0:
            found, *_ = unlike(case, COUNTED_OFF[target][said])
            assert (found.where, found.answerable) == ("3", False)


def test_a_one_in_digits_beside_a_word_for_one_may_be_two() -> None:
    case = {"from": "ur", "text": "قافلہ 1: ایک گاڑی۔", "to": "en"}
    assert not unlike(case, "Convoy 1: 1 vehicle.")
    assert not all(f.answerable for f in unlike(case, "Convoy 1: 1 of 1 vehicle."))


def test_the_letter_of_a_unit_is_no_code_word() -> None:
    case = {"from": "ur", "text": "منفی 5 ڈگری پر راستہ C لیں۔", "to": "en"}
    assert not unlike(case, "Take route C at -5 °C.")
    (found,) = unlike(case, "Take the route at -5 °C.")
    assert (found.where, found.answerable) == ("C", False)


@pytest.mark.parametrize(
    ("lang", "text", "target", "said"),
    [
        ("en", "0 casualties.", "ur", "صفر ہلاکتیں۔"),
        ("ur", "ہلاکتیں: 0", "zh-Hans", "零伤亡"),
        ("zh-Hans", "0人遇难。", "en", "Zero dead."),
        ("en", "Casualties.", "ur", "ایک کے بعد ایک حملہ۔"),
        ("ur", "حملہ۔", "zh-Hans", "一次袭击，一人在场。"),
        ("zh-Hans", "车队遭袭。", "en", "One convoy was hit, one of ours."),
    ],
)
def test_a_word_for_one_or_none_raises_nothing(
    lang: str, text: str, target: str, said: str
) -> None:
    assert not unlike({"from": lang, "text": text, "to": target}, said)


def test_a_date_of_two_days_is_asked_about_once_and_settled_by_its_writer() -> None:
    """11/12/2026 is one day in Karachi and another one where a form was printed."""
    one = filled({"from": "en", "text": "Closed on 11/12/2026."})
    for good in ("2026年12月11日关闭。", "2026年11月12日关闭。"):
        (found,) = check(one, good, "zh-Hans", NONE)
        assert (found.check, found.answerable) == (Check.SPAN, True)
        assert found.where == "2026-11-12 | 2026-12-11"
    assert not check(one, "11/12/2026关闭。", "zh-Hans", NONE)
    for bad in ("2026年12月13日关闭。", "12/13/2026关闭。", "关闭。"):
        assert not all(f.answerable for f in check(one, bad, "zh-Hans", NONE)), bad
    one.spans[0].value = "2026-12-11"
    assert not check(one, "2026年12月11日关闭。", "zh-Hans", NONE)
    assert not all(
        f.answerable for f in check(one, "2026年11月12日关闭。", "zh-Hans", NONE)
    )


def test_a_date_of_two_days_in_a_translation_is_asked_about() -> None:
    for spans_too in (True, False):
        one = filled({"from": "ur", "text": "۱۱ دسمبر ۲۰۲۶ء کو بند۔"})
        if not spans_too:
            del one.spans[:]
        found = check(one, "Closed on 11/12/2026.", "en", NONE)
        assert found
        assert all(f.answerable for f in found)
        found = check(one, "Closed on 10/12/2026.", "en", NONE)
        assert not all(f.answerable for f in found)


def test_a_date_of_two_days_that_nobody_protects_must_come_over_too() -> None:
    one = pb.Segment(id="s1", lang="en", text="Closed on 11/12/2026.")
    (found,) = check(one, "2026年12月11日关闭。", "zh-Hans", NONE)
    assert (found.check, found.answerable) == (Check.VALUE_MISSING, True)
    (found,) = check(one, "关闭。", "zh-Hans", NONE)
    assert (found.check, found.answerable) == (Check.VALUE_MISSING, False)


def test_doubt_about_one_number_excuses_no_protected_one() -> None:
    case = {"from": "zh-Hans", "text": "三四十人和12辆车。", "to": "en"}
    assert all(f.answerable for f in unlike(case, "30 to 40 men and 12 cars."))
    found = unlike(case, "30 to 40 men and 13 cars.")
    assert [f.where for f in found if not f.answerable] == ["12"]


SIGNED = [
    ("No convoy of 2600 cars.", "NUMBER", "26", "", "没有2600辆车的车队。"),
    (
        *("No convoy on 26 November 2026.", "PLACE", "26 November 2026", "DASU-HPP"),
        "2026年11月26日没有车队。",
    ),
    ("Left at half past 6.", "TIME", "6", "06:00", "6点半离开。"),
    ("In the van 12 men.", "NUMBER", "van", "4", "面包车上12人。"),
]


@pytest.mark.parametrize(("text", "kind", "piece", "value", "good"), SIGNED)
def test_a_span_that_a_partner_signed_amiss_is_answered_for(
    text: str, kind: str, piece: str, value: str, good: str
) -> None:
    one = segment("s1", text, (kind, piece, value))
    found = [f for f in check(one, good, "zh-Hans", NONE) if f.check in SEEN]
    assert found
    assert all(each.answerable for each in found)


def test_spans_that_share_a_place_are_answered_for() -> None:
    one = segment("s1", "26 cars.", ("NUMBER", "26"), ("CODE", "26 cars"))
    (found,) = check(one, "26辆车。", "zh-Hans", NONE)
    assert (found.check, found.where) == (Check.SPAN, "26 cars")
    assert found.answerable
    del one.spans[0]
    (found,) = check(one, "26辆车。", "zh-Hans", NONE)
    assert not found.answerable


def test_a_false_value_does_not_let_the_false_time_pass() -> None:
    """A partner signed 06:00 for "6 o'clock" where the text says half past."""
    one = segment(
        "s1", "قافلہ ساڑھے 6 بجے نکلا۔", ("TIME", "6 بجے", "06:00"), lang="ur"
    )
    found = check(one, "The convoy left at 6:00.", "en", NONE)
    assert any(not each.answerable for each in found)
    found = check(one, "The convoy left at 6:30.", "en", NONE)
    assert found
    assert all(each.answerable for each in found)


LYING = [
    ("NUMBER", "3", "30", "30辆车。", "3辆车。"),
    ("TIME", "06:00Z", "18:00Z", "18:00Z出发。", "06:00Z出发。"),
    ("PLACE", "Gilgit", "CHILAS", "在奇拉斯。", "在吉尔吉特。"),
    ("CODE", "ROUND-4", "ROUND-5", "ROUND-5出发。", "ROUND-4出发。"),
]


@pytest.mark.parametrize(("kind", "text", "value", "theirs", "true"), LYING)
def test_a_value_that_is_not_that_of_its_text_counts_for_nothing(
    kind: str, text: str, value: str, theirs: str, true: str
) -> None:
    """A partner may sign any value; what the text says must come over."""
    one = segment("s1", f"{text}.", (kind, text, value))
    assert not check(one, true, "zh-Hans", NONE)
    assert Check.SPAN in asked(check(one, theirs, "zh-Hans", NONE))


def test_a_source_of_nothing_but_dates_in_doubt_is_no_harder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A partner may mark as many as there can be; each is looked for but once."""
    text = "1/2/26 " * 500
    source = pb.Segment(id="s1", lang="en", text=text)
    source.spans.extend(spans.find(text, "en")[-SPANS_MAX:])
    places: list[int] = []

    def told(text: str, span: pb.Span) -> int:
        places.append(span.occurrence)
        return spans.place(text, span)

    monkeypatch.setattr(value_comparison, "place", told)
    assert len(value_comparison.read(text, "en", source.spans).spans) == 500
    assert len(places) == SPANS_MAX


@pytest.mark.parametrize(
    "text", ["ALL MUST LEAVE", "ATTACK IS UNLIKELY", "THEY MAY LEAVE", "We may go"]
)
def test_what_must_or_may_be_is_seen_in_capitals(text: str) -> None:
    assert modals(text, "en")
    for month in ("26 MAY 26", "MAY 26", "On 5 May"):
        assert not modals(month, "en")


def test_values_of_two_texts_are_taken_apart_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many of them are astray."""
    one = pb.Segment(id="s1", lang="en", text=" ".join(map(str, range(25, 500))))
    target = " ".join(f"{n // 60:02}:{n % 60:02}" for n in range(475))
    calls: list[int] = []
    real = Counter.__sub__

    def told(self: Counter[object], other: Counter[object]) -> Counter[object]:
        calls.append(len(other))
        return real(self, other)

    monkeypatch.setattr(Counter, "__sub__", told)
    assert len(check(one, target, "ur", NONE)) > 500
    assert len(calls) < 10


def test_each_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many spans it has: that is what takes the time."""
    one = source("en")
    for span in one.spans:
        span.ClearField("value")
    read: list[str] = []
    for module in (spans, value_comparison):
        real = module.scan

        def told(text: str, lang: str, real: Any = real, **how: bool) -> Any:  # noqa: ANN401
            read.append(text)
            return real(text, lang, **how)

        monkeypatch.setattr(module, "scan", told)
    target = CASES["good"]["ur"][0]
    check(one, target, "ur", glossary())
    assert read.count(one.text) == read.count(target) == 1
    assert len(read) <= 2 + len(one.spans)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh-Hans", "无人机和无人车不久后进入未来的没收区，无人驾驶，无线电不断。"),
        ("en", "Nothingness noted; another knot in May; bridge No. 7, No 8."),
        ("ur", "مہینہ نہانا، غیر ملکی انجینئر"),
    ],
)
def test_words_that_only_hold_a_negation_are_none(lang: str, text: str) -> None:
    assert not negations(text, lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "In May 2026."), ("zh-Hans", "供应与反应须眉"), ("ur", "سکون")],
)
def test_words_that_only_hold_a_modal_are_none(lang: str, text: str) -> None:
    if lang == "zh-Hans":
        text = text.replace("须眉", "")
    assert not modals(text, lang)


TELLING: Mapping[str, Any] = {
    "en": ("It can't and must not", ["n't", "not"], ["can", "must"]),
    "ur": ("نہیں جا سکتے، ضروری ہے", ["نہیں"], ["سکتے", "ضروری"]),
    "zh-Hans": ("不得进入，必须撤离", ["不"], ["不得", "必须"]),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_that_turn_a_sentence_are_found(lang: str) -> None:
    text, negation, modality = TELLING[lang]
    assert negations(text, lang) == negation
    assert modals(text, lang) == modality


@pytest.mark.parametrize(
    ("lang", "text", "target", "said"),
    [
        ("en", "The route is unsafe.", "zh-Hans", "路线不安全。"),
        ("ur", "راستہ غیر محفوظ ہے۔", "en", "The route is unsafe."),
        ("ur", "اطلاع غیر مصدقہ ہے۔", "zh-Hans", "消息未经证实。"),
        ("zh-Hans", "道路无法通行。", "ur", "سڑک ناقابلِ گزر ہے۔"),
    ],
)
def test_what_stays_turned_is_asked_about_before_the_review_only(
    lang: str, text: str, target: str, said: str
) -> None:
    source = pb.Segment(id="s1", lang=lang, text=text)
    (kept,) = (f for f in check(source, said, target, NONE) if "NEGATION" in f.key)
    assert not kept.blocks("TRANSLATED")


TURNED = [
    ("zh-Hans", "无人伤亡。", "Casualties.", "ہلاکتیں ہوئیں۔"),
    ("zh-Hans", "无人受伤。", "People hurt.", "لوگ زخمی ہوئے۔"),
    ("zh-Hans", "禁止通行。", "Passage is free.", "راستہ کھلا ہے۔"),
    ("en", "The driver failed to stop.", "司机停车了。", "ڈرائیور رک گیا۔"),
    ("en", "Passage is prohibited.", "可以通行。", "گزرنے کی اجازت ہے۔"),
    ("ur", "داخلہ ممنوع ہے۔", "Entry is free.", "可以进入。"),
    ("ur", "گاڑی روکنے میں ناکام رہے۔", "They stopped the car.", "他们拦下了车。"),
    ("ur", "راستہ غیر محفوظ ہے۔", "The route is safe.", "路线安全。"),
    ("ur", "سڑک ناقابلِ گزر ہے۔", "The road is open.", "道路畅通。"),
    ("en", "The road is impassable.", "道路畅通。", "سڑک کھلی ہے۔"),
    ("en", "The camp is unsafe.", "营地安全。", "کیمپ محفوظ ہے۔"),
    ("en", "Access was denied.", "获准进入。", "داخلے کی اجازت ملی۔"),
    ("zh-Hans", "司机拒绝停车。", "The driver stopped.", "ڈرائیور رک گیا۔"),
]


@pytest.mark.parametrize(("lang", "text", "one", "other"), TURNED)
def test_what_turns_round_blocks_until_somebody_looked(
    lang: str, text: str, one: str, other: str
) -> None:
    targets = [each for each in LANGUAGES if each != lang]
    if lang == "en":
        targets.reverse()
    source = pb.Segment(id="s1", lang=lang, text=text)
    for target, wrong in zip(targets, (one, other), strict=True):
        found = check(source, wrong, target, NONE)
        (lost,) = (f for f in found if f.check is Check.NEGATION)
        assert lost.blocks("TRANSLATED")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_finding_is_said_in_every_language(lang: str) -> None:
    assert TEXTS.keys() == set(Check)
    use(lang)
    said = [Finding(each, "s1", "ROUND-4").text() for each in Check]
    assert len(set(said)) == len(Check)
    for each, text in zip(Check, said, strict=True):
        assert ("ROUND-4" in text) == ("{found}" in TEXTS[each])
        assert (text == TEXTS[each].format(found="ROUND-4")) == (lang == "en")
        assert lang == "en" or of(lang).gettext(TEXTS[each]) != TEXTS[each]


@given(st.text(), st.text(), st.sampled_from(WAYS))
def test_no_text_breaks_a_check(theirs: str, ours: str, way: tuple[str, str]) -> None:
    one = pb.Segment(id="s1", lang=way[0])
    one.text = theirs.encode(errors="ignore").decode()
    for found in check(one, ours, way[1], NONE):
        assert found.text()


def test_personal_data_is_asked_about_before_it_goes_anywhere() -> None:
    source = pb.Segment(id="s1", lang="en", text="A bomb is near the convoy.")
    said = "车队附近有炸弹 zhang@example.com。"
    found = check(source, said, "zh-Hans", Glossary(0, ()))
    (one,) = [f for f in found if f.check is Check.PERSONAL_DATA]
    assert (one.where, one.key, one.answerable) == ("EMAIL", "s1 PERSONAL_DATA", True)
    assert one.blocks("INITIAL")
    assert not any(f.blocks("INITIAL") for f in found if f is not one)
    left = check(source, said, "zh-Hans", Glossary(0, ()), {one.key})
    assert one not in left
    source.text = "A bomb is near the convoy, zhang@example.com."
    assert one not in check(source, said, "zh-Hans", Glossary(0, ()))


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_a_full_hour_may_be_said_by_its_number(lang: str) -> None:
    """Urdu says 6 بجے where others say "at 6"; it is asked about, and no dead end."""
    texts = {"en": "Meet at {}.", "zh-Hans": "{}见面。"}
    case = {"from": lang, "text": texts[lang].format(6), "to": "ur"}
    found = unlike(case, "6 بجے ملیں۔")
    assert found
    assert all(f.answerable for f in found)
    case["text"] = texts[lang].format(7)
    assert not all(f.answerable for f in unlike(case, "6 بجے ملیں۔"))
    case["text"] = texts[lang].format(6)
    assert not all(f.answerable for f in unlike(case, "6 گاڑیاں 7 بجے ملیں۔"))


def test_an_hour_that_both_say_hides_no_lost_number() -> None:
    case = {"from": "en", "text": "6 vehicles, at 18:00.", "to": "ur"}
    found = unlike(case, "گاڑیاں، شام 6 بجے۔")
    assert [(f.where, f.answerable) for f in found] == [("6", False)]
