"""Valid bulletins of every kind, generated from the declarations alone."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from exchange.bulletin.codes import CODES
from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Field, Kind, Section, Type

Json = dict[str, object]
ALPHABETS = {
    "en": "abc XYZ é",
    "ur": "ابپ گےی ؤ",
    "zh-Hans": "预警 路线车队",
}
WORDS = {"en": "Text", "ur": "متن", "zh-Hans": "正文"}


def times() -> st.SearchStrategy[str]:
    moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 31))  # noqa: DTZ001  # naive by the strategy's own rule
    return moments.map(
        lambda m: m.replace(tzinfo=UTC).isoformat(timespec="seconds")[:19] + "Z"
    )


def value(field: Field) -> st.SearchStrategy[object]:
    low, high = field.bounds
    if field.codes and field.type is Type.CODE:
        return st.sampled_from(list(CODES[field.codes]))
    if field.type is Type.TALLY:
        codes = st.sampled_from(list(CODES[field.codes]))
        counts = st.integers(low, high)
        return st.fixed_dictionaries({field.codes: codes, "count": counts})
    if field.type is Type.RECORD:
        return row(field)
    plain: dict[Type, st.SearchStrategy[object]] = {
        Type.COUNT: st.integers(low, high),
        Type.FLAG: st.booleans(),
        Type.TIME: times(),
        Type.DATE: st.dates().map(str),
        Type.DECIMAL: st.decimals(low, high, places=3)
        .filter(lambda d: d or not d.is_signed())
        .map(str),
        Type.WORD: st.from_regex(r"\A[A-Z0-9][A-Z0-9-]{0,8}\Z"),
        Type.RANGE: st.sampled_from(["1", "10-15", "99999"]),
        Type.GRID: st.sampled_from(["43SDU12", "1CAA1234567890", "43SDU1234056780"]),
        Type.PATIENT: st.integers(1, 999).map(lambda number: f"P{number}"),
        Type.HASH: st.binary(min_size=32, max_size=32).map(bytes.hex),
    }
    return plain[field.type]


def row(field: Field) -> st.SearchStrategy[Json]:
    """Draw one row of a table, its parts in the order declared."""
    order = {part.name: i for i, part in enumerate(field.parts)}
    return drawn(field.parts).map(
        lambda found: dict(sorted(found.items(), key=lambda item: order[item[0]]))
    )


def drawn(fields: Sequence[Field]) -> st.SearchStrategy[Json]:
    needed = {f.name: values(f) for f in fields if f.required}
    spare = {f.name: values(f) for f in fields if not f.required}
    return st.fixed_dictionaries(needed, optional=spare)


def unique(item: object) -> str:
    if isinstance(item, dict):
        return next(part for part in item.values() if isinstance(part, str))
    return str(item)


def values(field: Field) -> st.SearchStrategy[object]:
    if not field.many:
        return value(field)
    return st.lists(value(field), min_size=1, max_size=3, unique_by=unique)


def section(one: Section) -> st.SearchStrategy[Json]:
    found = drawn(one.fields)
    return found.map(lambda made: sensible(one.name, made)).filter(bool)


def sensible(name: str, found: Json) -> Json:
    """Mend what two fields say together."""
    if name == "when" and "to" in found and str(found["to"]) < str(found["from"]):
        del found["to"]
    if name == "place":
        if not {"lat", "lon"} <= found.keys():
            found.pop("lat", None)
            found.pop("lon", None)
        if not {"lat", "mgrs"} & found.keys():
            found.pop("error_m", None)
    return found


def within(kind: Kind, found: Json) -> Json:
    """Leave out what would be more than the whole that it is part of."""
    return {
        name: each
        for name, each in found.items()
        if not (field := kind.field(name))
        or not {field.within} & found.keys()
        or total(each) <= total(found[field.within])
    }


def total(said: object) -> int:
    if isinstance(said, list):
        return sum(map(total, said))
    return int(str(said["count"] if isinstance(said, dict) else said))


@st.composite
def segments(draw: st.DrawFn, name: str) -> Json:
    lang = draw(st.sampled_from(list(ALPHABETS)))
    tail = draw(st.text(ALPHABETS[lang], max_size=40))
    text = f"{WORDS[lang]} {tail} 42 42"
    made: Json = {"id": name, "lang": lang, "text": text}
    spans: list[Json] = []
    if draw(st.booleans()):
        spans.append({"kind": "NUMBER", "text": "42", "occurrence": 1, "value": "42"})
    if draw(st.booleans()):
        spans.append({"kind": "PLACE", "text": WORDS[lang]})
    return made | {"spans": spans}


def references() -> st.SearchStrategy[list[Json]]:
    names = st.binary(min_size=32, max_size=32).map(bytes.hex)
    relations = st.sampled_from(["ANSWERS", "UPDATES", "CORRECTS", "DISPUTES"])
    pairs = st.lists(st.tuples(relations, names), max_size=2, unique=True)
    return pairs.map(
        lambda found: [{"relation": said, "name": name} for said, name in found]
    )


@st.composite
def terms(draw: st.DrawFn) -> list[Json]:
    """Draw the terms of a glossary: each language has its preferred form."""
    names = draw(
        st.lists(st.from_regex(r"\A[a-z0-9_-]{1,8}\Z"), min_size=1, unique=True)
    )
    domains = st.sampled_from(list(CODES["term_domain"]))
    return [
        {"id": name, "domain": draw(domains), "forms": draw(forms())}
        for name in sorted(names)
    ]


@st.composite
def forms(draw: st.DrawFn) -> list[Json]:
    made: list[Json] = [
        {"lang": lang, "text": WORDS[lang], "status": "PREFERRED"} for lang in WORDS
    ]
    for lang in draw(st.lists(st.sampled_from(list(WORDS)), max_size=3, unique=True)):
        status = draw(st.sampled_from(["ADMITTED", "FORBIDDEN"]))
        made.append({"lang": lang, "text": f"{WORDS[lang]} 2", "status": status})
    return made


def confirmed() -> st.SearchStrategy[list[str]]:
    texts = ["subject.text PHONE", "segments.0.text IDENTITY_CARD"]
    return st.lists(st.sampled_from(texts), min_size=1, unique=True)


def modes(kind: Kind) -> list[str]:
    return [
        mode for mode in CODES["mode"] if {kind.code, mode} != {"EXERCISE", "ACTUAL"}
    ]


@st.composite
def bulletins(draw: st.DrawFn) -> Json:
    """Draw the JSON object of a valid bulletin, of any kind."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    made: Json = {
        "kind": kind.code,
        "precedence": draw(st.sampled_from(list(CODES["precedence"]))),
        "mode": draw(st.sampled_from(modes(kind))),
        "label": {
            "tlp": draw(st.sampled_from(list(CODES["tlp"]))),
            "releasable_to": ["cn", "pk"],
        },
        "to": ["ops.beijing.cn"],
        "info": [],
    }
    if draw(st.booleans()):
        made["references"] = draw(references())
    subject = draw(segments("s0"))
    if not subject["spans"]:
        del subject["spans"]
    made["subject"] = subject
    count = draw(st.integers(0, 2))
    made["segments"] = [draw(segments(f"s{i + 1}")) for i in range(count)]
    for one in SECTIONS:
        if one.name in kind.needs or draw(st.booleans()):
            made[one.name] = draw(section(one))
    found = within(kind, draw(drawn(kind.fields)))
    for name in ("route", "nonce"):
        found.pop(name, None)  # told by a reveal only
    order = {f.name: i for i, f in enumerate(kind.fields)}
    made["details"] = dict(sorted(found.items(), key=lambda item: order[item[0]]))
    if kind.terms:
        made["terms"] = draw(terms())
    if draw(st.booleans()):
        made["confirmed"] = draw(confirmed())
    made["translations"] = draw(translations(made))
    if not made.get("references", True):
        del made["references"]
    return made


