"""Words that an officer would act on wrongly: each says what it means, and no more.

Every row was misread once. What is required tells the meaning from the wrong one;
what is forbidden is the wrong one itself.
"""

import re

import pytest

from exchange.bulletin.codes import label
from exchange.bulletin.common_fields import ACTORS, REQUEST
from exchange.bulletin.kinds import KINDS
from exchange.translation.glossary import Glossary
from tests.words.catalogues import FOLDERS, babel_entries

ACKNOWLEDGED = re.compile("acknowledg|^ack", re.IGNORECASE)
RECEIPT = re.compile("وصول|رسید|ACKNOWLEDGED")


@pytest.mark.parametrize("which", FOLDERS)
def test_to_acknowledge_is_never_to_confirm_what_is_said(which: str) -> None:
    """In Urdu: receipt is confirmed, not the information."""
    term = Glossary.seed().term("confirmed")
    assert term is not None
    confirmed = {form.text for form in term.forms if form.lang == "ur"}
    found = babel_entries(FOLDERS[which] / "ur.po")
    said = {key: text for key, text in found.items() if ACKNOWLEDGED.search(str(key))}

    assert said
    for key, texts in said.items():
        if "is:unread" in str(key):
            continue  # the words of a search, in Latin letters
        for text in texts:
            assert RECEIPT.search(text), key
            assert text not in confirmed


def test_the_bulletin_asks_for_receipt() -> None:
    fields = {field.name: field.labels["ur"] for field in REQUEST.fields}

    assert fields["acknowledge"] == "وصولی کی تصدیق"
    assert fields["acknowledge_by"].startswith("وصولی کی تصدیق")


def test_acknowledged_is_not_the_word_of_a_confirmed_report() -> None:
    credible = label("credibility", "1", "ur")

    for text in ("acked", "acknowledged"):
        assert babel_entries(FOLDERS["terminal"] / "ur.po")[text][0] not in credible


@pytest.mark.parametrize(
    ("codes", "code", "lang", "required", "forbidden"),
    [
        ("posture", "CRITICAL", "ur", "انتہائی بلند", "نازک"),
        ("posture", "SEVERE", "ur", "بہت بلند", "شدید"),
        ("observer_plan", "LOST_VIEW", "ur", "ہدف", ""),
        ("need", "DOG_TEAM", "ur", "تلاشی", "کھوجی"),
        ("need", "DOG_TEAM", "zh-Hans", "搜索", "爆"),
        ("attack", "UNEXPLODED_FIND", "ur", "بم", "نہ پھٹنے والا"),
        ("injury", "SHOCK", "ur", "شاک", "صدمے"),
        ("injury", "PELVIS", "ur", "پیڑو", "کولہا"),
        ("consular_need", "REPATRIATION", "zh-Hans", "回国", "遣返"),
        ("movement_type", "SINGLE_VEHICLE", "zh-Hans", "辆", "单车"),
        ("agency", "FRONTIER_CORPS_KP", "zh-Hans", "开普省", "开伯尔"),
        ("agency", "SPU_KP", "zh-Hans", "开普省", "开伯尔"),
        ("decline_reason", "OUT_OF_RANGE", "zh-Hans", "范围", "航程"),
    ],
)
def test_a_code_says_what_it_means(
    codes: str, code: str, lang: str, required: str, forbidden: str
) -> None:
    said = label(codes, code, lang)

    assert required in said
    assert not forbidden or forbidden not in said


@pytest.mark.parametrize("lang", ["en", "ur", "zh-Hans"])
def test_urgent_surgical_is_as_urgent_as_urgent(lang: str) -> None:
    """Both are one urgency of NATO's: the surgeon is what is added."""
    medevac = {field.name: field.labels[lang] for field in KINDS["MEDEVAC"].fields}
    urgent = label("patient_precedence", "URGENT", lang)
    surgical = label("patient_precedence", "URGENT_SURGICAL", lang)

    assert surgical.startswith(urgent)
    assert surgical != urgent
    if lang == "zh-Hans":
        assert "危急" in medevac["urgent_surgical"]
    else:
        assert medevac["urgent_surgical"].startswith(medevac["urgent"])


def test_an_actor_is_not_called_guilty() -> None:
    assert "ذمہ دار" not in ACTORS.labels["ur"]


@pytest.mark.parametrize(
    ("lang", "key", "required", "forbidden"),
    [
        ("ur", "Fixed or not", "مقررہ", "ثابت"),
        ("ur", "fixed part", "مقررہ", "ثابت"),
        ("ur", "mark fixed part", "مقررہ", "ثابت"),
        ("ur", "Mark the selection, or the word, as a fixed part", "مقررہ", "ثابت"),
        (
            "zh-Hans",
            "Select an overdue movement, or a desk of missing bulletins.",
            "出行",
            "行动",
        ),
        (
            "zh-Hans",
            "Write the proposed bulletin for an overdue movement or a desk",
            "出行",
            "行动",
        ),
        ("zh-Hans", "Reveal the route that was drawn for a movement", "出行", "行动"),
    ],
)
def test_the_terminal_says_what_it_means(
    lang: str, key: str, required: str, forbidden: str
) -> None:
    said = babel_entries(FOLDERS["terminal"] / f"{lang}.po")[key][0]

    assert required in said
    assert forbidden not in said


def test_an_overdue_movement_is_no_convoy_yet() -> None:
    said = babel_entries(FOLDERS["commands"] / "zh-Hans.po")["{call_sign} is overdue"]

    assert "车队" not in said[0]
    assert "逾期" in said[0]
