"""The page's own words, numbers and times in each language."""

import pytest

from exchange.core import TIME_MAX
from exchange.report.html import PARTS, clean
from exchange.report.words import LANGUAGES, Words
from tests.trust.nation import NOW
from tests.words.catalogues import FOLDERS, TRANSLATED, babel_entries


@pytest.mark.parametrize("lang", TRANSLATED)
def test_translations_hold_nothing_that_acts(lang: str) -> None:
    for said in babel_entries(FOLDERS["report"] / f"{lang}.po").values():
        for text in said:
            assert clean(text) == text
            assert not set("<>&") & set(text)


def test_each_language_has_its_plural_forms() -> None:
    one, many = "{n} message", "{n} messages"
    said = {
        lang: [Words(lang).count(one, many, n) for n in (0, 1, 2)] for lang in LANGUAGES
    }
    assert said == {
        "en": ["0 messages", "1 message", "2 messages"],
        "ur": ["0 پیغامات", "1 پیغام", "2 پیغامات"],
        "zh-Hans": ["0 条消息", "1 条消息", "2 条消息"],
    }


def test_a_part_is_put_into_a_sentence() -> None:
    filled = Words("zh-Hans").fill(
        "The first {rows} of {total}. The complete list: {command}",
        rows="<i>",
        total="2",
        command=PARTS.code("<b>"),
    )
    assert filled.startswith("共 2")
    assert "&lt;i&gt;" in filled
    assert filled.count('<bdi dir="ltr" class="code">&lt;b&gt;</bdi>') == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ("0 secs", "0 سیکنڈ", "0秒")),
        (61, ("1 min, 1 sec", "1 منٹ اور 1 سیکنڈ", "1分钟1秒")),
        (3_600, ("1 hr", "1 گھنٹہ", "1小时")),
        (90_061, ("1 day, 1 hr", "1 دن اور 1 گھنٹہ", "1天1小时")),
        (40 * 86_400 + 3_600, ("40 days", "40 دن", "40天")),
    ],
)
def test_lengths_of_time(seconds: int, said: tuple[str, ...]) -> None:
    assert tuple(Words(lang).span(seconds) for lang in LANGUAGES) == said


def test_days_and_moments() -> None:
    assert [Words(lang).moment(NOW) for lang in LANGUAGES] == [
        "15 Jan 2027 08:00:00",
        "15 جنوری، 2027 08:00:00",
        "2027年1月15日 08:00:00",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("time", [0, -1, TIME_MAX + 1, 2**63])
def test_a_time_that_is_none_is_shown_as_the_nearest(lang: str, time: int) -> None:
    assert Words(lang).moment(time)


def test_large_numbers_are_grouped() -> None:
    assert {Words(lang).number(1_234_567) for lang in LANGUAGES} == {"1,234,567"}
