"""A reader of untrusted XML, and a writer of XML for other programs.

No DOCTYPE, so no entities and no external files (CWE-611, CWE-776); bounds on bytes,
depth and elements apply before anything is kept. The caller must limit the bytes read
from a file.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

from exchange.errors import Reason, Refusal, Why, too_large

DEPTH_MAX: Final = 32
ELEMENTS_MAX: Final = 500_000

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"  # XML 1.0, 2.2 Char
)
"""Pattern of characters not allowed in XML, not even escaped."""

_LOST = "\ufffd"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODING = re.compile(r"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]*)["']""")
_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii"})
# A parser reads a line end as \n, and any space in an attribute as a space.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_TEXT = str.maketrans(_ESCAPES)
_IN_ATTRIBUTE = str.maketrans({**_ESCAPES, '"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


class _Builder(ET.TreeBuilder):
    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.depth = self.elements = 0

    def doctype(self, *_: object) -> None:
        why = Why("contains a DOCTYPE; save it without one")
        raise Refusal(Reason.INPUT, f"{self.where}: DOCTYPE", why)

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self.depth += 1
        self.elements += 1
        if self.depth > DEPTH_MAX or self.elements > ELEMENTS_MAX:
            why = Why("too many elements, or nested too deeply")
            raise Refusal(Reason.TOO_LONG, f"{self.where}: XML", why)
        return super().start(tag, attrs)

    def end(self, tag: str) -> ET.Element:
        self.depth -= 1
        return super().end(tag)


def parse(data: bytes, limit: int, where: str = "input") -> ET.Element:
    """Return the root element of an XML document of at most `limit` bytes.

    Raises Refusal: TOO_LONG over a bound, INPUT if it is not XML in UTF-8 or UTF-16, or
    has a DOCTYPE; `where` names the document.
    """
    if len(data) > limit:
        raise Refusal(Reason.TOO_LONG, where, too_large(limit))
    builder = _Builder(where)
    parser = ET.XMLParser(target=builder)  # noqa: S314  # entities need a DOCTYPE
    try:
        parser.feed(_decoded(data))
        root = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        why = Why("this is not XML in UTF-8; save the file again in that form")
        raise Refusal(Reason.INPUT, where, why) from error
    assert isinstance(root, ET.Element)  # noqa: S101  # what the builder builds
    return root


def _decoded(data: bytes) -> str:
    """Return the text, strictly decoded; raise ValueError for another encoding."""
    text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    declared = _ENCODING.match(text)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise ValueError
    if "\0" in text:  # the parser would take it for a sign of UTF-16
        raise ValueError
    return text


def escape_text(text: str) -> str:
    """Escape a text; the caller removes or marks matches of NOT_XML first."""
    return text.translate(_IN_TEXT)


def element(tag: str, attributes: Mapping[str, str], *content: str) -> str:
    """`content` is escaped already.

    Attributes keep their order; those without a value are omitted. Characters not
    allowed in them become U+FFFD.
    """
    given = "".join(
        f' {name}="{NOT_XML.sub(_LOST, value).translate(_IN_ATTRIBUTE)}"'
        for name, value in attributes.items()
        if value
    )
    inside = "".join(content)
    return f"<{tag}{given}>{inside}</{tag}>" if inside else f"<{tag}{given}/>"
