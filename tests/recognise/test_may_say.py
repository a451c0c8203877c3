"""Words that may say a number are offered for it, and never taken for one."""

import pytest
from hypothesis import given

from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.spans import scan, values_in
from exchange.limits import SEGMENT_MAX
from exchange.recognise.scan import may_say, months, possible_numbers
from tests.bulletin.test_spans import langs, texts


def offered(text: str, lang: str) -> list[str]:
    return [each.value for each in may_say(text, lang, list(scan(text, lang)))]


MAY_BE = [
    ("en", "One vehicle", "1"),
    ("en", "one of the vehicles", "1"),
    ("en", "Zero casualties", "0"),
    ("en", "casualties: nil", "0"),
    ("ur", "ایک گاڑی", "1"),
    ("ur", "ایک عدد گاڑی", "1"),
    ("ur", "صفر ہلاکتیں", "0"),
    ("zh-Hans", "一辆车", "1"),
    ("zh-Hans", "一名工程师", "1"),
    ("zh-Hans", "一起爆炸事件", "1"),
    ("zh-Hans", "一死三伤", "1"),
    ("zh-Hans", "车辆之一。", "1"),
    ("zh-Hans", "一摄氏度", "1"),
    ("zh-Hans", "零伤亡", "0"),
]
IS_NONE = [
    ("en", "No one, one another, one-way, twenty-one, at one o'clock, this one"),
    ("en", "one hundred; below zero"),
    ("ur", "ایک دوسرے، ہر ایک، ایک اور گاڑی، ایک ہی، ایک بجے، ایک سو افراد، انیک"),
    ("ur", "صفر سے 5 ڈگری نیچے"),
    (
        "zh-Hans",
        "一起行动，第一次，另一辆，一带一路，一度，统一，一次性，三分之一，同一天",
    ),
    ("zh-Hans", "十一名，一百人，一部分，唯一，新一轮，零件，零下5度"),
]


@pytest.mark.parametrize(("lang", "text", "value"), MAY_BE)
def test_a_word_for_one_or_none_is_offered_and_not_found(
    lang: str, text: str, value: str
) -> None:
    assert offered(text, lang) == [value]
    assert ("NUMBER", value) not in values_in(text, lang)


@pytest.mark.parametrize(("lang", "text"), IS_NONE)
def test_a_word_that_surely_says_no_number_is_not(lang: str, text: str) -> None:
    assert offered(text, lang) == []


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Minus one degree"),
        ("ur", "منفی ایک ڈگری"),
        ("zh-Hans", "零下一度"),
        ("zh-Hans", "零下一摄氏度"),
    ],
)
def test_behind_a_minus_it_is_a_number(lang: str, text: str) -> None:
    assert offered(text, lang) == []
    assert values_in(text, lang) == {("NUMBER", "-1"): 1}


def test_the_commonest_words_only_explain() -> None:
    assert possible_numbers("A car", "en") == {"1"}
    assert possible_numbers("Route 4", "en") == frozenset()
    assert possible_numbers("اسی جوان", "ur") == {"80"}
    assert possible_numbers("一辆车", "zh-Hans") == frozenset()


@given(texts, langs)
def test_a_month_is_no_part_of_what_is_found(text: str, lang: str) -> None:
    found = list(scan(text, lang))
    for each in months(text, lang, found):
        assert 1 <= int(each.value) <= 12
        beside = [f for f in found if f.start < each.end and each.start < f.end]
        assert [(f.kind, f.start, f.end) for f in beside] in (
            [],
            [("NUMBER", each.start, each.end)],
        )


@given(texts, langs)
def test_nothing_is_offered_that_is_found(text: str, lang: str) -> None:
    found = list(scan(text, lang))
    for each in may_say(text, lang, found):
        assert each.value in {"0", "1"}
        assert all(each.end <= f.start or f.end <= each.start for f in found)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "part",
    ["one ", "a ", "ایک ", "一", "一起", "一辆", "零", "之一", "4月", "4至", "in May "],
)
def test_a_hostile_text_is_no_harder(part: str, lang: str) -> None:
    text = (part * SEGMENT_MAX)[:SEGMENT_MAX]
    assert len(offered(text, lang)) <= SEGMENT_MAX
    assert len(list(months(text, lang, list(scan(text, lang))))) <= SEGMENT_MAX
