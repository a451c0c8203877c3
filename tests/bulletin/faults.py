"""Bulletins with one thing wrong, of every kind, generated from the declarations."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Field, Kind, Section, Type
from exchange.errors import Reason
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from tests.bulletin.strategies import Json, bulletins, total

R = Reason
GONE = object()
Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """What to put where, and how it must be refused."""

    path: Path
    value: object
    reason: Reason
    where: str


# Direction, zero width, tags, full width, a letter and its accent apart, half a pair.
TRICKS = (
    "A\u202eB",
    "\u2066A\u2069",
    "A\u200bB",
    "A\u200fB",
    "A\U000e0041",
    "Ａ",
    "A\u0301",
    "A\ud800",
    "A\x1b[2J",
    "A\n",
    " A",
    "",
)
NUMBERS = (1.5, 10**12, float("nan"), True)
_WRONG: dict[Type, tuple[object, ...]] = {
    Type.CODE: ("no such", "A" * 41, 7),
    Type.COUNT: ("3", "۳", *NUMBERS, 0.0),
    Type.FLAG: ("true", "yes", 1, 0),
    Type.TIME: (
        "2026-02-30T00:00:00Z",
        "2026-11-25T06:00:00+05:00",
        "2026-11-25 06:00Z",
        "1969-12-31T23:59:59Z",
        "2026-11-25T06:00:00.000Z",
        "٢٠٢٦-11-25T06:00:00Z",
        1_795_000_000_000,
    ),
    Type.DATE: ("2026-02-30", "25.11.2026", "2026-11-25T00:00:00Z", 20261125),
    Type.DECIMAL: ("1e1", "01.0", "۳۵", "-0.0", "+1", "1.", "NaN", "1.00000000", 35.1),
    Type.WORD: ("round 4", "A" * 25, "-A", "A;B=C", "A,B", "قافلہ", 4),
    Type.RANGE: ("5-1", "0", "1-100000", "1–2", "10-", 3),
    Type.GRID: ("43SDU1", "43S DU 12", "43SDI12", "99SDU12", "43sdu12", 43),
    Type.PATIENT: ("P0", "P1000", "LI WEI", "KHAN", "1", 1),
    Type.HASH: ("AB" * 32, "ab" * 31, "ab" * 33, "g" * 64),
}
_BELOW_AND_ABOVE = {Type.COUNT, Type.DECIMAL}


def dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))


def value_faults(field: Field, path: Path) -> Iterator[Fault]:
    """Yield every wrong value of one field that is there once."""
    where = dotted(path)
    if field.type is Type.RECORD:
        yield from row_faults(field, path)
        return
    if field.type is Type.TALLY:
        yield from tally_faults(field, path)
        return
    texts = () if field.type in {Type.COUNT, Type.FLAG} else TRICKS
    odd: tuple[object, ...] = (None, [], {}, ["A"])
    for value in (*odd, *_WRONG[field.type], *texts):
        yield Fault(path, value, R.FIELD_VALUE, where)
    if field.type in _BELOW_AND_ABOVE:
        for bound in (field.bounds[0] - 1, field.bounds[1] + 1):
            value = bound if field.type is Type.COUNT else str(bound)
            yield Fault(path, value, R.FIELD_VALUE, where)
    if field.codes and field.type is Type.CODE:
        yield Fault(path, "NO_SUCH_CODE", R.CODE_UNKNOWN, where)


def tally_faults(field: Field, path: Path) -> Iterator[Fault]:
    where = dotted(path)
    yield Fault(path, "CHN:2", R.FIELD_VALUE, where)
    yield Fault(path, {"count": 1}, R.FIELD_MISSING, f"{where}.{field.codes}")
    yield Fault((*path, "count"), GONE, R.FIELD_MISSING, f"{where}.count")
    yield Fault((*path, "name"), "x", R.FIELD_UNKNOWN, f"{where}.name")
    for count in (-1, "1", field.bounds[1] + 1, None):
        yield Fault((*path, "count"), count, R.FIELD_VALUE, f"{where}.count")
    yield Fault((*path, field.codes), "NO_SUCH", R.CODE_UNKNOWN, where)
    for trick in TRICKS:
        yield Fault((*path, field.codes), trick, R.FIELD_VALUE, "")


def row_faults(field: Field, path: Path) -> Iterator[Fault]:
    where = dotted(path)
    yield Fault(path, "A=B", R.FIELD_VALUE, where)
    yield Fault(path, {}, R.FIELD_MISSING, f"{where}.{field.parts[0].name}")
    yield Fault((*path, "name"), "x", R.FIELD_UNKNOWN, f"{where}.name")
    for part in field.parts:
        yield from field_faults(part, (*path, part.name), absent=part.required)
        if part.many:
            place = (*path, part.name)
            yield Fault(place, [], R.FIELD_MISSING, dotted(place))


def field_faults(field: Field, path: Path, *, absent: bool) -> Iterator[Fault]:
    """Yield every way in which a field that is there can be wrong.

    `absent` says that it must not be lacking.
    """
    where = dotted(path)
    if absent:
        yield Fault(path, GONE, R.FIELD_MISSING, where)
    if not field.many:
        yield from value_faults(field, path)
        return
    no_list: tuple[object, ...] = (None, "A", {}, 1)
    for value in no_list:
        yield Fault(path, value, R.FIELD_VALUE, where)
    if absent:
        yield Fault(path, [], R.FIELD_MISSING, where)
    yield from value_faults(field, (*path, 0))


def section_faults(section: Section, found: Json) -> Iterator[Fault]:
    yield Fault((section.name,), {}, R.FIELD_MISSING, _first(section))
    yield Fault((section.name,), [], R.FIELD_VALUE, section.name)
    path = (section.name, "more")
    yield Fault(path, "x", R.FIELD_UNKNOWN, dotted(path))
    for field in section.fields:
        if field.name in found:
            place = (section.name, field.name)
            yield from field_faults(field, place, absent=field.required)


def _first(section: Section) -> str:
    required = (f"{section.name}.{f.name}" for f in section.fields if f.required)
    return next(required, section.name)


WRONG_TEXTS = (
    ("Text\u202e", R.FIELD_VALUE),
    ("متن\u2067", R.FIELD_VALUE),
    ("正文\u200b", R.FIELD_VALUE),
    ("Text\x07", R.FIELD_VALUE),
    ("正文\U000e0041", R.FIELD_VALUE),
    (" ", R.FIELD_MISSING),
    ("\n", R.FIELD_MISSING),
    ("текст", R.LANGUAGE),
    ("Do nоt move the convoy", R.LANGUAGE),  # one letter of another script
    ("7 \u05d0\u05d1", R.LANGUAGE),
    ("7" + 5 * "\u0316", R.FIELD_VALUE),  # marks piled up
    ("7\n \n\n7", R.FIELD_VALUE),  # what follows pushed away
    ("", R.TOO_LONG),  # stands for one that is too long there
)


def text_faults(held: object, path: Path, longest: int) -> Iterator[Fault]:
    """Yield what can be wrong with the subject or a paragraph."""
    where = dotted(path)
    assert isinstance(held, dict)
    for wrong, reason in WRONG_TEXTS:
        text = wrong or "7" * (longest + 1)
        made = {"id": held["id"], "lang": held["lang"], "text": text}
        yield Fault(path, made, reason, f"{where}.text")
    yield Fault((*path, "text"), "", R.FIELD_MISSING, f"{where}.text")
    for name in ("id", "lang", "text"):
        place = (*path, name)
        yield Fault(place, GONE, R.FIELD_MISSING, dotted(place))
        yield Fault(place, 7, R.FIELD_VALUE, dotted(place))
    for lang in ("zh-Hant", "ps", "", "en\u202e"):
        yield Fault((*path, "lang"), lang, R.LANGUAGE, f"{where}.lang")
    for name in ("a b", "x" * 33, "s\u202e"):
        yield Fault((*path, "id"), name, R.FIELD_VALUE, f"{where}.id")
    for span, reason, member in (
        ({"kind": "CODE", "text": "nowhere"}, R.SPAN, ".text"),
        ({"kind": "NUMBER", "text": "42", "occurrence": 2}, R.SPAN, ".text"),
        ({"kind": "PERSON", "text": "42"}, R.CODE_UNKNOWN, ".kind"),
        ({"kind": "NUMBER", "text": ""}, R.FIELD_MISSING, ".text"),
        ({"kind": "NUMBER"}, R.FIELD_MISSING, ".text"),
        ("42", R.FIELD_VALUE, ""),
    ):
        yield Fault(
            (*path, "spans"), [span], reason, dotted((*path, "spans", 0)) + member
        )


def faults(obj: Json) -> list[Fault]:
    """Return everything that can be made wrong with what this bulletin holds."""
    kind = KINDS[str(obj["kind"])]
    details = obj["details"]
    assert isinstance(details, dict)
    found = [Fault(("details", "more"), "x", R.FIELD_UNKNOWN, "details.more")]
    found += [Fault((name,), "x", R.FIELD_VALUE, name) for name in ("details", "to")]
    found += header_faults()
    found += text_faults(obj["subject"], ("subject",), SUBJECT_MAX)
    segments = obj["segments"]
    assert isinstance(segments, list)
    for i, held in enumerate(segments):
        found += text_faults(held, ("segments", i), SEGMENT_MAX)
    for section in SECTIONS:
        if section.name in kind.needs:
            found.append(Fault((section.name,), GONE, R.FIELD_MISSING, section.name))
        if section.name in obj:
            made = obj[section.name]
            assert isinstance(made, dict)
            found += section_faults(section, made)
    for field in kind.fields:
        if field.name in details:
            path = ("details", field.name)
            found += field_faults(field, path, absent=field.required)
    return [*found, *whole_faults(kind, details)]


def whole_faults(kind: Kind, details: Json) -> Iterator[Fault]:
    """Yield each whole that is less than the greatest of its parts."""
    for whole in sorted({field.within for field in kind.fields} & details.keys()):
        parts = {
            f.name: total(details[f.name])
            for f in kind.fields
            if f.within == whole and f.name in details
        }
        if any(parts.values()):
            most = max(parts, key=lambda name: parts[name])
            path, few = ("details", whole), parts[most] - 1
            yield Fault(path, few, R.FIELD_VALUE, f"details.{most}")


def header_faults() -> Iterator[Fault]:
    for name in ("kind", "precedence", "mode"):
        yield Fault((name,), GONE, R.FIELD_MISSING, name)
        for value in ("NO_SUCH", "UNSPECIFIED", "FLASH\u202e", ""):
            yield Fault((name,), value, R.CODE_UNKNOWN, name)
        nothing: tuple[object, ...] = (None, 1, [], {})
        for wrong in nothing:
            yield Fault((name,), wrong, R.FIELD_VALUE, name)
    for path in (("label",), ("label", "tlp"), ("label", "releasable_to")):
        yield Fault(path, GONE, R.UNMARKED, dotted(path))
    yield Fault(("label", "tlp"), "PURPLE", R.CODE_UNKNOWN, "label.tlp")
    yield Fault(("label", "releasable_to"), ["pk"], R.NOT_RELEASABLE, "to.0")
    for desk in ("OPS.beijing.cn", "ops.beijing.cn\u202e", "ops", "", "ops..cn"):
        yield Fault(("to", 0), desk, R.FIELD_VALUE, "to.0")
    yield Fault(("to",), [], R.FIELD_MISSING, "to")
    yield Fault(("more",), 1, R.FIELD_UNKNOWN, "more")


def spoiled(obj: Json, fault: Fault) -> Json:
    """Return a copy with that one thing wrong."""
    root = copy.deepcopy(obj)
    at: Any = root
    *way, last = fault.path
    for step in way:
        if isinstance(at, dict) and step not in at:
            at[step] = [None]  # a row may lack what is many in it
        at = at[step]
    if fault.value is GONE:
        at.pop(last, None)
    else:
        at[last] = copy.deepcopy(fault.value)
    return root


@st.composite
def invalid(draw: st.DrawFn) -> tuple[Json, Fault]:
    """Draw a bulletin of any kind with one thing wrong."""
    obj = draw(bulletins())
    obj.pop("references", None)  # an update need not say all again
    obj["translations"] = []
    found: Sequence[Fault] = faults(obj)
    fault = found[draw(st.integers(0, len(found) - 1))]
    return spoiled(obj, fault), fault
