"""fusion source: the register of sources from the shell."""

import pytest

from exchange.errors import Reason
from tests.cli.conftest import loaded
from tests.cli.desk.conftest import AtDesk, refused


def test_a_source_is_added_graded_listed_and_shown(desk: AtDesk) -> None:
    remark = ("--remark", "Highway maintenance")
    added = desk("source", "add", "pk-h-07", "--reliability", "b", *remark)
    assert added.out.startswith("PK-H-07")
    why = ("--why", "Two reports not borne out")
    graded = ("PK-H-07", "--reliability", "C", *why, "--json")
    assert loaded(desk("source", "grade", *graded))["reliability"] == "C"
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
