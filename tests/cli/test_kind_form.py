"""fusion send --form: what an officer must know to write a bulletin by options."""

import json
from pathlib import Path

import pytest

from exchange.bulletin import codes
from exchange.bulletin.codes import CODES
from exchange.bulletin.form import form
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Type
from exchange.bulletin.values import EXAMPLES as WRITTEN
from exchange.bulletin.values import PATTERNS
from exchange.cli import kind_form
from exchange.home.partner_bundles import install_partner
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from tests.bulletin.examples import EXAMPLES
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_field_of_every_kind_is_told_with_its_codes(lang: str) -> None:
    for kind in KINDS.values():
        told = list(kind_form.lines(kind, lang))
        for path, field in form(kind):
            if field.type is Type.HASH:
                continue
            many = "..." if field.many else ""
            (line,) = [one for one in told if one[2:].startswith(f"{path}{many}  ")]
            assert field.labels[lang] in line
            for code, labels in CODES[field.codes].items() if field.codes else ():
                assert f"{code}" in line
                assert f"= {labels[lang]}" in line


def test_a_number_has_its_bounds_and_what_it_counts() -> None:
    told = [
        *kind_form.lines(KINDS["MOVEMENT"], "en"),
        *kind_form.lines(KINDS["MEDEVAC"], "ur"),
    ]
    for said in (
        "  place.error_m  Error radius: 1 - 1000000 m",
        "  place.lat  Latitude: -90.0 - 90.0",
        "  details.release_delay  Not to be passed on for: 0 - 10080 minutes",
        "* details.frequency_khz  2 فریکوئنسی: 1500.0 - 400000.0 کلوہرٹز",
        "      pulse=  نبض: 0 - 300 فی منٹ",
    ):
        assert said in told
    form = kind_form.form_json(KINDS["MEDEVAC"])
    fields = {one["path"]: one for one in form["fields"]}  # type: ignore[attr-defined]
    frequency, table = fields["details.frequency_khz"], fields["details.mist"]
    assert (frequency["bounds"], frequency["unit"]) == ([1500, 400000], "KILOHERTZ")
    assert next(one["name"] for one in table["parts"] if one["required"]) == "patient"
    assert fields["subject"]["bounds"] == []


def test_what_has_a_star_is_what_a_bulletin_cannot_be_without() -> None:
    for code, kind in KINDS.items():
        said = EXAMPLES[code]
        for path in kind_form.required_paths(kind):
            value: object = said
            for step in path.split("."):
                assert isinstance(value, dict)
                assert step in value, (code, path)
                value = value[step]


def test_the_examples_are_values_of_their_type() -> None:
    for type_, text in WRITTEN.items():
        for one in text.split(" | "):
            assert PATTERNS[type_].fullmatch(one)


def test_it_asks_for_no_home_and_sends_nothing(fusion: Fusion) -> None:
    told = fusion("send", "--kind", "WARNING", "--form").well()
    assert "* details.threat  Threat: " in told.out
    found = fusion.json("send", "--kind", "RFI", "--form")
    assert [one["path"] for one in found["fields"] if one["required"]][-2:] == [
        "details.topic",
        "details.answer_by",
    ]
    assert found["precedence"] == "PRIORITY"


def test_it_offers_each_nation_whose_bundle_the_desk_has(
    here: AtHome, tmp_path: Path
) -> None:
    listen = "127.0.0.1:7445"
    kz = Plan(node="astana.kz", desk="ops", officers=("duty-1",), listen=listen)
    make_home(tmp_path / "kz", kz, PASSPHRASE, NOW)
    install_partner(here.home, own_bundle(tmp_path / "kz").data)
    try:
        told = here("send", "--kind", "RFI", "--form", "--json")
    finally:
        codes._read.cache_clear()  # the list as every other test has it

    fields = {one["path"]: one for one in json.loads(told.out)["fields"]}
    assert fields["label.releasable_to"]["codes"] == ["pk", "cn", "kz"]


@pytest.mark.parametrize(
    ("more", "reason"), [((), "FIELD_MISSING"), (("--kind", "WARNIN"), "CODE_UNKNOWN")]
)
def test_there_is_a_form_of_a_kind_only(
    fusion: Fusion, more: tuple[str, ...], reason: str
) -> None:
    fusion("send", "--form", *more).refused(reason)
