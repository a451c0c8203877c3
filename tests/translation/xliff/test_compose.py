"""A file for translators: valid for others, the same each time, with all that helps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from translate.storage.xliff2 import Xliff2File

from exchange.bulletin.translations import segments_of, source_hash
from exchange.limits import XLIFF_MAX
from exchange.translation.glossary import Glossary
from exchange.translation.xliff import Candidate, write
from exchange.translation.xml import NOT_XML
from exchange.v1 import bulletin_pb2 as pb
from tests.translation.bulletins import (
    NAME,
    contents,
    segment,
    translation,
    translations,
    warning,
)
from tests.translation.xliff.valid import XLF, validated

MTC = "{urn:oasis:names:tc:xliff:matches:2.0}"
GLS = "{urn:oasis:names:tc:xliff:glossary:2.0}"
MDA = "{urn:oasis:names:tc:xliff:metadata:2.0}"
SLR = "{urn:oasis:names:tc:xliff:sizerestriction:2.0}"
URDU = {"s0": "قافلہ تاخیر کا شکار"}


def unit(root: Any, known: str) -> Any:  # noqa: ANN401 - lxml has no types
    (found,) = root.xpath(f"//*[local-name()='unit'][@id='{known}']")
    return found


def test_a_file_says_of_which_bulletin_and_languages_it_is() -> None:
    root = validated(write(warning(), None, "ur", name=NAME))
    (file,) = root

    assert (root.get("srcLang"), root.get("trgLang")) == ("en", "ur")
    assert file.get("id") == file.get("original") == NAME.hex()
    assert file.get("canResegment") == "no"
    assert (file.get("srcDir"), file.get("trgDir")) == ("ltr", "rtl")
    assert [u.get("id") for u in file.iter(f"{XLF}unit")] == ["s0", "s1", "s2"]
    assert [u.get(f"{SLR}sizeRestriction") for u in file.iter(f"{XLF}unit")] == [
        "200",
        "4000",
        "4000",
    ]


def test_protected_spans_are_marked_with_kind_and_value() -> None:
    root = validated(write(warning(), None, "ur", name=NAME))
    marked = [dict(m.attrib) | {"text": m.text} for m in root.iter(f"{XLF}mrk")]

    assert marked == [
        {
            "id": "m1",
            "translate": "no",
            "type": "fusion:code",
            "value": "KKH-7",
            "text": "KKH-7",
        },
        {
            "id": "m2",
            "type": "fusion:place",
            "value": "GWADAR-PORT",
            "text": "Gwadar port",
        },
        {"id": "m3", "type": "fusion:time", "value": "06:00Z", "text": "06:00Z"},
        {"id": "m4", "type": "fusion:number", "value": "12", "text": "12"},
    ]


def test_what_is_done_stands_as_target_with_state_and_origin() -> None:
    done = translation(warning(), "ur", **URDU)
    done.segments[0].state, done.segments[0].origin = "REVIEWED", "MEMORY"
    done.segments[0].match = 92

    root = validated(write(warning(), done, "ur", name=NAME))
    (one,) = unit(root, "s0").iter(f"{XLF}segment")

    assert one.find(f"{XLF}target").text == URDU["s0"]
    assert (one.get("state"), one.get("subState")) == ("reviewed", "fusion:memory")
    meta = {m.get("type"): m.text for m in unit(root, "s0").iter(f"{MDA}meta")}
    assert meta["source-sha256"] == source_hash(warning().subject).hex()
    assert (meta["origin"], meta["match"]) == ("MEMORY", "92")
    (other,) = unit(root, "s1").iter(f"{XLF}segment")
    assert (other.get("state"), other.get("subState")) == ("initial", None)
    assert other.find(f"{XLF}target") is None


@pytest.mark.parametrize("fault", ["span", "stale"])
def test_what_cannot_be_a_target_is_a_candidate(fault: str) -> None:
    lost = "قافلہ روانہ ہوا۔"
    done = translation(warning(), "ur", s1=lost)
    if fault == "stale":
        done = translation(warning(), "ur", s0=lost)
        done.segments[0].source = bytes(32)
    done.segments[0].origin = "MACHINE"

    root = validated(write(warning(), done, "ur", name=NAME))
    (match,) = root.iter(f"{MTC}match")

    assert match.find(f"{XLF}target").text == lost
    assert (match.get("type"), match.get("matchQuality")) == ("mt", None)
    assert not list(root.iter(f"{XLF}target"))[1:]


def test_suggestions_stand_with_their_quality() -> None:
    given = {
        "s0": [
            Candidate("车队延误", "MEMORY", 87, "Convoy late"),
            Candidate("车队晚点", "MACHINE"),
        ]
    }

    root = validated(write(warning(), None, "zh-Hans", name=NAME, suggestions=given))
    first, second = unit(root, "s0").iter(f"{MTC}match")

    assert (first.get("type"), first.get("matchQuality")) == ("tm", "87")
    assert first.find(f"{XLF}source").text == "Convoy late"
    assert second.get("type") == "mt"
    assert second.find(f"{XLF}source").text == "Convoy delayed"


def test_terms_stand_with_what_to_call_them() -> None:
    root = validated(
        write(warning(), None, "zh-Hans", name=NAME, glossary=Glossary.seed())
    )
    pairs = {
        e.find(f"{GLS}term").text: e.find(f"{GLS}translation").text
        for e in unit(root, "s0").iter(f"{GLS}glossEntry")
    }

    assert pairs == {"Convoy": "车队"}


def test_notes_are_for_the_translator() -> None:
    content = warning()
    content.segments.append(segment("s3", "راستہ بند ہے۔", lang="ur"))
    notes = [("label", "TLP:AMBER cn pk"), ("kind", "WARNING")]

    root = validated(write(content, None, "zh-Hans", name=NAME, notes=notes))

    said = [(n.get("category"), n.text) for n in root[0].find(f"{XLF}notes")]
    assert said == notes
    (note,) = unit(root, "s3").iter(f"{XLF}note")
    assert (note.get("category"), note.text) == ("language", "ur")


def test_nothing_but_prose_and_what_was_given_is_in_it() -> None:
    content = warning()
    content.assessment.source = "SECRET-SOURCE"
    content.attachments.add(index=0, name="secret.pdf", key=b"k" * 32)
    content.confirmed.append("s0 PHONE")

    data = write(content, None, "ur", name=NAME)

    assert data == write(warning(), None, "ur", name=NAME)


def test_the_longest_bulletin_of_the_worst_characters_fits() -> None:
    content = pb.Content(kind="WARNING", subject=segment("s0", "x"))
    for i in range(64):
        content.segments.append(segment(f"p{i}", "&" * 4_000))
    done = translation(content, "ur", **{f"p{i}": "&" * 4_000 for i in range(64)})

    assert len(write(content, done, "ur", name=NAME)) < XLIFF_MAX


@given(contents(), st.data())
def test_any_file_is_valid_and_the_same_each_time(
    content: pb.Content, data: st.DataObject
) -> None:
    done = data.draw(translations(content))
    given = {"s0": [Candidate("a\x00<&>\r", "MEMORY", 1, "\x07b")]}
    notes = [("kind", "W\x00\n")]

    first, second = (
        write(
            content,
            done,
            "zh-Hans",
            name=NAME,
            glossary=Glossary.seed(),
            suggestions=given,
            notes=notes,
        )
        for _ in range(2)
    )

    validated(first)
    assert first == second


# The Translate Toolkit reads the same.


@given(contents(), st.data())
def test_another_tool_reads_the_same_texts_and_states(
    content: pb.Content, data: st.DataObject
) -> None:
    done = data.draw(translations(content))
    written = write(content, done, "zh-Hans", name=NAME)
    store = Xliff2File.parsestring(written)  # type: ignore[no-untyped-call]  # theirs

    units = {u.getid().partition("::")[0]: u for u in store.units}

    assert units.keys() == segments_of(content).keys()
    assert (store.getsourcelanguage(), store.gettargetlanguage()) == ("en", "zh-Hans")
    for known, source in segments_of(content).items():
        if not NOT_XML.search(source.text):  # which that tool does not read
            assert units[known].source == source.text
