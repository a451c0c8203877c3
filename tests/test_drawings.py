"""The drawings of docs are up to date, in a page, and say in words what they show."""

import re
import runpy
from xml.etree import ElementTree as ET

import pytest

from tests.walk import ROOT

MADE = runpy.run_path(str(ROOT / "docs/drawings.py"))
DRAWINGS = MADE["DRAWINGS"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == DRAWINGS[name]()


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_says_in_words_what_it_shows(name: str) -> None:
    drawing = ET.fromstring(DRAWINGS[name]())  # noqa: S314  ours
    title, meaning = drawing.find(f"{SVG}title"), drawing.find(f"{SVG}desc")

    assert title is not None
    assert meaning is not None
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == f"{title.get('id')} {meaning.get('id')}"
    assert len(str(title.text)) < len(str(meaning.text))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_page_shows_it_with_its_words(name: str) -> None:
    pages = [page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md")]
    shown = [re.findall(rf"!\[(.+?)\]\([./]*{name}\)", page) for page in pages]

    assert sum(map(len, shown)) == 1


def test_each_class_has_its_colour_in_light_and_dark() -> None:
    light, _, dark = MADE["STYLE"].partition("@media (prefers-color-scheme:dark)")
    coloured = re.findall(r"([\w.]+)\{[^}]*(?:fill|stroke):#", light)

    assert len(coloured) > 8
    assert [one for one in coloured if f"{one}{{" not in dark] == []


def test_a_text_that_does_not_fit_its_box_is_not_drawn() -> None:
    drawing = MADE["Drawing"](100, "A", "A box.")
    drawing.box("node", (50, 50), (80, 30), "it fits")

    for text in (["it does not fit in it"], ["two", "lines"]):
        with pytest.raises(ValueError, match=text[0]):
            drawing.box("node", (50, 50), (80, 30), *text)
