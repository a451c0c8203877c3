"""Compose an XLIFF file for translators from a bulletin."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from exchange.bulletin.translations import segments_of, source_hash
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.translation.placeholders import Mark, locate_marks, marks
from exchange.translation.xliff.names import (
    CORE,
    GLOSSARY,
    MATCH,
    MATCHES,
    METADATA,
    ORIGIN,
    PREFIX,
    SEGMENT,
    SIZES,
    SOURCE_SHA,
    STATES,
    TARGET_SHA,
    TYPES,
    VERSION,
)
from exchange.translation.xml import DECLARATION, NOT_XML, element, escape_text
from exchange.v1 import bulletin_pb2 as pb

if TYPE_CHECKING:
    from exchange.translation.glossary import Glossary

_SPACES = {
    "xmlns": CORE,
    "xmlns:mtc": MATCHES,
    "xmlns:gls": GLOSSARY,
    "xmlns:mda": METADATA,
    "xmlns:slr": SIZES,
}
_DIRECTIONS = {"ur": "rtl"}
_LOWER = {ours: theirs for theirs, ours in STATES.items()}
_PROFILES = element(
    "slr:profiles",
    {"generalProfile": "xliff:codepoints"},
    element("slr:normalization", {"general": "nfc"}),
)


class Candidate(Struct, frozen=True):
    """`origin` is MEMORY, MACHINE or HUMAN; `percent` 0 if unknown."""

    text: str
    origin: str
    percent: int = 0
    source: str = ""
    """Its source text, if not the segment's."""


