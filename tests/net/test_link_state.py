"""Links are paced by elapsed time, tell each thing once, and forget what has healed."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import BACKOFF_MAX, LINK_STEADY, LOG_PACE
from exchange.net.link_state import FAULT_AGE, LinkStates
from exchange.store import PeerState, Store
from exchange.v1 import desk_service_pb2 as desk_pb

CN = "beijing.cn"
HOUR = 3_600_000


class Clocks:
    """A wall clock that people set, and time that only passes; both in ms."""

    def __init__(self) -> None:
        self.wall, self.elapsed = 1_800_000_000_000, 5_000

    def passes(self, ms: int) -> None:
        self.wall += ms
        self.elapsed += ms


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def states(store: Store, clocks: Clocks) -> LinkStates:
    return LinkStates(store, lambda: clocks.wall, lambda: clocks.elapsed)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def described(states: LinkStates) -> desk_pb.GetStatusResponse:
    status = desk_pb.GetStatusResponse(peers=[desk_pb.PeerStatus(name=CN)])
    states.describe(status)
    return status


@pytest.mark.parametrize("step", [-HOUR, -1, HOUR])
async def test_a_clock_that_is_set_delays_no_attempt(
    states: LinkStates, clocks: Clocks, step: int
) -> None:
    await states.fall(CN, Reason.UNREACHABLE)
    clocks.wall += step

    assert 0 < states.wait(CN) <= BACKOFF_MAX
    clocks.passes(BACKOFF_MAX)
    assert states.wait(CN) == 0


@pytest.mark.parametrize("step", [-HOUR, HOUR])
async def test_nor_does_one_that_was_set_while_the_node_was_down(
    store: Store, clocks: Clocks, step: int
) -> None:
    later = clocks.wall + HOUR
    stored = PeerState(failures=50, next_try_at=later, reason="UNREACHABLE", since=1)
    store.partners.set_peer(CN, stored)
    clocks.wall += step
    states = LinkStates(store, lambda: clocks.wall, lambda: clocks.elapsed)

    await states.load(CN)

    assert states.wait(CN) <= BACKOFF_MAX
    assert states.of(CN).failures == 50
    assert states.of(CN).since == 1


async def test_failures_of_a_partner_add_up_and_a_steady_link_forgets_them(
    states: LinkStates, clocks: Clocks
) -> None:
    for _ in range(3):
        await states.rise(CN)
        clocks.passes(1_000)
        await states.fall(CN, Reason.BUSY)
    assert states.of(CN).failures == 3

    await states.rise(CN)
    clocks.passes(LINK_STEADY)
    await states.fall(CN, Reason.BUSY)

    assert states.of(CN).failures == 1


async def test_a_line_that_is_cut_again_and_again_is_dialled_soon(
    states: LinkStates,
) -> None:
    for _ in range(20):
        await states.rise(CN)
        await states.fall(CN, Reason.UNREACHABLE)

    assert states.of(CN).failures == 1


async def test_the_log_says_a_thing_once_a_minute(
    states: LinkStates, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(10):
            await states.rise(CN)
            await states.fall(CN, Reason.UNREACHABLE)
        assert len(said(caplog)) == 2
        await states.fall(CN, Reason.CERTIFICATE_TIME, "CERTIFICATE_TIME (file)")
        assert len(said(caplog)) == 3
        clocks.passes(LOG_PACE)
        await states.fall(CN, Reason.UNREACHABLE)

    assert said(caplog) == [
        "link to beijing.cn is up",
        "link to beijing.cn: UNREACHABLE",
        "link to beijing.cn: CERTIFICATE_TIME (file)",
        "link to beijing.cn: UNREACHABLE",
    ]


async def test_a_link_that_is_opened_anew_in_good_order_is_no_news(
    states: LinkStates, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            await states.rise(CN)
            clocks.passes(HOUR)
            await states.fall(CN, "")

    assert said(caplog) == ["link to beijing.cn is up"]


async def test_a_store_that_fails_ends_nothing_and_its_alarm_goes(
    states: LinkStates,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(_name: str, _state: PeerState) -> None:
        raise Refusal(Reason.DISK, "ledger.db")

    with monkeypatch.context() as patch:
        patch.setattr(store.partners, "set_peer", full)
        for _ in range(3):
            await states.rise(CN)
            await states.settle()
        status = described(states)
    assert [alarm.reason for alarm in status.alarms] == ["DISK"]
    assert status.peers[0].up
    assert said(caplog) == ["state for beijing.cn: DISK"]

    await states.settle()

    assert not described(states).alarms
    assert store.partners.get_peer(CN).up


async def test_the_alarm_of_a_fault_goes_when_the_same_thing_succeeds(
    states: LinkStates, clocks: Clocks
) -> None:
    await states.rise(CN)
    for what in ("Store", "Hear"):
        states.fault(CN, what, Reason.DISK)
    assert len(described(states).alarms) == 1

    states.clear_fault(CN, "Hear")
    assert described(states).alarms
    states.clear_fault(CN, "Store")
    assert not described(states).alarms

    states.fault(CN, "Store", Reason.LOCKED)
    await states.settle()
    assert described(states).alarms
    clocks.passes(FAULT_AGE)
    await states.settle()
    assert not described(states).alarms


async def test_an_alarm_about_a_partner_stays(states: LinkStates) -> None:
    states.alarm(CN, Reason.FORK)
    await states.rise(CN)
    await states.settle()

    assert [alarm.reason for alarm in described(states).alarms] == ["FORK"]
