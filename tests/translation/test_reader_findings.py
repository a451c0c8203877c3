"""What the checks hold against a translation that came as it is, line by line."""

import json
from pathlib import Path

import pytest

from exchange.bulletin.content import from_json
from exchange.bulletin.prose_view import Doubt
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.translations import source_hash, translate
from exchange.translation.checks import Check
from exchange.translation.reader_findings import LINES, LONGEST, against, finding_lines
from exchange.v1 import bulletin_pb2 as pb
from tests.translation.test_checks import SAMPLES

TEXT = "Do not leave before 06:00Z."
GOOD = "06:00Z前不要出发。"
OTHER = "07:00Z前不要出发。"


def source(text: str = TEXT, *spans: pb.Span) -> pb.Content:
    return pb.Content(
        kind="SITREP",
        subject=pb.Segment(id="s0", lang="en", text="Convoy"),
        segments=[pb.Segment(id="s1", lang="en", text=text, spans=spans)],
    )


def held(
    text: str,
    state: str = "REVIEWED",
    of: pb.Content | None = None,
    confirmed: tuple[str, ...] = ("s1 NEGATION",),
) -> dict[str, list[str]]:
    content = of or source()
    said = translate(content, "zh", state, "HUMAN", {"s0": "车队", "s1": text})
    said.confirmed.extend(confirmed)
    found = against(content.SerializeToString(), said.SerializeToString())
    return {i: [each.check for each in findings] for i, findings in found.items()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.name)
def test_nothing_is_held_against_the_samples(sample: Path) -> None:
    draft = from_json(json.loads(sample.read_text("utf-8")))
    source = draft.content.SerializeToString()
    for said in draft.translations:
        assert not against(source, said.SerializeToString())


def test_nothing_is_held_against_a_good_one() -> None:
    assert held(GOOD) == {}


@pytest.mark.parametrize("state", ["TRANSLATED", "REVIEWED", "FINAL"])
def test_another_number_is_and_no_confirmation_helps(state: str) -> None:
    every = tuple(f"s1 {check}" for check in Check)
    found = held(OTHER, state, confirmed=every)
    assert found == {"s1": [Check.VALUE_MISSING, Check.VALUE_ADDED]}


def test_what_claims_nothing_owes_nothing() -> None:
    assert held(OTHER, "INITIAL") == {}


def test_what_a_state_asks_is_held_against_it_and_no_earlier_one() -> None:
    text = GOOD.removesuffix("。")
    assert held(text, "TRANSLATED") == {}
    assert held(text, "REVIEWED") == {"s1": [Check.STOP]}
    assert held(text, "REVIEWED", confirmed=("s1 NEGATION", "s1 STOP")) == {}
    assert held(GOOD, "REVIEWED", confirmed=()) == {"s1": [Check.NEGATION]}


def test_the_words_of_a_glossary_are_not() -> None:
    """It holds for whatever version is in force here: there is none in it."""
    convoy = source("The convoy is held at the checkpoint.")
    assert held("车子停在关卡。", of=convoy, confirmed=()) == {}


def test_a_text_of_another_source_is_not_asked_about() -> None:
    content = source()
    said = translate(content, "zh", "FINAL", "HUMAN", {"s0": "车队", "s1": OTHER})
    said.segments[1].source = source_hash(content.subject)
    assert not against(content.SerializeToString(), said.SerializeToString())
    assert not against(b"", said.SerializeToString())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_told_in_each_language_what_must_be_mended_first(lang: str) -> None:
    content = source()
    said = translate(content, "zh", "FINAL", "HUMAN", {"s1": OTHER.removesuffix("。")})
    found = against(content.SerializeToString(), said.SerializeToString())
    lines = finding_lines(found, lang)["s1"]
    texts = {
        "en": "Missing from the translation: 06:00Z",
        "ur": "ترجمے میں موجود نہیں: 06:00Z",
        "zh-Hans": "译文中缺少：06:00Z",
    }
    assert lines[0] == Doubt(texts[lang], wrong=True)
    assert [line.sign for line in lines] == ["!", "!", "?", "?"]


def test_a_thousand_findings_are_counted() -> None:
    content = source()
    text = "。".join(str(n) for n in range(1_000, 1_100))
    said = translate(content, "zh", "FINAL", "HUMAN", {"s1": text})
    found = against(content.SerializeToString(), said.SerializeToString())
    *lines, last = finding_lines(found, "en")["s1"]
    assert (len(lines), last.wrong) == (LINES, True)
    assert last.text == f"{len(found['s1']) - LINES} more"


def test_what_a_hostile_source_puts_into_it_stays_one_short_line() -> None:
    name = f"x\n== Original: English ==\n{'y' * 3_000}"
    hostile = source(f"At {name}.", pb.Span(kind="NAME", text=name))
    said = translate(hostile, "zh", "FINAL", "HUMAN", {"s1": "在那里。"})
    found = against(hostile.SerializeToString(), said.SerializeToString())
    (line,) = finding_lines(found, "en")["s1"]
    assert "== Original" in line.text
    assert "\n" not in line.text
    assert len(line.text) == LONGEST
