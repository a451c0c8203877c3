"""The pictures that are kept, or made for the documentation, are what is drawn."""

from xml.etree import ElementTree as ET

import pytest

from exchange.words import LANGUAGES
from tests.tui.examples import NOW
from tests.tui.fake_desk import three
from tests.tui.snapshots import HERE, SHOTS, draw
from tui.svg_export import take


@pytest.mark.parametrize("name", SHOTS)
async def test_a_screen_looks_as_it_was_kept(name: str) -> None:
    drawn, text = await draw(SHOTS[name])
    kept = (HERE / f"{name}.svg").read_text()
    assert drawn == kept, (
        f"{text}\nLook at it: python -m tests.tui.snapshots FOLDER; without a folder"
        " it is kept"
    )


def test_each_language_size_and_theme_is_there() -> None:
    assert {shot.language for shot in SHOTS.values()} == set(LANGUAGES)
    assert len({shot.size for shot in SHOTS.values()}) == 3
    assert {shot.theme for shot in SHOTS.values()} == {"dark", "light"}
    assert {path.stem for path in HERE.glob("*.svg")} == set(SHOTS)


def test_viewers_are_told_not_to_reorder() -> None:
    picture = take(three(), now=lambda: NOW, title="Fusion")
    root = ET.fromstring(picture)  # noqa: S314 - our own
    style = root.find("{http://www.w3.org/2000/svg}style")
    assert style is not None
    assert "unicode-bidi: bidi-override" in str(style.text)
    drawn = "".join(root.itertext()).replace("\xa0", " ")
    assert "ﯼﮌﺎﮔ ﮎﻮﮑﺸﻣ" in drawn
    assert "✔ VERIFIED" in drawn
    assert "Fusion" in drawn
    assert "北部口岸" in drawn
