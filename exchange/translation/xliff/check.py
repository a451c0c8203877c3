"""Check that a file is of that bulletin, with only targets and states changed."""

import hashlib

from exchange.bulletin.prose import nfc, too_long
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.translations import check_target, segments_of
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.translation.placeholders import Mark, marks
from exchange.translation.xliff.parse import MarkedText, Returned, ReturnedSegment
from exchange.v1 import bulletin_pb2 as pb


def check(returned: Returned, content: pb.Content, name: bytes) -> Returned:
    """Return the file if it is of that bulletin; Refusal names the place.

    1. It is of the bulletin of that name (NOT_FOUND), from its language into another
       (LANGUAGE).
    2. Its segments are the bulletin's: none unknown (FIELD_UNKNOWN) or missing
       (FIELD_MISSING).
    3. Each source is the bulletin's: STALE if the file was exported from another text,
       FIELD_VALUE if a tool changed it.
    4. Each protected span is once in source and target, and unchanged if it must stay
       letter by letter (SPAN).
    5. Each target is within its length (TOO_LONG), in the script of its language, and
       without invisible characters (LANGUAGE, FIELD_VALUE).
    """
    # 1
    if returned.name != name:
        raise Refusal(Reason.NOT_FOUND, "file.original")
    if returned.source_lang != content.subject.lang:
        raise Refusal(Reason.LANGUAGE, "srcLang")
    if returned.lang not in LANGUAGES or returned.lang == returned.source_lang:
        raise Refusal(Reason.LANGUAGE, "trgLang")
    # 2
    sources = segments_of(content)
    for segment in returned.segments:
        if segment.id not in sources:
            raise Refusal(Reason.FIELD_UNKNOWN, f"segments.{segment.id}")
    there = {segment.id for segment in returned.segments}
    for missing in (i for i in sources if i not in there):
        raise Refusal(Reason.FIELD_MISSING, f"segments.{missing}")
    for segment in returned.segments:
        _check_segment(segment, sources[segment.id], content, returned.lang)
    return returned


def _check_segment(
    segment: ReturnedSegment, source: pb.Segment, content: pb.Content, lang: str
) -> None:
    where = f"segments.{segment.id}"
    # 3
    if segment.source.plain != nfc(source.text):
        raise Refusal(*_changed(segment, f"{where}.source"))
    # 4
    placed = marks(source)
    _check_marks(segment.source, source.text, placed, f"{where}.source")
    if not segment.target.plain:
        return
    _check_marks(segment.target, source.text, placed, f"{where}.target")
    # 5
    limit = SUBJECT_MAX if segment.id == content.subject.id else SEGMENT_MAX
    if len(segment.target.plain) > limit:
        why = too_long(segment.target.plain, limit)
        raise Refusal(Reason.TOO_LONG, f"{where}.target", why)
    check_target(source, segment.target.plain, lang, f"{where}.target")


def _changed(segment: ReturnedSegment, where: str) -> tuple[Reason, str, Why | None]:
    """Return STALE for another edition's source, FIELD_VALUE if a tool changed it."""
    digest = hashlib.sha256(segment.source.plain.encode()).digest()
    if digest == segment.digest:
        return Reason.STALE, where, None
    why = Why("a tool changed the original; translate the file as it was exported")
    return Reason.FIELD_VALUE, where, why


def _check_marks(text: MarkedText, source: str, placed: list[Mark], where: str) -> None:
    missing = dict(text.marks or {})
    for mark in placed:
        piece = missing.pop(mark.id, None)
        asked = nfc(source[mark.start : mark.end])
        if not piece or (mark.verbatim and nfc(piece) != asked):
            raise Refusal(Reason.SPAN, f"{where}.{mark.id}")
    for _ in missing:  # not one of our spans
        raise Refusal(Reason.SPAN, f"{where}.mrk")
