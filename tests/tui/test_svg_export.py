"""The picture for the documentation."""

from xml.etree import ElementTree as ET

from tests.tui.examples import NOW
from tests.tui.fake_desk import three
from tui.svg_export import take


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
