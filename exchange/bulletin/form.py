"""The form of a kind, from its declaration, and the JSON object of a filled form."""

import re
from collections.abc import Mapping, Sequence

from exchange.bulletin.common_fields import HEADER, SECTIONS, SEGMENTS, SUBJECT
from exchange.bulletin.schema import Field, Kind, Type
from exchange.bulletin.suggest import unlike
from exchange.bulletin.values import PATTERNS, SINGLE, describe_form, json_of, sample
from exchange.errors import Reason, Refusal, Why
from exchange.v1 import bulletin_pb2 as pb

CUTS_ROW = Why("must not contain ; or = or a comma; take them out")
"""For a value of a row: these characters separate its values in a form's text."""

_PATH = re.compile(r"[a-z0-9_.]{1,64}")


def form(kind: Kind) -> list[tuple[str, Field]]:
    """Return them by dotted path, in the order to ask."""
    common = [
        (f"{section.name}.{field.name}", field)
        for section in SECTIONS
        for field in section.fields
    ]
    own = [(f"details.{field.name}", field) for field in kind.fields]
    header = [(field.name, field) for field in HEADER]
    return [*header, ("subject", SUBJECT), *common, *own, ("segments", SEGMENTS)]


def build(
    kind: Kind, values: Mapping[str, Sequence[str]], lang: str
) -> dict[str, object]:
    """Return the JSON object of a filled form, for `content.from_json` to check.

    `values` are texts by the paths of `form`; blank ones count as absent. Prose is in
    `lang`, one paragraph a value, and gets its spans. The default precedence is the
    kind's. Invalid values go in unchanged: from_json refuses them by path. Raises
    Refusal(FIELD_UNKNOWN) for a path not in the form, FIELD_VALUE for several values of
    a single field.
    """
    bulletin: dict[str, object] = {"kind": kind.code, "precedence": kind.precedence}
    fields = dict(form(kind))
    for path in values:
        if path not in fields:
            shown = path if _PATH.fullmatch(path) else "?"
            raise Refusal(Reason.FIELD_UNKNOWN, shown, unlike(path, fields))
    for path, field in fields.items():
        texts = [text.strip() for text in values.get(path, ()) if text.strip()]
        if not texts:
            continue
        if len(texts) > 1 and not field.many:
            raise Refusal(Reason.FIELD_VALUE, path, SINGLE)
        if field.type is Type.PROSE:
            items: list[object] = [
                segment(f"s{i}", lang, text)
                for i, text in enumerate(texts, start=field is SEGMENTS)
            ]
        else:
            items = [
                _json(field, text, f"{path}.{i}" if field.many else path)
                for i, text in enumerate(texts)
            ]
        _put(bulletin, path, items if field.many else items[0])
    return bulletin


def _json(field: Field, text: str, path: str) -> object:
    if field.type is Type.RECORD:
        return _row(field, text, path)
    if PATTERNS[field.type].fullmatch(text):
        return json_of(field, text)
    if field.type is Type.TALLY:  # from_json would ask for a file's object
        raise Refusal(Reason.FIELD_VALUE, path, describe_form(field.type))
    return text


def _row(field: Field, text: str, path: str) -> object:
    """Return the object of a row; each part only once, so a refusal can name it."""
    chunks = [chunk.strip() for chunk in text.split(";")]
    names = [chunk.partition("=")[0] for chunk in chunks if "=" in chunk]
    if len(set(names)) < len(chunks):
        shown = ";".join(f"{part.name}={sample(part)}" for part in field.parts[:2])
        why = Why("not understood; write it as {example}", example=shown)
        raise Refusal(Reason.FIELD_VALUE, path, why)
    return json_of(field, ";".join(chunks))


def _put(bulletin: dict[str, object], path: str, value: object) -> None:
    section, _, name = path.rpartition(".")
    inner = bulletin.setdefault(section, {}) if section else bulletin
    assert isinstance(inner, dict)  # noqa: S101  # no path of a form is another's part
    inner[name] = value


def segment(name: str, lang: str, text: str) -> dict[str, object]:
    from exchange.bulletin.spans import (  # noqa: PLC0415  the rules of three languages
        fill,
        span_json,
    )

    made = pb.Segment(lang=lang, text=text)
    fill(made)
    spans = [span_json(span) for span in made.spans]
    return {"id": name, "lang": lang, "text": text, "spans": spans}
