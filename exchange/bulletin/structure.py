"""The rules of content that bind a receiver too: form and bounds.

A partner's content must be well formed, but a code, field or kind of a newer release
must not make a warning unreadable. So receivers check with `codes` false, writers with
`codes` true (see check.py).
"""

import re
from collections.abc import Iterable, Iterator

from google.protobuf.message import Message

from exchange.bulletin.common_fields import ACTORS, SECTIONS
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose import check_shape, too_many
from exchange.bulletin.schema import Field, Kind, Section, Type
from exchange.bulletin.terms import check_terms
from exchange.bulletin.values import PATTERNS, SINGLE, TWICE, check_value, iso, key_of
from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    ATTACHMENTS_MAX,
    CONFIRMED_MAX,
    DETAIL_MAX,
    DETAILS_MAX,
    NAME_MAX,
    RECIPIENTS_MAX,
    SEGMENT_MAX,
    SEGMENTS_MAX,
    SUBJECT_MAX,
)
from exchange.v1 import bulletin_pb2 as pb

_NONE: list[str] = []
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NOTHING_NEW = Why("fill in at least one of its fields")
NUMBER_MAX = 2**63 - 1  # of a bulletin from desk to desk
_CONFIRMED = re.compile(r"[a-z][A-Za-z0-9_.-]{0,79} [A-Z][A-Z_]{0,23}")


def values_of(content: pb.Content, field: Field) -> list[str]:
    if field is ACTORS:
        return list(content.actors)
    return [detail.value for detail in content.details if detail.field == field.name]


def values_by_field(
    content: pb.Content, fields: Iterable[Field]
) -> Iterator[tuple[Field, list[str]]]:
    said: dict[str, list[str]] = {}
    for detail in content.details:
        said.setdefault(detail.field, []).append(detail.value)
    actors = list(content.actors)
    for field in fields:
        yield field, actors if field is ACTORS else said.get(field.name, _NONE)


def section_value(field: Field, message: Message) -> str:
    """Return the text form of a value, "" if it is absent."""
    value = getattr(message, field.name)
    if not value:
        return ""
    if field.type is Type.TIME:
        return iso(value) if 0 < value <= TIME_MAX else "?"
    return str(value)


def check_structure(content: pb.Content, *, codes: bool, partial: bool) -> None:
    """Refuse content that is not well formed, naming the field.

    `partial`: a relation of the header allows only new facts.
    """
    kind = KINDS.get(content.kind)
    if kind is None and (codes or not PATTERNS[Type.CODE].fullmatch(content.kind)):
        missing = Reason.CODE_UNKNOWN if content.kind else Reason.FIELD_MISSING
        raise Refusal(missing, "kind")
    _check_segments(content)
    for section in SECTIONS:
        if content.HasField(section.name):  # type: ignore[arg-type]  # one of the four
            _check_section(section, content, codes=codes)
    _check_details(content, kind, codes=codes, partial=partial)
    _check_attachments(content)
    _check_terms(content, kind, codes=codes)
    check_confirmations(content)
    _check_numbers(content)


def _check_segments(content: pb.Content) -> None:
    check_shape(content.subject, "subject", SUBJECT_MAX)
    if len(content.segments) > SEGMENTS_MAX:
        many = too_many(len(content.segments), SEGMENTS_MAX)
        raise Refusal(Reason.TOO_LONG, "segments", many)
    ids = {content.subject.id}
    for i, segment in enumerate(content.segments):
        check_shape(segment, f"segments.{i}", SEGMENT_MAX)
        if segment.id in ids:
            raise Refusal(Reason.FIELD_VALUE, f"segments.{i}.id", TWICE)
        ids.add(segment.id)


def _check_section(section: Section, content: pb.Content, *, codes: bool) -> None:
    message = getattr(content, section.name)
    for field in section.fields:
        where = f"{section.name}.{field.name}"
        if field.type is Type.TIME and 0 < getattr(message, field.name) <= TIME_MAX:
            continue
        if text := section_value(field, message):
            check_value(field, text, where, codes=codes)
        elif field.required:
            raise Refusal(Reason.FIELD_MISSING, where)
    if not message.ByteSize():
        raise Refusal(Reason.FIELD_MISSING, section.name)


