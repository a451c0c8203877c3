"""One file, in three languages, that asks nothing of anybody and hides nothing."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from exchange.limits import REPORT_ROWS_MAX
from exchange.report.build import ExportReport
from exchange.report.page import write_page
from exchange.report.tables import NAME_SHOWN, name, place
from exchange.report.words import LANGUAGES, Words
from exchange.v1 import envelope_pb2 as pb
from tests.report.conftest import Compile
from tests.report.exports import CN, CN_OPS, DAY, HOUR, PK, PK_OPS, Log
from tests.trust.nation import NOW

ALL = list(LANGUAGES)
ALI = f"duty-1@{PK_OPS}"
ADDRESSES = re.compile(r"//|url|@import|<script|<link|<iframe|<object")
DIGEST = re.compile(r"sha256-[\w+/]+")  # in base64, which may hold //
PATTERNS = {("path", "strokes"), ("path", "dots")}
VOID = frozenset({"meta", "input", "br", "wbr"})
LOADS = {"src", "href", "action", "data", "srcset", "poster", "style", "xlink:href"}


class Page(HTMLParser):
    """Elements in order, each with attributes, text, and the names of those around."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, Mapping[str, str | None], list[str]]] = []
        self.said: list[list[str]] = []
        self._open: list[tuple[str, int]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = [name for name, _ in self._open]
        self.elements.append((tag, dict(attrs), around))
        self.said.append([])
        if tag not in VOID:
            self._open.append((tag, len(self.said) - 1))

    def handle_endtag(self, tag: str) -> None:
        name, _ = self._open.pop()
        assert name == tag

    def handle_data(self, data: str) -> None:
        for _, number in self._open:
            self.said[number].append(data)

    def of(self, tag: str) -> Iterator[tuple[Mapping[str, str | None], str]]:
        for (found, attributes, _), said in zip(self.elements, self.said, strict=True):
            if found == tag:
                yield attributes, "".join(said)


@pytest.fixture(scope="session")
def page(told: ExportReport) -> Page:
    return Page("".join(write_page(told, ALL)))


def test_each_language_has_its_part(page: Page) -> None:
    found = [(main["lang"], main["dir"]) for main, _ in page.of("main")]
    assert found == [("en", "ltr"), ("ur", "rtl"), ("zh-Hans", "ltr")]


@pytest.mark.parametrize("lang", ALL)
def test_one_language_alone(told: ExportReport, lang: str) -> None:
    found = Page("".join(write_page(told, [lang])))
    (html, _), *_ = found.of("html")
    assert (html["lang"], html["dir"]) == (lang, LANGUAGES[lang].direction)
    assert [main["lang"] for main, _ in found.of("main")] == [lang]
    assert list(found.of("input")) == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Audit of the shared ledger", "Response times", "Flash", "Exercise"]),
        ("ur", ["مشترکہ لیجر کا آڈٹ", "جوابی اوقات", "فلیش", "مشق"]),
        ("zh-Hans", ["共享账本审计", "响应时间", "特急", "演习"]),
    ],
)
def test_it_speaks_the_language(page: Page, lang: str, words: list[str]) -> None:
    (said,) = (text for main, text in page.of("main") if main["lang"] == lang)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("lang", ["ur", "zh-Hans"])
def test_nothing_is_left_in_english(told: ExportReport, lang: str) -> None:
    """But for names, codes and commands, which are Latin in every language."""
    found = Page("".join(write_page(told, [lang])))
    for (tag, _, around), said in zip(found.elements, found.said, strict=True):
        if tag in {"h1", "h2", "h3", "h4", "caption", "dt", "li", "title", "desc"}:
            latin = re.sub(r"UTC|islamabad\.pk|beijing\.cn|#12", "", "".join(said))
            assert not re.search("[A-Za-z]{2}", latin), (around, said)


def test_nothing_is_asked_of_a_network(page: Page) -> None:
    text = DIGEST.sub("", page.text)
    assert ADDRESSES.findall(text) == []
    for tag, attributes, _ in page.elements:
        assert not LOADS & attributes.keys(), tag
        assert not any(key.startswith("on") for key in attributes), tag


