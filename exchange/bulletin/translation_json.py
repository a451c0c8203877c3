"""Translations in files: the form of the samples, and optional members.

    {"lang": "ur", "state": "TRANSLATED", "origin": "HUMAN",
     "translator": "duty-2@ops.beijing.cn", "reviewer": ..., "glossary": 3,
     "segments": {"s0": "...", "s1": {"text": "...", "state": "REVIEWED",
                  "origin": "MEMORY", "match": 92}},
     "confirmed": ["s1 NEGATION"],
     "back": {"lang": "en", "translator": ..., "judge": ..., "segments": {"s0": "..."}}}

A segment without a state or origin has that of the whole.
"""

from exchange.bulletin.json_reader import JsonValue, need
from exchange.bulletin.prose import language, nfc, require_nfc
from exchange.bulletin.translation_model import text_hash, translate
from exchange.v1 import bulletin_pb2 as pb

_PERSONS = ("translator", "reviewer")
_MEMBERS = (
    *("lang", "state", "origin", *_PERSONS),
    *("segments", "back", "confirmed", "glossary"),
)
GLOSSARY_MAX = 2**31 - 1  # highest version


def from_json(content: pb.Content, at: JsonValue) -> pb.Translation:
    members = at.members(*_MEMBERS)
    lang, state, origin = (need(members, n, at.path).text() for n in _MEMBERS[:3])
    segments = {
        i: _segment(value)
        for i, value in need(members, "segments", at.path).all_members().items()
    }
    texts = {i: value.text for i, value in segments.items()}
    translation = translate(content, lang, state, origin, texts)
    for segment in translation.segments:
        segment.MergeFrom(segments[segment.id])
    for name in _PERSONS:
        if name in members:
            setattr(translation, name, members[name].text())
    if "glossary" in members:
        translation.glossary = members["glossary"].integer(0, GLOSSARY_MAX)
    if "confirmed" in members:
        translation.confirmed.extend(
            value.text() for value in members["confirmed"].items()
        )
    if "back" in members:
        translation.back.CopyFrom(back_from_json(translation, members["back"]))
    return translation


def _segment(at: JsonValue) -> pb.TranslatedSegment:
    if not isinstance(at.value, dict):
        return pb.TranslatedSegment(text=require_nfc(at.text(), at.path))
    members = at.members("text", "state", "origin", "match")
    text = need(members, "text", at.path)
    segment = pb.TranslatedSegment(text=require_nfc(text.text(), text.path))
    for name in ("state", "origin"):
        if name in members:
            setattr(segment, name, members[name].text())
    if "match" in members:
        segment.match = members["match"].integer(0, 100)
    return segment


def back_from_json(translation: pb.Translation, at: JsonValue) -> pb.BackTranslation:
    members = at.members("lang", *BACK_PERSONS, "segments")
    back = pb.BackTranslation(lang=language(need(members, "lang", at.path).text()))
    for name in BACK_PERSONS:
        if name in members:
            setattr(back, name, members[name].text())
    said = need(members, "segments", at.path).all_members()
    texts = {i: require_nfc(one.text(), one.path) for i, one in said.items()}
    put_back(translation, back, texts)
    return back


BACK_PERSONS = ("translator", "judge")


def put_back(
    translation: pb.Translation, back: pb.BackTranslation, texts: dict[str, str]
) -> None:
    """`texts` are by the id of their segment."""
    source = {segment.id: text_hash(segment.text) for segment in translation.segments}
    for i, text in texts.items():
        back.segments.add(id=i, text=nfc(text), source=source.get(i, b""))


def to_json(translation: pb.Translation) -> dict[str, object]:
    """Write optional members only if set."""
    members = _said(translation, ("lang", "state", "origin", *_PERSONS))
    if translation.glossary:
        members["glossary"] = translation.glossary
    members["segments"] = {s.id: _shown(translation, s) for s in translation.segments}
    if translation.confirmed:
        members["confirmed"] = list(translation.confirmed)
    if translation.HasField("back"):
        texts = {s.id: s.text for s in translation.back.segments}
        back = _said(translation.back, ("lang", *BACK_PERSONS))
        members["back"] = back | {"segments": texts}
    return members


def _shown(whole: pb.Translation, segment: pb.TranslatedSegment) -> object:
    own: dict[str, object] = {
        name: value
        for name in ("state", "origin")
        if (value := getattr(segment, name)) not in {"", getattr(whole, name)}
    }
    if segment.match:
        own["match"] = segment.match
    return {"text": segment.text} | own if own else segment.text


def _said(
    message: pb.Translation | pb.BackTranslation, names: tuple[str, ...]
) -> dict[str, object]:
    return {name: value for name in names if (value := getattr(message, name))}
