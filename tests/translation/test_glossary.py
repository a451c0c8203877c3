"""Terms in a text: whole words, in any case, form and spelling; the longest first."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.codes import CODES
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.spans import fill
from exchange.translation.glossary import Glossary, TermMatch
from exchange.v1 import bulletin_pb2 as pb

SEED = Glossary.seed()


def term(name: str, *forms: tuple[str, str, str]) -> pb.Term:
    made = pb.Term(id=name, domain="GENERAL")
    for lang, text, status in forms:
        made.forms.add(lang=lang, text=text, status=status)
    return made


def words(found: Sequence[TermMatch]) -> list[str]:
    return [one.term.id for one in found]


# Found in a source.


@pytest.mark.parametrize(
    ("text", "lang", "terms"),
    [
        ("The convoy stopped.", "en", ["convoy"]),
        ("CONVOYS stopped at two check-posts", "en", ["convoy", "checkpoint"]),
        ("checkpoint, check post; Check‑Post", "en", ["checkpoint"] * 3),
        ("Convoyed conveyors reconvoy", "en", []),
        ("improvised explosive devices", "en", ["ied"]),
        ("improvised\nexplosive device", "en", ["ied"]),
        ("It was improvised. Explosive device experts came", "en", []),
        ("suicide attack and attack", "en", ["suicide-attack", "attack"]),
        ("two casualties and one patient", "en", ["casualties", "patient"]),
        ("convoy's driver", "en", ["convoy", "driver"]),
        ("ｃｏｎｖｏｙ", "en", ["convoy"]),
        ("the vehicle's batteries, embassies", "en", ["vehicle", "embassy"]),
        ("قافلہ روانہ ہوا", "ur", ["convoy"]),
        ("قافلے اور قافلوں", "ur", ["convoy", "convoy"]),
        ("گاڑیاں، گاڑیوں میں", "ur", ["vehicle", "vehicle"]),
        ("سرنگوں اور سرنگیں", "ur", ["tunnel", "tunnel"]),
        ("بارودی سرنگیں", "ur", ["landmine"]),
        ("مشكوك قافله، مشين گن", "ur", ["convoy", "machine-gun"]),
        ("حمل سے حملہ", "ur", ["attack"]),
        ("شاہراہ قراقرم اور شاہراہِ قراقرم", "ur", ["karakoram-highway"] * 2),
        ("حفا\u200cظتی دستہ", "ur", ["escort"]),
        ("车队在检查站停下", "zh-Hans", ["convoy", "checkpoint"]),
        ("自杀式袭击者", "zh-Hans", ["suicide-bomber"]),
        ("简易爆炸装置爆炸", "zh-Hans", ["ied", "explosion"]),
        ("convoy", "ur", []),
        ("", "en", []),
        ("... --- ...", "en", []),
    ],
)
def test_terms_are_found(text: str, lang: str, terms: list[str]) -> None:
    found = SEED.find_terms(text, lang)
    assert words(found) == terms


def test_a_find_says_where_and_what_stands_there() -> None:
    (found,) = SEED.find_terms("Two  Check-Posts were closed", "en")
    assert (found.start, found.end, found.form.text) == (5, 16, "check-post")


def test_a_singular_is_not_found_for_a_term_that_is_a_plural() -> None:
    glossary = Glossary(1, [term("customs", ("en", "customs", "PREFERRED"))])
    assert not glossary.find_terms("an old custom", "en")
    assert glossary.find_terms("Customs", "en")


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_finds_stand_in_order_inside_the_text_and_apart(text: str, lang: str) -> None:
    found = SEED.find_terms(text, lang)
    places = [place for one in found for place in (one.start, one.end)]
    assert places == sorted(places)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@given(
    st.sampled_from(SEED.terms),
    st.sampled_from(LANGUAGES),
    st.sampled_from([str, str.upper, str.title]),
)
def test_a_form_is_found_wherever_it_stands(
    wanted: pb.Term, lang: str, written: Callable[[str], str]
) -> None:
    text = written(SEED.preferred_form(wanted, lang))
    found = SEED.find_terms(f"12 {text}, {text}.", lang)
    assert words(found) == [wanted.id] * 2


def test_a_hostile_glossary_over_a_long_text_comes_to_an_end() -> None:
    """Every beginning is a form and every word has several readings."""
    forms = [("en", " ".join(["ases"] * n), "PREFERRED") for n in range(1, 17)]
    forms += [("en", " ".join(["as", "ase"] * n), "ADMITTED") for n in range(1, 9)]
    glossary = Glossary(1, [term(f"t{n}", form) for n, form in enumerate(forms)])
    assert len(glossary.find_terms("ases " * 4_000 + "end", "en")) == 4_000 / 16


# What a target must and must not have.


def missing(source: str, target: str, lang: str = "ur") -> list[str]:
    segment = pb.Segment(lang="en", text=source)
    return [t.id for t in SEED.missing(segment, target, lang)]


def test_what_is_agreed_is_asked_for() -> None:
    assert missing("The convoy", "کاروان") == ["convoy"]
    assert missing("The convoy", "قافلے کو") == []
    assert missing("The convoy passed the port", "قافلہ") == ["port"]


def test_an_admitted_form_will_do_and_a_forbidden_one_not() -> None:
    assert missing("a terrorist", "恐怖分子", "zh-Hans") == []
    assert missing("a terrorist", "恐怖份子", "zh-Hans") == ["terrorist"]
    assert missing("the driver", "司机", "zh-Hans") == []


def test_a_form_counts_inside_a_longer_one() -> None:
    assert missing("the attack", "自杀式袭击", "zh-Hans") == []
    assert missing("the vehicle", "حفاظتی گاڑی") == []


def test_each_term_is_asked_for_once_in_the_order_of_the_source() -> None:
    source = "Port, convoy, port and convoy"
    assert missing(source, "无", "zh-Hans") == ["port", "convoy"]


def test_a_word_of_two_terms_asks_for_either() -> None:
    glossary = Glossary(
        1,
        [
            term("m1", ("en", "mine", "PREFERRED"), ("zh-Hans", "地雷", "PREFERRED")),
            term("m2", ("en", "mine", "PREFERRED"), ("zh-Hans", "矿山", "PREFERRED")),
        ],
    )
    assert not glossary.missing(pb.Segment(lang="en", text="a mine"), "矿山", "zh-Hans")
    assert not glossary.missing(pb.Segment(lang="en", text="a mine"), "地雷", "zh-Hans")
    (asked,) = glossary.missing(pb.Segment(lang="en", text="mines"), "我的", "zh-Hans")
    assert asked.id == "m1"


@pytest.mark.parametrize("target", LANGUAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_name_of_a_place_asks_for_no_term(lang: str, target: str) -> None:
    for labels in (*CODES["site"].values(), *CODES["toponym"].values()):
        segment = pb.Segment(lang=lang, text=labels[lang])
        fill(segment)
        assert not SEED.missing(segment, labels[target], target), labels["en"]


def test_beside_the_name_of_a_place_a_term_is_asked_for() -> None:
    segment = pb.Segment(lang="en", text="The port is Karachi port, beside the bridge.")
    fill(segment)
    found = SEED.missing(segment, "卡拉奇港", "zh-Hans")
    assert [each.id for each in found] == ["port", "bridge"]
    assert not SEED.missing(segment, "港口在卡拉奇港，7号桥旁", "zh-Hans")


def test_a_term_without_a_form_in_the_language_asks_for_nothing() -> None:
    bare = term("mine", ("en", "mine", "PREFERRED"), ("ur", "کان", "FORBIDDEN"))
    assert not Glossary(1, [bare]).missing(
        pb.Segment(lang="en", text="mine"), "کچھ", "ur"
    )


def test_forbidden_forms_are_named() -> None:
    (found,) = SEED.forbidden("恐怖份子和恐怖分子", "zh-Hans")
    assert (found.term.id, found.start) == ("terrorist", 0)


def test_what_one_term_forbids_another_may_allow() -> None:
    glossary = Glossary(
        1,
        [
            term("blast", ("en", "mine", "FORBIDDEN")),
            term("pit", ("en", "mine", "PREFERRED")),
        ],
    )
    assert not glossary.forbidden("a mine", "en")


def test_the_form_to_use() -> None:
    driver = SEED.term("driver")
    assert driver is not None
    assert SEED.preferred_form(driver, "zh-Hans") == "驾驶员"
    only = term("x", ("ur", "الف", "ADMITTED"), ("zh-Hans", "甲", "FORBIDDEN"))
    assert Glossary(1, [only]).preferred_form(only, "ur") == "الف"
    assert Glossary(1, [only]).preferred_form(only, "zh-Hans") == ""


# Looking up.


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("سرنگ کا", ["tunnel-portal"]),
        ("隧道洞", ["tunnel-portal"]),
        ("Tunnel P", ["tunnel-portal"]),
        ("vbied", ["vbied"]),
        ("no such", []),
        ("  ", []),
    ],
)
def test_a_term_is_looked_up_in_any_language(text: str, terms: list[str]) -> None:
    assert [t.id for t in SEED.look_up(text)] == terms


def test_a_bulletin_states_its_version() -> None:
    content = pb.Content(kind="GLOSSARY", terms=SEED.terms[:3])
    content.details.add(field="version", value="7")
    glossary = Glossary.of(content)
    assert (glossary.version, len(glossary.terms)) == (7, 3)
    assert Glossary.seed().version == 0
