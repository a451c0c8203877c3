"""fusion send --kind KIND --form: the fields of a kind and their formats."""

from collections.abc import Iterator

from exchange.bulletin.codes import CODES, label
from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.form import form
from exchange.bulletin.punctuation import BETWEEN, COLON
from exchange.bulletin.schema import Field, Kind, Type
from exchange.bulletin.values import EXAMPLES

_NAMED = {"to": "ops.beijing.cn", "info": "ops.beijing.cn"}
_LATER = {Type.HASH}  # the desk computes it
_BOUNDED = {Type.COUNT, Type.DECIMAL, Type.TALLY}


def form_json(kind: Kind) -> dict[str, object]:
    stars = required_paths(kind)
    fields = [
        {"path": path, **_declared(field), "required": path in stars}
        for path, field in form(kind)
    ]
    return {"kind": kind.code, "precedence": kind.precedence, "fields": fields}


def _declared(field: Field) -> dict[str, object]:
    parts = [
        {"name": part.name, **_declared(part), "required": part.required}
        for part in field.parts
    ]
    return {
        "type": field.type,
        "many": field.many,
        "codes": list(CODES[field.codes]) if field.codes else [],
        "bounds": list(field.bounds) if field.type in _BOUNDED else [],
        "unit": field.unit,
        "parts": parts,
    }


def lines(kind: Kind, lang: str) -> Iterator[str]:
    """Yield path, name, and accepted values of each field.

    A star marks a required field, dots a repeated one. The parts of a record, written
    as one value with ; between them, follow below it.
    """
    yield kind.labels[lang]
    stars = required_paths(kind)
    for path, field in form(kind):
        if field.type in _LATER:
            continue
        star = "*" if path in stars else " "
        yield _line(f"{star} {path}", field, _NAMED.get(path, ""), lang)
        for part in field.parts:
            yield _line(f"      {part.name}=", part, "", lang)


def _line(path: str, field: Field, taken: str, lang: str) -> str:
    head = f"{path}{'...' if field.many else ''}  {field.labels[lang]}"
    taken = taken or takes(field, lang)
    return f"{head}{COLON[lang]}{taken}" if taken else head


def required_paths(kind: Kind) -> set[str]:
    """Return the required paths; of a section without any, its first path."""
    paths = {path for path, field in form(kind) if field.required}
    for section in SECTIONS:
        own = [f"{section.name}.{field.name}" for field in section.fields]
        if section.name not in kind.needs:
            paths -= set(own)
        elif not paths & set(own):
            paths.add(own[0])
    return paths


def takes(field: Field, lang: str) -> str:
    """Return the codes with their labels; "" for prose."""
    if not field.codes:
        return _number(field, lang) or EXAMPLES.get(field.type, "")
    count = ":1" if field.type is Type.TALLY else ""
    codes = CODES[field.codes].items()
    return BETWEEN[lang].join(f"{code}{count} = {said[lang]}" for code, said in codes)


def _number(field: Field, lang: str) -> str:
    """Return "" for types other than a number."""
    if field.type not in _BOUNDED:
        return ""
    zero = ".0" if field.type is Type.DECIMAL else ""
    bounds = " - ".join(f"{bound}{zero}" for bound in field.bounds)
    one, _, many = label("unit", field.unit, lang).partition("|")
    return f"{bounds} {many or one}".rstrip()
