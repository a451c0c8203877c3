"""Times as officers read them, also those that no calendar has."""

import pytest

from tui import times


@pytest.mark.parametrize("ms", [-1, 2**63 - 1, 253_402_300_800_000])
def test_a_claim_beyond_any_calendar_ends_no_screen(ms: int) -> None:
    for say in (
        times.clock,
        times.seconds,
        times.day_clock,
        times.stamp,
        times.dated,
        times.clocks,
    ):
        assert say(ms)


def test_times_are_in_utc() -> None:
    at = 1_795_500_000_000

    assert times.clock(at) == "06:00Z"
    assert times.seconds(at) == "06:00:00Z"
    assert times.stamp(at) == "2026-11-24 06:00Z"
    assert times.clocks(at) == "06:00Z 11:00 14:00"
    assert times.clock(0) == ""
