"""The glossary as a file: TBX, ISO 30042:2019, dialect TBX-Basic, style DCA.

A concept is a term, with its id, and its domain in English as subject field; `langSec`
is a language, `termSec` a form, with its status as administrative status:

    preferredTerm-admn-sts    PREFERRED
    admittedTerm-admn-sts     ADMITTED
    deprecatedTerm-admn-sts   FORBIDDEN
    supersededTerm-admn-sts   FORBIDDEN

Reads other programs' files too: any TBX dialect of 2019 in either style (DCA, DCT).
Without a preferred form in a language, the first not forbidden becomes it; further
preferred ones become admitted. Other languages, and concepts without an allowed form in
each of ours, are omitted and counted.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from exchange.bulletin.codes import CODES
from exchange.bulletin.prose import nfc
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.terms import check_terms
from exchange.errors import Reason, Refusal, Why
from exchange.limits import TBX_MAX, TERMS_MAX
from exchange.translation.glossary import (
    ADMITTED,
    FORBIDDEN,
    PREFERRED,
    STATUSES,
    Glossary,
)
from exchange.translation.language_tags import ours
from exchange.translation.xml import DECLARATION, element, escape_text, parse
from exchange.v1 import bulletin_pb2 as pb

NAMESPACE: Final = "urn:iso:std:iso:30042:ed-2"
DIALECT: Final = "TBX-Basic"
GENERAL: Final = "GENERAL"
"""The domain of a concept with an unknown subject field."""

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_STATUS = "administrativeStatus"
_FIELD = "subjectField"
_WRITTEN: Mapping[str, str] = {
    PREFERRED: "preferredTerm-admn-sts",
    ADMITTED: "admittedTerm-admn-sts",
    FORBIDDEN: "deprecatedTerm-admn-sts",
}
_READ: Mapping[str, str] = {
    **{written: status for status, written in _WRITTEN.items()},
    "supersededTerm-admn-sts": FORBIDDEN,
}
_UNFIT = re.compile("[^A-Za-z0-9_-]+")
_ID_MAX = 32  # characters, as for every id


class TbxContent(Struct, frozen=True):
    terms: tuple[pb.Term, ...]
    other_languages: int
    """Sections in a language other than ours."""
    incomplete: int
    """Concepts without an allowed form in each of our languages."""


def write(glossary: Glossary) -> bytes:
    header = element(
        "tbxHeader",
        {},
        element(
            "fileDesc",
            {},
            element("titleStmt", {}, element("title", {}, _title(glossary))),
            element("sourceDesc", {}, element("p", {}, "fusion translate glossary")),
        ),
    )
    body = "\n".join(_concept(term) for term in glossary.terms)
    root = {"xmlns": NAMESPACE, "type": DIALECT, "style": "dca", "xml:lang": "en"}
    text = element("text", {}, element("body", {}, f"\n{body}\n"))
    return f"{DECLARATION}{element('tbx', root, header, text)}\n".encode()


def _title(glossary: Glossary) -> str:
    return f"Glossary, version {glossary.version}"


def _concept(term: pb.Term) -> str:
    labels = CODES["term_domain"].get(term.domain)
    field = escape_text(labels["en"] if labels else term.domain)
    sections = [
        element(
            "langSec",
            {"xml:lang": lang},
            *(_term_section(form) for form in term.forms if form.lang == lang),
        )
        for lang in LANGUAGES
        if any(form.lang == lang for form in term.forms)
    ]
    return element(
        "conceptEntry",
        {"id": _xml_id(term.id)},
        element("descrip", {"type": _FIELD}, field),
        *sections,
    )


def _term_section(form: pb.TermForm) -> str:
    status = _WRITTEN.get(form.status, "")
    note = element("termNote", {"type": _STATUS}, status) if status else ""
    return element("termSec", {}, element("term", {}, escape_text(form.text)), note)


def _xml_id(term_id: str) -> str:
    """Return an XML name, which must begin with a letter or the _ added here."""
    return term_id if term_id[:1].isalpha() else f"_{term_id}"


def read(data: bytes, where: str = "TBX") -> TbxContent:
    """Return the terms of an untrusted file, in NFC: a tool may decompose.

    Raises Refusal: TOO_LONG above TBX_MAX bytes or TERMS_MAX terms, INPUT if it is not
    TBX of 2019 or has a DOCTYPE, and the faults of `check_terms`, naming the place.
    """
    root = parse(data, TBX_MAX, where)
    if root.tag != f"{{{NAMESPACE}}}tbx":
        why = Why("this is not {form}; save the file as {form}", form="TBX")
        raise Refusal(Reason.INPUT, where, why)
    entries = root.findall(f"./{_q('text')}/{_q('body')}/{_q('conceptEntry')}")
    if len(entries) > TERMS_MAX:
        raise Refusal(Reason.TOO_LONG, f"{where}: terms")
    terms: dict[str, pb.Term] = {}
    others = 0
    for number, entry in enumerate(entries, 1):
        term, left_out = _term(entry, number)
        if term.id in terms:
            raise Refusal(Reason.FIELD_VALUE, f"{where}: conceptEntry {number}: id")
        terms[term.id] = term
        others += left_out
    whole = [terms[i] for i in sorted(terms) if _is_whole(terms[i])]
    _check(whole, where)
    return TbxContent(tuple(whole), others, len(terms) - len(whole))


def _check(terms: Iterable[pb.Term], where: str) -> None:
    try:
        check_terms(pb.Content(terms=terms), codes=True)
    except Refusal as refusal:
        place = f"{where}: {refusal.where}"
        raise Refusal(refusal.reason, place, refusal.why) from None


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _term(entry: ET.Element, number: int) -> tuple[pb.Term, int]:
    """Return one concept, and the number of its other languages."""
    term = pb.Term(id=_id(entry.get("id", ""), number), domain=_domain(entry))
    sections = entry.findall(_q("langSec"))
    forms: dict[str, list[tuple[str, str]]] = {lang: [] for lang in LANGUAGES}
    left_out = 0
    for section in sections:
        lang = ours(section.get(_LANG, ""))
        if lang:
            forms[lang] += map(_form, section.findall(_q("termSec")))
        else:
            left_out += 1
    for lang in LANGUAGES:
        for text, status in _ranked(forms[lang]):
            term.forms.add(lang=lang, text=text, status=status)
    return term, left_out


def _id(given: str, number: int) -> str:
    plain = given.removeprefix("_")
    return _UNFIT.sub("-", plain)[:_ID_MAX] or f"concept-{number}"


def _domain(entry: ET.Element) -> str:
    """Return the code whose label, in any language, is the subject field."""
    said = _said(entry, _FIELD).casefold()
    for code, labels in CODES["term_domain"].items():
        if said in {code.casefold(), *(label.casefold() for label in labels.values())}:
            return code
    return GENERAL


def _said(node: ET.Element, category: str) -> str:
    """Read it from a node or its groups, as attribute or tag."""
    for group in (node, *(child for child in node if child.tag.endswith("Grp"))):
        for child in group:
            local = child.tag.rpartition("}")[2]
            if category in {child.get("type"), local}:
                return _text(child)
    return ""


def _text(node: ET.Element) -> str:
    """Return the whole text, also of marked parts, with plain spaces."""
    return nfc(" ".join("".join(node.itertext()).split()))


def _form(section: ET.Element) -> tuple[str, str]:
    term = section.find(_q("term"))
    text = "" if term is None else _text(term)
    return text, _READ.get(_said(section, _STATUS), "")


def _ranked(forms: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the forms without duplicates, one of them preferred."""
    status: dict[str, str] = {}
    for text, level in forms:
        if text:
            status.setdefault(text, level)
    allowed = [text for text, level in status.items() if level != FORBIDDEN]
    preferred = [text for text in allowed if status[text] == PREFERRED]
    best = next(iter(preferred + allowed), "")
    ranked = [
        (text, FORBIDDEN if level == FORBIDDEN else ADMITTED)
        for text, level in status.items()
        if text != best
    ]
    ranked.sort(key=lambda form: STATUSES.index(form[1]))
    return [(best, PREFERRED), *ranked] if best else ranked


def _is_whole(term: pb.Term) -> bool:
    return {f.lang for f in term.forms if f.status == PREFERRED} == set(LANGUAGES)
