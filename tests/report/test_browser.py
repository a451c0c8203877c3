"""The page as Chromium shows it, on a screen, on a telephone and on paper."""

import re
from pathlib import Path
from typing import Literal

import pytest

from exchange.limits import NAME_MAX
from exchange.report.build import ExportReport
from exchange.report.page import write_page
from exchange.report.words import LANGUAGES
from exchange.v1 import envelope_pb2 as pb
from tests.report import browser
from tests.report.browser import Found, Measured
from tests.report.conftest import Compile
from tests.report.exports import DAY, Log, mirror
from tests.trust.nation import NOW

pytestmark = pytest.mark.skipif(
    not browser.CHROMIUM, reason="chromium is not here; .ci/run installs it"
)

SCREEN, PHONE = 1_280, 390  # px
PRINTED_MAX = 4_000_000  # bytes; with its patterns as bitmaps it would be 20 MB
PAPER = 673  # px between the margins of A4
Sort = Literal["sides", "small", "unsaid", "wide", "scrolled", "outside", "cut", "over"]
SORTS: tuple[Sort, ...] = (
    "wide",
    "scrolled",
    "outside",
    "cut",
    "over",
)
A4 = r"/MediaBox \[0 0 59[45]\.?\d* 841\.?\d*\]"


@pytest.fixture(scope="module")
def text(told: ExportReport) -> str:
    return "".join(write_page(told, list(LANGUAGES)))


@pytest.fixture(scope="module")
def page(text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def on_screen(text: str, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return browser.measure(tmp_path_factory.mktemp("screen"), text, SCREEN)


@pytest.fixture(scope="module")
def on_phone(text: str, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return browser.measure(tmp_path_factory.mktemp("phone"), text, PHONE)


@pytest.fixture(scope="module")
def on_paper(text: str, tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("paper")
    return browser.measure(folder, text, PAPER, printed=True)


def test_it_makes_the_browser_say_nothing(page: Path, tmp_path: Path) -> None:
    done = browser.run(tmp_path, page, "--dump-dom")
    assert browser.console(done) == []
    assert done.stdout.count("<main") == len(LANGUAGES)


def test_the_console_would_be_heard(text: str, tmp_path: Path) -> None:
    """The policy holds: a script that somebody smuggled in is refused, aloud."""
    page = tmp_path / "page.html"
    smuggled = "<script>document.title = 'run'</script><img src=x.png></body>"
    page.write_text(text.replace("</body>", smuggled), "utf-8")
    done = browser.run(tmp_path, page, "--dump-dom")
    said = "\n".join(browser.console(done))
    assert "script" in said
    assert "img-src" in said or "default-src" in said
    assert "<title>run" not in done.stdout


@pytest.mark.parametrize("asks", [False, True])
def test_it_asks_nobody(text: str, tmp_path: Path, *, asks: bool) -> None:
    """Whatever a page asks for goes through a proxy, which hears nothing of this."""
    if asks:  # the proxy would hear it
        image = '<img src="http://elsewhere.example/x.png"></body>'
        text = browser.POLICY.sub("", text).replace("</body>", image)
    page = tmp_path / "page.html"
    page.write_text(text, "utf-8")
    with browser.proxy() as (flag, heard):
        browser.run(tmp_path, page, flag, "--dump-dom")
    assert heard == ({"elsewhere.example"} if asks else set())


def one(found: Found, lang: str) -> Measured:
    """Return what is measured of the one language that is shown when it is chosen."""
    ((shown, measured),) = found[lang]
    assert shown == lang
    assert measured["charts"] == 10
    assert measured["tables"] > 20
    return measured


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_cut_on_a_screen(on_screen: Found, lang: str) -> None:
    found = one(on_screen, lang)
    for sort in SORTS:
        assert found[sort] == [], sort
    assert found["page"] <= found["room"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_cut_on_paper(on_paper: Found, lang: str) -> None:
    found = one(on_paper, lang)
    for sort in SORTS:
        assert found[sort] == [], sort
    assert found["page"] <= found["room"]


def test_the_longest_names_are_not_cut(compile_: Compile, tmp_path: Path) -> None:
    """Names of 128 characters, the most that there can be, where there are three."""
    logs = [Log(f"{letter * 57}.pk") for letter in "cg"]
    officers = [f"o@{'d' * 63}.{log.node}" for log in logs]
    for log, officer, other in zip(logs, officers, reversed(officers), strict=True):
        log.enrol(officer)
        desk = other.partition("@")[2]
        name = log.send(officer, NOW, [desk], release=pb.RELEASE_EMERGENCY)
        log.send(officer, NOW + DAY, [desk], precedence=pb.PRECEDENCE_FLASH)
        log.answer(officer, NOW + DAY, name, pb.RELATION_OPENED)
        log.sign(NOW, (mirror(log.node), NOW))
    assert len(officers[0]) == 2 + 63 + 1 + 57 + 3 <= NAME_MAX
    report = compile_(NOW + 2 * DAY, *logs)
    text = "".join(write_page(report, list(LANGUAGES)))
    found = browser.measure(tmp_path, text, PAPER, printed=True)
    for lang in LANGUAGES:
        ((_, measured),) = found[lang]
        for sort in SORTS:
            assert measured[sort] == [], (lang, sort)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_a_telephone_only_tables_are_moved(on_phone: Found, lang: str) -> None:
    found = one(on_phone, lang)
    assert found["outside"] == []
    assert found["page"] <= found["room"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_a_telephone_charts_are_read_and_tables_say_that_they_move(
    on_phone: Found, lang: str
) -> None:
    found = one(on_phone, lang)
    assert found["scrolled"]
    for sort in ("small", "unsaid", "sides", "over"):
        assert found[sort] == [], sort


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_begins_on_the_side_of_the_language(on_screen: Found, lang: str) -> None:
    assert one(on_screen, lang)["rtl"] is (LANGUAGES[lang].direction == "rtl")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_prints(told: ExportReport, tmp_path: Path, lang: str) -> None:
    page, out = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text("".join(write_page(told, [lang])), "utf-8")
    browser.run(tmp_path, page, f"--print-to-pdf={out}", "--no-pdf-header-footer")
    printed = out.read_bytes().decode("latin-1")
    assert printed.startswith("%PDF-")
    assert 5 < len(re.findall(r"/Type /Page\b", printed)) < 30
    assert re.search(A4, printed)
    assert len(printed) < PRINTED_MAX
