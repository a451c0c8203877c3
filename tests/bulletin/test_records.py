"""Tables of rows, and bulletins that only add to an earlier one."""

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.bulletin.form import build
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.render import facts
from exchange.bulletin.search_words import code_labels_text
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.examples import Json, example
from tests.bulletin.strategies import updates
from tests.bulletin.test_check import NAME, changed, ids, refused
from tests.expecting import refusing

R = Reason
MEDEVAC = example("MEDEVAC")
ROW = "details.mist.0"
UPDATE = [{"relation": "UPDATES", "name": NAME}]

# What is wrong with one part by itself is generated: see faults.py.
CASES: list[tuple[str, object, Reason, str]] = [
    (f"{ROW}.patient", "P1;age=CHILD", R.FIELD_VALUE, f"{ROW}.patient"),
    (f"{ROW}.age", "ADULT,CHILD", R.FIELD_VALUE, f"{ROW}.age"),
    (f"{ROW}.hurt_at", "07:20", R.FIELD_VALUE, f"{ROW}.hurt_at"),
    (f"{ROW}.injuries", ["CHEST"] * 2, R.FIELD_VALUE, f"{ROW}.injuries"),
    (f"{ROW}.injuries", ["CHEST", "SOUL"], R.CODE_UNKNOWN, f"{ROW}.injuries.1"),
    ("details.mist.1.patient", "P1", R.FIELD_VALUE, "details.mist"),
]


@pytest.mark.parametrize("case", CASES, ids=ids((c[2], c[3]) for c in CASES))
def test_a_wrong_row_is_refused_by_its_part(
    case: tuple[str, object, Reason, str],
) -> None:
    path, value, reason, where = case
    refused(changed(MEDEVAC, path, value), reason, where)


def medevac(*rows: str) -> bytes:
    content = copy.deepcopy(from_json(MEDEVAC).content)
    kept = [detail for detail in content.details if detail.field != "mist"]
    content.ClearField("details")
    content.details.extend(kept)
    for row in rows:
        content.details.add(field="mist", value=row)
    return encode(content)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("", "details.mist.0"),
        ("patient=", "details.mist.0"),
        ("patient=P1;", "details.mist.0"),
        ("patient=P1;patient=P1", "details.mist.0"),
        ("patient=P1;patient=P2", "details.mist.0"),
        ("age=ADULT;patient=P1", "details.mist.0"),
        ("age=ADULT", "details.mist.0.patient"),
        ("patient=P1;altitude=9;age=ADULT", "details.mist.0"),
        ("patient=P1,P2", "details.mist.0.patient"),
        ("patient=P1;pulse=0124", "details.mist.0.pulse"),
        ("patient=P1;age=\x1b[2J", "details.mist.0"),
        ("patient=P1;injuries=HEAD,HEAD", "details.mist.0.injuries"),
        ("patient=P1;altitude=" + "9" * 1_000, "details.mist.0"),
    ],
)
def test_a_received_row_has_one_form_only(row: str, where: str) -> None:
    decode(medevac("patient=P1"))
    with refusing(R.CONTENT, where):
        decode(medevac(row))


def test_what_a_newer_release_added_to_a_row_is_no_obstacle() -> None:
    content = decode(medevac("patient=P1;age=ELDER;altitude=9,10"))
    shown = next(f.value for f in facts(content, "en") if f.field == "details.mist")
    assert "P1" in shown
    assert "ELDER" in shown
    content.kind = "VOLCANO"
    assert decode(encode(content)) == content


def test_a_row_reads_in_every_language() -> None:
    content = from_json(MEDEVAC).content
    shown = {lang: facts(content, lang) for lang in ("en", "ur", "zh-Hans")}
    text = {
        lang: next(f.value for f in found if f.field == "details.mist")
        for lang, found in shown.items()
    }
    for said in ("Chest", "Left leg", "Heavy bleeding", "124", "Tourniquet"):
        assert said in text["en"]
    assert "大出血" in text["zh-Hans"]
    assert "شدید خون بہنا" in text["ur"]


def test_a_row_is_found_by_its_words() -> None:
    words = code_labels_text(from_json(MEDEVAC).content).split("\n")
    assert {"P1", "P2", "TOURNIQUET", "止血带", "ٹورنیکیٹ"} <= set(words)
    assert "124" not in words


