"""The facts can be read in three languages by who cannot read the prose."""

import copy
import subprocess
import sys

import pytest
from hypothesis import given, settings

from exchange.bulletin.codes import CODES, gazetteer
from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.format_value import grid_text
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose_view import Doubt, Doubts, rendition
from exchange.bulletin.render import (
    Fact,
    facts,
    header_facts,
    parts,
    render,
    time_text,
    value_text,
)
from exchange.bulletin.schema import LANGUAGES, Field, Type, say
from exchange.bulletin.search_words import code_labels_text
from exchange.core import TIME_MAX
from exchange.limits import MINUTE
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.examples import example
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
        ("zh-Hans", "暂停一切出行；改走备用路线"),
    ],
)
def test_advice_in_the_readers_language(lang: str, want: str) -> None:
    found = {f.field: f.value for f in facts(from_json(WARNING).content, lang)}
    assert found["details.advice"] == want


def one(obj: Json, field: str, lang: str) -> str:
    return {f.field: f.value for f in facts(from_json(obj).content, lang)}[field]


def test_values_of_each_type() -> None:
    assert one(MOVEMENT, "details.armoured", "en") == "yes"
    assert one(MOVEMENT, "details.armoured", "zh-Hans") == "是"
    assert one(MOVEMENT, "details.routes", "en") == "A; B"
    assert one(CONSULAR, "details.nationals", "en") == "China (2 persons)"
    assert one(CONSULAR, "details.nationals", "zh-Hans") == "中国（2人）"
    assert one(MEDEVAC, "details.frequency_khz", "en") == "121500 kHz"
    assert one(MEDEVAC, "details.frequency_khz", "zh-Hans") == "121500千赫"
    assert one(MEDEVAC, "details.pickup_grid", "ur") == "43S DU 12340 56780"
    assert one(WARNING, "assessment.credibility", "en") == "3, possibly true"
    assert one(WARNING, "place.lat", "ur") == "35.100"
    date = Field("review", say("a", "b", "c"), Type.DATE)
    assert value_text(date, "2026-12-10", "en") == "10 December 2026"


@pytest.mark.parametrize(
    ("lang", "want"),
    [
        ("en", "25 November 2026 06:00 UTC (Pakistan 11:00, Beijing 14:00)"),
        ("ur", "25 نومبر، 2026 06:00 UTC (پاکستان 11:00، بیجنگ 14:00)"),
        ("zh-Hans", "2026年11月25日 06:00 UTC（巴基斯坦11:00，北京14:00）"),
    ],
)
def test_a_moment_is_said_by_three_clocks(lang: str, want: str) -> None:
    assert one(WARNING, "when.from", lang) == want


def test_a_clock_whose_day_is_another_says_so() -> None:
    at = changed(WARNING, "when.from", "2026-12-31T18:30:05Z")
    del at["when"]["to"]
    assert one(at, "when.from", "en") == (
        "31 December 2026 18:30:05 UTC (Pakistan 23:30, Beijing 1 Jan 02:30)"
    )
    assert one(at, "when.from", "zh-Hans").endswith(
        "（巴基斯坦23:30，北京1月1日02:30）"
    )
    assert one(at, "when.from", "ur").endswith("(پاکستان 23:30، بیجنگ 1 جنوری 02:30)")


@pytest.mark.parametrize(
    ("vehicles", "en", "ur", "zh"),
    [
        (1, "1 vehicle", "1 گاڑی", "1辆"),
        (3, "3 vehicles", "3 گاڑیاں", "3辆"),
        (101, "101 vehicles", "101 گاڑیاں", "101辆"),
    ],
)
def test_counts_take_the_plural_or_measure_word(
    vehicles: int, en: str, ur: str, zh: str
) -> None:
    obj = changed(MOVEMENT, "details.vehicles", vehicles)
    found = [one(obj, "details.vehicles", lang) for lang in LANGUAGES]
    assert found == [en, ur, zh]


