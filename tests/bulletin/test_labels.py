"""Every label is there, in its own script, and tells its code from the others."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

from exchange.bulletin.codes import CODES, aliases, gazetteer
from exchange.bulletin.common_fields import (
    ACTORS,
    HEADER,
    KIND,
    SECTIONS,
    SEGMENTS,
    SUBJECT,
)
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Field, Labels, Type
from exchange.bulletin.values import PATTERNS, check_value
from exchange.limits import MINUTE
from exchange.v1 import envelope_pb2 as env

SCRIPTS = {
    "en": re.compile("[A-Za-z]"),
    "ur": re.compile("[\u0620-\u06d3]"),
    "zh-Hans": re.compile("[\u4e00-\u9fff]"),
}
URDU = "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوؤہۂھءآأیئےۓ"
# What betrays the wrong keyboard: Arabic ي ك ه ة, its own digits, Latin punctuation
# where Urdu and Chinese have theirs.
WRONG = {
    "en": re.compile("[^\x20-\x7e]"),
    "ur": re.compile(f"[^{URDU}\u064b-\u0651\u0654A-Za-z0-9 ،؛()%/:+-]|[{URDU}][,;?]"),
    "zh-Hans": re.compile(
        "[\u0600-\u06ff]|[\u4e00-\u9fff][,;:!?.]|[,;:!?]\\s?[\u4e00-\u9fff]"
        "|[(][\u4e00-\u9fff]"
    ),
}
COMMON = [field for section in SECTIONS for field in section.fields]
COMMON += [KIND, SUBJECT, SEGMENTS, ACTORS, *HEADER]


def wrong(text: str, lang: str) -> bool:
    """Whether something stands in a text that its language is not written with.

    GB 2312 has no traditional character that has a simplified form.
    """
    han = "".join(re.findall("[\u3400-\u9fff]", text))
    traditional = lang == "zh-Hans" and not _encodes(han, "gb2312")
    composed = unicodedata.is_normalized("NFC", text)
    return bool(WRONG[lang].search(text)) or traditional or not composed


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def faults(labels: Labels) -> list[str]:
    found = [lang for lang in LANGUAGES if not labels.get(lang, "").strip()]
    for lang in set(labels) & set(LANGUAGES):
        text = labels[lang]
        if not SCRIPTS[lang].search(text) or wrong(text, lang):
            found.append(lang)
        if text != text.strip() or "  " in text:
            found.append(lang)
    return found + [lang for lang in labels if lang not in LANGUAGES]


def every_field() -> Iterator[tuple[str, Field]]:
    for field in COMMON:
        yield field.name, field
    for kind in KINDS.values():
        for field in kind.fields:
            yield f"{kind.code}.{field.name}", field
            for part in field.parts:
                yield f"{kind.code}.{field.name}.{part.name}", part


@pytest.mark.parametrize(
    "labels",
    [
        {"en": "Bomb", "ur": "بم"},
        {"en": "Bomb", "ur": "", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "Bomb", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "كتاب", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "بم", "zh-Hans": "汽車"},
        {"en": "Bomb", "ur": "بم", "zh-Hans": "灣道"},
        {"en": "Bomb", "ur": "بم", "zh-Hans": "炸弹,爆炸"},
        {"en": "Bomb", "ur": "گاڑي", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "راسته", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "پل ۷", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "گاڑی, بم", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "ب\u200dم", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "ا\u0653", "zh-Hans": "炸弹"},
        {"en": "Bomb", "ur": "بم", "zh-Hans": "炸弹", "fr": "bombe"},
        {"en": " Bomb", "ur": "بم", "zh-Hans": "炸弹"},
        {"en": "炸弹", "ur": "بم", "zh-Hans": "炸弹"},
    ],
)
def test_the_test_sees_a_bad_label(labels: Labels) -> None:
    assert faults(labels)


def counted(labels: Labels) -> Iterator[Labels]:
    """The forms that a unit takes by number: `one|other`, Chinese has one alone."""
    forms = {lang: text.split("|") for lang, text in labels.items()}
    for lang, most in (("en", 2), ("ur", 2), ("zh-Hans", 1)):
        assert len(forms[lang]) <= most
        assert len(set(forms[lang])) == len(forms[lang])
    for i in (0, -1):
        yield {lang: texts[i] for lang, texts in forms.items()}


def test_only_units_have_forms_by_number() -> None:
    many = {
        n for n in CODES if any("|" in t for w in CODES[n].values() for t in w.values())
    }
    assert many == {"unit"}


@pytest.mark.parametrize("name", list(CODES))
def test_a_code_list_is_sound(name: str) -> None:
    codes = CODES[name]
    assert codes
    forms = [(code, form) for code, labels in codes.items() for form in counted(labels)]
    assert [(code, f) for code, form in forms if (f := faults(form))] == []
    for lang in LANGUAGES:
        texts = [labels[lang] for labels in codes.values()]
        assert sorted(set(texts)) == sorted(texts), f"{name} {lang}"
    unfit = [c for c in codes if not PATTERNS[Type.CODE].fullmatch(c)]
    assert unfit == []


def test_no_code_stands_twice_in_its_file() -> None:
    from importlib.resources import files  # noqa: PLC0415  # once, here

    for name in CODES:
        file = files("exchange.bulletin.codes").joinpath(f"{name}.tsv")
        lines = file.read_text("utf-8").splitlines()
        assert len(lines) - 1 == len(CODES[name]), name
        assert lines[0].split("\t")[:4] == ["code", "en", "ur", "zh-Hans"]


@pytest.mark.parametrize("name", [name for name in CODES if aliases(name)])
def test_other_names_are_words_to_search_for(name: str) -> None:
    assert set(aliases(name)) <= set(CODES[name])
    for code, words in aliases(name).items():
        held = [word.casefold() for word in (*CODES[name][code].values(), *words)]
        assert len(set(held)) == len(held), code
        for word in words:
            assert word == word.strip() != "", code
            lang = next(lang for lang in reversed(LANGUAGES) if _is(word, lang))
            assert not wrong(word, lang), word


def _is(word: str, lang: str) -> bool:
    return bool(SCRIPTS[lang].search(word))


def test_there_are_the_lists_that_a_cell_needs() -> None:
    wanted = "precedence tlp mode attack target actor reliability credibility"
    wanted += " likelihood response agency measure sector project_status site corridor"
    assert set(wanted.split()) <= set(CODES)
    assert "UNATTRIBUTED" in CODES["actor"]
    assert list(CODES["reliability"]) == list("ABCDEF")
    assert list(CODES["credibility"]) == list("123456")
    assert {"NACTA", "LEVIES", "SSD_NORTH", "MPS_LIAISON"} <= set(CODES["agency"])
    assert len(CODES["site"]) >= 60


def test_fields_and_kinds_have_labels() -> None:
    bad = {name: f for name, field in every_field() if (f := faults(field.labels))}
    bad |= {k.code: f for k in KINDS.values() if (f := faults(k.labels))}
    bad |= {s.name: f for s in SECTIONS if (f := faults(s.labels))}
    assert bad == {}


def test_fields_of_a_kind_differ_by_name_and_label() -> None:
    for kind in KINDS.values():
        names = [field.name for field in kind.fields]
        assert len(set(names)) == len(names), kind.code
        for lang in LANGUAGES:
            texts = [field.labels[lang] for field in kind.fields]
            assert len(set(texts)) == len(texts), f"{kind.code} {lang}"
    for lang in LANGUAGES:
        assert len({kind.labels[lang] for kind in KINDS.values()}) == len(KINDS)


def test_every_code_list_named_is_there_and_used() -> None:
    named = {field.codes for _, field in every_field() if field.codes}
    coded = {f.codes for _, f in every_field() if f.type in {Type.CODE, Type.TALLY}}
    assert coded - {""} <= named <= set(CODES)
    assert {f.unit for _, f in every_field()} - {""} == set(CODES["unit"])


def test_the_header_lists_are_the_enums_of_the_wire() -> None:
    pairs = [
        ("precedence", env.Precedence.keys()),
        ("tlp", env.Tlp.keys()),
        ("mode", env.Mode.keys()),
        ("release", env.Release.keys()),
        ("recipient_class", env.RecipientClass.keys()),
        ("relation", env.Relation.keys()),
    ]
    for name, keys in pairs:
        prefix = f"{name.upper()}_"
        codes = [key.removeprefix(prefix) for key in keys]
        assert ["UNSPECIFIED", *CODES[name]] == codes


def test_a_kind_is_declared_in_known_words() -> None:
    wanted = "WARNING INCIDENT SIGHTING MEDEVAC MOVEMENT PROJECT_STATUS CONSULAR_NOTE"
    wanted += " RFI RFI_ANSWER SITREP ALL_CLEAR LIAISON ROUTE_STATUS SITE_POSTURE"
    wanted += " MEDEVAC_STATUS SENSOR_STATUS EXERCISE GLOSSARY REPLY"
    assert set(wanted.split()) == set(KINDS)
    for kind in KINDS.values():
        assert kind.precedence in CODES["precedence"]
        assert kind.ack in CODES["acknowledge"]
        assert kind.ack_within >= MINUTE
        assert set(kind.needs) <= {section.name for section in SECTIONS}
        assert set(kind.partial) <= set(CODES["relation"])
        assert re.fullmatch("[A-Z][A-Z_]{1,39}", kind.code)
        assert kind.terms == (kind.code == "GLOSSARY")
    saving = {code for code, kind in KINDS.items() if kind.life_saving}
    assert saving == {"WARNING", "INCIDENT", "MEDEVAC", "MEDEVAC_STATUS"}


PLAIN = {Type.CODE, Type.COUNT, Type.WORD, Type.FLAG, Type.TIME, Type.DATE}
PLAIN |= {Type.DECIMAL, Type.PATIENT}


def test_a_field_is_declared_in_known_words() -> None:
    for kind in KINDS.values():
        for field in (field for field in kind.fields if field is not ACTORS):
            assert re.fullmatch("[a-z][a-z0-9_]{0,31}", field.name), field
            assert field.type is not Type.PROSE, "prose stands in segments"
            assert (field.type is Type.RECORD) == bool(field.parts), field
            assert field.bounds[0] <= field.bounds[1], field
            if field.parts:
                check_parts(field)


def check_parts(field: Field) -> None:
    first = field.parts[0]
    assert first.required, field
    assert not first.many, field
    for part in field.parts:
        assert re.fullmatch("[a-z][a-z0-9_]{0,31}", part.name), part
        assert part.type in PLAIN, part
    for lang in ("name", *LANGUAGES):
        held = [p.name if lang == "name" else p.labels[lang] for p in field.parts]
        assert len(set(held)) == len(held), field


def test_every_site_is_a_place() -> None:
    fields = {f.name: f for s in SECTIONS if s.name == "place" for f in s.fields}
    for site in gazetteer().values():
        check_value(fields["lat"], site.lat, site.code)
        check_value(fields["lon"], site.lon, site.code)
        check_value(fields["km"], site.km, site.code)
        assert site.segment in CODES["corridor"]
        assert 23 < float(site.lat) < 38
        assert 60 < float(site.lon) < 78


def test_there_is_no_list_beyond_the_files() -> None:
    for name in ("", "nothing", "../codes/site", "__init__"):
        assert name not in CODES


def test_a_traffic_light_label_has_its_name_in_every_language() -> None:
    """TLP 2.0: what is beside a label can be translated, the label itself cannot."""
    for code, labels in CODES["tlp"].items():
        name = f"TLP:{code.replace('_', '+')}"
        for lang in LANGUAGES:
            assert re.match(rf"{re.escape(name)}[,،（]", labels[lang])
