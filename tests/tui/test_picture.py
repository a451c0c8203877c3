"""The picture for the documentation."""

from xml.etree import ElementTree as ET

from tests.tui.fake_data import three
from tests.tui.looking import WIDE, terminal, text, until
from tui.picture import svg


async def test_viewers_are_told_not_to_reorder() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        picture = svg(app, "fusion")
    root = ET.fromstring(picture)  # noqa: S314 - our own
    style = root.find("{http://www.w3.org/2000/svg}style")
    assert style is not None
    assert "unicode-bidi: bidi-override" in str(style.text)
    drawn = "".join(root.itertext()).replace("\xa0", " ")
    assert "ﯼﮌﺎﮔ ﮎﻮﮑﺸﻣ" in drawn
    assert "北部口岸附近发现可疑车辆" in drawn
