"""Translations: their sample form, what they must agree with, when they are stale."""

import hashlib
from collections.abc import Mapping

from exchange.bulletin.codes import CODES
from exchange.bulletin.declare import LANGUAGES
from exchange.bulletin.prose import ID, check_text, language, nfc
from exchange.bulletin.reading import At, need
from exchange.errors import Reason, Refusal
from exchange.limits import NAME_MAX, SEGMENT_MAX, SEGMENTS_MAX, SUBJECT_MAX
from exchange.v1 import bulletin_pb2 as pb

_BY_PERSONS = frozenset({"REVIEWED", "FINAL"})


def source_hash(segment: pb.Segment) -> bytes:
    """Return the SHA-256 of the segment's text (UTF-8)."""
    return hashlib.sha256(segment.text.encode()).digest()


def segments_of(content: pb.Content) -> dict[str, pb.Segment]:
    """Return subject and segments by id, in reading order."""
    return {s.id: s for s in (content.subject, *content.segments)}


def translate(
    content: pb.Content, lang: str, state: str, origin: str, texts: Mapping[str, str]
) -> pb.Translation:
    """Return a translation of the source's segments as they are now; check it after.

    Segments stand in the source's order; ids of none are kept last, to be refused.
    """
    source = segments_of(content)
    ids = [*(i for i in source if i in texts), *(i for i in texts if i not in source)]
    made = pb.Translation(lang=language(lang), state=state, origin=origin)
    for i in ids:
        digest = source_hash(source[i]) if i in source else b""
        made.segments.add(id=i, text=nfc(texts[i]), source=digest)
    return made


def from_json(content: pb.Content, at: At) -> pb.Translation:
    """Return the translation written at that place of a file; check it after."""
    names = ("lang", "state", "origin", "translator", "reviewer", "segments")
    members = at.members(*names)
    lang, state, origin = (need(members, n, at.path).text() for n in names[:3])
    segments = need(members, "segments", at.path).all_members()
    texts = {i: text.text() for i, text in segments.items()}
    made = translate(content, lang, state, origin, texts)
    for name in ("translator", "reviewer"):
        if name in members:
            setattr(made, name, members[name].text())
    return made


def to_json(translation: pb.Translation) -> dict[str, object]:
    """Return the form of the samples."""
    names = ("lang", "state", "origin", "translator", "reviewer")
    found: dict[str, object] = {
        name: getattr(translation, name) for name in names if getattr(translation, name)
    }
    return found | {"segments": {s.id: s.text for s in translation.segments}}


def check_form(translation: pb.Translation, where: str = "") -> None:
    """Refuse a translation that is not well formed, whatever its source is."""
    dot = f"{where}." if where else ""
    if translation.lang not in LANGUAGES:
        raise Refusal(Reason.LANGUAGE, f"{dot}lang")
    for name in ("state", "origin"):
        if getattr(translation, name) not in CODES[f"translation_{name}"]:
            raise Refusal(Reason.CODE_UNKNOWN, f"{dot}{name}")
    for name in ("translator", "reviewer"):
        if len(getattr(translation, name)) > NAME_MAX:
            raise Refusal(Reason.TOO_LONG, f"{dot}{name}")
    machine = translation.origin == "MACHINE"
    if machine and translation.state in _BY_PERSONS and not translation.reviewer:
        raise Refusal(Reason.FIELD_MISSING, f"{dot}reviewer")
    _check_texts(translation, f"{dot}segments")


def _check_texts(translation: pb.Translation, where: str) -> None:
    if len(translation.segments) > SEGMENTS_MAX + 1:
        raise Refusal(Reason.TOO_LONG, where)
    ids = [segment.id for segment in translation.segments]
    if not ids or len(set(ids)) < len(ids):
        raise Refusal(Reason.FIELD_VALUE, where)
    if any(
        not 0 < len(segment.text) <= SEGMENT_MAX for segment in translation.segments
    ):
        raise Refusal(Reason.TOO_LONG, where)


def check_translation(
    content: pb.Content, translation: pb.Translation, where: str = "translation"
) -> pb.Translation:
    """Return the translation if it is one of this source; Refusal names the field.

    The language must be another one than the subject's; every id must be one of the
    source; all segments must be there unless the state is INITIAL; texts must be in
    the language's script, and a machine's work is reviewed or final by a person only.
    """
    check_form(translation, where)
    if translation.lang == content.subject.lang:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang")
    source = segments_of(content)
    for segment in translation.segments:
        if segment.id not in source:
            shown = segment.id if ID.fullmatch(segment.id) else "?"
            raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.segments.{shown}")
        place = f"{where}.segments.{segment.id}"
        limit = SUBJECT_MAX if segment.id == content.subject.id else SEGMENT_MAX
        if len(segment.text) > limit:
            raise Refusal(Reason.TOO_LONG, place)
        check_text(segment.text, translation.lang, place)
    missing = source.keys() - {segment.id for segment in translation.segments}
    if missing and translation.state != "INITIAL":
        raise Refusal(Reason.FIELD_MISSING, f"{where}.segments.{min(missing)}")
    return translation


def stale(content: pb.Content, translation: pb.Translation) -> list[str]:
    """Return the ids whose source is another text than the one that was translated."""
    source = segments_of(content)
    return [
        segment.id
        for segment in translation.segments
        if segment.id not in source or source_hash(source[segment.id]) != segment.source
    ]
