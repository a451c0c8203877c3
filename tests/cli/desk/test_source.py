"""fusion source: the register of sources from the shell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.errors import Reason
from tests.cli.conftest import Result
from tests.cli.desk.conftest import loaded
from tests.cli.desk.test_send import refused

At = Callable[..., Result]


def test_a_source_is_added_graded_listed_and_shown(stopped: Path, at: At) -> None:
    remark = ("--remark", "Highway maintenance")
    added = at(stopped, "source", "add", "pk-h-07", "--reliability", "b", *remark)
    assert added.out.startswith("PK-H-07")
    why = ("--why", "Two reports not borne out")
    graded = ("PK-H-07", "--reliability", "C", *why, "--json")
    assert loaded(at(stopped, "source", "grade", *graded))["reliability"] == "C"
    (row,) = loaded(at(stopped, "source", "list", "--json"))["sources"]
    assert (row["code"], row["reliability"]) == ("PK-H-07", "C")
    assert row["remark"] == "Highway maintenance"
    found = loaded(at(stopped, "source", "show", "PK-H-07", "--json"))
    grades = [(each["reliability"], each["why"]) for each in found["grades"]]
    assert grades == [("B", ""), ("C", "Two reports not borne out")]
    assert {each["officer"] for each in found["grades"]} == {"duty-1@ops.islamabad.pk"}
    told = at(stopped, "source", "show", "PK-H-07").out
    assert "Two reports not borne out" in told
    assert "PK-H-07" in at(stopped, "source", "list").out


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
    stopped: Path, at: At, given: tuple[str, ...], reason: Reason, where: str
) -> None:
    refused(at(stopped, "source", *given), reason, where)
    assert loaded(at(stopped, "source", "list", "--json")) == {"sources": []}
