"""Lines of cells in visual order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from exchange.desk.mailbox import filters
from tui.text.layout import CONDITIONS, lay_out, one_line, spans_in
from tui.text.paint import paint
from tui.text.safe_text import safe

URDU = (
    "شمالی گزرگاہ کے قریب مشکوک گاڑی (نمبر ABC-123) دیکھی گئی، تاریخ 2026-11-24 "
    "وقت 14:30Z، مقام 43S DU 12340 56780۔ ٹیلیفون +92-42-111-222 اور −5 ڈگری۔"
)
CHINESE = (
    "2026年11月24日14:30Z，北部口岸附近发现一辆可疑车辆（车牌号ABC-123）。请核实。"
)


def shown(text: str, lang: str, columns: int) -> list[str]:
    return [line.shown for line in lay_out(text, lang, columns)]


@pytest.mark.parametrize("piece", ["2026-11-24", "14:30Z", "+92-42-111-222", "−5"])
def test_dates_and_numbers_read_left_to_right_at_every_width(piece: str) -> None:
    for columns in range(max(12, len(piece) + 1), 100, 3):
        assert piece in "\n".join(shown(URDU, "ur", columns)), columns


@pytest.mark.parametrize("text", ["{} میں لکھا گیا۔", "پڑھا (دیکھیں {})", "فائل: {}"])
def test_a_path_keeps_its_first_slash(text: str) -> None:
    home = ("/home/ops/.fusion", "/.fusion/desk")
    for piece in (*home, "~/usb/cn.bundle", "../cn.bundle"):
        assert piece in shown(text.format(piece), "ur", 60)[0]


@pytest.mark.parametrize("lang", ["ur", "en"])
def test_a_grid_is_not_cut_where_it_fits(lang: str) -> None:
    """Nor is its order another where there is more room."""
    text = URDU if lang == "ur" else "Seen at grid 43S DU 12340 56780, then lost."
    for columns in (*range(20, 60), 200):
        assert "43S DU 12340 56780" in "\n".join(shown(text, lang, columns)), columns


def test_an_urdu_date_is_not_turned_by_its_span() -> None:
    text = "14 جولائی 2021"
    isolates = spans_in(text, ((text, 0),))
    plain = lay_out(text, "ur", 20)[0].shown
    assert lay_out(text, "ur", 20, isolates)[0].shown == plain
    assert plain.strip().startswith("2021")


def test_a_typed_span_keeps_its_order_where_no_pattern_would() -> None:
    text = "کوڈ 12 / 34 / 56 ہے"
    isolates = spans_in(text, (("12 / 34 / 56", 0),))
    assert "12 / 34 / 56" in lay_out(text, "ur", 40, isolates)[0].shown
    assert "12 / 34 / 56" not in lay_out(text, "ur", 40)[0].shown


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("مشتبہ افراد سے AK 47 رائفل برآمد", "AK 47"),
        ("ہیلی کاپٹر Mi 17 روانہ ہوا", "Mi 17"),
        ("اس کے لیے Route #5 استعمال کریں", "Route #5"),
        ("پلیٹ LEA 12 345 والی گاڑی", "LEA 12 345"),
        ("سڑک No. 5 بند ہے", "No. 5"),
        ("AK ۴۷ برآمد", "AK ۴۷"),
    ],
)
def test_a_number_stays_with_the_latin_word_before_it(text: str, piece: str) -> None:
    """In Urdu as UAX #9 has it (W7), wherever the line is cut."""
    for columns in (12, 20, 45, 78):
        lines = shown(text, "ur", columns)
        assert all(any(word in line for line in lines) for word in piece.split(" "))
        if columns > len(text):
            assert piece in lines[0]


@pytest.mark.parametrize("lang", ["ur", "en", "zh-Hans"])
def test_the_place_of_a_bulletin_in_a_log_is_one_piece(lang: str) -> None:
    for place in ("islamabad.pk#412", "islamabad.pk/2#412"):
        for columns in range(18, 60):
            lines = "\n".join(shown(f"بلیٹن {place} پڑھیں", lang, columns))
            assert place in lines


@pytest.mark.parametrize(
    ("text", "from_the_left"),
    [
        ("فاصلہ 50 km ہے", "km 50"),
        ("وقت 03:30 UTC ہے", "UTC 03:30"),
        ("AK 47، 12 گاڑیاں", "12 ،AK 47"),
        ("AK 47, 12 گاڑیاں", "12 ,AK 47"),
        ("KKH 25 نومبر کو بند", "25 KKH"),
        ("تاریخ 2026-11-24 14:30Z", "14:30Z 2026-11-24"),
        ("14:30Z duty-1@ops.pk نے", "duty-1@ops.pk 14:30Z"),
        ("Toyota Hilux 2012 pickup ملی", "Toyota Hilux 2012 pickup"),
        ("دستخط: Gwadar, gate 3", "Gwadar, gate 3"),
    ],
)
def test_other_numbers_go_on_from_right_to_left(text: str, from_the_left: str) -> None:
    assert from_the_left in shown(text, "ur", 60)[0]


def test_a_day_marked_with_its_month_leaves_the_latin_word() -> None:
    text = "MEDEVAC 24 رمضان کو"
    marked = spans_in(text, (("24 رمضان", 0),))

    assert "MEDEVAC 24" in lay_out(text, "ur", 30)[0].shown
    assert "24 MEDEVAC" in lay_out(text, "ur", 30, marked)[0].shown


def test_spans_are_found_by_occurrence() -> None:
    assert spans_in("13 and 13", (("13", 1),)) == ((7, 9),)
    assert spans_in("13", (("13", 1), ("", 0), ("99", 0))) == ()


