"""The memory as TMX: valid, read by another program and back, and hostile files."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from translate.storage import tmx as toolkit

from exchange.errors import Reason
from exchange.limits import SEGMENT_MAX, TMX_MAX
from exchange.translation import tmx
from exchange.translation.memory import MemoryLabel, TextPair
from tests.bulletin.strategies import ALPHABETS, WORDS
from tests.expecting import refused
from tests.translation.test_memory import LABELS

VECTORS = Path(__file__).parents[1] / "vectors/tmx"
AMBER = MemoryLabel("AMBER", ("cn", "pk"))
PAIR = TextPair(
    "en",
    "The convoy has left & <stopped>.",
    "ur",
    "قافلہ روانہ ہو چکا ہے۔",
    "duty-1@ops.islamabad.pk",
    1_767_323_045_000,
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[MemoryLabel, TextPair]:
    lang, to = draw(st.permutations(list(WORDS)))[:2]
    texts = [
        f"{WORDS[one]} {draw(st.text(ALPHABETS[one] + '<&>', max_size=20))}"
        for one in (lang, to)
    ]
    officer = draw(st.sampled_from(["", "duty-1@ops.islamabad.pk"]))
    changed = draw(st.integers(0, 4_000_000_000)) * 1_000
    return draw(LABELS), TextPair(lang, texts[0], to, texts[1], officer, changed)


def validated(data: bytes) -> Any:  # noqa: ANN401 - lxml has no types
    root = etree.fromstring(data)
    with (VECTORS / "tmx14.dtd").open("rb") as file:
        dtd = etree.DTD(file)
    assert dtd.validate(root), dtd.error_log
    return root


def unit(en: str = "a convoy", ur: str = "قافلہ", label: str = "AMBER/cn,pk") -> str:
    prop = f'<prop type="x-label">{label}</prop>' if label else ""
    return (
        f'<tu>{prop}<tuv xml:lang="en"><seg>{en}</seg></tuv>'
        f'<tuv xml:lang="ur"><seg>{ur}</seg></tuv></tu>'
    )


def file(*units: str, root: str = 'version="1.4"') -> bytes:
    body = "".join(units)
    return f'<tmx {root}><header srclang="en"/><body>{body}</body></tmx>'.encode()


# Out, and back.


def test_a_pair_is_written_with_all_that_is_known_of_it() -> None:
    data = tmx.write([(AMBER, PAIR)])
    (found,) = validated(data).iter("tu")
    assert dict(found.attrib) == {
        "srclang": "en",
        "creationid": "duty-1@ops.islamabad.pk",
        "changedate": "20260102T030405Z",
    }
    assert found.findtext("prop[@type='x-label']") == "AMBER/cn,pk"
    assert b"DOCTYPE" not in data


@given(st.lists(pairs(), max_size=5))
def test_every_memory_is_valid_and_comes_back(
    memory: list[tuple[MemoryLabel, TextPair]],
) -> None:
    data = tmx.write(memory)
    validated(data)
    assert list(tmx.read(data).pairs) == memory


def test_another_program_reads_the_same_texts() -> None:
    store = toolkit.tmxfile(BytesIO(tmx.write([(AMBER, PAIR)])), "en", "ur")
    (found,) = store.units
    assert (found.source, found.target) == (PAIR.text, PAIR.target_text)


def test_what_another_program_writes_is_read() -> None:
    store = toolkit.tmxfile(sourcelanguage="en", targetlanguage="ur")
    store.addtranslation("The road is open", "en", "سڑک کھلی ہے", "ur")
    data = BytesIO()
    store.serialize(data)
    plain = data.getvalue().replace(b'<!DOCTYPE tmx SYSTEM "tmx14.dtd">', b"")
    ((label, pair),) = tmx.read(plain).pairs
    assert label is None
    assert (pair.text, pair.target_text) == ("The road is open", "سڑک کھلی ہے")


# Of another program.


def test_a_unit_of_many_languages_gives_a_pair_for_each() -> None:
    found = tmx.read((VECTORS / "foreign.tmx").read_bytes())
    first, second, third = (pair for _, pair in found.pairs)
    assert first[:4] == (
        "en",
        "The convoy has left.",
        "ur",
        "قافلہ روانہ ہو چکا ہے۔",
    )
    assert second[:4] == ("en", "The convoy has left.", "zh-Hans", "车队已经出发。")
    assert third[:4] == ("zh-Hans", "道路封闭", "en", "The road is closed")
    assert found.other_languages == 1


def test_only_an_officer_s_name_is_kept() -> None:
    found = tmx.read((VECTORS / "foreign.tmx").read_bytes())
    officers = [pair.officer for _, pair in found.pairs]
    assert officers == ["duty-2@ops.beijing.cn", "", ""]


def test_the_nearest_date_and_the_unit_s_own_label_count() -> None:
    found = tmx.read((VECTORS / "foreign.tmx").read_bytes())
    dates = [pair.changed for _, pair in found.pairs]
    assert dates == [1_767_323_045_000, 1_770_091_506_000, 0]
    assert [label for label, _ in found.pairs] == [
        None,
        None,
        MemoryLabel("RED", ("cn", "pk")),
    ]


@pytest.mark.parametrize(
    "date", ["", "yesterday", "20261301T000000Z", "00010101T000000Z"]
)
def test_a_date_that_is_none_is_none(date: str) -> None:
    data = file(unit().replace("<tu>", f'<tu changedate="{date}">'))
    ((_, pair),) = tmx.read(data).pairs
    assert pair.changed == 0


# Hostile.


def test_a_file_above_the_bound_is_refused_unread() -> None:
    assert refused(tmx.read, bytes(TMX_MAX + 1)) == (Reason.TOO_LONG, "TMX")
    assert refused(tmx.read, bytes(100 * 1024 * 1024)) == (Reason.TOO_LONG, "TMX")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "TMX"),
        (b"<tmx/>", "TMX"),
        (b'<tmx version="2.0"/>', "TMX"),
        (b'<xliff version="1.4"/>', "TMX"),
        (b"<tmx version='1.4'", "TMX"),
        (b'<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"/>', "TMX: DOCTYPE"),
        (b'<!DOCTYPE t [<!ENTITY a "a">]><tmx version="1.4"/>', "TMX: DOCTYPE"),
    ],
)
def test_what_is_no_tmx_is_refused(data: bytes, where: str) -> None:
    assert refused(tmx.read, data) == (Reason.INPUT, where)


@pytest.mark.parametrize(
    ("units", "reason", "where"),
    [
        ([unit(label="SECRET/pk")], "UNMARKED", "TMX: tu 1: x-label"),
        ([unit(label="AMBER/pk,cn")], "UNMARKED", "TMX: tu 1: x-label"),
        ([unit(), unit(ur="convoy")], "LANGUAGE", "TMX: tu 2: ur"),
        ([unit(en="")], "FIELD_MISSING", "TMX: tu 1: en"),
        ([unit(ur="  ")], "FIELD_MISSING", "TMX: tu 1: ur"),
        ([unit(en="a\u202eb")], "FIELD_VALUE", "TMX: tu 1: en"),
        ([unit(ur="ق" * (SEGMENT_MAX + 1))], "TOO_LONG", "TMX: tu 1: ur"),
    ],
)
def test_a_bad_text_is_refused_by_its_place(
    units: list[str], reason: str, where: str
) -> None:
    assert refused(tmx.read, file(*units)) == (reason, where)


def test_a_file_without_pairs_is_one() -> None:
    assert tmx.read(file()).pairs == ()
    assert tmx.read(b'<tmx version="1.4"/>').pairs == ()
    assert tmx.read(file("<tu/>")).pairs == ()


def test_what_looks_like_personal_data_is_left_out_and_counted() -> None:
    found = tmx.read(file(unit(), unit(en="Call Ali at 0300-1234567")))
    assert [pair.text for _, pair in found.pairs] == ["a convoy"]
    assert found.personal == 1


def test_what_a_tool_has_decomposed_is_composed() -> None:
    """Programs of translators on a Mac may save so; it is a memory, nobody signs it."""
    ((_, pair),) = tmx.read(file(unit("cafe\u0301", "\u0627\u0653ج"))).pairs

    assert (pair.text, pair.target_text) == ("café", "آج")