def test_the_policy_allows_this_style_and_nothing_else(page: Page) -> None:
    ((_, style),) = page.of("style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [meta["content"] for meta, _ in page.of("meta") if "http-equiv" in meta]
    style_only = f"default-src 'none'; style-src 'sha256-{digest}'"
    assert policies == [f"{style_only}; base-uri 'none'; form-action 'none'"]


def test_what_stands_on_each_sheet_begins_where_the_language_does(page: Page) -> None:
    ((_, style),) = page.of("style")
    sides = re.findall(r"@page (\S+) \{ @top-(\w+)", style)
    assert sides == [("en", "left"), ("ur", "right"), ("zh-Hans", "left")]


def test_names_of_elements_are_used_once(page: Page) -> None:
    ids = Counter(a["id"] for _, a, _ in page.elements if "id" in a)
    assert [name for name, count in ids.items() if count > 1] == []
    named = {
        name
        for _, a, _ in page.elements
        for key in ("for", "aria-labelledby")
        for name in (a.get(key) or "").split()
    }
    assert named <= ids.keys()


def test_each_chart_is_told_in_words_and_numbers(page: Page) -> None:
    """A title, a description, and a table in the same figure."""
    charts = [a for a, _ in page.of("svg") if a.get("class") == "chart"]
    figures = list(page.of("figure"))
    assert len(charts) == len(figures) == 3 * 10
    assert all(a["role"] == "img" and a["aria-labelledby"] for a in charts)
    inside = [around for tag, _, around in page.elements if tag == "table"]
    assert sum("figure" in around for around in inside) == len(figures)
    for part in ("title", "desc"):
        said = [text for _, text in page.of(part)]
        assert all(said)


def test_names_in_charts_are_whole(page: Page) -> None:
    texts = {text for _, text in page.of("text")}
    assert {PK, CN, f"{PK}.fusion/log/1 ← {CN}.fusion/mirror"} <= texts


def test_each_table_has_a_caption_and_heads(page: Page) -> None:
    tables = list(page.of("table"))
    assert len(list(page.of("caption"))) == len(tables)
    scopes = Counter(a["scope"] for a, _ in page.of("th"))
    assert scopes["col"] > len(tables)
    assert scopes["row"] > len(tables)


def test_colour_never_stands_alone(page: Page) -> None:
    """Of each palette one series at most has no pattern over it."""
    following = [*page.elements[1:], ("", {}, [])]
    plain = {
        rect["class"]
        for (tag, rect, _), (above, over, _) in zip(
            page.elements, following, strict=True
        )
        if tag == "rect" and (above, over.get("class")) not in PATTERNS
    }
    assert plain == {"n0", "u0", "w0", "none0"}


# What it says.


def test_unverified_is_said(compile_: Compile) -> None:
    page = Page("".join(write_page(compile_(NOW, Log(PK)), ["en"])))
    assert "Not verified" in page.text
    assert "as it was signed." not in page.text


def test_sound_is_said(told: ExportReport) -> None:
    text = "".join(write_page(replace(told, wrong=0), ["en"]))
    assert "All is as it was signed. 1,700 signatures verified." in text
    assert "Not verified" not in text


def test_damage_is_said(page: Page) -> None:
    assert "2 things are not as they were signed" in page.text
    assert "有 2 处与签署时不符" in page.text


def test_an_empty_export_is_a_page(compile_: Compile) -> None:
    page = Page("".join(write_page(compile_(NOW), ALL)))
    assert page.text.count("No messages were sent in this mode.") == 3


# What is hostile.

EVIL = '<b onclick="x">\u202eevil\u2066"\'&/mirror'


def test_names_of_strangers_stay_text(compile_: Compile) -> None:
    log = Log(PK)
    log.send("", NOW)
    by = EVIL.replace(" ", "_")
    log.sign(NOW, (by, NOW))
    page = Page("".join(write_page(compile_(NOW + HOUR, log), ALL)))
    assert {tag for tag, _, _ in page.elements}.isdisjoint({"b", "script"})
    assert "\u202e" not in page.text
    assert any("\\u202eevil\\u2066" in text for _, text in page.of("bdi"))
    assert any("\\u202eevil\\u2066" in text for _, text in page.of("text"))
    assert not any("onclick" in a for _, a, _ in page.elements)


def text_of(part: str) -> str:
    ((_, said),) = Page(part).of("bdi")
    return said


def test_a_name_is_apart_and_bounded() -> None:
    (attributes, _), *_ = Page(name("a.b")).of("bdi")
    assert attributes == {"dir": "ltr", "class": "name"}
    assert text_of(name("x" * 9_999)) == "x" * NAME_SHOWN + "…"
    assert text_of(name("a\nb\x00")) == "'a b\\x00'"


@pytest.mark.parametrize(
    ("origin", "idx", "said"),
    [
        ("islamabad.pk.fusion/log/1", 412, "islamabad.pk#412"),
        ("islamabad.pk.fusion/log/2", 4, "islamabad.pk/2#4"),
        ("of no log", 4, "of no log#4"),
        ("islamabad.pk.fusion/log/1", None, "islamabad.pk.fusion/log/1"),
    ],
)
def test_a_place(origin: str, idx: int | None, said: str) -> None:
    assert text_of(place(origin, idx)) == said


def test_the_longest_names_that_there_are(compile_: Compile) -> None:
    desk = ".".join(["d" * 40, "c" * 40, "pk"])
    log = Log(desk.partition(".")[2])
    log.enrol(f"{'o' * 40}@{desk}")
    log.send(f"{'o' * 40}@{desk}", NOW, [CN_OPS])
    page = Page("".join(write_page(compile_(NOW + DAY, log), ALL)))
    assert any(desk in text for _, text in page.of("bdi"))


# Much.


def test_a_page_does_not_grow_with_the_ledger(compile_: Compile) -> None:
    logs = [Log(PK), Log(CN)]
    for log in logs:
        log.enrol(f"duty-1@ops.{log.node}")
    for number in range(6_000):
        log = logs[number % 2]
        other = logs[1 - number % 2].node
        log.send(
            f"duty-1@ops.{log.node}", NOW + number * HOUR, [f"ops.{other}"],
            precedence=1 + number % 4,
        )  # fmt: skip
        log.answer(f"duty-1@ops.{log.node}", NOW + number * HOUR, bytes(32), 11)
    report = compile_(NOW + 9_000 * HOUR, *logs)
    text = "".join(write_page(report, ["en"]))
    assert len(text) < 150_000
    rows = [a for a, _ in Page(text).of("tr")]
    assert len(rows) < 10 * REPORT_ROWS_MAX
    assert "The first 50 of 6,000." in text
    actual = report.figures[pb.MODE_ACTUAL]
    assert actual is not None
    assert (actual.totals.bulletins, actual.totals.receipts) == (6_000, 6_000)


def test_words_of_a_hostile_reason_are_those_of_the_closed_list() -> None:
    assert (
        Words("ur").say("a signature does not verify") == "ایک دستخط کی توثیق نہیں ہوتی"
    )
