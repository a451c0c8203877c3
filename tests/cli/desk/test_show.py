"""fusion list, show, search, ack and status."""

import json
from pathlib import Path

import pytest

from exchange.errors import Reason
from tests.cli.conftest import PASSPHRASE, Fusion
from tests.cli.desk.conftest import AtDesk, refused
from tests.cli.desk.officers_terminal import terminal


def test_names_are_prefixes_and_places(desk: AtDesk, sent: str) -> None:
    for name in (sent, sent.upper(), sent[:8]):
        assert desk.json("show", name)["name"] == sent
    refused(desk("show", sent[:7]), Reason.INPUT, "NAME")
    refused(desk("show", "../../etc"), Reason.INPUT, "NAME")
    refused(desk("show", "islamabad.pk#99"), Reason.NOT_FOUND, "NAME")
    refused(desk("show", "00" * 32), Reason.NOT_FOUND, "NAME")


def test_a_place_in_a_log(pk: AtDesk) -> None:
    name = pk.send()
    (row,) = (row for row in pk.list() if row["name"] == name)
    place = f"{row['origin']}#{row['index']}"
    assert pk.json("show", place)["name"] == name


def test_show_speaks_the_language_asked_for(desk: AtDesk, sent: str) -> None:
    shown = desk("show", sent, "--lang", "zh").ended(0)
    assert "类别：情况报告" in shown.out
    assert "车队延误" in shown.out
    titles = ("== 译文：中文（简体）；已审校；", "== 原文：英语；以原文为准 ==")
    places = [shown.out.index(each) for each in (titles[0], "车队延误", titles[1])]
    places.append(shown.out.index("> By two hours."))
    assert places == sorted(places)
    assert shown.out.startswith("已核验")
    assert "排队中" in shown.out
    urdu = desk("show", sent, "--lang", "ur").out
    assert "== اصل متن: انگریزی؛ ترجمہ دستیاب نہیں ==" in urdu
    told = desk.json("show", sent, "--lang", "zh")["text"]
    assert str(told).startswith("*** 测试 ***\n")
    assert str(told) in shown.out
    english = desk("show", sent)
    assert "Situation report" in english.out
    refused(desk("show", sent, "--lang", "fr"), Reason.LANGUAGE, "--lang")


def test_show_gives_the_form_that_send_takes(
    desk: AtDesk, sent: str, tmp_path: Path
) -> None:
    found = desk.json("show", sent)
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
    assert desk.json("send", again)["state"] == "queued"
    (translation,) = found["translations"]
    assert translation["reviewer"] == "duty-1@ops.islamabad.pk"


def test_hostile_text_does_not_act_on_the_terminal(desk: AtDesk, sent: str) -> None:
    acting = "\x1b]52;c;AAAA\x07 \u202eABC\x9b2J"
    desk.rewrite("UPDATE message SET subject = ?", acting)
    out = desk("list").out
    assert sent[:8] in out
    assert not set(out) & set("\x1b\x07\u202e\x9b")


def test_search_in_any_language(desk: AtDesk, sent: str) -> None:
    for words in (("convoy", "hours"), ("延误",), ("情况报告",), ("صورتحال",)):
        found = desk.json("search", *words)["bulletins"]
        assert [row["name"] for row in found] == [sent], words
    assert desk.json("search", 'x" OR "convoy')["bulletins"] == []


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "No match."), ("ur", "کوئی نتیجہ نہیں ملا۔")]
)
def test_who_finds_nothing_is_told_so_beside_the_empty_output(
    lang: str, said: str, desk: AtDesk
) -> None:
    words = ["zzz", "--lang", lang]
    for asked in (["list"], ["search"], ["translate", "glossary", "find"]):
        found = desk(*asked, *words)
        assert said in found.err
    assert desk("search", "zzz").out == ""
    assert desk("search", "zzz", "--json").err == ""


def test_list_takes_conditions_and_a_limit(desk: AtDesk, sent: str) -> None:
    assert sent[:8] in desk("list", "prec:PRIORITY", "kind:SITREP").out
    assert desk("list", "prec:FLASH").out == ""
    assert len(desk.list("--limit", "1")) == 1
    assert desk("list", "--limit", "0").code == 2
    assert desk("list", "--limit", "9" * 20).code == 2