def test_urdu_reads_from_the_right_and_brackets_turn() -> None:
    line = lay_out("گاڑی (نمبر)", "ur", 20)[0]
    assert line.shown == " " * 9 + "(ﺮﺒﻤﻧ) ﯼﮌﺎﮔ"
    assert line.cells == 11
    assert line.places[-1] == 0
    assert line.places[:9] == (-1,) * 9


def test_marks_stand_after_their_letter() -> None:
    line = lay_out("مَد", "ur", 5)[0]
    assert line.shown.strip() == "\ufeaa\ufee3\u064e"
    assert line.cells == 2


def test_chinese_takes_two_cells_and_closing_marks_do_not_begin_a_line() -> None:
    for columns in range(12, 60):
        for line in lay_out(CHINESE, "zh-Hans", columns):
            assert cell_len(line.shown) == columns
            assert line.shown[0] not in "，。）"
            assert not line.shown.rstrip().endswith("（")


@pytest.mark.parametrize("lang", ["en", "ur", "zh-Hans", ""])
@given(
    text=st.text(
        st.sampled_from("ab لاہگ1۲/-:() 达苏（），\u0301\u064e\u200cZ"), max_size=80
    ),
    columns=st.integers(2, 40),
)
def test_no_line_is_wider_and_no_letter_is_lost(
    lang: str, text: str, columns: int
) -> None:
    clean = safe(text)
    lines = lay_out(clean, lang, columns)
    places = [place for line in lines for place in line.places if place >= 0]
    for line in lines:
        assert cell_len(line.shown) == columns
        assert len(line.shown) == len(line.places)
    assert len(places) == len(set(places))
    lost = {clean[at] for at in set(range(len(clean))) - set(places)}
    assert lost <= set(" \u200cا")  # spaces at cuts, joiners, the alef of lam-alef


@given(st.text(max_size=120), st.integers(2, 30))
def test_no_text_breaks_it(text: str, columns: int) -> None:
    for line in lay_out(safe(text), "ur", columns):
        assert line.cells <= columns


def test_one_line_says_that_there_is_more() -> None:
    assert one_line("Suspect vehicle seen", "en", 10).shown == "Suspect v…"
    assert one_line("گاڑی دیکھی گئی", "ur", 8).shown[0:1] in "… "
    assert one_line("北部口岸附近", "zh-Hans", 7).shown == "北部口…"
    assert one_line("short", "en", 10).shown == "short     "
    assert shown("", "ur", 4) == ["    "]


@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30),
    st.sampled_from(["en", "zh-Hans", ""]),
    st.integers(3, 24),
)
def test_a_line_of_ascii_is_laid_out_as_any_other(
    text: str, lang: str, columns: int
) -> None:
    first, *more = lay_out(text, lang, columns)
    if more:
        head = text[: columns - 1].rstrip()
        (first,) = lay_out(f"{head}…", lang, columns)
    assert one_line(text, lang, columns) == first


def test_paint_keeps_the_cells_and_marks_a_range_of_the_paragraph() -> None:
    line = lay_out("گاڑی (نمبر)", "ur", 20)[0]
    strip = paint(line, Style(), (((0, 1), Style(reverse=True)),))
    assert strip.text == line.shown
    marked = [s.text for s in strip if s.style and s.style.reverse]
    assert marked == [line.shown[-1]]


def test_a_condition_of_a_search_keeps_its_colon() -> None:
    assert set(CONDITIONS.split()) == set(filters._KEYS)
    for one in CONDITIONS.split():
        assert f"{one}:" in shown(f"تلاش: الفاظ، {one}:، پھر", "ur", 60)[0]


def test_a_bulletin_that_is_referred_to_is_named_from_the_right() -> None:
    shown = lay_out("#412 شاہراہ بند", "ur", 30)[0].shown
    assert shown.rstrip().endswith("#412")
    assert lay_out("#412 road closed", "en", 30)[0].shown.startswith("#412 road")


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
@pytest.mark.parametrize(
    ("text", "from_the_left"),
    [
        ("Warning: کار 4517", "Warning: 4517 ﺭﺎﮐ"),
        ("Warning: کار ۴۵۱۷", "Warning: ۴۵۱۷ ﺭﺎﮐ"),
        ("#5 pk#3 کار LEA-12، 24", "#5 pk#3 24 ،LEA-12 ﺭﺎﮐ"),
        ("Warning (pk#3 کار 24); 3 min", "Warning (pk#3 24 ﺭﺎﮐ); 3 min"),
        ("کار 2026-11-24 14:30Z", "14:30Z 2026-11-24 ﺭﺎﮐ"),
        ("کار AK 47", "AK 47 ﺭﺎﮐ"),
        ("کار: 24", "ﺭﺎﮐ: 24"),
        ("24 کار", "24 ﺭﺎﮐ"),
        ("Bridge 24 closed", "Bridge 24 closed"),
    ],
)
def test_a_text_from_the_right_keeps_its_number_among_words_of_ours(
    text: str, from_the_left: str, lang: str
) -> None:
    line = one_line(text, lang, 60, embeds=True).shown
    assert line.rstrip() == from_the_left


@given(st.text(max_size=60), st.sampled_from(["en", "ur", "zh-Hans"]))
def test_no_letter_is_lost_among_words_of_ours(text: str, lang: str) -> None:
    text = safe(text)
    plain, embedding = (
        lay_out(text, lang, 200, embeds=embeds)[0] for embeds in (False, True)
    )
    assert sorted(plain.places) == sorted(embedding.places)
    assert plain.cells == embedding.cells
