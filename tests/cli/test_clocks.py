"""Clocks at the command line: keys made by one that is wrong, and operators' words."""

import json
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import doctor
from exchange.clock import date_of, wall_ms
from exchange.errors import Reason
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import read_envelopes
from exchange.limits import CLOCK_STEP_MAX, DAY, MINUTE, RETENTION
from exchange.net.assemble import open_home
from exchange.node import submissions, upkeep
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.store import Store, StoredTimes
from exchange.trust import bundle as bundles
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all
from tests.cli.conftest import NOW, PASSPHRASE, Apart, AtHome, Fusion, Typing
from tests.cli.test_retain import ORIGIN, note, record
from tests.clocks import Hands, stopped

EARLY = NOW - 59 * MINUTE
LATE = NOW + 200 * DAY


# The wall clock and serials.


def test_a_clock_that_was_ahead_when_the_keys_were_made_costs_nothing(
    home: Path,
) -> None:
    """Homes are made 59 minutes ahead; then the clock is set right."""
    with open_home(home, stopped(EARLY)) as (node, _):
        sent = note(home, b"early", NOW + 30 * DAY, EARLY)
        (answer,) = submissions.submit(node, [Submission(sent, "ops.islamabad.pk")])

    assert (answer.reason, answer.waiting) == ("", False)


def test_a_serial_is_a_number_and_never_a_time(homes: Path) -> None:
    for home in (homes / "islamabad.pk", homes / "beijing.cn"):
        with open_home(home, stopped(NOW)) as (node, _):
            directory = node.members.directory(node.name)
        assert directory is not None
        assert set(directory._serials.values()) <= {1}


def test_a_desk_that_is_made_again_asks_as_any_other(apart: Apart) -> None:
    apart.enrol("node")
    apart.enrol("desk")
    (apart / "desk").rename(apart / "lost")
    desk = Plan(desk="rescue.lahore.pk", officers=("duty-1",))
    make(apart / "desk", check_plan(desk), PASSPHRASE, NOW)
    asked = apart / "desk.request"
    apart.at("desk")("keys", "request", "--out", asked)

    unknown = apart.issue(asked).ended(2)
    assert "another TLS key than rescue.lahore.pk has" in unknown.err
    apart.enrol("desk", "--other-key")

    found = config.desk_home(apart / "desk")
    directory = Directory("lahore.pk", bundles.load_all(found.trust)["pk"])
    for inbox in (
        config.node_home(apart / "node").inbox,
        config.desk_home(apart / "lost").inbox,
        found.inbox,
    ):
        judge_all(read_envelopes(inbox), directory)
    assert len(directory.sealing_keys("rescue.lahore.pk")) == 2
    author = config.unlock(found.officer_key("duty-1"), PASSPHRASE, "officer").kid
    assert directory.signer("author", author) is not None


# A clock before the home was made.

BEFORE = NOW - 200 * DAY


def test_doctor_names_a_clock_before_the_home_was_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.cli.options.now", lambda: BEFORE)

    found = doctor.checks(home, {}, terminal=False)
    (check,) = (one for one in found if one.about == "clock")
    assert check.state == doctor.BAD
    assert check.line == (
        "clock: 2026-05-08T06:00:00Z, but author chief@ops.islamabad.pk is valid only"
        " from 2026-11-24T05:00:00Z on; set this clock"
    )


