"""Reading XML that a stranger may have written.

No DOCTYPE, so no entity of anyone's making and no external file (CWE-611, CWE-776); a
bound on bytes, depth and elements before anything is kept.
"""

import xml.etree.ElementTree as ET
from typing import Final

from exchange.errors import Reason, Refusal

DEPTH_MAX: Final = 32
ELEMENTS_MAX: Final = 500_000


class _Builder(ET.TreeBuilder):
    """Builds the tree, as long as it stays within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.elements = 0

    def doctype(self, *_: object) -> None:
        raise Refusal(Reason.INPUT, "DOCTYPE")

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self.depth += 1
        self.elements += 1
        if self.depth > DEPTH_MAX or self.elements > ELEMENTS_MAX:
            raise Refusal(Reason.TOO_LONG, "XML")
        return super().start(tag, attrs)

    def end(self, tag: str) -> ET.Element:
        self.depth -= 1
        return super().end(tag)


def parse(data: bytes, limit: int, where: str = "input") -> ET.Element:
    """Return the root element of an XML document of at most `limit` bytes.

    Raises Refusal: TOO_LONG over a bound, INPUT for what is no XML in UTF-8 or UTF-16
    or has a DOCTYPE; `where` names the document.
    """
    if len(data) > limit:
        raise Refusal(Reason.TOO_LONG, where)
    builder = _Builder()
    parser = ET.XMLParser(target=builder)  # noqa: S314  # entities need a DOCTYPE
    try:
        parser.feed(data)
        root = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Refusal(Reason.INPUT, where) from error
    assert isinstance(root, ET.Element)  # noqa: S101  # what the builder builds
    return root
