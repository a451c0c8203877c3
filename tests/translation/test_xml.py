"""XML of strangers: what is read of it, and what is refused before it costs much."""

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.input_file import read_file
from exchange.translation import xml
from exchange.translation.xml import (
    DEPTH_MAX,
    ELEMENTS_MAX,
    NOT_XML,
    element,
    escape_text,
    parse,
)
from tests.expecting import refusing

LIMIT = 10_000_000
texts = st.text(
    st.characters(codec="utf-8").filter(lambda character: not NOT_XML.match(character))
)


def refused(data: bytes, limit: int = LIMIT) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        parse(data, limit, "letter.xlf")
    return caught.value.reason, caught.value.where


def entities(levels: int) -> str:
    """Each ten times the one before: a billion laughs from level 10 on."""
    named = (f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, levels))
    return '<!ENTITY e0 "ha">' + "".join(named)


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE x><x/>",
        '<?xml version="1.0"?>\n<!-- x --><!DOCTYPE x SYSTEM "x.dtd"><x/>',
        f"<!DOCTYPE x [{entities(12)}]><x>&e11;</x>",
        f'<!DOCTYPE x [<!ENTITY a "{"A" * 50_000}">]><x>{"&a;" * 50_000}</x>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/">%a;]><x/>',
        '<!DOCTYPE x [<!ATTLIST x y CDATA "given">]><x/>',
    ],
    ids=["bare", "file", "laughs", "quadratic", "external", "parameter", "default"],
)
def test_a_doctype_is_refused_whatever_it_declares(document: str) -> None:
    assert refused(document.encode()) == (Reason.INPUT, "letter.xlf: DOCTYPE")
    assert refused(document.encode("utf-16")) == (Reason.INPUT, "letter.xlf: DOCTYPE")


def test_an_entity_that_nobody_declared_is_refused() -> None:
    assert refused(b"<x>&nbsp;</x>") == (Reason.INPUT, "letter.xlf")


def test_depth_is_bounded() -> None:
    deepest = b"<x>" * DEPTH_MAX + b"</x>" * DEPTH_MAX

    assert parse(deepest, LIMIT).tag == "x"
    assert refused(b"<x>" + deepest + b"</x>") == (Reason.TOO_LONG, "letter.xlf: XML")
    assert refused(b"<x>" * 1_000_000) == (Reason.TOO_LONG, "letter.xlf: XML")


def test_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "ELEMENTS_MAX", 100)

    assert len(parse(b"<x>" + b"<y/>" * 99 + b"</x>", LIMIT)) == 99
    assert refused(b"<x>" + b"<y/>" * 100 + b"</x>") == (
        Reason.TOO_LONG,
        "letter.xlf: XML",
    )
    assert ELEMENTS_MAX > 100


def test_bytes_are_bounded_before_anything_is_read() -> None:
    assert parse(b"<x/>", 4).tag == "x"
    assert refused(b"<x/>", 3) == (Reason.TOO_LONG, "letter.xlf")
    with pytest.raises(Refusal) as caught:
        parse(b" " * 2049, 2048)
    assert str(caught.value.why) == "too large; 2 KiB at most"


def test_of_100_mb_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    """The file is sparse, so only its length is there; reading it whole would show."""
    path = tmp_path / "letter.xlf"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    with refusing(Reason.TOO_LONG):
        read_file(path, 1_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("declared", ["", "UTF-8", "utf-16", "US-ASCII"])
def test_utf_8_and_utf_16_are_read(encoding: str, declared: str) -> None:
    said = f' encoding="{declared}"' if declared else ""
    document = f'<?xml version="1.0"{said}?><x>گوادر 瓜达尔 𠀋</x>'

    assert parse(document.encode(encoding), LIMIT).text == "گوادر 瓜达尔 𠀋"


@pytest.mark.parametrize(
    "data",
    [
        "<x>é</x>".encode("latin-1"),
        '<?xml version="1.0" encoding="windows-1252"?><x>é</x>'.encode("cp1252"),
        b'<?xml version="1.0" encoding="iso-8859-1"?><x/>',
        b"<?xml version='1.0' encoding='utf-7'?><x>+ADw-y/+AD4-</x>",
        b'<?xml version="1.0" encoding="ebcdic-cp-us"?><x/>',
        "<x/>".encode("utf-32"),
        "<x/>".encode("utf-16-le"),
        "<x>گ</x>".encode("utf-16")[:-1],
        b"<x>\xed\xa0\x80</x>",
        b"<x>\xc0\xbc</x>",
    ],
)
def test_another_encoding_is_refused(data: bytes) -> None:
    assert refused(data) == (Reason.INPUT, "letter.xlf")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<x>",
        b"<x></y>",
        b"<x/><x/>",
        b"<x>\x00</x>",
        b"<x>&#0;</x>",
        b"<x>&#xd800;</x>",
        b"<p:x/>",
        b'<x a="1" a="2"/>',
    ],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    assert refused(data) == (Reason.INPUT, "letter.xlf")


@given(texts, texts)
def test_what_is_written_is_read_as_it_was(text: str, value: str) -> None:
    made = element("x", {"a": value, "b": "1"}, escape_text(text), element("y", {}))

    root = parse(made.encode(), LIMIT)

    assert (root.text or "", root.get("a", "")) == (text, value)
    assert [child.tag for child in root] == ["y"]


def test_an_attribute_without_value_is_left_out() -> None:
    assert element("x", {"b": "", "a": "1"}) == '<x a="1"/>'


def test_what_xml_cannot_hold_is_just_what_a_parser_refuses() -> None:
    """At the edges of each range but that of surrogates, which have no bytes."""
    edges = (0, 8, 9, 10, 11, 12, 13, 14, 31, 32, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE)
    for number in itertools.chain(edges, (0xFFFF, 0x10000, 0x10FFFF)):
        try:
            ET.fromstring(f"<x>&#{number};</x>")  # noqa: S314 - made here
            read = True
        except ET.ParseError:
            read = False
        assert read is not bool(NOT_XML.match(chr(number))), number


def test_an_attribute_shows_that_something_is_lost() -> None:
    assert element("x", {"a": "1\x002"}) == '<x a="1\ufffd2"/>'
