"""Patterns of personal data are pointed out; ordinary text is left alone."""

import pytest

from exchange.bulletin.content import from_json
from exchange.bulletin.personal import personal_data
from exchange.bulletin.reading import read_json
from tests.bulletin.test_check import MOVEMENT, changed
from tests.bulletin.test_samples import SAMPLES


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to someone@example.org today", "EMAIL"),
        ("Card 12345-1234567-1 found", "IDENTITY_CARD"),
        ("Card 11010519491231002X found", "IDENTITY_CARD"),
        ("Call +92 300 1234567 at once", "PHONE"),
        ("Call 0300-1234567 at once", "PHONE"),
        ("Call 13800138000 at once", "PHONE"),
        ("Passport AB1234567 lost", "PASSPORT"),
        ("White car LEA-1234 seen", "PLATE"),
        ("White car with plate 京A12345 seen", "PLATE"),
    ],
)
def test_a_pattern_is_found(text: str, what: str) -> None:
    draft = from_json(changed(MOVEMENT, "subject.text", text))
    assert personal_data(draft) == [("subject.text", what)]


@pytest.mark.parametrize(
    "text",
    ["Grid 43S DU 12340 56780", "121500 kHz on 2026-11-25 from 06:00Z", "Call ROUND-4"],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert personal_data(from_json(changed(MOVEMENT, "subject.text", text))) == []


def test_the_samples_hold_none() -> None:
    for file in SAMPLES:
        assert personal_data(from_json(read_json(file.read_bytes()))) == []
