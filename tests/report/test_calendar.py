"""Spans that a chart can show, whatever the times."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import TIME_MAX
from exchange.report.calendar import SPANS_MAX, calendar

DAY = 86_400_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000


@pytest.mark.parametrize(
    ("first", "last", "unit", "count", "begin"),
    [
        ("2026-11-24T23:59", "2026-11-24T23:59", "day", 1, "2026-11-24"),
        ("2026-11-24T23:59", "2026-11-25", "day", 2, "2026-11-24"),
        ("2026-01-01", "2026-03-03", "day", 62, "2026-01-01"),
        ("2026-01-01", "2026-03-04", "week", 10, "2025-12-29"),
        ("2026-01-31", "2027-04-30", "month", 16, "2026-01-01"),
        ("2026-06-01", "2036-06-01", "year", 11, "2026-01-01"),
        ("1970-01-01", "2036-06-01", "year", 62, "1975-01-01"),
    ],
)
def test_the_finest_that_fit(
    first: str, last: str, unit: str, count: int, begin: str
) -> None:
    found = calendar(ms(first), ms(last))
    assert (found.unit, len(found.starts)) == (unit, count)
    assert found.starts[0] == ms(begin)


@given(st.integers(1, TIME_MAX), st.integers(1, TIME_MAX), st.integers(1, TIME_MAX))
def test_every_time_has_its_span(first: int, last: int, time: int) -> None:
    first, last = sorted((first, last))
    found = calendar(first, last)
    assert 1 <= len(found.starts) <= SPANS_MAX
    assert list(found.starts) == sorted(set(found.starts))
    place = found.place(time)
    if place is None:
        assert time < found.starts[0]
    else:
        assert found.starts[place] <= time
        assert place + 1 == len(found.starts) or time < found.starts[place + 1]


def test_the_last_time_is_in_the_last_span() -> None:
    found = calendar(ms("2026-01-01"), ms("2026-02-01T12:00"))
    assert found.place(ms("2026-02-01T12:00")) == len(found.starts) - 1


def test_a_last_before_the_first_is_one_span() -> None:
    assert len(calendar(10 * DAY, 3 * DAY).starts) == 1
