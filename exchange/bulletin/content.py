"""Bulletins as JSON files and as the sealed bytes.

The JSON has the form of the samples: header, text, common sections and `details`. A
bulletin has exactly one JSON and one encoding.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from exchange.bulletin import content_format, terms, translations
from exchange.bulletin.check import WHOLE_NAME, CheckedDraft, check, check_mode
from exchange.bulletin.common_fields import ACTORS, SECTIONS
from exchange.bulletin.draft import Draft, adds_only
from exchange.bulletin.json_reader import JsonValue, need
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose import language, require_nfc
from exchange.bulletin.schema import Field, Kind, Section, Type
from exchange.bulletin.structure import check_structure, section_value, values_of
from exchange.bulletin.suggest import not_among, suggest_nearest
from exchange.bulletin.values import iso, json_of, milliseconds, text_of
from exchange.errors import Reason, Refusal
from exchange.limits import SPANS_MAX
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

__all__ = [
    "Draft",
    "content_json",
    "decode",
    "decode_translation",
    "encode",
    "from_json",
    "to_json",
]
V = TypeVar("V", bound=int)
_MEMBERS = (
    "kind",
    "precedence",
    "mode",
    "label",
    "to",
    "info",
    "review",
    "release",
    "references",
    "valid_from",
    "expires",
    "subject",
    "segments",
    *(section.name for section in SECTIONS),
    "details",
    "terms",
    "confirmed",
    "translations",
)


def from_json(obj: object) -> CheckedDraft:
    """Return the checked bulletin of a JSON object; its texts must be NFC.

    Raises Refusal, `where` the dotted path, with the kind once it is known:
    FIELD_MISSING, FIELD_UNKNOWN, FIELD_VALUE, CODE_UNKNOWN, UNMARKED, TOO_LONG,
    LANGUAGE, SPAN, RECIPIENTS, REFERENCES, NOT_RELEASABLE.
    """
    members = JsonValue(obj).members(*_MEMBERS)
    kind = _kind(need(members, "kind"))
    try:
        return _draft(kind, members)
    except Refusal as refusal:
        refusal.kind = kind.code
        raise


def _draft(kind: Kind, members: dict[str, JsonValue]) -> CheckedDraft:
    content = _content(kind, members)
    label = _label(members)
    at_translations = _optional(members, "translations")
    return check(
        Draft(
            precedence=_enum(
                env.Precedence.items, "PRECEDENCE", need(members, "precedence")
            ),
            mode=_enum(env.Mode.items, "MODE", need(members, "mode")),
            tlp=_enum(env.Tlp.items, "TLP", label["tlp"]),
            releasable_to=_sorted(label["releasable_to"]),
            caveats=_sorted(label["caveats"]) if "caveats" in label else (),
            to=tuple(at.text() for at in need(members, "to").items()),
            info=tuple(at.text() for at in _optional(members, "info")),
            references=tuple(map(_reference, _optional(members, "references"))),
            valid_from=_time(members, "valid_from"),
            expires=_time(members, "expires"),
            release=_release(members),
            review=members["review"].text() if "review" in members else "",
            content=content,
            translations=tuple(
                translations.from_json(content, at) for at in at_translations
            ),
        )
    )


def _optional(members: dict[str, JsonValue], key: str) -> list[JsonValue]:
    return members[key].items() if key in members else []


def _kind(at: JsonValue) -> Kind:
    if (code := at.text()) not in KINDS:
        raise at.refusal(
            Reason.CODE_UNKNOWN, not_among(suggest_nearest(code, KINDS), KINDS)
        )
    return KINDS[code]


def _label(members: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if "label" not in members:
        raise Refusal(Reason.UNMARKED, "label")
    label = members["label"].members("tlp", "releasable_to", "caveats")
    for name in ("tlp", "releasable_to"):
        if name not in label:
            raise Refusal(Reason.UNMARKED, f"label.{name}")
    return label


def _sorted(at: JsonValue) -> tuple[str, ...]:
    return tuple(sorted(item.text() for item in at.items()))


def _time(members: dict[str, JsonValue], key: str) -> int:
    return milliseconds(members[key].text(), key) if key in members else 0


def _release(members: dict[str, JsonValue]) -> env.Release.ValueType:
    if "release" not in members:
        return env.RELEASE_NONE
    return _enum(env.Release.items, "RELEASE", members["release"])


def _reference(at: JsonValue) -> env.Reference:
    members = at.members("relation", "name")
    relation = _enum(env.Relation.items, "RELATION", need(members, "relation", at.path))
    name = need(members, "name", at.path)
    try:
        return env.Reference(relation=relation, name=bytes.fromhex(name.text()))
    except ValueError as error:
        raise name.refusal(why=WHOLE_NAME) from error


def _content(kind: Kind, members: dict[str, JsonValue]) -> pb.Content:
    content = pb.Content(
        kind=kind.code,
        subject=_segment(need(members, "subject")),
        segments=map(_segment, _optional(members, "segments")),
        terms=map(terms.from_json, _optional(members, "terms")),
        confirmed=[at.text() for at in _optional(members, "confirmed")],
    )
    for section in SECTIONS:
        if section.name in members:
            message = getattr(content, section.name)
            message.SetInParent()
            _fill(section, members[section.name], message)
    if "details" in members:
        _fill_details(kind, members["details"], content)
    return content


def _segment(at: JsonValue) -> pb.Segment:
    """Return a segment; without a member `spans`, they are found in its text."""
    members = at.members("id", "lang", "text", "spans")
    segment = pb.Segment(
        id=need(members, "id", at.path).text(),
        lang=language(need(members, "lang", at.path).text()),
        text=_text(need(members, "text", at.path)),
        spans=map(_span, _optional(members, "spans")),
    )
    if "spans" not in members:
        from exchange.bulletin.spans import fill  # noqa: PLC0415  the rules of three languages

        fill(segment)
    return segment


def _text(at: JsonValue) -> str:
    return require_nfc(at.text(), at.path)


def _span(at: JsonValue) -> pb.Span:
    members = at.members("kind", "text", "occurrence", "value")
    span = pb.Span(
        kind=need(members, "kind", at.path).text(),
        text=_text(need(members, "text", at.path)),
    )
    if "occurrence" in members:
        span.occurrence = members["occurrence"].integer(0, 9_999)
    if "value" in members:
        span.value = members["value"].text()
    return span


def _fill(section: Section, at: JsonValue, message: Message) -> None:
    members = at.members(*(field.name for field in section.fields))
    for field in section.fields:
        if field.name in members:
            setattr(message, field.name, _typed(field, members[field.name]))


def _typed(field: Field, at: JsonValue) -> int | str:
    if field.type is Type.TIME:
        return milliseconds(at.text(), at.path)
    if field.type is Type.COUNT:
        return at.integer(*field.bounds)
    if not (text := at.text()):
        raise at.refusal()
    return text


def _fill_details(kind: Kind, at: JsonValue, content: pb.Content) -> None:
    members = at.members(*(field.name for field in kind.fields))
    for field in kind.fields:
        if field.name not in members:
            continue
        place = members[field.name]
        for item in place.items() if field.many else [place]:
            if field is ACTORS:
                content.actors.append(text_of(field, item))
            else:
                content.details.add(field=field.name, value=text_of(field, item))


def to_json(draft: Draft) -> dict[str, object]:
    """Return an object, ordered as in the samples."""
    members: dict[str, object] = {
        "kind": draft.content.kind,
        "precedence": env.Precedence.Name(draft.precedence)[len("PRECEDENCE_") :],
        "mode": env.Mode.Name(draft.mode)[len("MODE_") :],
        "label": _label_json(draft),
        "to": list(draft.to),
        "info": list(draft.info),
    }
    if draft.review:
        members["review"] = draft.review
    if draft.release != env.RELEASE_NONE:
        members["release"] = env.Release.Name(draft.release)[len("RELEASE_") :]
    if draft.references:
        members["references"] = [
            {
                "relation": env.Relation.Name(reference.relation)[len("RELATION_") :],
                "name": reference.name.hex(),
            }
            for reference in draft.references
        ]
    for name in ("valid_from", "expires"):
        if ms := getattr(draft, name):
            members[name] = iso(ms)
    members |= {k: v for k, v in content_json(draft.content).items() if k != "kind"}
    members["translations"] = [translations.to_json(t) for t in draft.translations]
    return members


def _label_json(draft: Draft) -> dict[str, object]:
    label: dict[str, object] = {
        "tlp": env.Tlp.Name(draft.tlp)[len("TLP_") :],
        "releasable_to": list(draft.releasable_to),
    }
    return label | ({"caveats": list(draft.caveats)} if draft.caveats else {})


def content_json(content: pb.Content) -> dict[str, object]:
    """Return the content without the keys of attachments."""
    members: dict[str, object] = {
        "kind": content.kind,
        "subject": _subject_json(content.subject),
        "segments": [_segment_json(segment) for segment in content.segments],
    }
    for section in SECTIONS:
        if content.HasField(section.name):  # type: ignore[arg-type]  # one of the four
            members[section.name] = _section_json(section, content)
    members["details"] = _details_json(content)
    if content.terms:
        members["terms"] = [terms.to_json(term) for term in content.terms]
    if content.confirmed:
        members["confirmed"] = list(content.confirmed)
    if content.attachments:
        members["attachments"] = [
            {"name": a.name, "media_type": a.media_type, "size": a.size}
            for a in content.attachments
        ]
    return members


def _segment_json(segment: pb.Segment) -> dict[str, object]:
    from exchange.bulletin.spans import span_json  # noqa: PLC0415  the rules of three languages

    found = {"id": segment.id, "lang": segment.lang, "text": segment.text}
    return found | {"spans": list(map(span_json, segment.spans))}


def _subject_json(subject: pb.Segment) -> dict[str, object]:
    """Return the subject, without spans that reading will find again."""
    from exchange.bulletin.spans import find  # noqa: PLC0415  the rules of three languages

    found = _segment_json(subject)
    if list(subject.spans) == find(subject.text, subject.lang)[:SPANS_MAX]:
        del found["spans"]
    return found


def _section_json(section: Section, content: pb.Content) -> dict[str, object]:
    message = getattr(content, section.name)
    texts = [(field, section_value(field, message)) for field in section.fields]
    return {field.name: json_of(field, text) for field, text in texts if text}


def _details_json(content: pb.Content) -> dict[str, object]:
    kind = KINDS.get(content.kind)
    details: dict[str, object] = {}
    for field in kind.fields if kind else ():
        values = [json_of(field, text) for text in values_of(content, field)]
        if values:
            details[field.name] = values if field.many else values[0]
    # Fields of a newer release are shown as they came.
    known = set(details)
    for detail in content.details:
        if detail.field not in known:
            texts = details.setdefault(detail.field, [])
            assert isinstance(texts, list)  # noqa: S101  # made in the line above
            texts.append(detail.value)
    return details


def encode(message: pb.Content | pb.Translation | pb.Remark) -> bytes:
    """Return its one encoding, to be sealed, in our current format."""
    message.format = content_format.FORMAT
    return message.SerializeToString(deterministic=True)


def _parse(message: Message, data: bytes) -> None:
    content_format.check_format(data)
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Refusal(Reason.CONTENT) from error
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != data:
        raise Refusal(Reason.CONTENT)


def decode(data: bytes, header: env.Core | None = None) -> pb.Content:
    """Return an opened bulletin, checked against its header.

    It must be canonical, well formed and within bounds; codes, fields and kinds of a
    newer release pass. Without a header, rules that depend on it do not apply. Raises
    Refusal(CONTENT), `where` the field, or FORMAT.
    """
    content = pb.Content()
    _parse(content, data)
    try:
        check_structure(content, codes=False, partial=_partial(content.kind, header))
        if header is not None:
            check_mode(content, header.mode)
    except Refusal as error:
        raise Refusal(Reason.CONTENT, error.where) from error
    return content


def _partial(code: str, header: env.Core | None) -> bool:
    kind = KINDS.get(code)
    if kind is None or header is None:
        return kind is not None and bool(kind.partial)
    return adds_only(kind, header.references)


def decode_translation(data: bytes) -> pb.Translation:
    """Return it opened, unchecked against its source; Refusal as `decode`."""
    translation = pb.Translation()
    _parse(translation, data)
    try:
        translations.check_form(translation)
    except Refusal as error:
        raise Refusal(Reason.CONTENT, error.where) from error
    return translation


def _enum(
    items: Callable[[], Iterable[tuple[str, V]]], prefix: str, at: JsonValue
) -> V:
    known = {name.removeprefix(f"{prefix}_"): n for name, n in items() if n}
    number = known.get(code := at.text())
    if not number:
        raise at.refusal(
            Reason.CODE_UNKNOWN, not_among(suggest_nearest(code, known), known)
        )
    return number
