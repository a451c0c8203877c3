"""Whatever stands in a text or an attribute stays text, and shows itself."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.report.html import tag, written

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


def read(text: str, **attributes: str) -> Read:
    return Read("".join(written(tag("p", text, **attributes))))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text(text: str) -> None:
    found = read(text)
    assert found.elements == [("p", {})]
    assert "".join(found.texts).strip() == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_stays_a_value(text: str) -> None:
    assert read("x", title=text).elements == [("p", {"title": text})]


@given(st.text())
def test_any_text_is_one_text(text: str) -> None:
    found = read(text, title=text)
    assert [name for name, _ in found.elements] == ["p"]
    assert set(found.elements[0][1]) == {"title"}


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


def test_nothing_is_left_of_none() -> None:
    made = tag("p", None, [None, "a"], class_=None, aria_label="b")
    assert "".join(written(made)) == '<p aria-label="b">a</p>\n'


def test_elements_without_an_end() -> None:
    assert "".join(written(tag("p", "a", tag("br"), "b"))) == "<p>a<br>b</p>\n"


def test_lengths_are_rounded() -> None:
    made = tag("g", x=1.26, y=2.0, z=3)
    assert dict(made.attributes) == {"x": "1.3", "y": "2", "z": "3"}


def test_a_style_is_written_as_it_is() -> None:
    assert "".join(written(tag("style", "a > b"))) == "<style>a > b</style>\n"
    with pytest.raises(ValueError, match="</"):
        list(written(tag("style", "a</style>")))
