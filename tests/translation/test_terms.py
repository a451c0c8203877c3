"""The seed of the glossary: 220 terms and more, sound in three languages."""

import re
from collections import Counter
from pathlib import Path

import pytest

from exchange.bulletin.codes import CODES
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.search_fold import fold_words
from exchange.bulletin.terms import check_terms
from exchange.translation.glossary import COLUMNS, FORBIDDEN, PREFERRED, Glossary
from exchange.v1 import bulletin_pb2 as pb

SEED = Glossary.seed()
FILE = Path("exchange/translation/terms.tsv")
BACK = Path("tests/vectors/glossary/back-translation.tsv")
ROOT = Path(__file__).parents[2]
# The letters of Urdu with the marks that belong to a word, and the space.
URDU = re.compile("[اآأبپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوؤہھۂءیئےۓ\u064b\u0650\u0654 ]+")


def faults(form: pb.TermForm) -> list[str]:
    text = form.text
    found = [] if text == " ".join(text.split()) and text else ["spaces"]
    if form.lang == "ur" and not URDU.fullmatch(text):
        found.append("letters")
    if form.lang == "en" and not re.fullmatch("[A-Za-z][A-Za-z -]+", text):
        found.append("letters")
    if form.lang == "zh-Hans":
        try:
            text.encode("gb2312")  # has no traditional characters
        except UnicodeEncodeError:
            found.append("letters")
        if re.search("[\x00-\x7f]", text):
            found.append("latin")
    return found


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ur", "مشين گن"),
        ("ur", "ڈرائیور كار"),
        ("ur", "convoy"),
        ("ur", " قافلہ"),
        ("zh-Hans", "車队"),
        ("zh-Hans", "C4炸药"),
        ("en", "قافلہ"),
        ("en", "two  spaces"),
        ("en", ""),
    ],
)
def test_the_test_sees_a_bad_form(lang: str, text: str) -> None:
    assert faults(pb.TermForm(lang=lang, text=text))


def test_there_are_enough_terms_of_every_field() -> None:
    assert len(SEED.terms) >= 220
    fields = Counter(term.domain for term in SEED.terms)
    assert all(
        fields[domain] >= 4 for domain in CODES["term_domain"] if domain != "GENERAL"
    )


def test_every_term_could_be_published() -> None:
    """Ids ascend, domains are known, each language has one preferred form."""
    check_terms(pb.Content(kind="GLOSSARY", terms=SEED.terms), codes=True)


def test_no_form_is_empty_or_in_another_script() -> None:
    found = {
        f"{term.id}: {form.text}": wrong
        for term in SEED.terms
        for form in term.forms
        if (wrong := faults(form))
    }
    assert found == {}


def test_no_two_forms_of_a_language_are_the_same_word() -> None:
    for lang in LANGUAGES:
        texts = Counter(
            fold_words(form.text).replace("-", " ")
            for term in SEED.terms
            for form in term.forms
            if form.lang == lang
        )
        assert [text for text, count in texts.items() if count > 1] == []


def test_every_form_is_found_as_its_own_term() -> None:
    for term in SEED.terms:
        for form in term.forms:
            found = SEED.find_terms(form.text, form.lang)
            assert [(f.term.id, f.end) for f in found] == [(term.id, len(form.text))]


def test_no_preferred_form_holds_a_forbidden_one() -> None:
    for term in SEED.terms:
        for form in term.forms:
            if form.status != FORBIDDEN:
                assert not SEED.forbidden(form.text, form.lang)


def test_the_labels_of_codes_agree_with_the_terms() -> None:
    """An officer reads the fact and the prose in the same words."""
    said = {
        form.text: term
        for term in SEED.terms
        for form in term.forms
        if form.lang == "en" and form.status == PREFERRED
    }
    compared = 0
    for codes in ("likelihood", "escort"):
        for labels in CODES[codes].values():
            english = re.sub(r" \(.*\)", "", labels["en"])
            term = said.get(english) or said.get(english.lower())
            for lang in ("ur", "zh-Hans") if term else ():
                assert term is not None
                plain = re.sub(r" ?[(（].*[)）]", "", labels[lang])
                assert SEED.preferred_form(term, lang) == plain
                compared += 1
    assert compared > 14  # the seven of likelihood, and more


@pytest.mark.parametrize("codes", ["agency", "attack", "corridor", "escort", "target"])
def test_no_label_of_a_code_is_another_word_than_its_term(codes: str) -> None:
    for labels in CODES[codes].values():
        named = re.split(r",| \(", labels["en"])[0]
        for lang in ("ur", "zh-Hans"):
            for found in SEED.find_terms(named, "en"):
                if found.end - found.start == len(named):
                    forms = [f.text for f in found.term.forms if f.lang == lang]
                    assert any(form in labels[lang] for form in forms), labels


def test_a_force_has_one_name_in_every_list() -> None:
    for escort, agencies in (
        ("RANGERS", ("RANGERS_PUNJAB", "RANGERS_SINDH")),
        ("FRONTIER_CORPS", ("FRONTIER_CORPS_KP", "FRONTIER_CORPS_BALOCHISTAN")),
        ("LEVIES", ("LEVIES",)),
        ("MOTORWAY_POLICE", ("MOTORWAY_POLICE",)),
    ):
        for lang in LANGUAGES:
            name = CODES["escort"][escort][lang].removeprefix("巴基斯坦")
            for agency in agencies:
                assert name in CODES["agency"][agency][lang]


# The second pass: each form read back into English by one who saw nothing else.

READ = ("ur", "zh-Hans")
MENDED = "mended: "  # begins the reason of a reading that the form did not outlive


def back() -> list[dict[str, str]]:
    head, *lines = (ROOT / BACK).read_text("utf-8").splitlines()
    keys = head.split("\t")
    assert keys == ["id", "lang", "form", "back", "remark", "judged", "reason"]
    return [dict(zip(keys, line.split("\t"), strict=True)) for line in lines]


def wanted(row: dict[str, str]) -> str:
    term = SEED.term(row["id"])
    return SEED.preferred_form(term, row["lang"]) if term else ""


def test_every_term_was_read_back_in_both_languages() -> None:
    read = list(dict.fromkeys((row["id"], row["lang"]) for row in back()))
    assert read == [(term.id, lang) for term in SEED.terms for lang in READ]
    assert all(row["back"].strip() for row in back())


def test_what_is_not_the_same_or_was_remarked_on_has_a_reason() -> None:
    for row in back():
        assert row["judged"] in {"SAME", "NEAR", "OTHER"}, row
        if row["judged"] != "SAME" or row["remark"]:
            assert row["reason"], row


def test_a_form_that_came_back_as_another_meaning_was_mended() -> None:
    for row in back():
        mended = row["form"] != wanted(row)
        assert row["reason"].startswith(MENDED) == mended, row
        assert mended or row["judged"] != "OTHER", row


def test_every_preferred_form_was_read_itself() -> None:
    last = {(row["id"], row["lang"]): row for row in back()}
    assert [row["id"] for row in last.values() if row["form"] != wanted(row)] == []


def test_the_file_has_its_columns() -> None:
    lines = (ROOT / FILE).read_text("utf-8").splitlines()
    assert lines[0] == "\t".join(COLUMNS)
    assert {line.count("\t") for line in lines} == {len(COLUMNS) - 1}