def _check_details(
    content: pb.Content, kind: Kind | None, *, codes: bool, partial: bool
) -> None:
    if len(content.details) > DETAILS_MAX or len(content.actors) > DETAILS_MAX:
        longest = max(len(content.details), len(content.actors))
        raise Refusal(Reason.TOO_LONG, "details", too_many(longest, DETAILS_MAX))
    fields = kind.fields if kind else ()
    names = [field.name for field in fields if field is not ACTORS]
    if len(names) == len(fields) and kind is not None and content.actors:
        raise Refusal(Reason.FIELD_UNKNOWN, "details.actors")
    places = [_place(names, detail, codes=codes) for detail in content.details]
    if places != sorted(places):
        raise Refusal(Reason.FIELD_VALUE, "details")
    for field, texts in values_by_field(content, fields):
        if field.required and not texts and not partial:
            raise Refusal(Reason.FIELD_MISSING, f"details.{field.name}")
        if texts:
            _check_field(field, texts, codes=codes)
    if partial and not (content.details or content.actors):
        raise Refusal(Reason.FIELD_MISSING, "details", _NOTHING_NEW)


def _place(names: list[str], detail: pb.Detail, *, codes: bool) -> int:
    """Return its position in the declaration; unknown ones come last."""
    if detail.field in names:
        return names.index(detail.field)
    shown = detail.field if _FIELD.fullmatch(detail.field) else "?"
    if codes or shown == "?":
        raise Refusal(Reason.FIELD_UNKNOWN, f"details.{shown}")
    if not 0 < len(detail.value) <= DETAIL_MAX:
        raise Refusal(Reason.FIELD_VALUE, f"details.{shown}")
    return len(names)


def _check_field(field: Field, texts: list[str], *, codes: bool) -> None:
    where = f"details.{field.name}"
    if len(texts) > 1 and not field.many:
        raise Refusal(Reason.FIELD_VALUE, where, SINGLE)
    for i, text in enumerate(texts):
        check_value(field, text, f"{where}.{i}" if field.many else where, codes=codes)
    keys = [key_of(field, text) for text in texts]
    if len(set(keys)) < len(keys):
        raise Refusal(Reason.FIELD_VALUE, where, TWICE)


def _check_terms(content: pb.Content, kind: Kind | None, *, codes: bool) -> None:
    if kind is not None and kind.terms != bool(content.terms):
        wrong = Reason.FIELD_MISSING if kind.terms else Reason.FIELD_UNKNOWN
        raise Refusal(wrong, "terms")
    check_terms(content, codes=codes)


def check_confirmations(content: pb.Content) -> None:
    """Refuse too many confirmations, a malformed or a repeated one."""
    if len(content.confirmed) > CONFIRMED_MAX:
        many = too_many(len(content.confirmed), CONFIRMED_MAX)
        raise Refusal(Reason.TOO_LONG, "confirmed", many)
    for i, text in enumerate(content.confirmed):
        if not _CONFIRMED.fullmatch(text) or text in content.confirmed[:i]:
            raise Refusal(Reason.FIELD_VALUE, f"confirmed.{i}")


def _check_attachments(content: pb.Content) -> None:
    if len(content.attachments) > ATTACHMENTS_MAX:
        many = too_many(len(content.attachments), ATTACHMENTS_MAX)
        raise Refusal(Reason.TOO_LONG, "attachments", many)
    for i, attachment in enumerate(content.attachments):
        if attachment.index != i or len(attachment.key) != 32:  # noqa: PLR2004  # AES-256
            raise Refusal(Reason.FIELD_VALUE, f"attachments.{i}")
        if len(attachment.name) > NAME_MAX or len(attachment.media_type) > NAME_MAX:
            raise Refusal(Reason.TOO_LONG, f"attachments.{i}")


def _check_numbers(content: pb.Content) -> None:
    """Refuse invalid numbers, a duplicate desk, or an order not by desk."""
    if len(content.numbers) > RECIPIENTS_MAX:
        many = too_many(len(content.numbers), RECIPIENTS_MAX)
        raise Refusal(Reason.TOO_LONG, "numbers", many)
    before = ""
    for i, one in enumerate(content.numbers):
        if (
            not before < one.desk <= one.desk[:NAME_MAX]
            or not 0 < one.number <= NUMBER_MAX
        ):
            raise Refusal(Reason.FIELD_VALUE, f"numbers.{i}")
        before = one.desk