@st.composite
def updates(draw: st.DrawFn) -> Json:
    """Draw a bulletin that only adds to another, of a kind that may be so."""
    kinds = sorted(kind.code for kind in KINDS.values() if "UPDATES" in kind.partial)
    kind = KINDS[draw(st.sampled_from(kinds))]
    told = {"route", "nonce", "draw"}  # by a reveal only, or with a set of routes
    spare = {f.name: values(f) for f in kind.fields if f.name not in told}
    found = within(kind, draw(st.fixed_dictionaries({}, optional=spare).filter(bool)))
    order = {f.name: i for i, f in enumerate(kind.fields)}
    return {
        "kind": kind.code,
        "precedence": kind.precedence,
        "mode": "EXERCISE",
        "label": {"tlp": "AMBER", "releasable_to": ["cn", "pk"]},
        "to": ["ops.beijing.cn"],
        "info": [],
        "references": [{"relation": "UPDATES", "name": "ab" * 32}],
        "subject": {"id": "s0", "lang": "en", "text": "Text"},
        "segments": [],
        "details": dict(sorted(found.items(), key=lambda item: order[item[0]])),
        "translations": [],
    }


@st.composite
def translations(draw: st.DrawFn, source: Json) -> list[Json]:
    subject, rest = source["subject"], source["segments"]
    assert isinstance(subject, dict)
    assert isinstance(rest, list)
    langs = [lang for lang in WORDS if lang != subject["lang"]]
    chosen = draw(st.lists(st.sampled_from(langs), unique=True))
    ids = [str(s["id"]) for s in (subject, *rest)]
    states = ["INITIAL", "TRANSLATED", "FINAL"]
    if source["precedence"] == "FLASH":
        del states[-1]  # which takes a back-translation
    return [
        {
            "lang": lang,
            "state": draw(st.sampled_from(states)),
            "origin": draw(st.sampled_from(["HUMAN", "MEMORY"])),
            "segments": {i: f"{WORDS[lang]} {i}" for i in ids},
        }
        for lang in chosen
    ]
