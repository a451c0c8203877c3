"""fusion translate: from the first text at Beijing to a reviewed one at Islamabad."""

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk.conftest import AtDesk, bulletin

TO = ("--to", "zh")
TEXTS = {"s0": "车队延误", "s1": "晚两小时。"}


def written(folder: Path, members: object) -> Path:
    path = folder / "given.json"
    path.write_text(json.dumps(members))
    return path


def received(pk: AtDesk, cn: AtDesk, **changes: object) -> str:
    """Send a bulletin from Islamabad, and return its name once it is at Beijing."""
    name = pk.send(translations=[], **changes)
    cn.until_listed(name)
    return name


@cache
def _ever(_: Path) -> dict[str, str]:
    return {}


def untouched(pk: AtDesk, cn: AtDesk) -> str:
    """Return a bulletin at Beijing that no test begins to translate."""
    kept = _ever(cn.home)
    if not kept:
        kept["name"] = received(pk, cn)
    return kept["name"]


def begun(cn: AtDesk, name: str, *more: str) -> dict[str, Any]:
    given = [f"--segment={i}={text}" for i, text in TEXTS.items()]
    found: dict[str, Any] = cn.json("translate", "set", name, *TO, *given, *more)
    return found


def step(desk: AtDesk, name: str, verb: str, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.json("translate", verb, name, *TO, *more)
    return found


def translations(desk: AtDesk, name: str, count: int) -> list[dict[str, Any]]:
    found = desk.until(name, lambda found: len(found["translations"]) >= count)
    said: list[dict[str, Any]] = found["translations"]
    return said


def test_a_translation_is_made_reviewed_and_sent(pk: AtDesk, cn: AtDesk) -> None:
    name = received(pk, cn)
    found = begun(cn, name)
    assert (found["state"], found["origin"]) == ("INITIAL", "HUMAN")
    assert [s["text"] for s in found["segments"]] == list(TEXTS.values())
    assert step(cn, name, "done")["state"] == "TRANSLATED"
    found = step(cn, name, "review", "--officer", "duty-2")
    assert found["reviewer"] == "duty-2@ops.beijing.cn"
    found = step(cn, name, "final", "--officer", "duty-2")
    assert {s["state"] for s in found["segments"]} == {"FINAL"}
    sent = step(cn, name, "send", "--officer", "duty-2")
    assert (sent["about"], sent["state"]) == (name, "local")
    (said,) = translations(pk, name, 1)
    assert (said["name"], said["state"]) == (sent["name"], "FINAL")
    assert said["segments"] == TEXTS
    assert said["translator"] == "duty-1@ops.beijing.cn"


def test_an_urgent_one_needs_three_persons_of_two_desks(
    pk: AtDesk, cn: AtDesk, tmp_path: Path
) -> None:
    name = received(pk, cn, precedence="FLASH")
    begun(cn, name)
    step(cn, name, "done")
    own = cn("translate", "back", name, *TO).refused()
    assert own.err.endswith("another officer must do this\n")
    unjudged = cn("translate", "review", name, *TO, "--officer", "duty-2")
    assert "a FLASH must be translated back first" in unjudged.err
    blind = cn("translate", "back", name, *TO, "--officer", "duty-2")
    assert blind.out == "s0  车队延误\ns1  晚两小时。\n"
    assert "Convoy" not in blind.out
    back = written(
        tmp_path, {"segments": {"s0": "Convoy late", "s1": "Two hours late."}}
    )
    cn("translate", "back", name, str(back), *TO, "--officer", "duty-2").well()
    refused = cn("translate", "review", name, *TO, "--officer", "duty-2")
    assert (refused.code, "back.judge" in refused.err) == (2, True)
    assert "a FLASH must be judged first" in refused.err
    step(cn, name, "send")
    translations(pk, name, 1)
    beside = pk("translate", "judge", name, *TO)
    assert "en: Two hours late." in beside.out
    assert "en: By two hours." in beside.out
    found = step(pk, name, "judge", "--verdict", "same")
    assert found["judge"] == "duty-1@ops.islamabad.pk"
    assert step(pk, name, "review")["state"] == "REVIEWED"
    step(pk, name, "send")
    said = translations(cn, name, 2)
    assert [one["state"] for one in said] == ["REVIEWED", "TRANSLATED"]
    assert said[0]["back"]["translator"] == "duty-2@ops.beijing.cn"


def test_findings_are_told_and_answered(pk: AtDesk, cn: AtDesk) -> None:
    segments = [{"id": "s1", "lang": "en", "text": "Do not pass: 13 left."}]
    name = received(pk, cn, segments=segments)
    cn("translate", "set", name, *TO, "--segment", "s0=车队延误")
    given = "--segment=s1=勿通过：31人离开。"
    assert "! s1:SPAN" in cn("translate", "set", name, *TO, given).ended(0).out
    checked = cn("translate", "check", name, *TO)
    assert (checked.code, checked.err) == (1, "")
    assert "? s1:NEGATION" in checked.out
    stuck = cn("translate", "done", name, *TO).refused()
    assert "s1 SPAN: a check failed; correct the text" in stuck.err
    cn("translate", "set", name, *TO, "--segment", "s1=勿通过：13人离开。")
    step(cn, name, "done")
    asked = cn("translate", "review", name, *TO, "--officer", "duty-2")
    assert "s1 NEGATION: a check asks about this" in asked.err
    cn("translate", "confirm", name, "s1:NEGATION", *TO)
    cn("translate", "check", name, *TO).ended(0)
    assert step(cn, name, "done")["confirmed"] == ["s1 NEGATION"]
    wrong = cn("translate", "confirm", name, "s1:LENGTH", *TO).refused()
    assert "no finding of that name is open" in wrong.err


def test_messages_are_in_the_translator_s_language(pk: AtDesk, cn: AtDesk) -> None:
    name = received(pk, cn)
    begun(cn, name)
    given = ("--segment", "s1=晚三小时。")
    said = {
        lang: cn(
            "--lang", lang, "translate", "set", name, *TO, *given
        ).out.splitlines()[1]
        for lang in ("en", "ur", "zh")
    }
    assert "Must be in the translation exactly once: 2" in said["en"]
    assert "ترجمے میں ٹھیک ایک بار ہونا ضروری ہے: 2" in said["ur"]
    assert "译文中必须恰好出现一次：2" in said["zh"]


def test_show_holds_all_that_a_translator_wants(pk: AtDesk, cn: AtDesk) -> None:
    name = received(pk, cn)
    found = cn.json("translate", "show", name, *TO)
    assert [s["text"] for s in found["segments"]] == ["", ""]
    assert found["state"] == "INITIAL"
    terms = found["segments"][0]["terms"]
    assert {"source": "Convoy", "wanted": "车队"} in terms
    begun(cn, name)
    text = cn("translate", "show", name, *TO).out
    assert "en: By two hours." in text
    assert "zh-Hans: 晚两小时。" in text
    assert "= Convoy → 车队" in text


def test_what_was_corrected_says_so_before_it_is_translated(
    pk: AtDesk, cn: AtDesk
) -> None:
    name = received(pk, cn)
    reference = {"relation": "CORRECTS", "name": name}
    received(pk, cn, references=[reference])
    begun(cn, name)
    found = cn.json("translate", "show", name, *TO)
    assert found["standing"] == "CORRECTED"
    told = cn("--lang", "zh", "translate", "check", name, *TO).out
    assert told.splitlines()[0].endswith("  [发文方已更正：请阅更正]")


def test_what_is_under_way_is_listed(pk: AtDesk, cn: AtDesk) -> None:
    name = received(pk, cn)
    begun(cn, name)
    found = cn.json("translate", "list")["translations"]
    (mine,) = [one for one in found if one["name"] == name and one["lang"] == "zh-Hans"]
    assert (mine["kind"], mine["officer"]) == ("UNDER_WAY", "duty-1@ops.beijing.cn")
    assert mine["mode"] == "TEST"
    told = cn("translate", "list").out.splitlines()
    (line,) = [each for each in told if each.startswith(name[:8])]
    assert line.endswith("under way duty-1@ops.beijing.cn  TEST Convoy delayed")
    assert cn("translate", "drop", name, *TO, "--yes").code == 0
    found = cn.json("translate", "list")["translations"]
    assert not [
        one for one in found if (one["name"], one["kind"]) == (name, "UNDER_WAY")
    ]


def test_a_file_in_the_samples_form_is_put(
    pk: AtDesk, cn: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = received(pk, cn)
    members = {
        "lang": "zh-Hans",
        "state": "FINAL",
        "origin": "MACHINE",
        "segments": {
            "s0": "车队延误",
            "s1": {"text": "晚两小时。", "origin": "MEMORY", "match": 92},
        },
    }
    data = io.TextIOWrapper(io.BytesIO(json.dumps(members).encode()))
    monkeypatch.setattr("sys.stdin", data)
    found = cn.json("translate", "set", name, "-", *TO)
    assert (found["state"], found["origin"]) == ("INITIAL", "MACHINE")
    assert [(s["origin"], s["match"]) for s in found["segments"]] == [
        ("MACHINE", 0),
        ("MEMORY", 92),
    ]


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"segments": {"s9": "车队"}}, "segments.s9"),
        ({"segments": {"s1": 7}}, "segments.s1"),
        ({"segments": []}, "segments"),
        ({}, "segments"),
        ({"lang": "ur", "segments": {"s1": "车队"}}, "lang"),
        ({"segments": {"s1": "车队"}, "more": 1}, "more"),
        ({"segments": {"s1": "车" * 4001}}, "segments.s1"),
        ({"segments": {"s1": "车Cafe\u0301"}}, "segments.s1"),
        ({"segments": {"\x1b[2J": "车"}}, "segments.?"),
        ({"origin": "ORACLE", "segments": {"s1": "车队"}}, "segments.s1.origin"),
        ({"segments": {"s1": {"text": "车", "match": 9}}}, "segments.s1.match"),
        ({"segments": {"s1": {"match": 9}}}, "segments.s1.text"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_kept(
    pk: AtDesk, cn: AtDesk, tmp_path: Path, members: object, where: str
) -> None:
    name = untouched(pk, cn)
    path = written(tmp_path, members)
    told = cn("translate", "set", name, path, *TO).refused()
    assert re.match(rf"{re.escape(where)}(?: \([A-Z][a-z]+\))?: ", told.err)
    found = cn.json("translate", "show", name, *TO)
    assert [s["text"] for s in found["segments"]] == ["", ""]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", *TO, f"--segment=s1={'长' * 4001}"), "too long: 4001 characters"),
        (("set", "--to", "en", "--segment", "s1=x"), "the original is in that"),
        (("final", *TO), "go step by step"),
        (("review", *TO), "you translated it"),
        (("done", *TO, "--officer", "duty-2"), "only its translator can; take it over"),
        (("send", *TO, "--officer", "duty-2"), "its translator or its reviewer"),
        (("judge", *TO), "it must be translated back first"),
    ],
)
def test_what_is_refused_says_what_to_do(
    pk: AtDesk, cn: AtDesk, arguments: tuple[str, ...], said: str
) -> None:
    name = received(pk, cn)
    begun(cn, name)
    if arguments[0] == "review":
        step(cn, name, "done")
    assert said in cn("translate", arguments[0], name, *arguments[1:]).refused().err
    bare = cn("translate", "send", name, "--to", "ur")
    assert "no translation into that language is under way here" in bare.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "--to", "fr", "--segment", "s1=x"),
        ("set", "--to", "en", "--segment", "s1=x"),
        ("set", *TO, "--segment", "s1"),
        ("set", *TO),
        ("done", *TO),
        ("done", *TO, "--segment", "s9"),
        ("final", *TO),
        ("send", *TO),
        ("judge", *TO),
        ("judge", *TO, "--verdict", "perhaps"),
        ("confirm", "NEGATION", *TO),
        ("show",),
    ],
)
def test_bad_arguments_are_one_line(
    pk: AtDesk, cn: AtDesk, arguments: tuple[str, ...]
) -> None:
    name = untouched(pk, cn)
    cn("translate", arguments[0], name, *arguments[1:]).refused()


def test_with_the_node_stopped_it_is_queued(desk: AtDesk) -> None:
    name = desk.list()
    if not name:
        sent = written(desk.home, bulletin(translations=[]))
        queued = desk.json("send", sent)["name"]
    else:
        queued = name[-1]["name"]
    given = [f"--segment={i}={text}" for i, text in TEXTS.items()]
    desk("translate", "set", queued, *TO, *given).ended(0)
    assert desk("translate", "done", queued, *TO).code == 0
    found = desk.json("translate", "send", queued, *TO)
    assert found["state"] == "queued"
