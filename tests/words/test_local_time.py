"""The local time beside UTC, also of times that a partner made up."""

from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest

from exchange.core import TIME_MAX
from exchange.words.local_time import local_clock, use_zone


@pytest.fixture(autouse=True)
def zone() -> Iterator[None]:
    use_zone(timezone(timedelta(hours=8)))
    yield
    use_zone(None)


def test_a_clock_is_shown_with_its_other_day() -> None:
    assert local_clock(1_795_500_000_000) == "14:00"
    assert local_clock(1_795_500_000_000 + 12 * 3_600_000) == "+02:00"


@pytest.mark.parametrize("ms", [TIME_MAX, TIME_MAX + 1, 2**62])
def test_a_time_that_no_calendar_has_there_ends_no_list(ms: int) -> None:
    assert local_clock(ms) == ""
