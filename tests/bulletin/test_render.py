"""The facts can be read in three languages by who cannot read the prose."""

import subprocess
import sys

import pytest
from hypothesis import given, settings

from exchange.bulletin.codes import CODES
from exchange.bulletin.content import from_json
from exchange.bulletin.declare import LANGUAGES, Field, Type, say
from exchange.bulletin.index import code_labels_text
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.render import Fact, facts, header_facts, render, value_text
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.strategies import Json, bulletins
from tests.bulletin.test_check import CONSULAR, MEDEVAC, MOVEMENT, WARNING, changed
from tests.bulletin.test_labels import SCRIPTS


@given(bulletins())
@settings(max_examples=60, deadline=None)
def test_every_fact_of_every_kind_is_there_in_every_language(obj: Json) -> None:
    draft = from_json(obj)
    found = {lang: facts(draft.content, lang) for lang in LANGUAGES}
    names = [fact.field for fact in found["en"]]
    assert len(set(names)) == len(names)
    for lang in LANGUAGES:
        assert [fact.field for fact in found[lang]] == names
        assert all(SCRIPTS[lang].search(fact.label) for fact in found[lang])
    details = obj["details"]
    assert isinstance(details, dict)
    shown = {n.removeprefix("details.") for n in names if n.startswith("details.")}
    assert shown == set(details)


@pytest.mark.parametrize(
    ("lang", "want"),
    [
        ("en", "Hold all movement; Use the alternate route"),
        ("ur", "نقل و حرکت روک دیں؛ متبادل راستہ اختیار کریں"),
        ("zh-Hans", "暂停一切行动；改走备用路线"),
    ],
)
def test_advice_in_the_readers_language(lang: str, want: str) -> None:
    found = {f.field: f.value for f in facts(from_json(WARNING).content, lang)}
    assert found["details.advice"] == want


def one(obj: Json, field: str, lang: str) -> str:
    return {f.field: f.value for f in facts(from_json(obj).content, lang)}[field]


def test_values_of_each_type() -> None:
    assert one(WARNING, "when.from", "en") == "25 November 2026 06:00 UTC"
    assert one(WARNING, "when.from", "zh-Hans") == "2026年11月25日 06:00 UTC"
    assert "نومبر" in one(WARNING, "when.from", "ur")
    assert one(MOVEMENT, "details.armoured", "en") == "yes"
    assert one(MOVEMENT, "details.armoured", "zh-Hans") == "是"
    assert one(MOVEMENT, "details.routes", "en") == "A; B"
    assert one(CONSULAR, "details.nationals", "en") == "China: 2"
    assert one(CONSULAR, "details.nationals", "zh-Hans") == "中国：2"
    assert one(MEDEVAC, "details.frequency_khz", "en") == "121500 kHz"
    assert one(MEDEVAC, "details.routine", "en") == "0"
    assert one(WARNING, "assessment.credibility", "en") == "3, possibly true"
    assert one(WARNING, "place.lat", "ur") == "35.100"
    date = Field("review", say("a", "b", "c"), Type.DATE)
    assert value_text(date, "2026-12-10", "en") == "10 December 2026"
    time = Field("at", say("a", "b", "c"), Type.TIME)
    assert value_text(time, "2026-12-10T01:02:03Z", "en").endswith("01:02:03 UTC")


def test_the_acknowledgement_is_there_even_if_it_is_the_kinds_own() -> None:
    assert one(MEDEVAC, "request.acknowledge", "en") == "When acted upon"
    said = changed(MEDEVAC, "request", {"acknowledge": "READ"})
    assert one(said, "request.acknowledge", "en") == "When read"


def test_what_a_newer_release_added_is_shown_as_it_came() -> None:
    content = from_json(WARNING).content
    content.details[0].value = "LASER"
    content.details.add(field="altitude", value="high")
    found = facts(content, "zh-Hans")
    assert next(f.value for f in found if f.field == "details.threat") == "LASER"
    assert found[-2] == Fact("details.altitude", "altitude", "high")
    content.kind = "VOLCANO"
    assert facts(content, "en")[0].value == "VOLCANO"


def test_the_header_of_draft_and_envelope_say_the_same() -> None:
    draft = from_json(changed(WARNING, "info", ["navy.gwadar.pk"]))
    core = env.Core(
        precedence=draft.precedence,
        tlp=draft.tlp,
        mode=draft.mode,
        releasable_to=draft.releasable_to,
        filed=1_700_000_000_000,
    )
    for desk, kind in (
        ("ops.beijing.cn", env.RECIPIENT_CLASS_ACTION),
        ("navy.gwadar.pk", env.RECIPIENT_CLASS_INFO),
        ("ops.islamabad.pk", env.RECIPIENT_CLASS_COPY),
    ):
        core.recipients.add(desk=desk, recipient_class=kind)
    for lang in LANGUAGES:
        *known, filed = header_facts(core, lang)
        assert known == header_facts(draft, lang)
        assert filed.field == "filed"
    assert Fact("mode", "Mode", "Exercise") in header_facts(draft, "en")


def test_an_exercise_is_loud_at_both_ends() -> None:
    draft = from_json(MEDEVAC)
    for lang, word in (("en", "Exercise"), ("ur", "مشق"), ("zh-Hans", "演习")):
        lines = render(draft.content, draft, lang).strip().splitlines()
        assert lines[0] == lines[-1] == f"*** {word} ***"
    actual = from_json(changed(MEDEVAC, "mode", "ACTUAL"))
    assert "***" not in render(actual.content, actual, "en")


def test_a_translation_stands_under_its_source() -> None:
    draft = from_json(MEDEVAC)
    text = render(draft.content, draft, "en", draft.translations[0])
    source, translated = MEDEVAC["segments"][0]["text"], "Two casualties, one critical"
    assert 0 < text.index(source) < text.index("authoritative") < text.index(translated)
    assert "changed" not in text
    draft.content.segments[0].text = "改"
    text = render(draft.content, draft, "en", draft.translations[0])
    assert text.count("[The original changed") == 1


def test_search_words_are_in_all_languages() -> None:
    words = code_labels_text(from_json(WARNING).content).split("\n")
    for wanted in ("Roadside bomb", "سڑک کنارے نصب بم", "路边炸弹", "ROADSIDE_BOMB"):
        assert wanted in words
    assert set(KINDS["WARNING"].labels.values()) <= set(words)
    assert set(CODES["site"]["KKH-BESHAM-DASU"].values()) <= set(words)
    assert "ROUND-4" in code_labels_text(from_json(MOVEMENT).content)
    assert "中国" in code_labels_text(from_json(CONSULAR).content)
    assert code_labels_text(pb.Content(kind="VOLCANO")) == "VOLCANO"


def test_only_rendering_loads_babel() -> None:
    code = (
        "import sys, exchange.bulletin.content, exchange.bulletin.index\n"
        "slow = {'babel', 'pydantic', 'sqlmodel', 'grpc', 'textual'}\n"
        "bad = slow & set(sys.modules)\n"
        "assert not bad, bad\n"
        "import exchange.bulletin.render\n"
        "assert 'babel' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