def write(  # noqa: PLR0913 - a text, and what helps to translate it
    content: pb.Content,
    translation: pb.Translation | None,
    lang: str,
    *,
    name: bytes,
    glossary: "Glossary | None" = None,
    suggestions: Mapping[str, Sequence[Candidate]] | None = None,
    notes: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return the file for translating a bulletin into `lang`.

    `translation` is the work so far: a text with all protected spans becomes the
    target; one without some, or of another source text, becomes a candidate.
    `suggestions` are by segment id; `notes` are pairs of category and text.
    """
    job = _Job(content, lang, glossary)
    done = {s.id: s for s in translation.segments} if translation else {}
    units = [
        job.unit(segment, done.get(i), (suggestions or {}).get(i, ()))
        for i, segment in segments_of(content).items()
    ]
    source = content.subject.lang
    file = {
        "id": name.hex(),
        "original": name.hex(),
        "canResegment": "no",
        "srcDir": _DIRECTIONS.get(source, "ltr"),
        "trgDir": _DIRECTIONS.get(lang, "ltr"),
        "xml:space": "preserve",
    }
    body = element("file", file, "\n", _PROFILES, "\n", _notes(notes), *units)
    head = {**_SPACES, "version": VERSION, "srcLang": source, "trgLang": lang}
    return f"{DECLARATION}{element('xliff', head, body)}\n".encode()


def _notes(notes: Sequence[tuple[str, str]]) -> str:
    if not notes:
        return ""
    made = (element("note", {"category": c}, _plain(text)) for c, text in notes)
    return element("notes", {}, *made)


class _Job(Struct, frozen=True):
    content: pb.Content
    lang: str
    glossary: "Glossary | None"

    def unit(
        self,
        segment: pb.Segment,
        done: pb.TranslatedSegment | None,
        suggested: Sequence[Candidate],
    ) -> str:
        target = self._target(segment, done)
        candidates = list(suggested)
        if done is not None and target is None and done.text:
            candidates.insert(0, Candidate(done.text, done.origin or "HUMAN"))
        if target is None:
            done = None
        subject = segment.id == self.content.subject.id
        limit = SUBJECT_MAX if subject else SEGMENT_MAX
        given = {"id": segment.id, "slr:sizeRestriction": str(limit)}
        tree = element(
            "unit",
            given,
            _matches(segment, candidates),
            self._terms(segment),
            _metadata(segment, done),
            self._language(segment),
            _segment(segment, done, target or ""),
        )
        return f"{tree}\n"

    def _target(
        self, segment: pb.Segment, done: pb.TranslatedSegment | None
    ) -> str | None:
        if done is None or not done.text or done.source != source_hash(segment):
            return None
        found = locate_marks(segment, done.text, self.lang)
        return None if found is None else _marked(done.text, found)

    def _language(self, segment: pb.Segment) -> str:
        """Return a note on the language, if it is not the file's."""
        if segment.lang == self.content.subject.lang:
            return ""
        return _notes([("language", segment.lang)])

    def _terms(self, segment: pb.Segment) -> str:
        found = self.glossary.required_terms(segment) if self.glossary else []
        entries: dict[str, str] = {}
        for each in found:
            if self.glossary and (
                wanted := self.glossary.preferred_form(each.term, self.lang)
            ):
                entries[segment.text[each.start : each.end]] = wanted
        made = [_entry(term, wanted) for term, wanted in entries.items()]
        return element("gls:glossary", {}, *made) if made else ""


def _segment(
    segment: pb.Segment, done: pb.TranslatedSegment | None, target: str
) -> str:
    state = {"id": SEGMENT, "state": "initial", "subState": ""}
    if done is not None:
        state["state"] = _LOWER.get(done.state, "initial")
        state["subState"] = f"{PREFIX}:{(done.origin or 'HUMAN').lower()}"
    source = element("source", {}, _marked(segment.text, marks(segment)))
    shown = element("target", {}, target) if target else ""
    return element("segment", state, source, shown)


def _metadata(segment: pb.Segment, done: pb.TranslatedSegment | None) -> str:
    known = {SOURCE_SHA: source_hash(segment).hex()}
    if done is not None:
        known[TARGET_SHA] = hashlib.sha256(done.text.encode()).hexdigest()
        known[ORIGIN] = done.origin or "HUMAN"
        if done.match:
            known[MATCH] = str(done.match)
    meta = (element("mda:meta", {"type": t}, escape_text(v)) for t, v in known.items())
    group = element("mda:metaGroup", {"category": PREFIX}, *meta)
    return element("mda:metadata", {}, group)


def _matches(segment: pb.Segment, candidates: Sequence[Candidate]) -> str:
    matches = []
    for i, candidate in enumerate(candidates, 1):
        given = {
            "id": f"c{i}",
            "ref": f"#{SEGMENT}",
            "type": TYPES.get(candidate.origin, "other"),
            "matchQuality": str(candidate.percent or ""),
        }
        source = element("source", {}, _plain(candidate.source or segment.text))
        target = element("target", {}, _plain(candidate.text))
        matches.append(element("mtc:match", given, source, target))
    return element("mtc:matches", {}, *matches) if matches else ""


def _entry(term: str, wanted: str) -> str:
    return element(
        "gls:glossEntry",
        {},
        element("gls:term", {}, _plain(term)),
        element("gls:translation", {}, _plain(wanted)),
    )


def _marked(text: str, placed: Sequence[Mark]) -> str:
    made, done = [], 0
    for mark in placed:
        made.append(_exact(text[done : mark.start]))
        made.append(_mark(mark, text[mark.start : mark.end]))
        done = mark.end
    return "".join((*made, _exact(text[done:])))


def _mark(mark: Mark, text: str) -> str:
    first = mark.spans[0]
    kind = first.kind if len(mark.spans) == 1 else "SPANS"
    given = {
        "id": mark.id,
        "translate": "no" if mark.verbatim else "",
        "type": f"{PREFIX}:{kind.lower()}",
        "value": first.value if len(mark.spans) == 1 else "",
    }
    return element("mrk", given, _exact(text))


def _exact(text: str) -> str:
    """Turn characters not allowed in XML into code points."""
    made, done = [], 0
    for found in NOT_XML.finditer(text):
        made.append(escape_text(text[done : found.start()]))
        made.append(element("cp", {"hex": f"{ord(found[0]):04X}"}))
        done = found.end()
    return "".join((*made, escape_text(text[done:])))


def _plain(text: str) -> str:
    """Return a text for elements that may not contain code points."""
    return escape_text(NOT_XML.sub("\ufffd", text))
