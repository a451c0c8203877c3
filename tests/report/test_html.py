"""Whatever stands in a text or an attribute stays text, and shows itself."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.report.html import PARTS, SVG, join_parts

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)",
    "&lt;b&gt; &amp; &#60;",
    "--> <!-- ]]>",
    "javascript:alert(1)",
]


class Read(HTMLParser):
    """What a browser would find: elements with attributes, and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(text: str, style: str | None = None) -> Read:
    return Read(PARTS.paragraph(text, style))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text(text: str) -> None:
    found = read(text)
    assert found.elements == [("p", {})]
    assert "".join(found.texts).strip() == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_stays_a_value(text: str) -> None:
    assert read("x", text).elements == [("p", {"class": text})]


@given(st.text())
def test_any_text_is_one_text(text: str) -> None:
    found = read(text, f"a{text}")
    assert [name for name, _ in found.elements] == ["p"]
    assert set(found.elements[0][1]) == {"class"}


@pytest.mark.parametrize(
    "char",
    [
        "\x00",
        "\x1b",
        "\x85",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u2028",
        "\ufeff",
        "\ue000",
    ],
)
def test_what_acts_or_hides_is_shown(char: str) -> None:
    assert "".join(read(f"a{char}b").texts).strip() == "a\ufffdb"


def test_what_urdu_needs_stays() -> None:
    urdu = "بے\u200cقاعدگیاں"
    assert "".join(read(urdu).texts).strip() == urdu


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text_beside_parts_and_in_them(text: str) -> None:
    part = join_parts(text, PARTS.code(text), " ", PARTS.name([text, text]))
    found = Read(PARTS.block(text, [part, None, text]))

    assert [name for name, _ in found.elements] == ["div", "h3", "bdi", "bdi", "wbr"]
    assert "".join(found.texts).count(text) == 6


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text_in_a_drawing(text: str) -> None:
    found = Read(
        SVG.chart(text, text, text, [SVG.text(1, 2, text, "end", "ltr")], 9, 9)
    )

    names = [name for name, _ in found.elements]
    assert names == ["svg", "title", "desc", "text"]
    assert "".join(found.texts).count(text) == 3


def test_lengths_are_rounded() -> None:
    ((_, found),) = Read(SVG.line("grid", 1.26, 2.0, 3, 0)).elements
    assert found == {"class": "grid", "x1": "1.3", "y1": "2", "x2": "3", "y2": "0"}
