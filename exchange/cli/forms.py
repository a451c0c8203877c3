"""fusion send --kind KIND --form: what a kind asks for, and in which form."""

from collections.abc import Iterator

from exchange.bulletin.codes import CODES
from exchange.bulletin.common import SECTIONS
from exchange.bulletin.declare import Field, Kind, Type
from exchange.bulletin.form import form
from exchange.bulletin.punctuation import BETWEEN, COLON
from exchange.bulletin.values import EXAMPLES

_NAMED = {"to": "ops.beijing.cn", "info": "ops.beijing.cn"}
_LATER = {Type.HASH}  # the desk's own work


def told(kind: Kind) -> dict[str, object]:
    """Return the form of a kind for --json."""
    stars = needed(kind)
    fields = [
        {
            "path": path,
            "type": field.type,
            "required": path in stars,
            "many": field.many,
            "codes": list(CODES[field.codes]) if field.codes else [],
        }
        for path, field in form(kind)
    ]
    return {"kind": kind.code, "precedence": kind.precedence, "fields": fields}


def lines(kind: Kind, lang: str) -> Iterator[str]:
    """Yield a line for each field that is written: path, name, and what it takes.

    A star where it must be there, dots where there may be several. The parts of a
    record, which go into one value with ; between them, stand below it.
    """
    yield kind.labels[lang]
    stars = needed(kind)
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


def needed(kind: Kind) -> set[str]:
    """Return the paths that must be there; of a section without any, the first."""
    paths = {path for path, field in form(kind) if field.required}
    for section in SECTIONS:
        own = [f"{section.name}.{field.name}" for field in section.fields]
        if section.name not in kind.needs:
            paths -= set(own)
        elif not paths & set(own):
            paths.add(own[0])
    return paths


def takes(field: Field, lang: str) -> str:
    """Return the values that a field takes, codes with their labels; "" for prose."""
    low, high = field.bounds
    if field.type is Type.COUNT:
        return f"{low} - {high}"
    if not field.codes:
        return EXAMPLES.get(field.type, "")
    count = ":1" if field.type is Type.TALLY else ""
    codes = CODES[field.codes].items()
    return BETWEEN[lang].join(f"{code}{count} = {said[lang]}" for code, said in codes)
