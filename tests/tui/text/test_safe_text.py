"""Nothing that acts on a terminal or hides gets through either door."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from textual.color import Color

from tui.text.output_filter import Guard
from tui.text.safe_text import hidden, safe

BLACK = Color(0, 0, 0)
HOSTILE = {
    "clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "clear": "\x1b[2J",
    "colour": "\x1b[31m",
    "c1 csi": "\x9b31m",
    "override": "\u202egpj.exe",
    "isolate": "\u2066x\u2069",
    "shift out": "\x0e",
    "nul": "\x00",
    "zero width": "a\u200bb",
    "joiner": "A\u200dB\u200dC",
    "tag": "\U000e0041",
    "filler": "\u3164",
    "lone surrogate": "\ud800",
    "private use": "\ue000",
    "line separator": "a\u2028b",
    "variation": "\u26a0\ufe0f",
    "soft hyphen": "a\u00adb",
    "carriage return": "safe\rEVIL",
}


def acts(text: str) -> bool:
    bad = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return any(unicodedata.category(char) in bad for char in text if char != "\u200c")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_acts_becomes_visible_and_passes_no_door(text: str) -> None:
    """The last door keeps widths."""
    shown = safe(text)
    assert not acts(shown)
    assert len(shown) == len(text)
    assert len(hidden(text)) >= 1
    [out] = Guard().apply([Segment(text)], BLACK)
    assert not acts(out.text)
    assert cell_len(out.text) == sum(map(cell_len, text))


def test_the_last_door_leaves_control_segments_alone() -> None:
    own = Segment("\x1b[H", None, [(ControlType.HOME,)])
    assert Guard().apply([own], BLACK) == [own]


def test_every_code_point_is_shown_as_one_that_does_not_act() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert not acts("".join(set(safe(every))))
    assert len(safe(every)) > 0.99 * len(every)  # marks in rows of more than four go


HONEST = {
    "en": "Suspect vehicle (ABC-123), 40 °C – “wait”.",
    "ur": "مُحَمَّد کتاب\u200cخانہ، ہے۔",
    "zh": "2026年11月24日，北部口岸（车辆）。",
}


@pytest.mark.parametrize("lang", HONEST)
def test_honest_text_is_untouched(lang: str) -> None:
    assert safe(HONEST[lang]) == HONEST[lang]
    assert hidden(HONEST[lang]) == ()
    assert Guard().apply([Segment(HONEST[lang])], BLACK)[0].text.replace(
        "\ufffd", ""
    ) == HONEST[lang].replace("\u200c", "")


def test_lines_are_kept_only_where_asked_for() -> None:
    assert safe("a\nb\r", lines=True) == "a\nb␍"
    assert safe("a\nb") == "a␊b"


def test_a_tower_of_marks_is_cut_down_to_four() -> None:
    assert safe("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * 4 + "b"
    assert safe("a" + "\u0488" * 500) == "a" + "\u0488" * 4


def test_hidden_names_place_and_character() -> None:
    [found] = hidden("pay\u202edab")
    assert (found.place, found.point) == (3, 0x202E)
    assert found.name == "RIGHT-TO-LEFT OVERRIDE"


@given(st.text(max_size=60))
def test_safe_twice_is_safe_once(text: str) -> None:
    assert safe(safe(text)) == safe(text)
