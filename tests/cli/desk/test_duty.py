"""fusion list --handover, status with open actions, ack's ladder, saved searches."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.bulletin.values import iso
from exchange.cli import options
from exchange.desk.client import Desk
from exchange.errors import Reason
from exchange.limits import MINUTE
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import Pair, bulletin, loaded
from tests.cli.desk.test_send import refused, shown, until, until_cosigned

At = Callable[..., Result]
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


def sent(at: At, home: Path, folder: Path, **changes: object) -> str:
    path = folder / f"{time.monotonic_ns()}.json"
    path.write_text(json.dumps(bulletin(**changes)))
    return str(loaded(at(home, "send", path, "--json"))["name"])


@pytest.fixture
def late(at: At, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Sends a FLASH that should have been acknowledged a while ago by now."""
    now, ahead = time.time_ns, 0

    def send(home: Path, folder: Path, **changes: object) -> str:
        nonlocal ahead
        by = iso(options.now() // 1_000 * 1_000 + MINUTE)
        name = flash(at, home, folder, by, **changes)
        ahead += 4 * MINUTE + 2_000
        return name

    monkeypatch.setattr(time, "time_ns", lambda: now() + ahead * 1_000_000)
    yield send
    monkeypatch.undo()


def flash(at: At, home: Path, folder: Path, by: str, **changes: object) -> str:
    asks = {"acknowledge": "ACTION", "acknowledge_by": by}
    given = {"precedence": "FLASH", "request": asks, "translations": []}
    return sent(at, home, folder, **(given | changes))


def handover(at: At, home: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = loaded(
        at(home, "list", "--handover", "--json")
    )["handover"]
    return found


def dues(at: At, home: Path, name: str) -> list[str]:
    """What is due about a bulletin at a desk, by its status."""
    found = loaded(at(home, "status", "--json"))["due"]
    return [one["due"] for one in found if one["name"] == name]


def test_the_sender_sees_who_has_not_answered(
    stopped: Path, at: At, tmp_path: Path, late: Late
) -> None:
    assert handover(at, stopped) == {name: [] for name in SECTIONS}
    name = late(stopped, tmp_path)
    found = handover(at, stopped)
    assert list(found) == SECTIONS
    (one,) = (one for section in found.values() for one in section)
    assert found["escalated"] == [one], "once"
    assert (one["name"], one["due"]) == (name, "ESCALATED")
    assert one["desks"] == ["ops.beijing.cn"]
    assert one["late_s"] >= 180


@pytest.mark.parametrize(
    ("lang", "heading", "none", "note"),
    [
        (
            "en",
            "Escalated: 1 bulletin (Test: 1)",
            "Under way: none",
            "late by 3 minutes",
        ),
        (
            "ur",
            "اگلے افسر تک: 1 بلیٹن (آزمائش: 1)",
            "جاری: کچھ نہیں",
            "تاخیر 3 منٹ",
        ),
        ("zh", "已逐级上报：1 份通报（测试：1）", "进行中：无", "逾期 3 分钟"),
    ],
)
def test_the_hand_over_list_speaks_the_officer_s_language(  # noqa: PLR0913, PLR0917 - its parameters
    stopped: Path,
    at: At,
    tmp_path: Path,
    lang: str,
    heading: str,
    none: str,
    note: str,
    late: Late,
) -> None:
    late(stopped, tmp_path)
    late(stopped, tmp_path, mode="ACTUAL")
    told = at(stopped, "list", "--handover", "--lang", lang)
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert heading in lines
    assert none in lines
    assert note in told.out


def test_the_hand_over_list_refuses_a_language_that_it_does_not_speak(
    stopped: Path, at: At
) -> None:
    refused(
        at(stopped, "list", "--handover", "--lang", "fr"), Reason.LANGUAGE, "--lang"
    )


@pytest.mark.parametrize("more", [("kind:WARNING",), ("--proposal", "0" * 8)])
def test_a_hand_over_list_is_whole_or_none(
    stopped: Path, at: At, more: tuple[str, ...]
) -> None:
    """What is asked for beside it would be left out without a word."""
    refused(at(stopped, "list", "--handover", *more), Reason.INPUT, "--handover")


def test_status_shows_what_is_due_to_whom_has_the_passphrase(
    pair: Pair, at: At, fusion: Fusion, tmp_path: Path, late: Late
) -> None:
    name = late(pair.pk, tmp_path)
    until_cosigned(at, pair.cn, name)
    for home in (pair.pk, pair.cn):
        found = loaded(at(home, "status", "--json"))["due"]
        (one,) = (one for one in found if one["name"] == name)
        assert (one["due"], one["desks"]) == (
            "ESCALATED",
            ["ops.beijing.cn"],
        )
        told = at(home, "status", "--officer", "duty-1")
        assert "    islamabad.pk#" in told.out
        assert "Test: 1 FLASH unanswered and escalated" in told.out
        assert "\n0 open actions\nTest: " in told.out, "nothing real"
    assert loaded(fusion("status", "--home", pair.cn, "--json"))[("due")] is None
    assert "open actions" in fusion("status", "--home", pair.cn).out
    cannot = ("--cannot-comply", "--reason", "weather", "--json")
    assert loaded(at(pair.cn, "ack", name, *cannot))["relation"] == "CANNOT_COMPLY"
    receipts = until(
        lambda: shown(at, pair.pk, name), lambda found: len(found["receipts"]) > 1
    )["receipts"]
    assert {r.get("reason", "") for r in receipts} == {"", "WEATHER"}
    assert dues(at, pair.pk, name) == ["DECLINED"], "until an officer takes note"
    assert dues(at, pair.cn, name) == []


def test_the_steps_of_the_ladder(pair: Pair, at: At, tmp_path: Path) -> None:
    name = sent(at, pair.pk, tmp_path)
    until_cosigned(at, pair.cn, name)
    for option, relation in (
        (("--received",), "OPENED"),
        (("--read",), "ACKNOWLEDGED"),
        ((), "ACKNOWLEDGED"),
        (("--relation", "acknowledged"), "ACKNOWLEDGED"),
        (("--done",), "COMPLETED"),
        (("--relation", "COMPLETED"), "COMPLETED"),
    ):
        said = loaded(at(pair.cn, "ack", name, *option, "--json"))
        assert said["relation"] == relation


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
def test_what_cannot_be_said(  # noqa: PLR0913, PLR0917 - its parameters
    stopped: Path,
    at: At,
    tmp_path: Path,
    given: tuple[str, ...],
    reason: Reason,
    where: str,
) -> None:
    name = sent(at, stopped, tmp_path)
    refused(at(stopped, "ack", name, *given), reason, where)


def test_a_flash_is_proposed_and_sent_by_an_officer(
    stopped: Path, at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = iso(options.now() // 1_000 * 1_000 - MINUTE)
    name = sent(
        at,
        stopped,
        tmp_path,
        kind="MOVEMENT",
        details=MOVEMENT | {"overdue_at": alarm},
        translations=[],
    )
    (one,) = handover(at, stopped)["due"]
    assert (one["name"], one["due"]) == (name, "OVERDUE_MOVEMENT")
    proposed = at(stopped, "list", "--proposal", name[:8])
    draft = loaded(proposed)
    assert (draft["precedence"], draft["mode"]) == ("FLASH", "TEST")
    assert draft["references"] == [{"relation": "UPDATES", "name": name}]
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(proposed.out.encode()))
    )
    flash = loaded(at(stopped, "send", "-", "--json"))["name"]
    listed = loaded(at(stopped, "list", f"thread:{name[:8]}", "--json"))["bulletins"]
    assert [row["name"] for row in listed] == [name, flash]
    other = sent(at, stopped, tmp_path)
    found = at(stopped, "list", "--proposal", other)
    refused(found, Reason.REFERENCES, f"{other[:16]}: this is not an overdue movement")


def test_conditions_mean_the_same_in_list_and_search(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    first = sent(at, stopped, tmp_path, place={"site": "DASU-HPP"})
    second = sent(at, stopped, tmp_path, place={"site": "GWADAR-PORT"})
    for line, names in (
        ("near:DASU-HPP:50km", [first]),
        ("site:GWADAR-PORT,DASU-HPP is:out from:pk lang:en", [first, second]),
        ("convoy near:GWADAR-PORT:1km", [second]),
        ("on:2020-01-01", []),
        ("is:recalled", []),
    ):
        listed = loaded(at(stopped, "list", *line.split(), "--json"))["bulletins"]
        assert [row["name"] for row in listed] == names
        found = loaded(at(stopped, "search", *line.split(), "--json"))["bulletins"]
        assert [row["name"] for row in found] == names[::-1], "the newest first"
    for command in ("list", "search"):
        for slip in ("is:other", "colour:red", "near:ATLANTIS:5km", "after:noon"):
            told = at(stopped, command, "convoy", slip)
            refused(told, Reason.CODE_UNKNOWN, slip.partition(":")[0] + ":")


def test_searches_are_kept(stopped: Path, at: At, tmp_path: Path) -> None:
    name = sent(at, stopped, tmp_path)
    kept = ("--save", "قافلے", "convoy", "is:out")
    (row,) = loaded(at(stopped, "search", *kept, "--json"))["bulletins"]
    assert row["name"] == name
    assert loaded(at(stopped, "search", "--list-saved", "--json")) == {
        "searches": [{"name": "قافلے", "line": "convoy is:out"}]
    }
    assert "convoy is:out" in at(stopped, "search", "--list-saved").out
    again = loaded(at(stopped, "search", "--saved", "قافلے", "--json"))["bulletins"]
    assert again == [row]
    narrower = loaded(at(stopped, "search", "--saved", "قافلے", "absent", "--json"))
    assert narrower == {"bulletins": []}
    assert at(stopped, "search", "--forget", "قافلے").code == 0
    refused(at(stopped, "search", "--saved", "قافلے"), Reason.FIELD_VALUE, "search")
    refused(at(stopped, "search", "--forget", "قافلے"), Reason.FIELD_VALUE, "search")
    unknown = at(stopped, "search", "--saved", "nope").err
    assert "no such saved search" in unknown
    refused(at(stopped, "search", "--save", "x", "is:odd"), Reason.CODE_UNKNOWN, "is:")
    refused(at(stopped, "search"), Reason.INPUT, "WORD")


def test_what_a_partner_wrote_reaches_no_terminal_as_it_came(
    stopped: Path, at: At, tmp_path: Path, late: Late
) -> None:
    late(stopped, tmp_path)
    with (
        Desk.open(stopped, "", PASSPHRASE) as desk,
        desk.mailbox.database.transaction(),
    ):
        desk.mailbox.database.write(
            "UPDATE message SET subject = ?", ("\x1b[2J\u202eevil",)
        )
    told = at(stopped, "list", "--handover").out
    assert "evil" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
