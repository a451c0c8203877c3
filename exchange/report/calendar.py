"""A calendar in days, weeks, months or years: as many spans as a chart can show."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

SPANS_MAX = 62  # two months of days
_STEPS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),  # from the first of any month into the next
}
_LAST = date.max - 2 * _STEPS["month"]


class Calendar(Struct, frozen=True):
    """Spans of one `unit` (day, week, month, year) by their first moments, ms UTC."""

    unit: str
    starts: tuple[int, ...]

    def place(self, ms: int) -> int | None:
        """Return None for a moment before the first."""
        return bisect_right(self.starts, ms) - 1 if ms >= self.starts[0] else None


def calendar(first: int, last: int) -> Calendar:
    """Return the finest unit in which SPANS_MAX spans cover `first` to `last` (ms).

    Else the last SPANS_MAX years.
    """
    begin, end = _day(first), _day(max(first, last))
    for unit in ("day", "week", "month"):
        starts = tuple(_starts(unit, begin, end))
        if len(starts) <= SPANS_MAX:
            return Calendar(unit, starts)
    first_year = max(begin.year, end.year - SPANS_MAX + 1)
    years = (date(year, 1, 1) for year in range(first_year, end.year + 1))
    return Calendar("year", tuple(map(_ms, years)))


def _starts(unit: str, begin: date, end: date) -> Iterator[int]:
    """Yield their first moments, one more than SPANS_MAX at most."""
    at = _floor(unit, begin)
    for _ in range(SPANS_MAX + 1):
        if at > end:
            return
        yield _ms(at)
        if at > _LAST:
            return
        at = _floor(unit, at + _STEPS[unit])


def _floor(unit: str, day: date) -> date:
    if unit == "month":
        return day.replace(day=1)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms // 1_000, UTC).date()


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000
