"""Answers that are not what was asked: declined, queued, signed by a wrong clock."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.limits import DAY
from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import CN, PK, AtDesk
from tests.cli.desk.test_duty import dues, handover

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
def arrived(pk: AtDesk, cn: AtDesk) -> str:
    """A bulletin from Islamabad that asks Beijing to act, and that is there."""
    asks = {"acknowledge": "ACTION"}
    name = pk.send(request=asks, translations=[])
    cn.until_cosigned(name)
    return name


def line_of(desk: AtDesk, name: str) -> str:
    listed = desk("list").out.splitlines()
    (line,) = [each for each in listed if each[2:].startswith(name[:8])]
    return line


def declined_of(desk: AtDesk, name: str) -> dict[str, object]:
    (found,) = desk.list(f"thread:{name}")
    (one,) = found["declined"]
    return dict(one)


def test_a_decline_is_told_at_both_ends_and_open_until_it_is_noted(
    pk: AtDesk, cn: AtDesk, arrived: str
) -> None:
    cannot = ("--cannot-comply", "--reason", "weather")
    assert cn.json("ack", arrived, *cannot)["state"] == "local"
    pk.until(arrived, lambda found: bool(found["declined"]))
    for desk in (cn, pk):
        line = line_of(desk, arrived)
        assert " [ops.beijing.cn CANNOT_COMPLY WEATHER] Convoy delayed" in line
        declined = declined_of(desk, arrived)
        assert (declined["desk"], declined["reason"]) == ("ops.beijing.cn", "WEATHER")
        assert declined["noted_by"] is None
        assert DECLINED["en"] in desk("show", arrived).out.splitlines()
    assert dues(pk, arrived) == ["DECLINED"]
    (one,) = handover(pk)["declined"]
    assert one["name"] == arrived
    assert one["declined"] == [declined_of(pk, arrived)]
    for lang, said in DECLINED.items():
        assert said in pk("list", "--handover", "--lang", lang).out
    assert DECLINED["en"] in pk("status", "--officer", "duty-1").out

    noted = pk("desk", "note", arrived)

    said = f"{DECLINED['en']}; noted by duty-1@ops.islamabad.pk\n"
    assert (noted.code, noted.out) == (0, said)
    assert dues(pk, arrived) == []
    assert handover(pk)["declined"] == []
    assert "CANNOT_COMPLY WEATHER" in line_of(pk, arrived), "it is still so"
    again = pk("desk", "note", arrived).refused()
    assert "no desk says that it cannot do this" in again.err


@pytest.mark.parametrize("lang", QUEUED)
def test_a_queued_answer_is_told_as_such(
    cn: AtDesk, fusion: Fusion, arrived: str, tmp_path: Path, lang: str
) -> None:
    ignored = shutil.ignore_patterns("desk.sock", "lock")
    home = shutil.copytree(cn.home, tmp_path / CN, ignore=ignored)
    desk = AtDesk(home, fusion)  # whose node does not run
    assert desk.json("ack", arrived, "--done")["state"] == "queued"
    assert " [COMPLETED queued] Convoy delayed" in line_of(desk, arrived)
    (found,) = desk.list(f"thread:{arrived}")
    assert found["answer"] == {"relation": "COMPLETED", "state": "queued"}
    shown = desk.show(arrived)
    assert shown["answer"] == found["answer"]
    (receipt,) = [one for one in shown["receipts"] if one["relation"] == "COMPLETED"]
    assert receipt["state"] == "queued"
    assert "; queued" in desk("show", arrived).out
    assert "action open: ops.beijing.cn" not in desk("show", arrived).out
    waiting = handover(desk)["unacknowledged"]
    (one,) = [one for one in waiting if one["name"] == arrived]
    assert one["answer"] == found["answer"]
    assert QUEUED[lang] in desk("list", "--handover", "--lang", lang).out


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The clock of the commands is 3 days ahead of the nodes', until undone."""
    now = time.time_ns
    with monkeypatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: now() + 3 * DAY * 1_000_000)
        yield patched


@pytest.mark.parametrize("lang", CLOCK)
def test_a_command_that_signs_warns_of_a_wrong_clock(
    cn: AtDesk, arrived: str, ahead: pytest.MonkeyPatch, lang: str
) -> None:
    ahead.setenv("FUSION_LANG", lang)
    signed = cn("ack", arrived, "--done")
    (line,) = signed.err.splitlines()
    assert line in {CLOCK[lang].format(node=node) for node in (PK, CN)}
    assert signed.code == 0
    ahead.undo()
    (found,) = cn.list(f"thread:{arrived}")
    assert found["answer"] == {"relation": "COMPLETED", "state": "resign"}
    assert cn.json("ack", arrived, "--done")["state"] == "local"
    (found,) = cn.list(f"thread:{arrived}")
    assert found["answer"] is None
