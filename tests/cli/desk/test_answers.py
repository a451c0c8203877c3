"""Answers that are not what was asked: declined, queued, signed by a wrong clock."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange.limits import DAY
from tests.cli.conftest import Result
from tests.cli.desk.conftest import CN, PK, Pair, loaded
from tests.cli.desk.test_duty import dues, handover, sent
from tests.cli.desk.test_send import shown, until, until_cosigned

At = Callable[..., Result]
DECLINED = {
    "en": "ops.beijing.cn: Cannot comply, Weather",
    "ur": "ops.beijing.cn: تعمیل ممکن نہیں، موسم",
    "zh": "ops.beijing.cn：无法执行，天气",
}
QUEUED = {
    "en": "your answer is queued: Completed",
    "ur": "آپ کا جواب قطار میں ہے: مکمل ہوا",
    "zh": "您的答复在排队：已完成",
}
CLOCK = {
    "en": "this clock is 3 days ahead of {node}; set it before you sign: the node"
    " may refuse a signature made now",
    "ur": "یہ گھڑی {node} سے 3 دن آگے ہے؛ دستخط سے پہلے اسے درست کریں: ابھی کیے"
    " گئے دستخط کو نوڈ مسترد کر سکتا ہے",
    "zh": "本机时钟比 {node} 快3 天；请先校准再签署：节点可能拒绝现在的签名",
}


@pytest.fixture
def arrived(pair: Pair, at: At, tmp_path: Path) -> str:
    """A bulletin from Islamabad that asks Beijing to act, and that is there."""
    asks = {"acknowledge": "ACTION"}
    name = sent(at, pair.pk, tmp_path, request=asks, translations=[])
    until_cosigned(at, pair.cn, name)
    return name


def line_of(at: At, home: Path, name: str) -> str:
    listed = at(home, "list").out.splitlines()
    (line,) = [each for each in listed if each[2:].startswith(name[:8])]
    return line


def declined_of(at: At, home: Path, name: str) -> dict[str, object]:
    (found,) = loaded(at(home, "list", f"thread:{name}", "--json"))["bulletins"]
    (one,) = found["declined"]
    return dict(one)


def test_a_decline_is_told_at_both_ends_and_open_until_it_is_noted(
    pair: Pair, at: At, arrived: str
) -> None:
    cannot = ("--cannot-comply", "--reason", "weather", "--json")
    assert loaded(at(pair.cn, "ack", arrived, *cannot))["state"] == "local"
    until(lambda: shown(at, pair.pk, arrived), lambda found: bool(found["declined"]))
    for home in (pair.cn, pair.pk):
        line = line_of(at, home, arrived)
        assert " [ops.beijing.cn CANNOT_COMPLY WEATHER] Convoy delayed" in line
        declined = declined_of(at, home, arrived)
        assert (declined["desk"], declined["reason"]) == ("ops.beijing.cn", "WEATHER")
        assert declined["noted_by"] is None
        assert DECLINED["en"] in at(home, "show", arrived).out.splitlines()
    assert dues(at, pair.pk, arrived) == ["DECLINED"]
    (one,) = handover(at, pair.pk)["declined"]
    assert one["name"] == arrived
    assert one["declined"] == [declined_of(at, pair.pk, arrived)]
    for lang, said in DECLINED.items():
        assert said in at(pair.pk, "list", "--handover", "--lang", lang).out
    assert DECLINED["en"] in at(pair.pk, "status", "--officer", "duty-1").out

    noted = at(pair.pk, "desk", "note", arrived)

    said = f"{DECLINED['en']}; noted by duty-1@ops.islamabad.pk\n"
    assert (noted.code, noted.out) == (0, said)
    assert dues(at, pair.pk, arrived) == []
    assert handover(at, pair.pk)["declined"] == []
    assert "CANNOT_COMPLY WEATHER" in line_of(at, pair.pk, arrived), "it is still so"
    again = at(pair.pk, "desk", "note", arrived)
    assert (again.code, again.out) == (2, "")
    assert "no desk says that it cannot do this" in again.err


@pytest.mark.parametrize("lang", QUEUED)
def test_a_queued_answer_is_told_as_such(
    pair: Pair, at: At, arrived: str, tmp_path: Path, lang: str
) -> None:
    home = tmp_path / "beijing.cn"  # whose node does not run
    ignored = shutil.ignore_patterns("desk.sock", "lock")
    shutil.copytree(pair.cn, home, ignore=ignored)
    assert loaded(at(home, "ack", arrived, "--done", "--json"))["state"] == "queued"
    assert " [COMPLETED queued] Convoy delayed" in line_of(at, home, arrived)
    (found,) = loaded(at(home, "list", f"thread:{arrived}", "--json"))["bulletins"]
    assert found["answer"] == {"relation": "COMPLETED", "state": "queued"}
    assert shown(at, home, arrived)["answer"] == found["answer"]
    (receipt,) = [
        one
        for one in shown(at, home, arrived)["receipts"]
        if one["relation"] == "COMPLETED"
    ]
    assert receipt["state"] == "queued"
    assert "; queued" in at(home, "show", arrived).out
    assert "action open: ops.beijing.cn" not in at(home, "show", arrived).out
    (one,) = [
        one for one in handover(at, home)["unacknowledged"] if one["name"] == arrived
    ]
    assert one["answer"] == found["answer"]
    assert QUEUED[lang] in at(home, "list", "--handover", "--lang", lang).out


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The clock of the commands is 3 days ahead of the nodes', until undone."""
    now = time.time_ns
    with monkeypatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: now() + 3 * DAY * 1_000_000)
        yield patched


@pytest.mark.parametrize("lang", CLOCK)
def test_a_command_that_signs_warns_of_a_wrong_clock(
    pair: Pair, at: At, arrived: str, ahead: pytest.MonkeyPatch, lang: str
) -> None:
    ahead.setenv("FUSION_LANG", lang)
    signed = at(pair.cn, "ack", arrived, "--done")
    (line,) = signed.err.splitlines()
    assert line in {CLOCK[lang].format(node=node) for node in (PK, CN)}
    assert signed.code == 0
    ahead.undo()
    found = loaded(at(pair.cn, "list", f"thread:{arrived}", "--json"))["bulletins"]
    assert found[0]["answer"] == {"relation": "COMPLETED", "state": "resign"}
    again = loaded(at(pair.cn, "ack", arrived, "--done", "--json"))
    assert again["state"] == "local"
    found = loaded(at(pair.cn, "list", f"thread:{arrived}", "--json"))["bulletins"]
    assert found[0]["answer"] is None
