"""What a desk keeps by command: address groups, sources, its word on numbers."""

import json

import pytest

from exchange.desk.mailbox.desk_numbers import DeskCount
from exchange.errors import Reason
from exchange.limits import DAY
from tests.cli.desk.conftest import AtDesk, refused
from tests.cli.desk.test_send import HANDLED

GROUP = ("desk", "group")
OPS = "ops.beijing.cn"
TO = ("--kind", "SITREP", "--mode", "TEST", "--subject", "Delayed", "--text", "By 2 h.")


def test_a_group_is_kept_and_sent_to_and_deleted(desk: AtDesk) -> None:
    assert desk(*GROUP, "set", "north", OPS).code == 0
    assert desk(*GROUP, "list").out.split() == ["@north", OPS]
    listed = desk.json(*GROUP, "list")
    assert listed == {"groups": [{"name": "north", "desks": [OPS]}]}

    by_options = desk.json("send", *TO, "--to", "@north", *HANDLED)["name"]
    for name in (by_options, desk.send(to=["@north"])):
        assert OPS in desk.show(name)["recipients"]

    assert desk(*GROUP, "delete", "north").code == 0
    gone = desk("send", *TO, "--to", "@north", *HANDLED).refused()
    assert "@north: no such address group" in gone.err


def test_what_cannot_be_a_group_is_refused(desk: AtDesk) -> None:
    for arguments in (
        ("set", "north", "ops.nowhere.cn"),
        ("set", "a@b", OPS),
        ("set", "north"),
        ("delete", "north"),
    ):
        desk(*GROUP, *arguments).refused()
    assert desk.json(*GROUP, "list") == {"groups": []}


def test_a_group_of_the_own_desk_alone_is_empty(desk: AtDesk) -> None:
    assert desk(*GROUP, "set", "us", "ops.islamabad.pk").code == 0
    lone = desk("send", *TO, "--to", "@us", *HANDLED).refused()
    assert "has no other desk" in lone.err


def test_a_source_is_added_graded_listed_and_shown(desk: AtDesk) -> None:
    remark = ("--remark", "Highway maintenance")
    added = desk("source", "add", "pk-h-07", "--reliability", "b", *remark)
    assert added.out.startswith("PK-H-07")
    why = ("--why", "Two reports not borne out")
    graded = desk.json("source", "grade", "PK-H-07", "--reliability", "C", *why)
    assert graded["reliability"] == "C"
    (row,) = desk.json("source", "list")["sources"]
    assert (row["code"], row["reliability"]) == ("PK-H-07", "C")
    assert row["remark"] == "Highway maintenance"
    found = desk.json("source", "show", "PK-H-07")
    grades = [(each["reliability"], each["why"]) for each in found["grades"]]
    assert grades == [("B", ""), ("C", "Two reports not borne out")]
    assert {each["officer"] for each in found["grades"]} == {"duty-1@ops.islamabad.pk"}
    told = desk("source", "show", "PK-H-07").out
    assert "Two reports not borne out" in told
    assert "PK-H-07" in desk("source", "list").out


@pytest.mark.parametrize(
    ("given", "reason", "where"),
    [
        (("add", "AHMED", "--reliability", "B"), Reason.FIELD_VALUE, "CODE"),
        (("add", "PK-H-07", "--reliability", "G"), Reason.CODE_UNKNOWN, "reliability"),
        (
            ("add", "PK-H-07", "--reliability", "B", "--remark", "Call 0300-1234567"),
            Reason.PERSONAL_DATA,
            "remark",
        ),
        (
            ("grade", "PK-H-07", "--reliability", "B", "--why", "x"),
            Reason.CODE_UNKNOWN,
            "PK-H-07",
        ),
        (("show", "PK-H-07"), Reason.CODE_UNKNOWN, "PK-H-07"),
    ],
    ids=["name", "grade", "telephone", "unknown", "shown"],
)
def test_bad_input_is_one_line_and_stores_nothing(
    desk: AtDesk, given: tuple[str, ...], reason: Reason, where: str
) -> None:
    refused(desk("source", *given), reason, where)
    assert desk.json("source", "list") == {"sources": []}


STATUS = ("status", "--officer", "duty-1")


@pytest.fixture
def pushed(desk: AtDesk) -> AtDesk:
    """A desk that number 5,000 of Beijing's has come to behind 1 and 3."""
    with desk.open("duty-1") as opened, opened.writing():
        came = DeskCount(dict.fromkeys((1, 3, 5000), b""))
        opened.mailbox.numbers.note_logged(OPS, came, opened.clock(), sent=False)
    return desk


def test_every_command_says_so_until_an_officer_says_what_it_is(pushed: AtDesk) -> None:
    told = pushed("list").err
    assert (
        f"a bulletin of {OPS} by - has number 5000, far above 3, the largest that"
        f" counts; to explain it, run fusion desk number {OPS} 5000\n"
    ) in told
    missing = f"1 bulletin of {OPS} to us is missing: 2"
    assert f"{missing}; to write the RFI, run fusion list" in told
    report = json.loads(pushed(*STATUS, "--json").out)
    found = {"desk": OPS, "reach": 3, "number": 5_000}
    assert report["numbers_out_of_reach"] == [found]
    alarm = {"reason": "NUMBER", "where": f"{OPS} 5000 > 3", "at": None}
    assert alarm in report["alarms"]

    done = pushed("desk", "number", OPS, 5_000, "--misused").ended(0)
    assert done.out.startswith(f"number 5000 of {OPS}: misused, by duty-1@ops.")
    assert done.out in pushed(*STATUS).out
    report = json.loads(pushed(*STATUS, "--json").out)
    assert report["numbers_out_of_reach"] == []
    (said,) = report["number_verdicts"]
    assert (said["number"], said["verdict"]) == (5_000, "MISUSED")
    assert pushed("desk", "number", OPS, 3, "--go-on").code == 0
    assert OPS not in pushed("list").err


def test_what_is_missing_for_long_is_in_the_status_alone(desk: AtDesk) -> None:
    with desk.open("duty-1") as opened, opened.writing():
        came, long_ago = DeskCount({2: b""}), opened.clock() - 181 * DAY
        opened.mailbox.numbers.note_logged(OPS, came, long_ago, sent=False)

    assert OPS not in desk("list").err
    assert f"1 bulletin of {OPS} to us is missing: 1\n" in desk(*STATUS).out


@pytest.mark.parametrize(
    "words",
    [
        (OPS, 5_000),
        (OPS, 5_000, "--misused", "--go-on"),
        (OPS, 4, "--misused"),
        (OPS, 0, "--misused"),
        (OPS, 2**63, "--misused"),
        ("ops.nowhere.cn", 5_000, "--go-on"),
    ],
)
def test_what_says_nothing_is_refused(
    pushed: AtDesk, words: tuple[object, ...]
) -> None:
    pushed("desk", "number", *words).refused()