def test_nought_and_thousands() -> None:
    assert one(MEDEVAC, "details.routine", "en") == "0 patients"
    assert one(MEDEVAC, "details.routine", "ur") == "0 مریض"
    obj = changed(MOVEMENT, "details.persons", 1234)
    assert one(obj, "details.persons", "en") == "1,234 persons"
    assert one(obj, "details.persons", "ur") == "1,234 افراد"
    assert one(obj, "details.persons", "zh-Hans") == "1,234人"


@pytest.mark.parametrize(
    ("grid", "want"),
    [
        ("43SDU1234", "43S DU 12 34"),
        ("1CAA1234567890", "1C AA 12345 67890"),
        ("43SDU", "43S DU"),
        ("somewhere", "somewhere"),
    ],
)
def test_a_grid_is_read_in_groups(grid: str, want: str) -> None:
    assert grid_text(grid) == want


def test_a_table_has_a_line_for_each_row() -> None:
    text = one(example("MEDEVAC"), "details.mist", "zh-Hans")
    rows = text.split("\n")
    assert [row.split("；")[0] for row in rows] == ["伤员：P1", "伤员：P2"]
    assert "伤情：胸部、左腿、大出血" in rows[0]
    draft = from_json(example("MEDEVAC"))
    assert "\n  - 伤员：P2；" in render(draft.content, draft, "zh-Hans")


def test_a_site_without_coordinates_has_the_gazetteers() -> None:
    bare = changed(MOVEMENT, "place", {"site": "DASU-HPP"})
    site = gazetteer()["DASU-HPP"]
    want = f"Dasu hydropower project ({site.lat}, {site.lon})"
    assert one(bare, "place.site", "en") == want
    assert one(bare, "place.site", "zh-Hans") == f"达苏水电站（{site.lat}，{site.lon}）"
    assert one(MOVEMENT, "place.site", "en") == "Dasu hydropower project"


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


def translated(lang: str, **changes: str) -> tuple[Draft, pb.Translation]:
    draft = from_json(MEDEVAC)
    said = copy.deepcopy(draft.translations[0])
    said.lang = lang
    for name, value in changes.items():
        setattr(said, name, value)
    return draft, said


def read_as(draft: Draft, said: pb.Translation, doubts: Doubts | None = None) -> str:
    shown = rendition(draft.content, said, doubts=doubts)
    return render(draft.content, draft, "en", shown)


def test_a_translation_stands_above_its_source() -> None:
    draft, said = translated("en", translator="duty-2@ops.beijing.cn")
    text = read_as(draft, said)
    source, first = MEDEVAC["segments"][0]["text"], "Two casualties, one critical"
    title = "== Translation: English; Translated; Human; translator: "
    title += "duty-2@ops.beijing.cn =="
    below = "== Original: Chinese (simplified); The original text is authoritative =="
    places = [text.index(each) for each in (title, first, below, source)]
    assert places == sorted(places)
    assert "[" not in text


def test_a_segment_that_changed_stands_as_it_is_now() -> None:
    draft, said = translated("en")
    draft.content.segments[0].text = "改"
    text = read_as(draft, said)
    assert "> [The original changed after this was translated] 改" in text
    assert "Two casualties, one critical" not in text
    del said.segments[1]
    assert "> [Not translated] 改" in read_as(draft, said)


def test_what_no_person_has_checked_says_so() -> None:
    draft, said = translated("en", origin="MACHINE")
    assert "Machine; No person has checked it" in read_as(draft, said)
    said.state, said.reviewer = "REVIEWED", "duty-2@ops.beijing.cn"
    assert "No person" not in read_as(draft, said)


def test_what_the_checks_hold_against_a_segment_stands_above_it() -> None:
    draft, said = translated("en")
    wrong, asked = (
        Doubt("Missing: 26", wrong=True),
        Doubt("Is “not” there?", wrong=False),
    )

    text = read_as(draft, said, {"s1": [wrong, asked]})

    assert "== ! Fails the checks; Translation: English; Translated; Human ==" in text
    first = said.segments[1].text
    assert f"\n>\n! Missing: 26\n? Is “not” there?\n> {first}" in text
    assert "== ? Not every check was confirmed; " in read_as(
        draft, said, {"s0": [asked]}
    )
    assert not {"!", "?"} & set(read_as(draft, said))


