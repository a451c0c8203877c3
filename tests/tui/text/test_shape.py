"""Letters joined as a shaping engine would join them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.shape import shape

# Each word with the presentation forms that the Unicode charts give its letters.
WORDS = {
    "گاڑی": "\ufb94\ufe8e\ufb8c\ufbfc",
    "ہے": "\ufba8\ufbaf",
    "ٹھیک": "\ufb68\ufbad\ufbff\ufb8f",
    "لا": "\ufefb",
    "بلا": "\ufe91\ufefc",
    "میں": "\ufee3\ufbff\ufb9f",
    "دور": "\ufea9\ufeed\ufead",
}


@pytest.mark.parametrize("word", WORDS)
def test_forms(word: str) -> None:
    assert shape(word).text == WORDS[word]


def test_zwnj_parts_letters_and_is_dropped() -> None:
    parted = shape("کتاب\u200cخانہ").text
    assert "\u200c" not in parted
    assert parted != shape("کتابخانہ").text


def test_marks_do_not_break_a_join() -> None:
    letters = [c for c in shape("مُحَمَّد").text if not unicodedata.combining(c)]
    assert "".join(letters) == shape("محمد").text


def test_a_mark_between_lam_and_alef_prevents_the_ligature() -> None:
    assert "\ufefb" not in shape("ل\u064eا").text


@given(st.text(st.sampled_from("لابیہھ\u200c\u200d\u064eaۃۓ 1ـ"), max_size=30))
def test_places_rise_and_point_at_the_letter(text: str) -> None:
    shown, places = shape(text)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    for char, place in zip(shown, places, strict=True):
        if not "\u0600" <= text[place] <= "\u06ff":
            assert char == text[place]


def test_other_scripts_pass_unchanged() -> None:
    assert shape("Dasu 达苏 ١٢").text == "Dasu 达苏 ١٢"
