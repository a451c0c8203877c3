"""The one text form of each type of value (schema.Type), and its checks."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from exchange.bulletin.codes import CODES
from exchange.bulletin.json_reader import JsonValue, need
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.suggest import unknown
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DETAIL_MAX

_CODE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}"
_PART = r"[a-z][a-z0-9_]{0,31}=[A-Za-z0-9:._-]+(,[A-Za-z0-9:._-]+)*"
_PATTERNS = {
    Type.CODE: _CODE,
    Type.COUNT: r"0|[1-9][0-9]{0,8}",
    Type.FLAG: r"true|false",
    Type.TIME: r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z",
    Type.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    Type.DECIMAL: r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,7})?",
    Type.WORD: r"[A-Z0-9][A-Z0-9-]{0,23}",
    Type.RANGE: r"[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?",
    Type.GRID: r"[1-6]?[0-9][C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V]([0-9]{2}){1,5}",
    Type.TALLY: rf"{_CODE}:(0|[1-9][0-9]{{0,8}})",
    Type.PATIENT: r"P[1-9][0-9]{0,2}",
    Type.HASH: r"[0-9a-f]{64}",
    Type.RECORD: rf"{_PART}(;{_PART})*",
}
PATTERNS = {type_: re.compile(text) for type_, text in _PATTERNS.items()}

EXAMPLES = {
    Type.FLAG: "true | false",
    Type.TIME: "2026-11-25T06:00:00Z",
    Type.DATE: "2026-12-10",
    Type.DECIMAL: "35.317",
    Type.WORD: "ROUND-4",
    Type.RANGE: "1 | 10-15",
    Type.GRID: "43SDU1234056780",
    Type.TALLY: "CHN:2",
    Type.PATIENT: "P1",
}
"""Examples of a written value, for people."""
SINGLE = Why("give one value, not several")
TWICE = Why("a value is given twice; remove one")


def sample(field: Field) -> str:
    if field.codes:
        return next(iter(CODES[field.codes]))
    return EXAMPLES.get(field.type, str(field.bounds[0])).partition(" | ")[0]


def describe_form(type_: Type) -> Why | None:
    if type_ not in EXAMPLES:
        return None
    return Why("not understood; write it as {example}", example=EXAMPLES[type_])


def iso(ms: int) -> str:
    """Return ms since the epoch as 2026-11-25T06:00:00Z."""
    seconds, rest = divmod(ms, 1_000)
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[
        : len("2026-11-25T06:00:00")
    ]
    return f"{text}.{rest:03}Z" if rest else f"{text}Z"


def milliseconds(text: str, where: str) -> int:
    """Refuse any other form than that of `iso`, and all before 1970."""
    try:
        if not PATTERNS[Type.TIME].fullmatch(text):
            raise Refusal(Reason.FIELD_VALUE, where, describe_form(Type.TIME))
        moment = datetime.fromisoformat(text).replace(microsecond=0)
        ms = round(moment.timestamp()) * 1_000 + int(text[20:-1] or 0)
    except ValueError as error:
        raise Refusal(Reason.FIELD_VALUE, where, describe_form(Type.TIME)) from error
    if ms <= 0 or iso(ms) != text:
        raise Refusal(Reason.FIELD_VALUE, where, describe_form(Type.TIME))
    return ms


def milliseconds_or_zero(text: str) -> int:
    """Return 0 for any other form: partners may err."""
    try:
        return milliseconds(text, "")
    except Refusal:
        return 0


def text_of(field: Field, at: JsonValue) -> str:
    """Return its text form, for `check_value`."""
    if field.type is Type.COUNT:
        return str(at.integer(*field.bounds))
    if field.type is Type.FLAG:
        return "true" if at.flag() else "false"
    if field.type is Type.TALLY:
        members = at.members(field.codes, "count")
        code = need(members, field.codes, at.path).text()
        count = need(members, "count", at.path).integer(*field.bounds)
        return f"{code}:{count}"
    if field.type is Type.RECORD:
        return _record_text(field, at)
    return at.text()


def _record_text(field: Field, at: JsonValue) -> str:
    members = at.members(*(part.name for part in field.parts))
    shown = []
    for part in field.parts:
        if part.name in members:
            place = members[part.name]
            items = place.items() if part.many else [place]
            if not items:
                raise Refusal(Reason.FIELD_MISSING, place.path)
            texts = [_part_text(part, item) for item in items]
            shown.append(f"{part.name}={','.join(texts)}")
        elif part.required:
            raise Refusal(Reason.FIELD_MISSING, f"{at.path}.{part.name}")
    return ";".join(shown)


def _part_text(part: Field, at: JsonValue) -> str:
    """Refuse a value that could be mistaken for several."""
    text = text_of(part, at)
    if not PATTERNS[part.type].fullmatch(text):
        raise at.refusal(why=describe_form(part.type))
    return text


def record(text: str) -> dict[str, list[str]]:
    pairs = (chunk.partition("=") for chunk in text.split(";"))
    return {name: values.split(",") for name, _, values in pairs}


def known_parts(field: Field, text: str) -> Iterator[tuple[Field, list[str]]]:
    """Yield those known to this release, with their values."""
    found = record(text)
    for part in field.parts:
        if part.name in found:
            yield part, found[part.name]


def key_of(field: Field, text: str) -> str:
    """Return the part that must be unique in its field."""
    if field.type is Type.RECORD:
        return text.partition(";")[0]
    return text.partition(":")[0] if field.type is Type.TALLY else text


def json_of(field: Field, text: str) -> object:
    if field.type is Type.COUNT:
        return int(text)
    if field.type is Type.FLAG:
        return text == "true"
    if field.type is Type.TALLY:
        code, count = text.split(":")
        return {field.codes: code, "count": int(count)}
    if field.type is Type.RECORD:
        return _record_json(field, text)
    return text


def _record_json(field: Field, text: str) -> dict[str, object]:
    """Return the parts of a record; an invalid value is returned unchanged."""
    known = {part.name: part for part in field.parts}
    members: dict[str, object] = {}
    for name, texts in record(text).items():
        part = known.get(name)
        if part is None:
            members[name] = texts
            continue
        fits = PATTERNS[part.type].fullmatch
        made = [json_of(part, each) if fits(each) else each for each in texts]
        members[name] = made if part.many else made[0] if len(made) == 1 else texts
    return members


def _bounded(field: Field, text: str) -> bool:
    low, high = field.bounds
    if field.type in {Type.COUNT, Type.TALLY}:
        return low <= int(text.rpartition(":")[2]) <= high
    if field.type is Type.DECIMAL:
        return low <= Decimal(text) <= high and (text[0] != "-" or Decimal(text) != 0)
    if field.type is Type.RANGE:
        first, _, last = text.partition("-")
        return int(first) < int(last or 99_999 + 1)
    return True


def _asked(field: Field) -> Why | None:
    """Return words for the accepted values: numbers by size, others by form."""
    low, high = field.bounds
    if field.type in {Type.COUNT, Type.DECIMAL}:
        return Why("expected a number from {low} to {high}", low=low, high=high)
    return describe_form(field.type)


def check_value(field: Field, text: str, where: str, *, codes: bool = True) -> None:
    """Refuse a text that is not the one form of a value of the field.

    `codes` false allows unknown codes.
    """
    if len(text) > DETAIL_MAX:
        raise Refusal(Reason.TOO_LONG, where)
    if not PATTERNS[field.type].fullmatch(text) or not _bounded(field, text):
        raise Refusal(Reason.FIELD_VALUE, where, _asked(field))
    if field.type is Type.RECORD:
        _check_record(field, text, where, codes=codes)
    elif field.type is Type.TIME:
        milliseconds(text, where)
    elif field.type is Type.DATE:
        _date(text, where)
    elif codes and field.codes and text.partition(":")[0] not in CODES[field.codes]:
        raise unknown(text.partition(":")[0], field.codes, where)


def _check_record(field: Field, text: str, where: str, *, codes: bool) -> None:
    """Refuse a row with a duplicate, misplaced, unknown, missing or invalid part.

    Parts of a newer release come last and pass if `codes` is false.
    """
    columns = record(text)
    known = {part.name: part for part in field.parts}
    order = [name for name in known if name in columns]
    if [*columns][: len(order)] != order or len(columns) != text.count(";") + 1:
        raise Refusal(Reason.FIELD_VALUE, where)
    if codes and len(columns) > len(order):
        raise Refusal(Reason.FIELD_UNKNOWN, f"{where}.{[*columns][len(order)]}")
    for name, part in known.items():
        texts = columns.get(name, [])
        if part.required and not texts:
            raise Refusal(Reason.FIELD_MISSING, f"{where}.{name}")
        if len(texts) > 1 and not part.many:
            raise Refusal(Reason.FIELD_VALUE, f"{where}.{name}", SINGLE)
        if len(set(texts)) < len(texts):
            raise Refusal(Reason.FIELD_VALUE, f"{where}.{name}", TWICE)
        for i, each in enumerate(texts):
            place = f"{where}.{name}.{i}" if part.many else f"{where}.{name}"
            check_value(part, each, place, codes=codes)


def _date(text: str, where: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(Reason.FIELD_VALUE, where, describe_form(Type.DATE)) from error
