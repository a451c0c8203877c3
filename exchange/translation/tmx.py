"""The translation memory as a file: TMX 1.4b (LISA OSCAR, 2005).

A `tu` is a pair: its source language, its translator (creationid) and time (changedate,
to the second), its label in a `prop` of type x-label: AMBER/cn,pk. In other programs'
units the source is paired with each further language.

A file with a DOCTYPE is refused, although many programs write one that names tmx14.dtd:
remove that line first.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from exchange.bulletin.personal_data import find_kinds
from exchange.bulletin.prose import check_text, nfc
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX, TMX_MAX
from exchange.translation.language_tags import ours
from exchange.translation.memory import MemoryLabel, TextPair
from exchange.translation.xml import DECLARATION, element, escape_text, parse
from exchange.trust import names

VERSION: Final = "1.4"
LABEL: Final = "x-label"

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ANY = "*all*"
_DATE = "%Y%m%dT%H%M%SZ"
_DATE_FORM = re.compile(r"\d{8}T\d{6}Z")
_HEADER = {
    "creationtool": "fusion",
    "creationtoolversion": "1",
    "segtype": "paragraph",
    "o-tmf": "fusion",
    "adminlang": "en",
    "srclang": _ANY,
    "datatype": "plaintext",
}


class TmxContent(Struct, frozen=True):
    pairs: tuple[tuple[MemoryLabel | None, TextPair], ...]
    other_languages: int
    """Texts in a language other than ours."""
    personal: int = 0
    """Pairs with possible personal data: omitted, since nobody can confirm them."""


def write(pairs: Iterable[tuple[MemoryLabel, TextPair]]) -> bytes:
    body = "\n".join(_unit(label, pair) for label, pair in pairs)
    root = element(
        "tmx",
        {"version": VERSION},
        element("header", _HEADER),
        element("body", {}, f"\n{body}\n"),
    )
    return f"{DECLARATION}{root}\n".encode()


def _unit(label: MemoryLabel, pair: TextPair) -> str:
    changed = datetime.fromtimestamp(pair.changed / 1000, UTC).strftime(_DATE)
    attributes = {
        "srclang": pair.lang,
        "creationid": pair.officer,
        "changedate": changed,
    }
    texts = ((pair.lang, pair.text), (pair.target_lang, pair.target_text))
    return element(
        "tu",
        attributes,
        element("prop", {"type": LABEL}, escape_text(str(label))),
        *(
            element("tuv", {"xml:lang": lang}, element("seg", {}, escape_text(text)))
            for lang, text in texts
        ),
    )


def read(data: bytes, where: str = "TMX") -> TmxContent:
    """Return the pairs of an untrusted file, in NFC: a tool may decompose.

    Raises Refusal, naming the number of the `tu`: TOO_LONG above TMX_MAX bytes or
    SEGMENT_MAX characters of a text, INPUT if it is not TMX 1 or has a DOCTYPE,
    UNMARKED for an invalid label, and the faults of `check_text`.
    """
    root = _root(data, where)
    header = root.find("header")
    source = header.get("srclang", _ANY) if header is not None else _ANY
    pairs: list[tuple[MemoryLabel | None, TextPair]] = []
    others = 0
    for number, unit in enumerate(root.iterfind("./body/tu"), 1):
        found, left_out = _pairs(unit, source, f"{where}: tu {number}")
        pairs += found
        others += left_out
    kept = tuple(pair for pair in pairs if not _is_personal(pair[1]))
    return TmxContent(kept, others, len(pairs) - len(kept))


def _is_personal(pair: TextPair) -> bool:
    return bool(find_kinds(pair.text) or find_kinds(pair.target_text))


def _root(data: bytes, where: str) -> ET.Element:
    root = parse(data, TMX_MAX, where)
    if root.tag != "tmx" or not root.get("version", "").startswith("1."):
        why = Why("this is not {form}; save the file as {form}", form="TMX 1")
        raise Refusal(Reason.INPUT, where, why)
    return root


def _pairs(
    unit: ET.Element, source: str, where: str
) -> tuple[list[tuple[MemoryLabel | None, TextPair]], int]:
    """Return the pairs, and the number of texts omitted.

    1. The label, if it has one.
    2. Its texts in our languages, each language once.
    3. The source with each of the others; no pairs without a source.
    """
    # 1
    label = _label(unit, where)
    # 2
    variants = unit.findall("tuv")
    texts: dict[str, ET.Element] = {}
    for variant in variants:
        if lang := ours(variant.get(_LANG, "") or variant.get("lang", "")):
            texts.setdefault(lang, variant)
    # 3
    left_out = len(variants) - len(texts)
    said = unit.get("srclang", source)
    lang = next(iter(texts), "") if said == _ANY else ours(said)
    if lang not in texts:
        return [], left_out
    text = _text(texts[lang], lang, where)
    pairs: list[tuple[MemoryLabel | None, TextPair]] = [
        (label, _pair(unit, (lang, text), (other, variant), where))
        for other, variant in texts.items()
        if other != lang
    ]
    return pairs, left_out


def _label(unit: ET.Element, where: str) -> MemoryLabel | None:
    for prop in unit.findall("prop"):
        if prop.get("type") == LABEL:
            label = MemoryLabel.parse((prop.text or "").strip())
            if label is None:
                raise Refusal(Reason.UNMARKED, f"{where}: {LABEL}")
            return label
    return None


def _pair(
    unit: ET.Element,
    source: tuple[str, str],
    target: tuple[str, ET.Element],
    where: str,
) -> TextPair:
    lang, variant = target
    creator = variant.get("creationid", "") or unit.get("creationid", "")
    changed = variant.get("changedate", "") or unit.get("changedate", "")
    return TextPair(
        *source,
        lang,
        _text(variant, lang, where),
        creator if names.is_officer(creator) else "",  # never keep a person's name
        _milliseconds(changed),
    )


def _text(variant: ET.Element, lang: str, where: str) -> str:
    seg = variant.find("seg")
    text = "" if seg is None else nfc(_plain(seg))
    if len(text) > SEGMENT_MAX:
        raise Refusal(Reason.TOO_LONG, f"{where}: {lang}")
    check_text(text, lang, f"{where}: {lang}")
    return text


def _plain(node: ET.Element) -> str:
    """Return the text; of inline elements only what is highlighted."""
    parts = [node.text or ""]
    for child in node:
        parts += [_plain(child) if child.tag == "hi" else "", child.tail or ""]
    return "".join(parts)


def _milliseconds(date: str) -> int:
    """Return ms UTC, 0 if it is invalid."""
    if not _DATE_FORM.fullmatch(date):
        return 0
    try:
        found = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return 0
    return max(int(found.timestamp()) * 1000, 0)
