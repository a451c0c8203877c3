"""Patterns of personal data are pointed out; ordinary text is left alone."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.bulletin.check import CheckedDraft, check
from exchange.bulletin.codes import CODES, aliases
from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.personal_data import find_kinds, personal_data
from exchange.desk.outgoing.prepare import check_confirmed
from exchange.errors import Reason
from exchange.limits import SEGMENT_MAX
from exchange.recognise.personal_data import NO_PLATE
from exchange.translation.glossary import Glossary
from tests.bulletin.examples import example
from tests.bulletin.test_check import MOVEMENT, changed
from tests.bulletin.test_samples import SAMPLES
from tests.bulletin.test_spans import CASES, SAME
from tests.expecting import refusing


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to someone@example.org today", "EMAIL"),
        ("رابطہ: someone@mail.gov.pk", "EMAIL"),
        ("Card 12345-1234567-1 found", "IDENTITY_CARD"),
        ("کارڈ ۳۵۲۰۲-۱۲۳۴۵۶۷-۱ ملا", "IDENTITY_CARD"),
        ("Card 3520212345671 found", "IDENTITY_CARD"),
        ("Card 35202 1234567 1 found", "IDENTITY_CARD"),
        ("Card 11010519491231002X found", "IDENTITY_CARD"),
        ("证件11010519491231002x号", "IDENTITY_CARD"),
        ("证件110105 1949 1231 0020号", "IDENTITY_CARD"),
        ("证件１１０１０５４９１２３１００２号", "IDENTITY_CARD"),
        ("Call +92 300 1234567 at once", "PHONE"),
        ("Call 0092-300-1234567 at once", "PHONE"),
        ("Call 0300-1234567 at once", "PHONE"),
        ("Call (051) 920 1234 at once", "PHONE"),
        ("فون ۰۳۰۰۱۲۳۴۵۶۷ پر", "PHONE"),
        ("Call 13800138000 at once", "PHONE"),
        ("请拨打138 0013 8000", "PHONE"),
        ("请拨打+86 10 6532 1234", "PHONE"),
        ("请拨打010-65321234", "PHONE"),
        ("Call 0300\u20131234567 at once", "PHONE"),
        ("Call 0300.1234567 at once", "PHONE"),
        ("Call 92-300-1234567 at once", "PHONE"),
        ("请拨打86 138 0013 8000", "PHONE"),
        ("Passport AB1234567 lost", "PASSPORT"),
        ("护照E12345678遗失", "PASSPORT"),
        ("护照EA1234567遗失", "PASSPORT"),
        ("White car LEA-1234 seen", "PLATE"),
        ("White car LEB 17 1234 seen", "PLATE"),
        ("White car LEA\u20131234 seen", "PLATE"),
        ("Plate ABC-123", "PLATE"),
        ("见到LEA-1234轿车", "PLATE"),
        ("White car with plate 京A12345 seen", "PLATE"),
        ("车牌新A·D12345", "PLATE"),
        ("车牌沪A D1234挂", "PLATE"),
        ("车牌京 A 12345", "PLATE"),
        ("Car LEA 1234 seen", "PLATE"),
        ("ABC-123 seen", "PLATE"),
        ("Plate ICT AB 123", "PLATE"),
        ("Plate ICT-AB-123", "PLATE"),
        ("Plate AJK 1234, ETA 1545", "PLATE"),
        ("نمبر LEA 1234", "PLATE"),
        ("نمبر ICT AB ۱۲۳", "PLATE"),
        ("车牌京A12345", "PLATE"),
        ("车牌新A·12345", "PLATE"),
        ("车牌新AD12345", "PLATE"),
        ("车牌京A1234警", "PLATE"),
        ("车牌粤Z1234港", "PLATE"),
        # Karachi gives these letters, too.
        ("Plate BLA-123", "PLATE"),
        ("Plate ALT-123", "PLATE"),
        ("Write to someone＠example.org", "EMAIL"),
        ("Card 42101_1234567_1 found", "IDENTITY_CARD"),
        ("Card 42101.1234567.1 found", "IDENTITY_CARD"),
        ("Call 03 00 1234567", "PHONE"),
        ("Call 0300/1234567", "PHONE"),
        ("Call 0300-\n1234567", "PHONE"),
        ("فون 0300\u200c1234567", "PHONE"),
        ("请拨打一三八零零一三八零零零", "PHONE"),
    ],
)
def test_a_pattern_is_found(text: str, what: str) -> None:
    assert find_kinds(text) == [what]


@pytest.mark.parametrize(
    "text",
    [
        "Grid 43S DU 12340 56780, 43S DU12345678, 43SDU1234056780",
        "121500 kHz on 2026-11-25 from 06:00Z; DTG 260600ZNOV26",
        "Call ROUND-4 and MEDIC-1; KM 123, PKT 0600, UTC 1200, N-35, M-8",
        "ETA 1545, ETD-1600, FOB 123, GRID 1234, KM 0512, RV 1200, CP 101, FL 350",
        "ETA ۱۵۴۵، KM ۰۵۱۲، FOB ۱۲۳ پر",
        "预计ETA 1545到达FOB 123，KM 0512，QRF 101，PKR 5000，AUG-2026",
        "duty-1@ops.islamabad.pk and watch-officer-2@ops.beijing.cn.",
        "35.317, 73.193; 35.3170000 N",
        "1,234,567 rupees; 250000 and 1000000 litres; 9 of 12",
        "证件110105 4949 9931 0020号",
        "二〇二六年十一月二十六日，三百二十一人，四分之三",
        "二〇二六年，京津冀，B线，G314公路，川A线",
        "۲۶ نومبر ۲۰۲۶ کو ۰۶:۰۰Z",
        "ab" * 32,
        "0123456789abcdef" * 4,
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_kinds(text) == []


def test_what_is_found_is_said_by_its_field() -> None:
    obj = changed(MOVEMENT, "subject.text", "Call 13800138000 at once")
    obj["segments"][0] |= {"text": "Car LEA-1234, +92 300 1234567", "spans": []}
    draft = from_json(obj)
    draft.content.attachments.add(name="AB1234567.pdf")
    assert personal_data(draft) == [
        ("subject.text", "PHONE"),
        ("segments.0.text", "PHONE"),
        ("segments.0.text", "PLATE"),
        ("attachments.0.name", "PASSPORT"),
    ]


def test_a_draft_goes_only_with_each_finding_confirmed() -> None:
    obj = changed(MOVEMENT, "subject.text", "Line 13800138000 at SOST")
    draft = from_json(changed(obj, "segments.0.text", "Stores AB1234567, ROUND-4"))
    for said in ([], ["segments.0.text PHONE"], ["segments.0.text PASSPORT"]):
        del draft.content.confirmed[:]
        draft.content.confirmed.extend(said)
        with refusing(Reason.PERSONAL_DATA, "subject.text: PHONE"):
            check_confirmed(draft)
    draft.content.confirmed.append("subject.text PHONE")
    assert draft.unconfirmed == []
    check_confirmed(draft)


def test_confirmed_is_what_is_found_and_once() -> None:
    draft = from_json(changed(MOVEMENT, "subject.text", "Line 13800138000 at SOST"))
    found = "subject.text PHONE"
    assert draft.personal == (found,)
    assert list(draft.confirm(found, found, "to PLATE").content.confirmed) == [found]
    assert draft.confirm(found).confirm(found).unconfirmed == []
    assert draft.unconfirmed == [found], "it is as it was"
    other = changed(MOVEMENT, "confirmed", [found])
    assert list(from_json(other).confirm().content.confirmed) == []


def test_only_a_checked_draft_has_findings_and_a_change_takes_them() -> None:
    draft = from_json(MOVEMENT)
    assert isinstance(draft, CheckedDraft)
    assert type(draft.replace(valid_from=1)) is Draft
    assert check(draft.replace(valid_from=draft.valid_from)) == draft


def test_words_of_a_kind_s_own_fields_and_terms_are_asked_about() -> None:
    draft = from_json(changed(MOVEMENT, "details.call_sign", "LEB-1234"))
    assert personal_data(draft) == [("details.call_sign", "PLATE")]
    draft.content.confirmed.append("details.call_sign PLATE")
    check_confirmed(draft)
    obj = example("LIAISON")
    rows = obj["details"]["roster"]
    rows[0]["channel"] = "0300-1234567"
    draft = from_json(obj)
    assert personal_data(draft) == [("details.roster.0.channel", "PHONE")]
    draft.content.terms.add(id="a").forms.add(lang="en", text="13800138000")
    assert personal_data(draft)[1:] == [("terms.0.forms.0.text", "PHONE")]


def test_samples_examples_and_known_spans_hold_none() -> None:
    for file in SAMPLES:
        assert personal_data(from_json(read_json(file.read_bytes()))) == []
    for kind in KINDS:
        assert personal_data(from_json(example(kind))) == []
    texts = [text for _, text, _ in CASES] + [t for same in SAME for t in same.values()]
    assert {text: found for text in texts if (found := find_kinds(text))} == {}


def abbreviations() -> set[str]:
    """Those of the code lists and the seed that may stand before a number."""
    said = [form.text for term in Glossary.seed().terms for form in term.forms]
    for name in CODES:
        said += [each for labels in CODES[name].values() for each in labels.values()]
        said += [each for words in aliases(name).values() for each in words]
    for name in ("actor", "agency", "attack", "corridor", "toponym", "unit"):
        said += [code for code in CODES[name] if "_" not in code]
    found = re.findall(r"(?<![\w-])[A-Z]{2,3}(?![\w-])", "\n".join(said), re.ASCII)
    return set(found)


def test_no_abbreviation_of_ours_is_a_plate() -> None:
    assert {"ETA", "KKH", "IED", "MW", "BLA"} <= abbreviations()
    assert abbreviations() <= NO_PLATE


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(
    st.text(LETTERS, min_size=2, max_size=3),
    st.sampled_from(" -"),
    st.from_regex("(?:[0-9]{2}[ -])?[0-9]{3,4}", fullmatch=True),
    st.sampled_from(("Car {} seen", "گاڑی {} دیکھی", "见到{}车")),
)
def test_letters_and_a_number_are_a_plate_unless_they_are_known(
    letters: str, sign: str, number: str, around: str
) -> None:
    assume(sign == " " or letters not in NO_PLATE)
    found = find_kinds(around.format(f"{letters}{sign}{number}"))
    assert ("PLATE" in found) == (letters not in NO_PLATE)


@given(st.text(max_size=60))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert set(find_kinds(text)) <= {
        *("EMAIL", "IDENTITY_CARD", "PHONE", "PASSPORT", "PLATE")
    }


@pytest.mark.parametrize("part", ["1", "1 ", "a", "a.", "A", "-", "+1 (", "京A", "@"])
def test_a_hostile_text_is_no_harder(part: str) -> None:
    find_kinds((part * SEGMENT_MAX)[:SEGMENT_MAX])
