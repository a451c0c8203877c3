"""A form from the declaration alone, and the JSON object from what was filled in."""

import re
from collections.abc import Mapping, Sequence

from exchange.bulletin.common import HEADER, SECTIONS, SEGMENTS, SUBJECT
from exchange.bulletin.declare import Field, Kind, Type
from exchange.bulletin.values import PATTERNS, json_of

_FIXED = re.compile(
    r"(?P<GRID>(?<![A-Z0-9])[1-6]?[0-9][C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V]"
    r" ?[0-9]{2,5} ?[0-9]{2,5}(?![0-9]))"
    r"|(?P<DATE>(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))"
    r"|(?P<TIME>(?<![0-9])[0-9]{2}:[0-9]{2}Z)"
    r"|(?P<COORD>(?<![0-9.])-?[0-9]{1,3}\.[0-9]{3,7}(?![0-9]))"
    r"|(?P<CODE>(?<![A-Za-z0-9])[A-Z]{2,}-[0-9]{1,4}(?![0-9A-Za-z]))"
)


def form(kind: Kind) -> list[tuple[str, Field]]:
    """Return every field of a kind with its dotted path, in the order to ask."""
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
    `lang`, a paragraph a value, with the spans that `spans` finds. The precedence is
    the kind's where none is given. What is no value of its field goes in as it is, so
    that from_json refuses it by its path.
    """
    found: dict[str, object] = {"kind": kind.code, "precedence": kind.precedence}
    for path, field in form(kind):
        texts = [text.strip() for text in values.get(path, ()) if text.strip()]
        if not texts:
            continue
        if field.type is Type.PROSE:
            made: list[object] = [
                segment(f"s{i}", lang, text)
                for i, text in enumerate(texts, start=field is SEGMENTS)
            ]
        else:
            made = [_json(field, text) for text in texts]
        _put(found, path, made if field.many else made[0])
    return found


def _json(field: Field, text: str) -> object:
    return json_of(field, text) if PATTERNS[field.type].fullmatch(text) else text


def _put(found: dict[str, object], path: str, value: object) -> None:
    section, _, name = path.rpartition(".")
    inner = found.setdefault(section, {}) if section else found
    assert isinstance(inner, dict)  # noqa: S101  # no path of a form is another's part
    inner[name] = value


def segment(name: str, lang: str, text: str) -> dict[str, object]:
    """Return the JSON of a segment, its fixed parts marked."""
    return {"id": name, "lang": lang, "text": text, "spans": spans(text)}


def spans(text: str) -> list[dict[str, object]]:
    """Return the parts that look as if no translation may change them.

    Grids, ISO dates, times in Z, decimal degrees and code words such as ROUND-4. Give
    the text in its normal form: occurrences are counted in it.
    """
    found = []
    for match in _FIXED.finditer(text):
        made: dict[str, object] = {"kind": match.lastgroup, "text": match[0]}
        if earlier := text.count(match[0], 0, match.start()):
            made["occurrence"] = earlier
        found.append(made)
    return found
