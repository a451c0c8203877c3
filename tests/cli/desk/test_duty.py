"""fusion list --handover, status with open actions, ack's ladder, saved searches."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exchange.bulletin.values import iso
from exchange.cli import options
from exchange.errors import Reason
from exchange.limits import MINUTE
from tests.cli.conftest import Fusion, loaded
from tests.cli.desk.conftest import AtDesk, refused

Late = Callable[..., str]
SECTIONS = [
    *("escalated", "declined", "due", "unacknowledged", "under_way"),
    *("countersign", "to_erase", "recalled", "stale", "to_translate"),
]
MOVEMENT = {
    "call_sign": "ROUND-4",
    "state": "UNDER_WAY",
    "vehicles": 3,
    "armoured": True,
    "persons": 12,
    "escort": "SPECIAL_SECURITY_DIVISION",
    "routes": ["A", "B"],
}


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Late]:
    """Sends a FLASH that should have been acknowledged a while ago by now."""
    now, ahead = time.time_ns, 0

    def send(desk: AtDesk, **changes: object) -> str:
        nonlocal ahead
        by = iso(options.now() // 1_000 * 1_000 + MINUTE)
        asks = {"acknowledge": "ACTION", "acknowledge_by": by}
        given = {"precedence": "FLASH", "request": asks, "translations": []}
        name = desk.send(**(given | changes))
        ahead += 4 * MINUTE + 2_000
        return name

    monkeypatch.setattr(time, "time_ns", lambda: now() + ahead * 1_000_000)
    yield send
    monkeypatch.undo()


def handover(desk: AtDesk) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = desk.json("list", "--handover")["handover"]
    return found


def dues(desk: AtDesk, name: str) -> list[str]:
    """What is due about a bulletin at a desk, by its status."""
    found = desk.json("status")["due"]
    return [one["due"] for one in found if one["name"] == name]


def test_the_sender_sees_who_has_not_answered(desk: AtDesk, late: Late) -> None:
    assert handover(desk) == {name: [] for name in SECTIONS}
    name = late(desk)
    found = handover(desk)
    assert list(found) == SECTIONS
    (one,) = (one for section in found.values() for one in section)
    assert found["escalated"] == [one], "once"
    assert (one["name"], one["due"]) == (name, "ESCALATED")
    assert one["desks"] == ["ops.beijing.cn"]
    assert one["late_s"] >= 180


@pytest.mark.parametrize(
    ("lang", "lines", "note"),
    [
        (
            "en",
            {"Escalated: 1 bulletin (Test: 1)", "Under way: none"},
            "late by 3 minutes",
        ),
        ("ur", {"اگلے افسر تک: 1 بلیٹن (آزمائش: 1)", "جاری: کچھ نہیں"}, "تاخیر 3 منٹ"),
        ("zh", {"已逐级上报：1 份通报（测试：1）", "进行中：无"}, "逾期 3 分钟"),
    ],
)
def test_the_hand_over_list_speaks_the_officer_s_language(
    desk: AtDesk, late: Late, lang: str, lines: set[str], note: str
) -> None:
    late(desk)
    late(desk, mode="ACTUAL")
    told = desk("list", "--handover", "--lang", lang).well()
    assert lines <= set(told.out.splitlines())
    assert note in told.out


def test_the_hand_over_list_refuses_a_language_that_it_does_not_speak(
    desk: AtDesk,
) -> None:
    refused(desk("list", "--handover", "--lang", "fr"), Reason.LANGUAGE, "--lang")


@pytest.mark.parametrize("more", [("kind:WARNING",), ("--proposal", "0" * 8)])
def test_a_hand_over_list_is_whole_or_none(desk: AtDesk, more: tuple[str, ...]) -> None:
    """What is asked for beside it would be left out without a word."""
    refused(desk("list", "--handover", *more), Reason.INPUT, "--handover")


def test_status_shows_what_is_due_to_whom_has_the_passphrase(
    pk: AtDesk, cn: AtDesk, fusion: Fusion, late: Late
) -> None:
    name = late(pk)
    cn.until_cosigned(name)
    for desk in (pk, cn):
        found = desk.json("status")["due"]
        (one,) = (one for one in found if one["name"] == name)
        assert (one["due"], one["desks"]) == ("ESCALATED", ["ops.beijing.cn"])
        told = desk("status", "--officer", "duty-1")
        assert "    islamabad.pk#" in told.out
        real, test, _ = told.out.partition("\nTest: 1 FLASH unanswered and escalated")
        assert " open actions" in real
        assert test
        assert "FLASH" not in real.rpartition(" open actions")[2], "nothing real"
    assert fusion.json("status", "--home", cn.home)["due"] is None
    assert "open actions" in fusion("status", "--home", cn.home).out
    cannot = ("--cannot-comply", "--reason", "weather")
    assert cn.json("ack", name, *cannot)["relation"] == "CANNOT_COMPLY"
    found = pk.until(name, lambda found: len(found["receipts"]) > 1)
    assert {r.get("reason", "") for r in found["receipts"]} == {"", "WEATHER"}
    assert dues(pk, name) == ["DECLINED"], "until an officer takes note"
    assert dues(cn, name) == []


def test_the_steps_of_the_ladder(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_cosigned(name)
    for option, relation in (
        (("--received",), "OPENED"),
        (("--read",), "ACKNOWLEDGED"),
        ((), "ACKNOWLEDGED"),
        (("--relation", "acknowledged"), "ACKNOWLEDGED"),
        (("--done",), "COMPLETED"),
        (("--relation", "COMPLETED"), "COMPLETED"),
    ):
        assert cn.json("ack", name, *option)["relation"] == relation


@pytest.mark.parametrize(
    ("given", "reason", "where"),
    [
        (("--read", "--done"), Reason.INPUT, "--read, --done, --cannot-comply"),
        (("--relation", "OPENED", "--done"), Reason.INPUT, "--read"),
        (("--cannot-comply",), Reason.FIELD_MISSING, "--reason"),
        (("--cannot-comply", "--reason", "LAZY"), Reason.CODE_UNKNOWN, "--reason"),
        (("--done", "--reason", "WEATHER"), Reason.FIELD_VALUE, "reason"),
    ],
)
def test_what_cannot_be_said(
    desk: AtDesk, given: tuple[str, ...], reason: Reason, where: str
) -> None:
    refused(desk("ack", desk.send(), *given), reason, where)


def test_a_flash_is_proposed_and_sent_by_an_officer(
    desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = iso(options.now() // 1_000 * 1_000 - MINUTE)
    details = MOVEMENT | {"overdue_at": alarm}
    name = desk.send(kind="MOVEMENT", details=details, translations=[])
    (one,) = handover(desk)["due"]
    assert (one["name"], one["due"]) == (name, "OVERDUE_MOVEMENT")
    proposed = desk("list", "--proposal", name[:8])
    draft = loaded(proposed)
    assert (draft["precedence"], draft["mode"]) == ("FLASH", "TEST")
    assert draft["references"] == [{"relation": "UPDATES", "name": name}]
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(proposed.out.encode()))
    )
    flash = desk.json("send", "-")["name"]
    listed = desk.list(f"thread:{name[:8]}")
    assert [row["name"] for row in listed] == [name, flash]
    other = desk.send()
    found = desk("list", "--proposal", other)
    refused(found, Reason.REFERENCES, f"{other[:16]}: this is not an overdue movement")


def test_conditions_mean_the_same_in_list_and_search(desk: AtDesk) -> None:
    first = desk.send(place={"site": "DASU-HPP"})
    second = desk.send(place={"site": "GWADAR-PORT"})
    for line, names in (
        ("near:DASU-HPP:50km", [first]),
        ("site:GWADAR-PORT,DASU-HPP is:out from:pk lang:en", [first, second]),
        ("convoy near:GWADAR-PORT:1km", [second]),
        ("on:2020-01-01", []),
        ("is:recalled", []),
    ):
        listed = desk.list(*line.split())
        assert [row["name"] for row in listed] == names
        found = desk.json("search", *line.split())["bulletins"]
        assert [row["name"] for row in found] == names[::-1], "the newest first"
    for command in ("list", "search"):
        for slip in ("is:other", "colour:red", "near:ATLANTIS:5km", "after:noon"):
            told = desk(command, "convoy", slip)
            refused(told, Reason.CODE_UNKNOWN, slip.partition(":")[0] + ":")


def test_searches_are_kept(desk: AtDesk) -> None:
    name = desk.send()
    kept = ("--save", "قافلے", "convoy", "is:out")
    (row,) = desk.json("search", *kept)["bulletins"]
    assert row["name"] == name
    assert desk.json("search", "--list-saved") == {
        "searches": [{"name": "قافلے", "line": "convoy is:out"}]
    }
    assert "convoy is:out" in desk("search", "--list-saved").out
    again = desk.json("search", "--saved", "قافلے")["bulletins"]
    assert again == [row]
    narrower = desk.json("search", "--saved", "قافلے", "absent")
    assert narrower == {"bulletins": []}
    assert desk("search", "--forget", "قافلے").code == 0
    refused(desk("search", "--saved", "قافلے"), Reason.FIELD_VALUE, "search")
    refused(desk("search", "--forget", "قافلے"), Reason.FIELD_VALUE, "search")
    unknown = desk("search", "--saved", "nope").err
    assert "no such saved search" in unknown
    refused(desk("search", "--save", "x", "is:odd"), Reason.CODE_UNKNOWN, "is:")
    refused(desk("search"), Reason.INPUT, "WORD")


def test_what_a_partner_wrote_reaches_no_terminal_as_it_came(
    desk: AtDesk, late: Late
) -> None:
    late(desk)
    desk.rewrite("UPDATE message SET subject = ?", "\x1b[2J\u202eevil")
    told = desk("list", "--handover").out
    assert "evil" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
