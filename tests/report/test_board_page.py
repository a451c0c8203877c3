"""The board as a file: marked, whole in each language, and it asks nobody anything."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from exchange.bulletin.combined_label import Label
from exchange.desk.board.records import Board
from exchange.limits import DAY, MINUTE
from exchange.report.board_page import BoardPage, label_text, write_html, write_svg
from exchange.report.words import LANGUAGES, Words
from exchange.v1 import envelope_pb2 as pb
from tests.report import browser
from tests.tui.boards import BOARD, DRILL, SIGNS, WEEKS, sign
from tests.tui.examples import NOW

LABEL = Label(pb.TLP_AMBER_STRICT, frozenset({"cn", "pk"}), frozenset())
PAGE = BoardPage(BOARD, WEEKS, LABEL, "ops.islamabad.pk")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"
EACH = pytest.mark.parametrize("lang", list(LANGUAGES))
REQUEST = re.compile(r"(?:src|href|action|data)\s*=|url\(|@import|<script|<link|<img")


@EACH
def test_both_files_are_marked_above_and_below(lang: str) -> None:
    marking = label_text(Words(lang), LABEL)
    assert "TLP:AMBER+STRICT" in marking
    for text in (write_html(PAGE, lang), write_svg(PAGE, lang)):
        body = text.partition("</style>")[2]
        assert body.count(marking) == 2
        first, last = body.index(marking), body.rindex(marking)
        assert first < body.index("INDUS-7") < last


@EACH
def test_it_is_in_the_language_of_its_readers_and_begins_where_that_does(
    lang: str,
) -> None:
    words = Words(lang)
    html, svg = write_html(PAGE, lang), write_svg(PAGE, lang)
    assert f'<html lang="{lang}" dir="{words.language.direction}"' in html
    for text in (html, svg):
        assert words.say("Board of the corridor") in text
        assert words.code("corridor", "KKH-NORTH") in text
        assert words.code("site", "DASU-HPP") in text
    found = re.findall(r'<text class="marking" x="(\d+)"', svg)
    assert {int(x) > 0 for x in found} == {words.rtl}


@EACH
def test_both_files_say_that_there_is_more(lang: str) -> None:
    more = Words(lang).say("There are more: the newest are shown.")
    cut = PAGE._replace(board=replace(BOARD, cut=True))
    for write in (write_html, write_svg):
        assert more in write(cut, lang)
        assert more not in write(PAGE, lang)
    assert more in write_html(PAGE._replace(weeks_cut=True), lang)


@EACH
def test_it_asks_nothing_of_any_network(lang: str) -> None:
    for text in (write_html(PAGE, lang), write_svg(PAGE, lang)):
        assert not REQUEST.search(text)
        assert set(re.findall(r"https?://[^\"< ]+", text)) <= {
            "http://www.w3.org/2000/svg"
        }


def test_a_drawing_is_well_formed_and_holds_every_sign() -> None:
    root = ET.fromstring(write_svg(PAGE, "en"))  # noqa: S314  # our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    said = " ".join(root.itertext())
    for number, one in enumerate(SIGNS, 1):
        assert f"{number} · " in said
        assert one.call_sign in said


@EACH
def test_a_sign_says_when_it_was_or_that_it_was_filed(lang: str) -> None:
    words, first = Words(lang), NOW // DAY * DAY
    signs = (
        sign("INCIDENT", "KAROT", "IED", happened=first, to=first + 2 * DAY),
        sign("INCIDENT", "GWADAR", "IED", happened=first, to=first + MINUTE),
        sign("INCIDENT", "SOST", "IED", happened=0),
    )
    page = PAGE._replace(board=Board("ACTUAL", NOW, signs))
    days = f"{words.day(first)} – {words.day(first + DAY)}"
    moments = f"{words.moment(first)} – {words.moment(first + MINUTE)}"
    filed = words.say("filed {time}", time=words.moment(signs[2].filed))
    for text in (write_html(page, lang), write_svg(page, lang)):
        assert all(said in text for said in (days, moments, filed))


def test_foreign_text_stays_text() -> None:
    bad = [
        sign("WARNING", "DASU-HPP", EVIL, 1, subject=EVIL, lang=EVIL),
        sign("CONVOY", "DASU-HPP", EVIL, 2, call_sign=EVIL, subject=EVIL),
    ]
    page = PAGE._replace(board=Board("ACTUAL", NOW, bad), desk=EVIL)
    html, svg = write_html(page, "en"), write_svg(page, "en")
    ET.fromstring(svg)  # noqa: S314  # our own
    for text in (html, svg):
        assert "<script" not in text
        assert "<img" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_a_drill_says_that_nothing_on_it_is_real() -> None:
    page = PAGE._replace(board=DRILL)
    assert "Exercise: this page contains no real events." in write_html(page, "en")
    assert 'class="drill"' in write_svg(page, "en")
    assert "this page contains no real events" not in write_html(PAGE, "en")


def test_a_label_that_nobody_shares_is_said() -> None:
    nobody = replace(LABEL, releasable_to=frozenset())
    assert "no reader: labels exclude each other" in label_text(Words("en"), nobody)
    assert label_text(Words("en"), None) == "No bulletin is shown."


@pytest.mark.skipif(
    not browser.CHROMIUM, reason="chromium is not here; .ci/run installs it"
)
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_whole_on_a_telephone_and_on_a_screen(width: int, tmp_path: Path) -> None:
    for lang in LANGUAGES:
        found = browser.measure(tmp_path, write_html(PAGE, lang), width)
        ((shown, measured),) = found["only"]
        assert shown == lang
        assert measured["page"] <= measured["room"] <= width
        for sort in ("small", "unsaid", "outside", "sides", "over"):
            assert measured[sort] == [], (lang, sort)
