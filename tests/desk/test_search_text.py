from hypothesis import example, given
from hypothesis import strategies as st

from exchange.desk.search_text import (
    QUERY_WORDS_MAX,
    WORD_MAX,
    Query,
    index_text,
    pairs,
    query,
    words,
)


def test_latin_is_folded_by_case_accent_and_width() -> None:
    assert words("CONVOY Café ＣＯＮＶＯＹ Straße") == [
        "convoy",
        "cafe",
        "convoy",
        "strasse",
    ]


def test_letters_of_arabic_keyboards_are_the_urdu_ones() -> None:
    assert words("گاڑي كراچى") == words("گاڑی کراچی")
    assert words("قافله راه") == words("قافلہ راہ")
    assert words("بھاری") == words("بهاري")


def test_marks_tatweel_and_joiners_do_not_matter() -> None:
    assert words("مُشکوک مشکـــوک مشکوک\u200c") == ["مشکوک"] * 3
    assert words("آمد أمد") == ["امد", "امد"]
    assert words("چوکی\u202e") == ["چوکی"]


def test_hamza_is_written_or_left_out_at_will() -> None:
    assert words("علماء شعبۂ دائرہ مؤثر") == words("علما شعبہ دایرہ موثر")
    assert words("ء") == []


def test_presentation_forms_are_the_plain_letters() -> None:
    assert words("ﮔﺎﮌﯼ") == ["گاڑی"]


def test_bari_yeh_stays_a_letter_of_its_own() -> None:
    assert words("کے") != words("کی")


def test_digits_of_all_scripts_are_the_same() -> None:
    assert words("۱۲۳ ١٢٣ 123 １２３") == ["123"] * 4


def test_han_characters_are_words() -> None:
    assert words("可疑车辆K2") == ["可", "疑", "车", "辆", "k2"]
    assert words("㐀𠀀カ") == ["㐀", "𠀀", "カ"]


def test_neighbouring_han_characters_are_indexed_as_pairs() -> None:
    assert index_text(["车辆路 a", "b 口岸"]) == "车 辆 路 a b 口 岸 车辆 辆路 口岸"
    assert pairs("车 辆 K2 岸") == []


def test_a_run_of_han_is_asked_by_its_pairs() -> None:
    assert query("可疑车辆K2路 口 ").phrases == (
        ("可疑", "疑车", "车辆"),
        ("k2",),
        ("路",),
        ("口",),
    )


def test_a_date_is_three_words() -> None:
    assert words("2026-11-25") == ["2026", "11", "25"]


def test_long_words_are_cut_alike_in_index_and_query() -> None:
    long = "x" * 500
    assert words(long) == ["x" * WORD_MAX]
    assert query(long + " ").phrases == (("x" * WORD_MAX,),)


def test_what_has_no_space_is_a_phrase_and_the_last_word_may_go_on() -> None:
    assert query("桥梁 N-35 con") == Query((("桥梁",), ("n", "35")), "con")
    assert query("convoy ") == Query((("convoy",),), "")
    assert query("桥").unfinished == ""
    assert query("c").unfinished == ""
    assert query("2026").unfinished == ""


def test_a_query_has_bounds() -> None:
    many = query("a1 " * 5_000)
    assert len(many.phrases) <= QUERY_WORDS_MAX
    assert sum(map(len, query("车" * 5_000).phrases)) <= QUERY_WORDS_MAX


def test_nothing_to_search_for() -> None:
    for text in ("", "   ", '"*()', "\0\0", "\ud800", "--", "\u200f\u064b"):
        assert query(text) == Query((), "")


@given(st.text())
@example("NEAR(a b) OR c* ^d -e:f \"g' {h}")
@example("\ud800a\0b")
def test_words_are_letters_and_digits_only(text: str) -> None:
    found = words(text)
    assert all(word.isalnum() and len(word) <= WORD_MAX for word in found)
    assert index_text([text]).split() == found + pairs(text)
    " ".join(found).encode()  # no surrogate gets through


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(alphabet="abkیوکہ车疑辆 é"))
def test_a_text_has_the_phrases_of_itself(text: str) -> None:
    indexed = f" {index_text([text])} "
    for phrase in query(text + " ").phrases[:20]:
        assert f" {' '.join(phrase)} " in indexed