def test_who_was_not_asked_cannot_acknowledge(desk: AtDesk, sent: str) -> None:
    refused(desk("ack", sent), Reason.REFERENCES, sent[:16])
    assert desk("ack", sent, "--relation", "IGNORED").code == 2


def test_status_of_two_nodes_that_agree(pk: AtDesk, fusion: Fusion) -> None:
    found = fusion.json("status", "--home", pk.home)
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


def test_status_of_a_stopped_node(desk: AtDesk) -> None:
    told = desk("status", "--json", words=None)
    assert (told.code, told.out) == (3, "")
    advice = "check that fusion serve is running, then try again"
    assert told.err == f"node: does not answer; {advice} (UNREACHABLE)\n"


def test_status_of_a_stopped_node_tells_an_officer_what_waits(desk: AtDesk) -> None:
    desk.send()
    found = desk("status", "--json").ended(3)
    (row,) = json.loads(found.out)["on_the_way"]
    both = 2  # with its translation
    assert (row["state"], row["count"], row["to"]) == ("queued", both, None)
    assert (row["node"], row["reason"]) == ("islamabad.pk", "UNREACHABLE")
    said = desk("status").ended(3)
    assert said.out.startswith("2 queued for islamabad.pk: does not answer, since ")


def test_no_home(tmp_path: Path, fusion: Fusion) -> None:
    nowhere = AtDesk(tmp_path, fusion)
    for command in (("list",), ("show", "00" * 32), ("search", "x"), ("status",)):
        words = None if command == ("status",) else PASSPHRASE
        refused(nowhere(*command, words=words), Reason.HOME, "desk")


@pytest.mark.parametrize(
    "condition", ["is:bogus", "kind:BOGUS", "prec:FLASH,BOGUS", "mode:", "state:gone"]
)
def test_a_condition_that_nothing_meets_is_no_empty_list(
    condition: str, desk: AtDesk
) -> None:
    key = condition.partition(":")[0]
    refused(desk("list", condition), Reason.CODE_UNKNOWN, f"{key}:")


@pytest.mark.parametrize("words", ["", '"', "*", "( )"])
def test_nothing_to_search_for_is_refused(words: str, desk: AtDesk) -> None:
    refused(desk("search", words), Reason.INPUT, "WORD")


def test_a_drill_does_not_answer_what_is_real(desk: AtDesk, sent: str) -> None:
    assert desk.show(sent)["content"]["mode"] == "TEST"
    answer = desk("send", desk.file(mode="EXERCISE"), "--answers", sent)
    refused(answer, Reason.REFERENCES, "references.0 (Refers to): mode")


def test_what_it_refers_to_is_named_by_place_and_subject(pk: AtDesk) -> None:
    first = pk.send()
    second = pk.send("--answers", first)
    index = pk.json("show", first)["index"]
    shown = pk("show", second).out
    title = f"islamabad.pk#{index} Convoy delayed"
    assert f"> Answers {title}\n" in shown
    assert f"Refers to: {title} (Answers)\n" in shown
    assert first[:16] not in shown
    found = pk.json("show", second)
    assert found["references"] == [{"relation": "ANSWERS", "name": first}]


def test_whoever_acknowledges_has_read(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_listed(name)
    cn("ack", name)
    assert next(row for row in cn.list() if row["name"] == name)["read"] is True


def test_show_says_what_is_open_and_at_which_desk(pk: AtDesk, cn: AtDesk) -> None:
    """Acknowledged is not done: at the desk that is to act and at its author's."""
    here = "ops.beijing.cn"
    name = pk.send(request={"acknowledge": "ACTION"})
    cn.until_listed(name)
    assert f"not acknowledged yet: {here}" in cn("show", name).out
    cn("ack", name)
    assert f"acknowledged, action open: {here}" in cn("show", name).out
    assert cn.json("show", name)["open"] == [here]
    cn("ack", name, "--done")
    said = cn("show", name)
    assert here in said.out
    assert "action open" not in said.out
    assert cn.json("show", name)["open"] == []


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
