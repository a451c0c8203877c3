"""Parse an XLIFF file of any bulletin."""

import hashlib
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from msgspec import Struct

from exchange.bulletin.prose import ID, nfc
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENTS_MAX, XLIFF_MAX
from exchange.translation.xliff.names import (
    CORE,
    MATCH,
    MATCHES,
    METADATA,
    ORIGIN,
    ORIGINS,
    PREFIX,
    SOURCE_SHA,
    STATES,
    TARGET_SHA,
    TYPES,
    VERSION,
)
from exchange.translation.xml import parse

_NAME = re.compile("[0-9a-f]{64}")
_DIGEST = re.compile("[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_PERCENT = re.compile("100|[1-9]?[0-9]")
_HEX = re.compile("[0-9A-Fa-f]{4,6}")


class MarkedText(Struct, frozen=True):
    """The content of a source or target: plain, and its protected pieces by id."""

    plain: str = ""
    marks: Mapping[str, str] | None = None


class ReturnedSegment(Struct, frozen=True):
    """One unit: `state` INITIAL to FINAL, `origin` HUMAN, MEMORY or MACHINE.

    `target` may be empty. `digest` is the SHA-256 of the source text at export,
    `before` that of the target at export, if the file still has them.
    """

    id: str
    source: MarkedText
    target: MarkedText
    state: str
    origin: str
    match: int = 0
    digest: bytes = b""
    before: bytes = b""

    @property
    def changed(self) -> bool:
        return hashlib.sha256(self.target.plain.encode()).digest() != self.before


class Returned(Struct, frozen=True):
    name: bytes
    source_lang: str
    lang: str
    segments: tuple[ReturnedSegment, ...]


def read(data: bytes, where: str = "XLIFF") -> Returned:
    """Return the content of a file, for `check` against the bulletin that it names.

    Its texts become NFC.

    1. XML within bounds, without DOCTYPE.
    2. XLIFF 2.1 of one bulletin.
    3. Each segment in a unit of its own, once.

    Raises Refusal: INPUT or TOO_LONG naming the file; FIELD_MISSING, FIELD_UNKNOWN,
    FIELD_VALUE, CODE_UNKNOWN or SPAN naming the place.
    """
    # 1
    root = parse(data, XLIFF_MAX, where)
    # 2
    if root.tag != f"{{{CORE}}}xliff":
        why = Why("this is not {form}; save the file as {form}", form="XLIFF 2")
        raise Refusal(Reason.INPUT, where, why)
    if (version := root.get("version", "")) != VERSION:
        said = version if _VERSION.fullmatch(version) else "?"
        why = Why(
            "this is XLIFF {said}; only {read} can be read", said=said, read=VERSION
        )
        raise Refusal(Reason.INPUT, where, why)
    file = _only(root, "file", "xliff")
    name = file.get("original", "")
    if not _NAME.fullmatch(name) or file.get("id") != name:
        raise Refusal(Reason.FIELD_VALUE, "file.original")
    # 3
    segments: dict[str, ReturnedSegment] = {}
    for unit in _units(file):
        segment = _unit(unit)
        if segment.id in segments:
            raise Refusal(Reason.FIELD_VALUE, f"segments.{segment.id}")
        segments[segment.id] = segment
    languages = root.get("srcLang", ""), root.get("trgLang", "")
    return Returned(bytes.fromhex(name), *languages, tuple(segments.values()))


def _own(parent: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Yield children in the core namespace by local name; skip modules."""
    for child in parent:
        space, _, local = child.tag.rpartition("}")
        if space == f"{{{CORE}":
            yield _shown(local), child


def _only(parent: ET.Element, wanted: str, where: str) -> ET.Element:
    children = list(_own(parent))
    for local, _ in children:
        if local != wanted:
            raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.{local}")
    if len(children) != 1:
        missing = Reason.FIELD_VALUE if children else Reason.FIELD_MISSING
        raise Refusal(missing, f"{where}.{wanted}")
    return children[0][1]


def _children(parent: ET.Element, wanted: str, where: str) -> list[ET.Element]:
    """Return the children `wanted`; notes are allowed too."""
    children = []
    for local, child in _own(parent):
        if local == wanted:
            children.append(child)
        elif local != "notes":
            raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.{local}")
    return children


def _units(file: ET.Element) -> list[ET.Element]:
    units = _children(file, "unit", "file")
    if len(units) > SEGMENTS_MAX + 1:
        raise Refusal(Reason.TOO_LONG, "segments")
    return units


def _unit(unit: ET.Element) -> ReturnedSegment:
    known = unit.get("id", "")
    if not ID.fullmatch(known):
        raise Refusal(Reason.FIELD_VALUE, "segments.?")
    where = f"segments.{known}"
    found = _children(unit, "segment", where)
    if len(found) != 1:  # it was split, or merged with another
        raise Refusal(Reason.FIELD_VALUE, f"{where}.segment")
    return _segment(known, found[0], unit, where)


def _segment(
    known: str, segment: ET.Element, unit: ET.Element, where: str
) -> ReturnedSegment:
    parts = dict.fromkeys(("source", "target"), MarkedText())
    seen = []
    for local, child in _own(segment):
        if local not in parts:
            raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.{local}")
        parts[local] = _text(child, f"{where}.{local}")
        seen.append(local)
    if seen not in (["source"], ["source", "target"]):
        raise Refusal(Reason.FIELD_VALUE, f"{where}.segment")
    state = STATES.get(segment.get("state", "initial"))
    if state is None:
        raise Refusal(Reason.CODE_UNKNOWN, f"{where}.state")
    target = parts["target"]
    if state != "INITIAL" and not target.plain:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.target")
    meta = _metadata(unit)
    origins = _origins(segment, unit, meta, target.plain)
    match = meta.get(MATCH, "")
    same = _is(target.plain, meta.get(TARGET_SHA, ""))
    return ReturnedSegment(
        id=known,
        source=parts["source"],
        target=target,
        state=state,
        origin=next((o for o in ORIGINS if o in origins), "HUMAN"),
        match=int(match) if same and _PERCENT.fullmatch(match) else 0,
        digest=_digest(meta.get(SOURCE_SHA, "")),
        before=_digest(meta.get(TARGET_SHA, "")),
    )


def _digest(text: str) -> bytes:
    return bytes.fromhex(text) if _DIGEST.fullmatch(text) else b""


def _origins(
    segment: ET.Element, unit: ET.Element, meta: Mapping[str, str], text: str
) -> set[str]:
    """Return the possible origins of a target, by any remaining sign in the file.

    Any sign of a machine's text counts: a tool may drop others.
    """
    origins = {segment.get("subState", "").removeprefix(f"{PREFIX}:").upper()}
    if _is(text, meta.get(TARGET_SHA, "")):
        origins.add(meta.get(ORIGIN, ""))
    kinds = {kind: origin for origin, kind in TYPES.items()}
    for match in unit.iter(f"{{{MATCHES}}}match"):
        target = match.find(f"{{{CORE}}}target")
        if target is not None and nfc("".join(target.itertext())) == text:
            origins.add(kinds.get(match.get("type", ""), ""))
    return origins


def _is(text: str, digest: str) -> bool:
    return hashlib.sha256(text.encode()).hexdigest() == digest


def _metadata(unit: ET.Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in unit.iterfind(f"{{{METADATA}}}metadata/{{{METADATA}}}metaGroup"):
        if group.get("category") == PREFIX:
            for meta in group.iterfind(f"{{{METADATA}}}meta"):
                found.setdefault(meta.get("type", ""), meta.text or "")
    return found


def _text(element: ET.Element, where: str) -> MarkedText:
    """Return text and marks; refuse foreign elements, and a nested mark."""
    marks: dict[str, str] = {}
    plain = [element.text or ""]
    for child in element:
        if child.tag == f"{{{CORE}}}mrk":
            mark, text = child.get("id", ""), _inner(child, where)
            if mark in marks:
                raise Refusal(Reason.SPAN, f"{where}.{_shown(mark)}")
            marks[mark] = text
            plain.append(text)
        else:
            plain.append(_code_point(child, where))
        plain.append(child.tail or "")
    return MarkedText(nfc("".join(plain)), marks)


def _inner(mark: ET.Element, where: str) -> str:
    pieces = [mark.text or ""]
    for child in mark:
        pieces += [_code_point(child, where), child.tail or ""]
    return "".join(pieces)


def _code_point(element: ET.Element, where: str) -> str:
    number = element.get("hex", "")
    if element.tag != f"{{{CORE}}}cp" or len(element):
        local = element.tag.rpartition("}")[2]
        raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.{_shown(local)}")
    if not _HEX.fullmatch(number) or not _is_character(int(number, 16)):
        raise Refusal(Reason.FIELD_VALUE, f"{where}.cp")
    return chr(int(number, 16))


def _is_character(number: int) -> bool:
    return number <= sys.maxunicode and not 0xD800 <= number < 0xE000  # noqa: PLR2004 - surrogates


def _shown(given: str) -> str:
    """Return the name, if it is short and plain, for an error line."""
    return given if ID.fullmatch(given) else "?"
