"""The catalogues hold every word of the page, and nothing that could act."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from exchange import report
from exchange.core import TIME_MAX
from exchange.errors import TEXTS
from exchange.report.html import clean, tag
from exchange.report.words import LANGUAGES, Words
from tests.trust.nation import NOW

ROOT = Path(report.__file__).parent
TRANSLATED = ["ur", "zh-Hans"]


def literals() -> Iterator[str | tuple[str, str]]:
    """What is said, filled, marked, and counted in the package."""
    for path in ROOT.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                given = [a.value for a in node.args if isinstance(a, ast.Constant)]
                texts = [text for text in given if isinstance(text, str)]
                if name in {"say", "fill", "word"} and texts:
                    yield texts[0]
                if name == "count" and len(texts) > 1:
                    yield texts[0], texts[1]


def wanted() -> set[str | tuple[str, str]]:
    return {*literals(), *TEXTS.values()}


@pytest.fixture(params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with (ROOT / "locale" / f"{request.param}.po").open("rb") as file:
        return read_po(file)


def entries(catalogue: Catalog) -> dict[str | tuple[str, str], tuple[str, ...]]:
    found: dict[str | tuple[str, str], tuple[str, ...]] = {}
    for message in catalogue:
        said = message.string
        texts = said if isinstance(said, tuple) else (said,)
        if isinstance(message.id, str):
            found[message.id] = tuple(map(str, texts))
        else:
            found[message.id[0], message.id[1]] = tuple(map(str, texts))
    found.pop("")  # the header
    return found


def test_every_word_is_translated(catalogue: Catalog) -> None:
    held = entries(catalogue)
    assert sorted(map(str, wanted() - held.keys())) == []
    assert [key for key, said in held.items() if not all(said)] == []


def test_nothing_is_translated_that_is_not_said(catalogue: Catalog) -> None:
    assert sorted(map(str, entries(catalogue).keys() - wanted())) == []


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_translations_have_the_same_values(catalogue: Catalog) -> None:
    for key, said in entries(catalogue).items():
        one = key if isinstance(key, str) else key[1]
        assert all(fields(text) == fields(one) for text in said), key


def test_translations_hold_nothing_that_acts(catalogue: Catalog) -> None:
    for said in entries(catalogue).values():
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


def test_an_element_is_put_into_a_sentence() -> None:
    name = tag("bdi", "<b>")
    filled = Words("zh-Hans").fill(
        "The first {rows} of {total}. The complete list: {command}",
        rows="1",
        total="2",
        command=name,
    )
    assert filled[-1] is name or name in filled
    assert "".join(part for part in filled if isinstance(part, str)).startswith("共 2")


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