def test_a_row_can_be_typed_in_its_text_form() -> None:
    typed = {
        "mode": ["EXERCISE"],
        "label.tlp": ["AMBER"],
        "label.releasable_to": ["cn", "pk"],
        "to": ["ops.beijing.cn"],
        "subject": ["Roster"],
        "when.from": ["2026-11-25T00:00:00Z"],
        "details.agency": ["NACTA"],
        "details.roster": ["post=DUTY-1;role=ANALYST;urdu=NATIVE"],
    }
    row = {"post": "DUTY-1", "role": "ANALYST", "urdu": "NATIVE"}
    details: Any = to_json(from_json(build(KINDS["LIAISON"], typed, "en")))["details"]
    assert details["roster"] == [row]
    for text, where in [
        ("post=duty;role=ANALYST", "details.roster.0.post"),
        ("post=D-1;role=ANALYST;pay=9", "details.roster.0.pay"),
        ("post=D-1,D-2;role=ANALYST", "details.roster.0.post"),
        ("DUTY-1", "details.roster.0"),
    ]:
        with refusing(where=where):
            from_json(build(KINDS["LIAISON"], typed | {"details.roster": [text]}, "en"))


LINES_6_TO_9 = ("security", "marking", "nationality", "status", "hazards", "terrain")


def some(*names: str) -> Json:
    kept = {name: MEDEVAC["details"][name] for name in names}
    return example("MEDEVAC") | {"details": kept, "references": UPDATE}


def test_lines_one_to_five_suffice() -> None:
    obj = example("MEDEVAC")
    for name in (*LINES_6_TO_9, "mist"):
        del obj["details"][name]
    from_json(obj)


@pytest.mark.parametrize("names", [LINES_6_TO_9, ("mist",), (*LINES_6_TO_9, "mist")])
def test_an_update_may_hold_lines_six_to_nine_alone(names: tuple[str, ...]) -> None:
    obj = some(*names)
    draft = from_json(obj)
    assert to_json(draft)["details"] == obj["details"]
    header = env.Core(references=draft.references)
    assert decode(encode(draft.content), header) == draft.content


@given(updates())
@settings(max_examples=60, deadline=None)
def test_whatever_is_new_may_stand_alone(obj: Json) -> None:
    draft = from_json(obj)
    assert to_json(draft) == obj
    assert decode(encode(draft.content)) == draft.content


PIECES = ["patient", "age", "pulse", "injuries", "altitude", *"=;,:", "P1", "P2"]
PIECES += ["ADULT", "HEAD", "CHEST", "124", "0", "-", "\u202e", "\u200b", "Ａ", " "]


HEADS = ["", "patient=P1", "patient=P2;age=ADULT", "patient=P1;injuries=HEAD"]
rows = st.tuples(
    st.sampled_from(HEADS), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
).map("".join)


@given(rows)
@settings(max_examples=300, deadline=None)
def test_of_a_row_there_is_one_text_form(row: str) -> None:
    data = medevac(row)
    with contextlib.suppress(Refusal):
        content = decode(data)
        assert facts(content, "ur")
        # What only a newer release knows is refused from here on.
        obj = to_json(from_json(MEDEVAC).replace(content=content))
        assert encode(from_json(obj).content) == data


def test_only_an_update_may_leave_lines_out() -> None:
    where = "details.pickup_grid"
    obj = some("mist")
    del obj["references"]
    refused(obj, R.FIELD_MISSING, where)
    obj["references"] = [{"relation": "CORRECTS", "name": NAME}]
    refused(obj, R.FIELD_MISSING, where)
    content = encode(from_json(some("mist")).content)
    with refusing(R.CONTENT, where):
        decode(content, env.Core())


def test_an_update_says_something_and_says_it_well() -> None:
    refused(some() | {"details": {}}, R.FIELD_MISSING, "details")
    with pytest.raises(Refusal, match="at least one of its fields"):
        from_json(some() | {"details": {}})
    update = some("mist")
    refused(changed(update, f"{ROW}.pulse", 999), R.FIELD_VALUE, f"{ROW}.pulse")
    refused(example("WARNING") | {"details": {}, "references": UPDATE}, *THREAT)


THREAT = (R.FIELD_MISSING, "details.threat")


def test_a_drill_order_that_says_it_is_real_is_not_opened() -> None:
    data = encode(from_json(example("EXERCISE")).content)
    assert isinstance(decode(data, env.Core(mode=env.MODE_EXERCISE)), pb.Content)
    with refusing(R.CONTENT, "mode"):
        decode(data, env.Core(mode=env.MODE_ACTUAL))
