"""fusion desk number: an officer's word on a number far above the others."""

import pytest

from exchange.desk.mailbox.desk_numbers import DeskCount
from exchange.limits import DAY
from tests.cli.desk.conftest import AtDesk

OPS = "ops.beijing.cn"
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
    report = pushed.json(*STATUS)
    found = {"desk": OPS, "reach": 3, "number": 5_000}
    assert report["numbers_out_of_reach"] == [found]
    alarm = {"reason": "NUMBER", "where": f"{OPS} 5000 > 3", "at": None}
    assert alarm in report["alarms"]

    done = pushed("desk", "number", OPS, 5_000, "--misused").ended(0)
    assert done.out.startswith(f"number 5000 of {OPS}: misused, by duty-1@ops.")
    assert done.out in pushed(*STATUS).out
    report = pushed.json(*STATUS)
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
    refused = pushed("desk", "number", *words)

    assert refused.code != 0
    assert len(refused.err.splitlines()) == 1, refused.err