def test_prose_without_a_translation_is_marked() -> None:
    draft = from_json(MEDEVAC)
    for lang, title in (
        ("en", "== Original: Chinese (simplified); Not translated =="),
        ("ur", "== اصل متن: چینی (سادہ)؛ ترجمہ دستیاب نہیں =="),
        ("zh-Hans", "== 正文 =="),
    ):
        assert title in render(draft.content, draft, lang).splitlines()


def test_prose_cannot_pass_for_what_stands_around_it() -> None:
    draft = from_json(WARNING)
    draft.content.segments[0].text = "x\n*** Actual ***\n== Where ==\nSite: Moon"
    draft.content.details.add(field="note", value="a\n== Where ==")
    draft.content.attachments.add(name="b\n== Where ==.pdf", size=2)
    lines = render(draft.content, draft, "en").splitlines()
    assert [line for line in lines if "Where" in line] == [
        "== Where ==",
        "note: a\u240a== Where ==",
        "Attachments 1: b\u240a== Where ==.pdf (2 bytes)",
        "> == Where ==",
    ]
    assert "*** Actual ***" not in lines


def test_the_parts_stand_in_the_order_of_reading() -> None:
    obj = changed(WARNING, "request", {"response": "SHELTER"})
    obj["references"] = [{"relation": "UPDATES", "name": "ab" * 32}]
    obj["confirmed"] = ["segments.0.text PHONE"]
    draft = from_json(obj)
    titles = [part.title for part in parts(draft.content, draft, "en")]
    assert titles == ["", "When", "Where", "Warning", "Assessment", "Asked"]
    text = render(draft.content, draft, "en")
    assert f"Refers to: {'ab' * 32} (Updates)" in text
    assert "Confirmed to be no personal data: segments.0.text PHONE" in text


def test_until_when_an_acknowledgement_is_asked() -> None:
    draft = from_json(MEDEVAC)
    core = env.Core(precedence=draft.precedence, tlp=draft.tlp, mode=draft.mode)
    core.filed = 1_795_500_000_000
    text = render(draft.content, core, "en")
    filed = time_text(core.filed + 10 * MINUTE, "en")
    assert f"Acknowledge by: {filed}" in text
    assert "Acknowledge by" not in render(draft.content, draft, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_last_moment_that_a_header_may_name_can_be_said(lang: str) -> None:
    content = from_json(WARNING).content
    content.request.ClearField("acknowledge_by")
    content.when.to = content.request.response_by = TIME_MAX
    core = env.Core(filed=TIME_MAX - 1, valid_from=1, expires=TIME_MAX)
    core.precedence, core.tlp = env.PRECEDENCE_FLASH, env.TLP_AMBER
    core.mode = env.MODE_ACTUAL
    assert render(content, core, lang).count("9999") == 5


def test_the_terms_of_a_glossary_are_all_there() -> None:
    draft = from_json(example("GLOSSARY"))
    for lang in LANGUAGES:
        text = render(draft.content, draft, lang)
        for term in draft.content.terms:
            assert all(form.text in text for form in term.forms)


def test_search_words_are_in_all_languages() -> None:
    words = code_labels_text(from_json(WARNING).content).split("\n")
    for wanted in ("Roadside bomb", "سڑک کنارے نصب بم", "路边炸弹", "ROADSIDE_BOMB"):
        assert wanted in words
    assert set(KINDS["WARNING"].labels.values()) <= set(words)
    assert set(CODES["site"]["KKH-BESHAM-DASU"].values()) <= set(words)
    assert "ROUND-4" in code_labels_text(from_json(MOVEMENT).content)
    assert "中国" in code_labels_text(from_json(CONSULAR).content)
    assert code_labels_text(pb.Content(kind="VOLCANO")) == "VOLCANO"


def test_rendering_loads_nothing_that_takes_long() -> None:
    code = (
        "import sys, exchange.bulletin.search_words, exchange.bulletin.render\n"
        "slow = {'babel', 'pydantic', 'sqlmodel', 'grpc', 'textual'}\n"
        "bad = slow & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