def test_a_nation_that_signs_before_it_was_made_reads_of_its_clock(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.cli.options.now", lambda: BEFORE)
    whose = ("duty-1@ops.islamabad.pk", "--since", "2026-11-24T06:00Z")

    found = here("keys", "revoke", *whose, "--yes", words=PASSPHRASE).ended(2)
    last = found.err.splitlines()[-1]
    assert "filed 2026-05-08T06:00:00Z, but this key is valid from 2026-11-24T" in last
    assert "set the clock of the machine that signs" in last


# fusion doctor --clock.


@contextmanager
def running(home: Path, hands: Hands) -> Iterator[Node]:
    lock = config.hold_lock(home / "node")
    with lock, open_home(home, hands.clock()) as (node, _):
        upkeep.tick(node)
        yield node


def test_a_running_node_takes_up_what_the_operator_confirmed(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(NOW)
    with running(here.home, hands) as node:
        hands.wall += 3 * DAY
        upkeep.tick(node)
        assert [one.reason for one in node.signed_time.alarms()] == [Reason.CLOCK]
        monkeypatch.setattr("exchange.cli.options.now", lambda: hands.wall)

        found = here("doctor", "--clock", "--yes").well()
        assert found.out.splitlines() == [
            "clock of this machine: 2026-11-27T06:00:00Z",
            "last time that the node kept: 2026-11-24T06:00:00Z",
            "newest time signed by another nation: never",
            "confirmed; the running node takes it up within a second",
        ]
        left = here.home / "node" / "clock.confirmed"
        assert stat.S_IMODE(left.stat().st_mode) == 0o600
        upkeep.tick(node)
        assert list(node.signed_time.alarms()) == []
        assert node.clock.now() == NOW + 3 * DAY
        assert not left.exists()


@pytest.mark.parametrize("said", [b"", b"x", b"-5", b"9" * 400, b"\xff"])
def test_what_is_no_confirmation_is_taken_away_and_counts_for_nothing(
    home: Path, said: bytes
) -> None:
    hands = Hands(NOW)
    with running(home, hands) as node:
        hands.wall += 3 * DAY
        left = home / "node" / "clock.confirmed"
        left.write_bytes(said)

        upkeep.tick(node)

        assert node.clock.now() == NOW
        assert not left.exists()


def test_a_confirmation_of_another_hour_confirms_nothing(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(NOW)
    with running(here.home, hands) as node:
        monkeypatch.setattr("exchange.cli.options.now", lambda: hands.wall)
        assert here("doctor", "--clock", "--yes").code == 0
        hands.wall += CLOCK_STEP_MAX + 1

        upkeep.tick(node)

        assert node.clock.now() == NOW
        assert [one.reason for one in node.signed_time.alarms()] == [Reason.CLOCK]


def test_of_a_stopped_node_it_is_kept(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(here.home, stopped(LATE)) as (node, _):
        upkeep.tick(node)
        node.store.retention.set_times(StoredTimes(LATE, "beijing.cn", LATE))
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW)

    found = here("doctor", "--clock", "--yes", "--json")

    told = json.loads(found.out)
    assert (found.code, told["confirmed"], told["by"]) == (0, "kept", "beijing.cn")
    assert told["signed"] == told["last"] == "2027-06-12T06:00:00Z"
    with open_home(here.home, stopped(NOW)) as (node, _):
        assert list(node.signed_time.alarms()) == []
        assert node.store.retention.times() == StoredTimes(NOW, "beijing.cn", NOW)


def test_without_a_yes_nothing_is_confirmed(begun: AtHome) -> None:
    found = begun("doctor", "--clock").ended(2)
    assert "there is no terminal to confirm this at" in found.err
    assert not (begun.home / "node" / "clock.confirmed").exists()


# fusion retain --on-this-clock.


@pytest.fixture
def over(tmp_path: Path, fusion: Fusion) -> AtHome:
    """A home with a text that is over by the clock, and nobody else bears it out."""
    home, old = tmp_path / "islamabad.pk", wall_ms() - 2 * RETENTION
    plan = Plan("pk", "islamabad.pk", "ops.islamabad.pk", ("duty-1",))
    make(home, check_plan(plan), PASSPHRASE, old)
    sent = note(home, b"over", old + DAY, old)
    with open_home(home, stopped(old)) as (node, _):
        record(node, [sent])
    return AtHome(home, fusion)


def texts(home: Path) -> int:
    with closing(Store(home / "node" / "ledger.db", read_only=True)) as store:
        return len(store.retention.held_texts(ORIGIN, 0, 100))


def test_by_this_clock_alone_the_date_is_typed(over: AtHome, typing: Typing) -> None:
    found = over("retain")
    assert (found.code, found.out) == (0, "no text is past its retention\n")
    command = ("retain", "--on-this-clock")
    unasked = over(*command).ended(2)
    why = "the date must be typed at a terminal; run the command at one"
    assert why in unasked.err

    typing("yes")
    refused = over(*command).ended(2)
    assert f"only this machine's clock ({date_of(wall_ms())})" in refused.err
    assert "not the date of this clock; no changes made" in refused.err
    assert texts(over.home) == 1

    typing(date_of(wall_ms()))
    over(*command).ended(0)
    assert texts(over.home) == 0
