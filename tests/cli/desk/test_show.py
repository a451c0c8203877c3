"""fusion list, show, search, ack and status."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from exchange.errors import Reason
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk.conftest import Pair, bulletin, loaded
from tests.cli.desk.officers_terminal import terminal
from tests.cli.desk.test_send import refused

At = Callable[..., Result]


@pytest.fixture
def sent(stopped: Path, at: At, tmp_path: Path) -> str:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    return str(loaded(at(stopped, "send", path, "--json"))["name"])


def test_names_are_prefixes_and_places(stopped: Path, at: At, sent: str) -> None:
    for name in (sent, sent.upper(), sent[:8]):
        assert loaded(at(stopped, "show", name, "--json"))["name"] == sent
    refused(at(stopped, "show", sent[:7]), Reason.INPUT, "NAME")
    refused(at(stopped, "show", "../../etc"), Reason.INPUT, "NAME")
    refused(at(stopped, "show", "islamabad.pk#99"), Reason.NOT_FOUND, "NAME")
    refused(at(stopped, "show", "00" * 32), Reason.NOT_FOUND, "NAME")


def test_a_place_in_a_log(pair: Pair, at: At) -> None:
    path = pair.template.parent / "place.json"
    path.write_text(json.dumps(bulletin()))
    name = loaded(at(pair.pk, "send", path, "--json"))["name"]
    rows = loaded(at(pair.pk, "list", "--json"))["bulletins"]
    (row,) = (row for row in rows if row["name"] == name)
    place = f"{row['origin']}#{row['index']}"
    assert loaded(at(pair.pk, "show", place, "--json"))["name"] == name


def test_show_speaks_the_language_asked_for(stopped: Path, at: At, sent: str) -> None:
    shown = at(stopped, "show", sent, "--lang", "zh").ended(0)
    assert "类别：情况报告" in shown.out
    assert "车队延误" in shown.out
    titles = ("== 译文：中文（简体）；已审校；", "== 原文：英语；以原文为准 ==")
    places = [shown.out.index(each) for each in (titles[0], "车队延误", titles[1])]
    places.append(shown.out.index("> By two hours."))
    assert places == sorted(places)
    assert shown.out.startswith("已核验")
    assert "排队中" in shown.out
    urdu = at(stopped, "show", sent, "--lang", "ur").out
    assert "== اصل متن: انگریزی؛ ترجمہ دستیاب نہیں ==" in urdu
    told = loaded(at(stopped, "show", sent, "--lang", "zh", "--json"))["text"]
    assert str(told).startswith("*** 测试 ***\n")
    assert str(told) in shown.out
    english = at(stopped, "show", sent)
    assert "Situation report" in english.out
    refused(at(stopped, "show", sent, "--lang", "fr"), Reason.LANGUAGE, "--lang")


def test_show_gives_the_form_that_send_takes(
    stopped: Path, at: At, sent: str, tmp_path: Path
) -> None:
    found = loaded(at(stopped, "show", sent, "--json"))
    assert found.keys() == {
        *("name", "verdict", "states", "content", "translations", "receipts"),
        *("cosigners", "standing", "signers", "references", "referenced_by", "thread"),
        *("draws", "text", "label", "open", "waits", "revocations"),
        *("declined", "answer"),
        *("author", "desk", "recipients", "direction", "filed", "received"),
        *("log", "origin", "index", "unread", "number_in_reach"),
    }
    again = tmp_path / "again.json"
    again.write_text(json.dumps(found["content"]))
    assert loaded(at(stopped, "send", again, "--json"))["state"] == "queued"
    (translation,) = found["translations"]
    assert translation["reviewer"] == "duty-1@ops.islamabad.pk"


def test_hostile_text_does_not_act_on_the_terminal(
    stopped: Path, at: At, sent: str
) -> None:
    with (
        Desk.open(stopped, "", PASSPHRASE) as desk,
        desk.mailbox.database.transaction(),
    ):
        desk.mailbox.database.write(
            "UPDATE message SET subject = ?", ("\x1b]52;c;AAAA\x07 \u202eABC\x9b2J",)
        )
    out = at(stopped, "list").out
    assert sent[:8] in out
    assert not set(out) & set("\x1b\x07\u202e\x9b")


def test_search_in_any_language(stopped: Path, at: At, sent: str) -> None:
    for words in (("convoy", "hours"), ("延误",), ("情况报告",), ("صورتحال",)):
        found = loaded(at(stopped, "search", *words, "--json"))["bulletins"]
        assert [row["name"] for row in found] == [sent], words
    assert loaded(at(stopped, "search", 'x" OR "convoy', "--json"))["bulletins"] == []


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "No match."), ("ur", "کوئی نتیجہ نہیں ملا۔")]
)
def test_who_finds_nothing_is_told_so_beside_the_empty_output(
    lang: str, said: str, stopped: Path, at: At
) -> None:
    words = ["zzz", "--lang", lang]
    for asked in (["list"], ["search"], ["translate", "glossary", "find"]):
        found = at(stopped, *asked, *words)
        assert said in found.err
    assert at(stopped, "search", "zzz").out == ""
    assert at(stopped, "search", "zzz", "--json").err == ""


def test_list_takes_conditions_and_a_limit(stopped: Path, at: At, sent: str) -> None:
    assert sent[:8] in at(stopped, "list", "prec:PRIORITY", "kind:SITREP").out
    assert at(stopped, "list", "prec:FLASH").out == ""
    assert len(loaded(at(stopped, "list", "--limit", "1", "--json"))["bulletins"]) == 1
    assert at(stopped, "list", "--limit", "0").code == 2
    assert at(stopped, "list", "--limit", "9" * 20).code == 2


def test_who_was_not_asked_cannot_acknowledge(stopped: Path, at: At, sent: str) -> None:
    refused(at(stopped, "ack", sent), Reason.REFERENCES, sent[:16])
    assert at(stopped, "ack", sent, "--relation", "IGNORED").code == 2


def test_status_of_two_nodes_that_agree(pair: Pair, fusion: At) -> None:
    found = loaded(fusion("status", "--home", pair.pk, "--json"))
    assert found["node"] == "islamabad.pk"
    assert found["agree"] is True
    (peer,) = found["peers"]
    assert (peer["name"], peer["up"], peer["queued"]) == ("beijing.cn", True, 0)
    assert peer.keys() >= {"name", "up", "since", "queued", "cosigned_at"}
    assert [head["origin"] for head in found["heads"]] == [
        "islamabad.pk.fusion/log/1",
        "beijing.cn.fusion/log/1",
    ]
    assert found["heads"][0]["cosigned_by"] == ["beijing.cn.fusion/mirror"]
    (asked,) = found["heads"][0]["cosigners"]
    assert asked["name"] == "beijing.cn.fusion/mirror"
    assert 0 <= asked["age"] < 600
    assert found["heads"][0]["quorum"] is True
    assert (found["stated"], found["witnesses"], found["alarms"]) == ([], [], [])
    assert (found["signing"], found["waiting"]) == (True, 0)
    assert found["on_the_way"] == []


def test_status_of_a_stopped_node(stopped: Path, fusion: At) -> None:
    told = fusion("status", "--home", stopped, "--json")
    assert (told.code, told.out) == (3, "")
    advice = "check that fusion serve is running, then try again"
    assert told.err == f"node: does not answer; {advice} (UNREACHABLE)\n"


def test_status_of_a_stopped_node_tells_an_officer_what_waits(
    stopped: Path, at: At, sent: str
) -> None:
    assert sent
    found = at(stopped, "status", "--json").ended(3)
    (row,) = json.loads(found.out)["on_the_way"]
    both = 2  # with its translation
    assert (row["state"], row["count"], row["to"]) == ("queued", both, None)
    assert (row["node"], row["reason"]) == ("islamabad.pk", "UNREACHABLE")
    said = at(stopped, "status").ended(3)
    assert said.out.startswith("2 queued for islamabad.pk: does not answer, since ")


def test_no_home(tmp_path: Path, at: At) -> None:
    for command in (("list",), ("show", "00" * 32), ("search", "x"), ("status",)):
        arguments = {"words": None} if command == ("status",) else {}
        refused(at(tmp_path, *command, **arguments), Reason.HOME, "desk")


@pytest.mark.parametrize(
    "condition", ["is:bogus", "kind:BOGUS", "prec:FLASH,BOGUS", "mode:", "state:gone"]
)
def test_a_condition_that_nothing_meets_is_no_empty_list(
    condition: str, stopped: Path, at: At
) -> None:
    key = condition.partition(":")[0]
    refused(at(stopped, "list", condition), Reason.CODE_UNKNOWN, f"{key}:")


@pytest.mark.parametrize("words", ["", '"', "*", "( )"])
def test_nothing_to_search_for_is_refused(words: str, stopped: Path, at: At) -> None:
    refused(at(stopped, "search", words), Reason.INPUT, "WORD")


def test_a_drill_does_not_answer_what_is_real(
    stopped: Path, at: At, sent: str, tmp_path: Path
) -> None:
    shown = loaded(at(stopped, "show", sent, "--json"))
    mode = "TEST" if shown["content"]["mode"] != "TEST" else "EXERCISE"
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(bulletin(mode=mode)))

    refused(
        at(stopped, "send", path, "--answers", sent),
        Reason.REFERENCES,
        "references.0 (Refers to): mode",
    )


def test_what_it_refers_to_is_named_by_place_and_subject(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    first = loaded(at(pair.pk, "send", path, "--json"))["name"]
    second = loaded(at(pair.pk, "send", path, "--answers", first, "--json"))["name"]
    index = loaded(at(pair.pk, "show", first, "--json"))["index"]
    shown = at(pair.pk, "show", second).out
    title = f"islamabad.pk#{index} Convoy delayed"
    assert f"> Answers {title}\n" in shown
    assert f"Refers to: {title} (Answers)\n" in shown
    assert first[:16] not in shown
    found = loaded(at(pair.pk, "show", second, "--json"))
    assert found["references"] == [{"relation": "ANSWERS", "name": first}]


def test_whoever_acknowledges_has_read(pair: Pair, at: At, tmp_path: Path) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    name = loaded(at(pair.pk, "send", path, "--json"))["name"]
    for _ in range(100):
        rows = loaded(at(pair.cn, "list", "--json"))["bulletins"]
        if any(row["name"] == name for row in rows):
            break
    at(pair.cn, "ack", name)

    rows = loaded(at(pair.cn, "list", "--json"))["bulletins"]
    assert next(row for row in rows if row["name"] == name)["read"] is True


def test_show_says_what_is_open_and_at_which_desk(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    """Acknowledged is not done: at the desk that is to act and at its author's."""
    path, here = tmp_path / "bulletin.json", "ops.beijing.cn"
    path.write_text(json.dumps(bulletin(request={"acknowledge": "ACTION"})))
    name = loaded(at(pair.pk, "send", path, "--json"))["name"]
    for _ in range(100):
        rows = loaded(at(pair.cn, "list", "--json"))["bulletins"]
        if any(row["name"] == name for row in rows):
            break
    assert f"not acknowledged yet: {here}" in at(pair.cn, "show", name).out
    at(pair.cn, "ack", name)
    assert f"acknowledged, action open: {here}" in at(pair.cn, "show", name).out
    assert loaded(at(pair.cn, "show", name, "--json"))["open"] == [here]
    at(pair.cn, "ack", name, "--done")
    said = at(pair.cn, "show", name)
    assert here in said.out
    assert "action open" not in said.out
    assert loaded(at(pair.cn, "show", name, "--json"))["open"] == []


def test_only_what_is_not_verified_is_loud_on_a_terminal(
    stopped: Path, sent: str
) -> None:
    with terminal(stopped, sent, command=("show",)) as screen:
        screen.until("Passphrase of")
        screen.type(f"{PASSPHRASE}\r")
        screen.until("VERIFIED")
        (line,) = (
            at for at, text in enumerate(screen.screen.display) if "VERIFIED" in text
        )
        assert screen.screen.buffer[line][0].fg == "green"
        assert not screen.screen.buffer[line][0].bold
