"""A kill -9 at any step of release or return loses nothing and doubles nothing."""

import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import PASSPHRASE, piped
from tests.two_desks import CN, PK, Desks

CHIEF = ("--officer", "duty-4")
OUTBOX, RELEASES = "exchange.desk.link.outbox", "exchange.desk.mailbox.releases"
WRITTEN = (
    *("send", "--kind", "ROUTE_STATUS", "--to", "ops.beijing.cn", "--tlp", "AMBER"),
    *("--rel", "pk", "--rel", "cn", "--mode", "ACTUAL"),
    *("--set", "details.state=BLACK"),
    *("--set", "details.cause=LANDSLIDE", "--set", "place.site=KKH-BRIDGE-7"),
    *("--set", "when.from=2026-11-25T06:00:00Z", "--precedence", "PRIORITY"),
)


def run_killed(desks: Desks, where: str, *arguments: object) -> None:
    """Run a command of Islamabad's desk that is killed where a function is called."""
    asked = [*map(str, arguments), "--home", str(desks.homes[PK])]
    with piped(PASSPHRASE) as reader:
        asked.append(f"--passphrase-fd={reader}")
        ended = subprocess.run(
            [sys.executable, "-m", "tests.cli.release.killed", where, *asked],
            pass_fds=(reader,),
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert ended.returncode == -signal.SIGKILL, (where, ended)


def state_of(desks: Desks, name: str, *officer: str) -> str:
    """The state of a draft at Islamabad's desk, "" where it is over."""
    found = desks.run(PK, "release", "list", *officer, "--json").json()["drafts"]
    return next((str(one["state"]) for one in found if one["name"] == name), "")


def listed(desks: Desks, at: str, subject: str) -> list[tuple[str, str]]:
    """Name and state of each bulletin of a subject at a desk."""
    desks.settle()
    found = desks.run(at, "list", "--json").json()["bulletins"]
    return [(one["name"], one["state"]) for one in found if one["subject"] == subject]


def written(desks: Desks, subject: str) -> str:
    said = desks.run(PK, *WRITTEN, "--subject", subject, "--json").json()
    assert said["state"] == "waiting"
    return str(said["name"])


@pytest.mark.parametrize(
    "where",
    [f"{OUTBOX}:push@2", f"{OUTBOX}:_Handover._note@1", f"{OUTBOX}:note_waiting@1"],
)
def test_what_is_written_waits_once(desks: Desks, where: str) -> None:
    subject = f"Written, killed at {where}"
    run_killed(desks, where, *WRITTEN, "--subject", subject)
    ((name, state),) = listed(desks, PK, subject)
    assert state == "waiting"
    assert state_of(desks, name, *CHIEF) == "WAITING"
    assert desks.run(PK, "release", "sign", name, *CHIEF, "--yes").code == 0
    assert state_of(desks, name) == ""
    assert [one for one, _ in listed(desks, CN, subject)] == [name]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        (f"{RELEASES}:Releases.set_state@1", False),  # in the transaction that keeps it
        (f"{OUTBOX}:push@2", True),
        (f"{OUTBOX}:_Handover._note@1", True),
    ],
)
def test_what_is_released_goes_once(desks: Desks, where: str, *, kept: bool) -> None:
    subject = f"Released, killed at {where}"
    name = written(desks, subject)
    run_killed(desks, where, "release", "sign", name, *CHIEF, "--yes")
    if not kept:
        assert state_of(desks, name, *CHIEF) == "WAITING"
        assert desks.run(PK, "release", "sign", name, *CHIEF, "--yes").code == 0
    assert state_of(desks, name) == ""
    for at in (PK, CN):
        assert [one for one, _ in listed(desks, at, subject)] == [name]
    assert desks.run(PK, "show", name, "--json").json()["release"]["by"] == (
        "duty-4@ops.islamabad.pk"
    )


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        (f"{RELEASES}:Releases.give_back@1", False),
        (f"{OUTBOX}:tell_returns@2", True),
        (f"{RELEASES}:Releases.note_told@1", True),
    ],
)
def test_what_is_given_back_is_over_once(
    desks: Desks, where: str, *, kept: bool
) -> None:
    subject = f"Given back, killed at {where}"
    name = written(desks, subject)
    asked = ("release", "return", name, *CHIEF, "--code", "LABEL")
    run_killed(desks, where, *asked)
    if not kept:
        assert state_of(desks, name) == "WAITING"
        assert desks.run(PK, *asked).code == 0
    assert state_of(desks, name) == "RETURNED"
    assert listed(desks, PK, subject) == [(name, "returned")]
    again = desks.run(PK, "send", "--again", name, "--json").json()
    assert again["state"] == "waiting"
    sign = desks.run(PK, "release", "sign", again["name"], *CHIEF, "--yes")
    assert sign.code == 0, sign
    assert [one for one, _ in listed(desks, CN, subject)] == [again["name"]]
