"""The terms of a glossary: all three languages, one preferred form in each."""

from typing import Any

import pytest

from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.errors import Reason
from exchange.limits import BODY_MAX, TERMS_MAX
from tests.bulletin.examples import EXAMPLES
from tests.bulletin.test_check import GONE, WARNING, changed, ids, refused
from tests.expecting import refusing

R = Reason
GLOSSARY = EXAMPLES["GLOSSARY"]
TERM = GLOSSARY["terms"][0]
FORM = "terms.0.forms.0"

Case = tuple[str, object, Reason] | tuple[str, object, Reason, str]
"""What is put where, and how it is refused; at another place, where one is named."""
CASES: list[Case] = [
    ("terms", GONE, R.FIELD_MISSING),
    ("terms", [], R.FIELD_MISSING),
    ("terms", {}, R.FIELD_VALUE),
    ("terms.0", "convoy", R.FIELD_VALUE),
    ("terms.0.note", "x", R.FIELD_UNKNOWN),
    ("terms.0.id", GONE, R.FIELD_MISSING),
    ("terms.0.id", "", R.FIELD_MISSING),
    ("terms.0.id", "a b", R.FIELD_VALUE),
    ("terms.0.id", "zzz", R.FIELD_VALUE, "terms.1.id"),
    ("terms.1.id", TERM["id"], R.FIELD_VALUE),
    ("terms.0.domain", GONE, R.FIELD_MISSING),
    ("terms.0.domain", "COOKERY", R.CODE_UNKNOWN),
    ("terms.0.forms", [], R.FIELD_MISSING, "terms.0.forms.en"),
    (FORM, GONE, R.FIELD_MISSING, "terms.0.forms.en"),
    (f"{FORM}.lang", "fr", R.LANGUAGE),
    (f"{FORM}.text", "", R.FIELD_MISSING),
    (f"{FORM}.text", "车队", R.LANGUAGE),
    (f"{FORM}.text", "con\u200bvoy", R.FIELD_VALUE),
    (f"{FORM}.text", "con\nvoy", R.FIELD_VALUE),
    (f"{FORM}.text", "x" * 81, R.TOO_LONG),
    (f"{FORM}.status", "ADMITTED", R.FIELD_MISSING, "terms.0.forms.en"),
    (f"{FORM}.status", "LOVED", R.CODE_UNKNOWN),
    (
        "terms.0.forms",
        [*TERM["forms"], {"lang": "en", "text": "train", "status": "PREFERRED"}],
        R.FIELD_VALUE,
        "terms.0.forms.en",
    ),
    (
        "terms.0.forms",
        [*TERM["forms"], TERM["forms"][0] | {"status": "FORBIDDEN"}],
        R.FIELD_VALUE,
        f"terms.0.forms.{len(TERM['forms'])}.text",
    ),
    ("terms.0.forms", TERM["forms"] * 6, R.TOO_LONG),
    ("details.version", 0, R.FIELD_VALUE),
    ("confirmed", ["subject.text PHONE"] * 2, R.FIELD_VALUE, "confirmed.1"),
    ("confirmed", ["0300 1234567"], R.FIELD_VALUE, "confirmed.0"),
    ("confirmed", "subject.text PHONE", R.FIELD_VALUE),
    ("confirmed", [f"a.{i} PHONE" for i in range(129)], R.TOO_LONG),
    ("assessment.source", "Haji Sahib", R.FIELD_VALUE),
    ("assessment.source", "", R.FIELD_VALUE),
]


@pytest.mark.parametrize("case", CASES, ids=ids((c[2], c[-1]) for c in CASES))
def test_a_rule_names_its_field(case: Case) -> None:
    path, value, reason, *where = case
    obj = GLOSSARY | {"assessment": {"reliability": "A", "credibility": 1}}
    refused(changed(obj, path, value), reason, *where or [path])


def test_no_other_kind_carries_terms() -> None:
    refused(WARNING | {"terms": [TERM]}, R.FIELD_UNKNOWN, "terms")


def test_source_and_confirmed_findings_go_through() -> None:
    obj = changed(WARNING, "assessment.source", "S-014")
    obj["confirmed"] = ["segments.0.text PHONE"]
    draft = from_json(obj)
    assert draft.content.assessment.source == "S-014"
    assert to_json(draft)["confirmed"] == obj["confirmed"]
    assert decode(encode(draft.content)) == draft.content


def many(count: int, width: int) -> list[dict[str, Any]]:
    forms = [form | {"text": form["text"] * width} for form in TERM["forms"][:3]]
    return [
        {"id": f"t{i:04}", "domain": "GENERAL", "forms": forms} for i in range(count)
    ]


def test_a_glossary_has_a_bound_in_terms_and_in_bytes() -> None:
    from_json(GLOSSARY | {"terms": many(TERMS_MAX, 1)})
    refused(GLOSSARY | {"terms": many(TERMS_MAX + 1, 1)}, R.TOO_LONG, "terms")
    wide = many(TERMS_MAX, 12)
    assert len(str(wide).encode()) > BODY_MAX
    refused(GLOSSARY | {"terms": wide}, R.TOO_LONG, "terms")


def test_a_receiver_is_held_to_the_form_but_not_to_its_own_lists() -> None:
    content = from_json(GLOSSARY).content
    content.terms[0].domain = "COOKERY"
    content.terms[0].forms.add(lang="en", text="caravan", status="RARE")
    assert decode(encode(content)) == content
    content.terms[0].forms.add(lang="en", text="cara\u202evan", status="RARE")
    with refusing(R.CONTENT) as caught:
        decode(encode(content))
    assert caught.value.where.startswith("terms.0.forms.")
    content = from_json(GLOSSARY).content
    content.kind = "WARNING"
    with refusing(R.CONTENT):
        decode(encode(content))
