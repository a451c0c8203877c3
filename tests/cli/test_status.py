"""What `fusion status` says of a link."""

import pytest

from exchange.cli import log_output, status, status_output
from exchange.errors import TEXTS, Reason
from exchange.v1 import desk_service_pb2 as pb
from tests.cli.conftest import AtHome

AT = 1_800_000_000_000  # 2027-01-15 08:00 UTC
AT_ISO = "2027-01-15T08:00:00Z"
SILENT = AT + 61_000


def said(**fields: object) -> str:
    peer = pb.PeerStatus(name="beijing.cn", since=AT, **fields)  # type: ignore[arg-type]
    return status_output.link_line(status_output.peer_json(peer))


def test_a_link_that_is_up() -> None:
    told = said(up=True, queued=2, cosigned_at=AT)

    assert told == (
        "partner beijing.cn up since 2027-01-15T08:00:00Z, 2 queued,"
        " last cosigned 2027-01-15T08:00:00Z"
    )


def test_why_one_is_down() -> None:
    told = said(reason="CERTIFICATE_TIME")

    assert "beijing.cn down (CERTIFICATE_TIME) since 2027-01-15T08:00:00Z" in told


def test_since_when_one_does_not_answer_and_what_it_lacks() -> None:
    told = said(up=True, silent_since=SILENT, lacking=3)

    assert "up since" in told
    assert told.endswith(
        "; no answer since 2027-01-15T08:01:01Z; 3 texts missing there"
    )


def test_a_fork_is_the_first_line_and_exit_code_1(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "beijing.cn.fusion/log/1"
    forked = pb.Alarm(reason="FORK", where=log, at=AT)
    answer = pb.GetStatusResponse(node="islamabad.pk", signing=True, alarms=[forked])
    monkeypatch.setattr(status, "_ask", lambda _: answer)

    shown = here("status").ended(1)
    assert shown.out.splitlines()[0] == f"FORK: {log} has signed two histories"

    answer.alarms[0].reason = "CLOCK"
    assert here("status").code == 0


@pytest.mark.parametrize(
    ("partner", "line"),
    [
        ({"up": True, "cosigned_at": AT - 60_000}, "ledgers agree"),
        (
            {"up": False, "cosigned_at": AT - 60_000},
            "ledgers agreed when last heard, 2027-01-15T07:59:00Z, 1 min ago",
        ),
        (
            {"up": True, "cosigned_at": AT - 60_000, "silent_since": AT - 30_000},
            "ledgers agreed when last heard, 2027-01-15T07:59:00Z, 1 min ago",
        ),
        (
            {"up": True, "cosigned_at": AT - 2 * 3_600_000},
            "ledgers agreed when last heard, 2027-01-15T06:00:00Z, 2 h ago",
        ),
        ({"up": False}, "ledgers: not every partner has been heard yet"),
    ],
)
def test_ledgers_agree_only_while_partners_say_so(
    partner: dict[str, object], line: str, here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = pb.PeerStatus(name="beijing.cn", since=AT, **partner)  # type: ignore[arg-type]  # its fields
    answer = pb.GetStatusResponse(
        node="islamabad.pk", signing=True, peers=[peer], agree=True, time=AT
    )
    monkeypatch.setattr(status, "_ask", lambda _: answer)

    assert line in here("status").out.splitlines()
    told = here.json("status")
    assert told["agree"] is True
    assert told["agreed"]["now"] is (line == "ledgers agree")


def test_what_is_on_its_way_and_why() -> None:
    """Each with its node, and since when where that is known."""
    own, other = "islamabad.pk", "beijing.cn"
    rows = [
        pb.OnTheWay(state="queued", node=own, reason="MINIMIZE", since=AT, count=2),
        pb.OnTheWay(state="local", to=other, node=own, reason="EMCON", count=1),
        pb.OnTheWay(
            state="local", to=other, node=other, reason="UNREACHABLE", since=AT, count=7
        ),
        pb.OnTheWay(state="local", to=other, node=other, reason="SENT", count=3),
        pb.OnTheWay(state="local", to=other, node=other, reason="QUEUED", count=4),
        pb.OnTheWay(state="local", to=other, node=other, reason="MISSING", count=1),
        pb.OnTheWay(state="refused", to=other, node=other, reason="SIZE", count=1),
    ]
    found = log_output.counts_json(rows)

    assert list(log_output.count_lines(found)) == [
        f"2 queued for islamabad.pk: {TEXTS[Reason.MINIMIZE]}, since {AT_ISO}",
        "1 not at beijing.cn yet: islamabad.pk: the node does not transmit now (EMCON)",
        "7 not at beijing.cn yet: does not answer, since 2027-01-15T08:00:00Z",
        "3 not at beijing.cn yet: sent, not answered yet",
        "4 not at beijing.cn yet: others go first",
        "1 not at beijing.cn yet: only its text",
        "1 refused by beijing.cn: larger than the format allows",
    ]
    assert found[0] == {
        "state": "queued",
        "to": None,
        "node": own,
        "reason": "MINIMIZE",
        "since": AT_ISO,
        "count": 2,
    }
